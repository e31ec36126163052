"""`tidewire run` on a terminal: the live table, what nodes print above it, and Ctrl+C."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from tests.engine.cli.command import chain_file, terminal
from tests.nodes_for_tests import Collect, Slow, TimedNumbers

pytestmark = pytest.mark.timeout(120)

CHATTY = '''
import os
from engine import In, Node


class Chatty(Node):
    """Prints what it gets, and tries to clear the screen."""

    value = In(int)

    def process(self, value):
        print(f"number {value}\\x1b[2J")
        os.write(2, b"an error line\\n")
'''


def test_the_table_shows_nodes_and_wires_and_ctrl_c_stops(tmp_path: Path) -> None:
    file = chain_file(
        tmp_path, ("n", TimedNumbers, {}), ("slow", Slow, {"delay": 0.02}), ("s", Collect, {}), slow="dsp", s="w:"
    )
    with terminal("run", file) as command:
        command.until("running")
        for text in ("node", "state", "location", "received", "emitted", "rate", "errors", "dsp", "w:"):
            command.until(text)
        for text in ("wire", "bridge", "queue", "dropped", "lost", "n.value -> slow.x", "thread", "stream"):
            command.until(text)
        command.until("/16")
        command.press(b"\x03")
        assert command.end() == 130
    assert "draining: asked to stop" in command.text
    assert "stopped after" in command.text


@pytest.mark.long
def test_the_table_is_drawn_at_most_four_times_a_second(tmp_path: Path) -> None:
    file = chain_file(tmp_path, ("n", TimedNumbers, {}), ("s", Collect, {}))
    with terminal("run", file, "--for", "3s") as command:
        assert command.end() == 0
    assert len(command.draws) > 4
    gaps = [later - earlier for earlier, later in itertools.pairwise(command.draws)]
    assert sum(gaps) / len(gaps) >= 0.24


@pytest.mark.parametrize("location", ["", "w:"])
def test_what_nodes_print_comes_above_the_table_and_cannot_move_the_cursor(tmp_path: Path, location: str) -> None:
    (tmp_path / "nodes").mkdir()
    (tmp_path / "nodes" / "chatty.py").write_text(CHATTY)
    file = chain_file(
        tmp_path, ("n", TimedNumbers, {"count": 40, "interval": 0.02}), ("c", "nodes.chatty:Chatty", {}), c=location
    )
    with terminal("run", file) as command:
        assert command.end() == 0
    for number in range(40):
        assert f"number {number}\\x1b[2J" in command.text
    assert command.text.count("an error line") == 40
    assert "\x1b[2J" not in command.text


def test_a_graph_that_is_higher_than_the_terminal_shows_what_fits(tmp_path: Path) -> None:
    nodes = [("n", TimedNumbers, {}), *((f"slow{number}", Slow, {}) for number in range(30)), ("s", Collect, {})]
    with terminal("run", chain_file(tmp_path, *nodes), "--for", "1s", rows=16, columns=70) as command:
        command.until("more nodes")
        command.until("more wires")
        assert command.end() == 0
