"""The small parts of the command: times, safe text, bounded lines, what is worth a line."""

from __future__ import annotations

import argparse
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.cli.arguments import duration
from engine.cli.narrator import Narrator, failure_blocks
from engine.cli.printable import printable, printable_block
from engine.cli.streams import Lines
from engine.runtime.events import Event, Failure


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("10", 10.0), ("10s", 10.0), ("2.5 s", 2.5), ("500ms", 0.5), ("5min", 300.0), ("1m", 60.0), ("2h", 7200.0)],
)
def test_times_are_read_with_their_units(text: str, seconds: float) -> None:
    assert duration(text) == seconds


@given(st.text())
def test_a_text_that_is_no_time_is_refused_and_nothing_else_happens(text: str) -> None:
    try:
        assert duration(text) > 0
    except argparse.ArgumentTypeError as error:
        assert "is no time" in str(error)


@given(st.text())
def test_no_text_gets_a_control_character_onto_the_terminal(text: str) -> None:
    assert printable(text).isprintable()
    assert all(line.isprintable() for line in printable_block(text).split("\n"))


@given(st.text().filter(str.isprintable))
def test_harmless_text_is_shown_as_it_is(text: str) -> None:
    assert printable(text) == text


def test_lines_are_bounded_and_what_is_left_out_is_counted() -> None:
    lines = Lines()
    for number in range(2500):
        lines.add(str(number))
    assert lines.take() == ["… 500 lines are not shown", *map(str, range(500, 2500))]
    assert lines.take() == []


def _event(entity: str, new: str, reason: str = "") -> Event:
    return Event(1, 1, 0.0, entity, "", new, reason)


def test_an_error_that_comes_with_every_message_is_told_now_and_then_with_its_number() -> None:
    lines, now = Lines(), 100.0
    narrator = Narrator(lines, lambda: now)
    for _ in range(1000):
        narrator.hear(_event("node:a", "failure", "process: ValueError: no"))
    narrator.hear(_event("node:b", "failure", "process: ValueError: no"))
    now += 6.0
    narrator.hear(_event("node:a", "failure", "process: ValueError: no"))
    assert lines.take() == [
        "node a: error in process: ValueError: no",
        "node b: error in process: ValueError: no",
        "node a: error in process: ValueError: no (and 999 errors of this node before it)",
    ]


def test_events_that_matter_become_lines_and_others_do_not() -> None:
    lines = Lines()
    narrator = Narrator(lines)
    for event in (
        _event("run", "preparing"),
        _event("node:a", "running"),
        _event("node:a", "note", "42"),
        _event("node:a", "late", "a stack"),
        _event("computer:main", "late", "a stack"),
        _event("node:a", "stuck", '  File "a.py", line 1, in outer\n    inner()\n  File "b.py", line 2, in inner\n'),
        _event("node:b", "stuck", "(no stack)\n"),
        _event("node:a", "in time"),
        _event("process:w", "suspended", "process w is stopped (SIGSTOP)"),
        _event("process:w", "in time"),
        _event("computer:main", "note", "nothing ran in the main process for 2 s"),
        _event("computer:w:", "dead", "process w died: exit code 3"),
        _event("run", "deadlock", "deadlock: all stand still"),
        _event("run", "draining", "asked to stop"),
        _event("node:a", "ended"),
    ):
        narrator.hear(event)
    assert lines.take() == [
        "a: 42",
        "node a is late: nothing else can run there meanwhile",
        "computer main is late: nothing else can run there meanwhile",
        'node a is stuck: File "b.py", line 2, in inner',
        "node b is stuck",
        "node a is in time again",
        "process w is stopped (SIGSTOP)",
        "process w goes on",
        "nothing ran in the main process for 2 s",
        "process w died: exit code 3",
        "deadlock: all stand still",
        "draining: asked to stop",
    ]


def test_failures_are_told_once_each_with_how_often_and_the_first_traceback() -> None:
    same = [Failure("a", "w:", "ValueError: no", f"traceback {number}\n", 0.0) for number in range(3)]
    computer = Failure("", "w:", "process w died", "", 0.0)
    assert failure_blocks([*same, computer]) == [
        "node a (w:): ValueError: no (3 times or more)\ntraceback 0\n",
        "process w died",
    ]
    many = [Failure(f"n{number}", "", "ValueError", "", 0.0) for number in range(15)]
    blocks = failure_blocks(many)
    assert len(blocks) == 11 and re.fullmatch("… and 5 other failures", blocks[-1])
