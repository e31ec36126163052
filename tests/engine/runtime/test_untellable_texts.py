"""What nodes say in characters that no other process and no file takes: told all the same, and alike at every place."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from msgspec import to_builtins

from engine import Event, In, Node, Out, ParameterRefused, Run, RunState, StartError, param
from engine.errors import BridgeBroken
from engine.runtime import control
from engine.runtime.failing import one_line, told, traceback_of
from engine.runtime.states import NodeState
from engine.runtime.worker import Worker
from tests.engine.cli.command import chain_file, report_of, tidewire
from tests.engine.runtime.placements import chain, finished, until
from tests.nodes_for_tests import Collect, Numbers, TimedNumbers

pytestmark = pytest.mark.timeout(30)
LOCATIONS = ["", "t", "p:"]
NAME = os.fsdecode(b"caf\xe9.wav")
TOLD = "cannot read caf\\udce9.wav"


class Word(str):
    """A text of a class of its own."""


class Wordy(Exception):
    def __str__(self) -> str:
        return Word(f"cannot read {NAME}")


class BadFile(Node):
    """Meets a file whose name is no UTF-8."""

    x = In(int)
    y = Out(int)
    phase = param("process")
    kind = param("plain")
    gain = param(1)
    text = param("x")
    free = param([1])
    tells = param(False)

    def process(self, x: int) -> int:
        if x == 2:
            self.meet("process")
        return x

    def on_start(self) -> None:
        self.meet("on_start")

    def on_stop(self) -> None:
        self.meet("on_stop")

    def on_param(self, name: str, value: Any) -> None:
        self.meet("on_param")
        if name == "tells":
            self.log(f"{[self.gain, self.text, self.free]}")

    def meet(self, phase: str) -> None:
        if phase != self.phase:
            return
        if self.kind == "log":
            self.log(f"cannot read {NAME}")
            self.log(Word("of a class of its own"))
            self.log(5)  # type: ignore[arg-type]
        else:
            raise {"plain": ValueError, "bridge": BridgeBroken}.get(self.kind, Wordy)(f"cannot read {NAME}")


def _bad(location: str, **parameters: Any) -> Any:
    return chain(("n", Numbers, {"count": 6}), ("f", BadFile, {"location": location, **parameters}), ("s", Collect, {}))


@pytest.mark.parametrize(
    ("phase", "kind"),
    [
        ("process", "plain"),
        ("on_stop", "plain"),
        pytest.param("process", "wordy", marks=pytest.mark.long),
        pytest.param("process", "bridge", marks=pytest.mark.long),
    ],
)
@pytest.mark.parametrize("location", LOCATIONS)
def test_a_failure_whose_words_are_no_text_is_told_and_fails_the_run(location: str, phase: str, kind: str) -> None:
    run = finished(_bad(location, phase=phase, kind=kind), RunState.FAILED)
    (failure,) = run.failures
    words = {"plain": f"ValueError: {TOLD}", "wordy": f"Wordy: {TOLD}", "bridge": f"BridgeBroken: {TOLD}"}[kind]
    assert failure.error == words
    assert failure.traceback.rstrip().endswith(TOLD) and "in meet" in failure.traceback
    node = run.statistics().nodes["f"]
    assert (node.state, node.errors, node.message) == ("failed", 1, failure.error)
    assert run.result("s") == ([0, 1] if phase == "process" else [0, 1, 2, 3, 4, 5])


@pytest.mark.long
@pytest.mark.parametrize("on_error", ["skip", "restart"])
@pytest.mark.parametrize("location", LOCATIONS)
def test_so_are_the_failures_after_which_a_node_goes_on(location: str, on_error: str) -> None:
    run = finished(_bad(location), on_error=on_error)
    assert [failure.error for failure in run.failures] == [f"ValueError: {TOLD}"]
    assert run.result("s") == [0, 1, 3, 4, 5]


@pytest.mark.parametrize("location", LOCATIONS)
def test_a_start_that_fails_in_such_words_says_so_at_once(location: str) -> None:
    with pytest.raises(StartError, match=r"f at .* could not start: ValueError: cannot read caf.udce9.wav") as error:
        _bad(location, phase="on_start").start()
    str(error.value).encode()


@pytest.mark.parametrize("location", LOCATIONS)
def test_a_log_and_live_changes_in_such_words_are_told_or_refused_and_the_run_goes_on(location: str) -> None:
    graph = chain(
        ("n", TimedNumbers, {}),
        ("logs", BadFile, {"phase": "on_param", "kind": "log"}),
        ("refuses", BadFile, {"phase": "on_param"}),
        ("wordy", BadFile, {"phase": "on_param", "kind": "wordy"}),
        ("takes", BadFile, {"phase": ""}),
        ("s", Collect, {}),
    )
    for id in ("logs", "refuses", "wordy", "takes"):
        graph.set_location(id, location)
    with graph.start() as run:
        _check_log(run)
        _check_refusals_of_nodes(run)
        _check_values_that_cannot_travel(run)
        assert (run.state, run.failures) == ("running", [])


def _check_log(run: Run) -> None:
    notes: list[Event] = []
    run.subscribe(lambda event: notes.append(event) if event.new == "note" else None)
    run.set("logs.gain", 2)
    until(lambda: len(notes) == 3)
    assert [note.reason for note in notes] == [TOLD, "of a class of its own", "5"]
    assert all(type(note.reason) is str for note in notes)


def _check_refusals_of_nodes(run: Run) -> None:
    for id in ("refuses", "wordy"):
        with pytest.raises(ParameterRefused) as error:
            run.set(f"{id}.gain", 2, timeout=20)
        assert str(error.value) == f"{id}.gain was not set: {TOLD}"


def _check_values_that_cannot_travel(run: Run) -> None:
    run.set("takes.gain", 3)
    for name, value, words in (
        ("gain", 2**70, "64 bits"),
        ("gain", -(2**63) - 1, "64 bits"),
        ("text", NAME, "valid text"),
        ("free", [{"name": NAME}], "valid text"),
        ("free", [object()], "plain data"),
    ):
        with pytest.raises(ParameterRefused, match=f"takes.{name} was not set: .*{words}") as error:
            run.set(f"takes.{name}", value)
        str(error.value).encode()
    notes: list[Event] = []
    run.subscribe(lambda event: notes.append(event) if event.new == "note" else None)
    run.set("takes.tells", True)
    until(lambda: notes)
    assert notes[0].reason == "[3, 'x', [1]]"


@pytest.mark.parametrize("location", [pytest.param("", marks=pytest.mark.long), "p:"])
def test_the_report_of_the_command_holds_such_words(location: str, tmp_path: Path) -> None:
    path = chain_file(tmp_path, ("n", Numbers, {"count": 6}), ("f", BadFile, {}), ("s", Collect, {}), f=location)
    done = tidewire("run", path, "--json")
    assert done.returncode == 1
    report = report_of(done)
    assert (report["state"], report["nodes"]["f"]["state"]) == ("failed", "failed")
    assert [failure["error"] for failure in report["failures"]] == [f"ValueError: {TOLD}"]
    assert TOLD in done.stderr.replace("\\\\", "\\")


# -- whatever else keeps a report from being told


class Speechless(Node):
    """Its process cannot tell its end: the report cannot be sent, or what should tell it raises."""

    x = In(int)
    y = Out(int)
    broken = param("encoder")

    def process(self, x: int) -> int:
        return x

    def on_end(self) -> None:
        encode, node_moved = control.encode, Worker.node_moved

        def encode_most(message: Any) -> bytes:
            if isinstance(message, control.NodeMoved):
                raise OverflowError("too large")
            return encode(message)

        def move_most(self: Any, stepper: Any, state: NodeState, reason: str, result: bytes) -> None:
            if state is NodeState.ENDED:
                raise MemoryError
            node_moved(self, stepper, state, reason, result)

        if self.broken == "encoder":
            control.encode = encode_most
        else:
            Worker.node_moved = move_most  # type: ignore[method-assign]


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ("encoder", ["OverflowError: too large", "its end was not told"]),
        pytest.param("worker", ["its end was not told"], marks=pytest.mark.long),
    ],
)
def test_a_node_whose_end_cannot_be_told_has_failed(broken: str, words: list[str]) -> None:
    graph = chain(("n", Numbers, {}), ("f", Speechless, {"location": "p:", "broken": broken}), ("s", Collect, {}))
    run = finished(graph, RunState.FAILED)
    assert run.statistics().nodes["f"].state == "failed"
    assert [failure.node for failure in run.failures] == ["f"] * len(words)
    assert all(failure.error.endswith(end) for failure, end in zip(run.failures, words, strict=True)), run.failures
    assert run.result("s") == list(range(10))


def test_no_kind_of_report_is_lost_by_its_words() -> None:
    bad = NAME
    counts = control.NodeCounts(bad, 1, 2, 3, 4, 5, 6, full_wires=[bad], waits_for=bad)
    for report in (
        control.NodeMoved("p:", "f", NodeState.FAILED, bad, b"\xff"),
        control.NodeFailure("p:", "f", bad, bad, True, "process"),
        control.NodeNote("p:", "f", bad),
        control.StackGiven("p:", 1, bad),
        control.Counts("p:", 1, 2, 3, [counts], [control.WireCounts(bad, lost=7)]),
        control.ParameterSet("p:", 1, bad),
        control.Parted("p:", [control.WireCounts(bad, tick=7)]),
        control.Rewired("p:", bad),
    ):
        read = control.decode_report(control.encode(report))
        expected = str(to_builtins(report)).replace("\\udce9", "\\\\udce9")
        assert str(to_builtins(read)) == expected


def test_a_command_is_never_changed_on_its_way() -> None:
    with pytest.raises(UnicodeEncodeError):
        control.encode(control.SetParameter("p:", 1, "f", "text", NAME))


def test_what_is_told_of_an_exception_is_always_text() -> None:
    for error in (ValueError(NAME), Wordy(), FileNotFoundError(2, "No such file", NAME), BridgeBroken(NAME)):
        for text in (one_line(error), told(error), traceback_of(error)):
            assert type(text) is str
            assert "\\udce9" in text and text.encode()
