"""Rows of what goes wrong in a run: what is one problem, how it is counted, and what is said of a loop that is held."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from app.panels.run_problems import RunProblems, late_text, likeness
from engine import Failure, Graph

STACK = """  File "/home/me/nodes/camera.py", line 12, in process
    self.wait()
  File "/usr/lib/python3.11/threading.py", line 327, in wait
    waiter.acquire()
"""


def failure(error: str, node: str = "a", location: str = "") -> Failure:
    return Failure(node, location, error, "Traceback ...", 0.0)


def event(entity: str, new: str, reason: str = "") -> Any:
    return SimpleNamespace(entity=entity, new=new, old="", reason=reason)


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("bad value 0.5", "bad value -1e-9", True),
        ("at 0x7f3a11", "at 0xdeadbeef", True),
        ("port in1 is gone", "port in2 is gone", False),
        ("bad value", "bad volume", False),
    ],
)
def test_texts_that_differ_in_numbers_alone_are_one_problem(one: str, other: str, alike: bool) -> None:
    assert (likeness(one) == likeness(other)) is alike


def test_a_varying_number_makes_no_new_row_and_the_newest_text_is_shown() -> None:
    problems = RunProblems()
    assert problems.take_failures([failure("bad 1"), failure("bad 2")], Graph())
    (row,) = problems.rows
    assert (row.what, row.count, row.count_text) == ("bad 2", 2, "2")
    assert not problems.take_failures([failure("bad 1"), failure("bad 2")], Graph()), "they were taken already"


def test_the_only_problem_of_a_node_has_its_count_and_several_have_at_least_theirs() -> None:
    problems = RunProblems()
    problems.take_failures([failure("bad")], Graph())
    assert problems.take_counts({"a": SimpleNamespace(errors=700)})
    assert problems.rows[0].count_text == "700"
    problems.take_failures([failure("bad"), failure("worse")], Graph())
    assert problems.take_counts({"a": SimpleNamespace(errors=900)})
    assert [row.count_text for row in problems.rows] == ["≥ 700", "≥ 1"]


def test_a_loop_that_is_held_is_a_warning_that_says_where_until_it_is_over() -> None:
    problems = RunProblems()
    for new in ("late", "stuck"):
        assert problems.take_event(event("node:a", new, STACK), Graph())
    (row,) = problems.rows
    assert (row.severity, row.what, row.count) == ("warning", "stuck: it stands in process, camera.py:12", 1)
    assert problems.take_event(event("node:a", "in time"), Graph())
    assert row.what.endswith("(over)")
    assert problems.take_event(event("node:a", "late", STACK), Graph())
    assert (row.what.startswith("holds its loop"), row.count) == (True, 2)
    assert problems.end()
    assert not problems.end()


def test_a_suspended_process_concerns_all_its_nodes() -> None:
    graph = Graph()
    for id, location in (("a", "work:"), ("b", "work:io"), ("c", "other:")):
        graph.add("engine.library.arithmetic:Gain", id=id, location=location)
    problems = RunProblems()
    problems.take_event(event("process:work", "suspended", "process work is stopped (SIGSTOP)"), graph)
    assert problems.rows[0].ids == ("a", "b")
    assert problems.rows[0].place == "process work"


def test_a_place_in_python_itself_is_said_when_there_is_no_other() -> None:
    assert late_text(STACK.partition("self.wait()\n")[2]) == "it stands in wait, threading.py:327"
    assert late_text("") == "it does not say where"
