"""Stopping `tidewire run`: by signals, once and twice, in every state, and when its time is up and it does not end."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path

import psutil
import pytest

from engine.library.faults import Hang
from tests.engine.cli.command import Going, chain_file, going, report_of, tidewire
from tests.nodes_for_tests import Collect, Numbers, Slow, TimedNumbers

pytestmark = pytest.mark.timeout(120)
FORCE_BUDGET_S = 10.0  # 2 s of the engine, and what a busy machine adds to the end of a process

SLOW_TO_START = '''
import asyncio
from engine import Out, Source


class SlowToStart(Source):
    """Takes its time to get ready."""

    value = Out(int)

    async def on_start(self):
        print("getting ready", flush=True)
        await asyncio.sleep(3600)

    def produce(self):
        yield 1
'''


def _hanging(folder: Path, location: str, mode: str = "sleep") -> Path:
    return chain_file(folder, ("n", TimedNumbers, {}), ("h", Hang, {"after": 2, "mode": mode}), h=location)


def _children(command: Going) -> list[psutil.Process]:
    return psutil.Process(command.process.pid).children(recursive=True)


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)],
    ids=lambda value: str(value),
)
def test_the_first_signal_stops_gracefully_and_loses_nothing(tmp_path: Path, number: signal.Signals, code: int) -> None:
    file = chain_file(tmp_path, ("n", TimedNumbers, {"interval": 0.001}), ("d", Slow, {}), ("s", Collect, {}), d="w:")
    with going("run", file, "--json") as command:
        command.until("running: 3 nodes")
        command.signal(number)
        ended, out = command.end()
    report = json.loads(out)
    assert (ended, report["state"]) == (code, "stopped")
    assert report["nodes"]["n"]["emitted"] == report["nodes"]["s"]["received"]
    assert [wire["lost"] + wire["dropped"] for wire in report["wires"]] == [0, 0]
    assert "stopped after" in command.said


@pytest.mark.parametrize(
    ("location", "mode"),
    [
        ("w:", "loop"),
        pytest.param("w:", "sleep", marks=pytest.mark.long),
        ("t", "sleep"),
        pytest.param("", "loop", marks=pytest.mark.long),
    ],
)
def test_the_second_signal_ends_by_force_what_hangs(tmp_path: Path, location: str, mode: str) -> None:
    with going("run", _hanging(tmp_path, location, mode), "--json") as command:
        command.until("node h is late")
        command.signal(signal.SIGINT)
        command.until("Ctrl+C again ends it by force")
        children = _children(command)
        began = time.monotonic()
        command.signal(signal.SIGINT)
        code, out = command.end()
        assert time.monotonic() - began < FORCE_BUDGET_S
    assert code == 130
    report = json.loads(out)
    assert report["state"] == "killed"
    assert report["nodes"]["h"]["state"] == ("abandoned" if (location, mode) == ("t", "sleep") else "dead")
    assert not psutil.wait_procs(children, timeout=5)[1]


@pytest.mark.long
def test_a_graceful_stop_that_takes_long_says_what_it_waits_for_and_blames_nobody_else(tmp_path: Path) -> None:
    file = _hanging(tmp_path, "w:")
    file.write_text(file.read_text().replace('"to": "h.value"', '"to": "h.value", "overflow": "drop_oldest"'))
    with going("run", file) as command:
        command.until("node h is late")
        command.signal(signal.SIGINT)
        command.until("draining for 3 s:")
        command.until("node h at w: holds its loop")
        command.signal(signal.SIGTERM)
        assert command.end()[0] == 130
    assert "main is late" not in command.said


def test_a_signal_stops_a_run_that_is_still_preparing(tmp_path: Path) -> None:
    (tmp_path / "nodes").mkdir()
    (tmp_path / "nodes" / "slow.py").write_text(SLOW_TO_START)
    file = chain_file(tmp_path, ("s", "nodes.slow:SlowToStart", {}), ("after", Collect, {}))
    with going("run", file, "--json") as command:
        command.until("getting ready")
        began = time.monotonic()
        command.signal(signal.SIGINT)
        code, out = command.end()
        assert time.monotonic() - began < FORCE_BUDGET_S
    report = json.loads(out)
    assert code == 130
    assert {(node["state"], node["emitted"]) for node in report["nodes"].values()} == {("stopped", 0)}
    assert "running" not in command.said


@pytest.mark.long
def test_a_run_that_does_not_end_when_its_time_is_up_says_why_and_is_ended_by_force(tmp_path: Path) -> None:
    done = tidewire("run", _hanging(tmp_path, "w:"), "--for", "1", "--json")
    report = report_of(done)
    assert (done.returncode, report["state"], report["nodes"]["h"]["state"]) == (1, "killed", "dead")
    assert 6 <= report["duration_s"] < 25
    assert "not ended 5 s after its time was up:" in done.stderr
    assert "node h at w: holds its loop" in done.stderr


@pytest.mark.long
def test_an_abandoned_thread_that_prints_on_does_not_reach_stdout(tmp_path: Path) -> None:
    (tmp_path / "nodes").mkdir()
    (tmp_path / "nodes" / "stubborn.py").write_text(
        """
import os
from engine import In, Node


class Stubborn(Node):
    value = In(int)

    def process(self, value):
        while True:
            try:
                while True:
                    print("still here")
                    os.write(1, b"still here\\\\n")
            except BaseException:
                pass
"""
    )
    file = chain_file(tmp_path, ("n", Numbers, {}), ("s", "nodes.stubborn:Stubborn", {}), s="t")
    done = tidewire("run", file, "--for", "1s", "--json")
    assert (done.returncode, report_of(done)["nodes"]["s"]["state"]) == (1, "abandoned")
    assert "still here" in done.stderr


def test_the_workers_of_a_command_that_is_killed_go_too(tmp_path: Path) -> None:
    file = chain_file(tmp_path, ("n", TimedNumbers, {}), ("s", Collect, {}), s="w:")
    with going("run", file) as command:
        command.until("running: 2 nodes")
        children = _children(command)
        command.signal(signal.SIGKILL)
        assert command.end()[0] == -signal.SIGKILL
        assert children and not psutil.wait_procs(children, timeout=5)[1]
