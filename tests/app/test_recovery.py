"""Unsaved work survives the end of the editor, and only unsaved work does: it is there as soon as a command is over."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import psutil
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMessageBox

from app.document import recovery as module
from app.document.kept_work import Summary, read_kept, summary_of
from app.document.recovery import Recovery, folder, left_over
from app.panels.bars import Bar
from app.panels.kept_work_bars import MOST_BARS, KeptWorkBars, key_of, offer_text
from app.window import MainWindow
from app.workbench import Workbench
from engine import Graph
from engine.graph.file import format_graph
from tests.app.shapes import COUNT, SCALE

LEFT = Qt.MouseButton.LeftButton
DEAD = "999999999-1.journal"


@pytest.fixture
def recovery(workbench: Workbench) -> Iterator[Recovery]:
    made = Recovery(workbench)
    yield made
    made.end()
    made.forget()


def killed(recovery: Recovery, name: str = DEAD) -> Path:
    """What is there when the editor is killed at this moment."""
    left = folder() / name
    left.write_bytes(recovery.file.read_bytes())
    return left


def texts_of(workbench: Workbench) -> list[str]:
    return [workbench.undo_stack.text(number) for number in range(workbench.undo_stack.count())]


def test_an_edit_is_kept_at_once_and_saving_ends_that(recovery: Recovery, workbench: Workbench, tmp_path: Path) -> None:
    assert not recovery.file.exists()
    workbench.add_node(COUNT, (0, 0))
    assert recovery.file.is_file()
    workbench.save_as(tmp_path / "a.tide")
    assert not recovery.file.exists()
    workbench.undo_stack.undo()
    assert recovery.file.is_file()


def test_undoing_everything_leaves_nothing_to_offer(recovery: Recovery, workbench: Workbench) -> None:
    workbench.add_node(COUNT, (0, 0))
    workbench.undo_stack.undo()
    assert not recovery.file.exists()
    workbench.undo_stack.redo()
    assert recovery.file.is_file()


def test_an_edit_is_written_before_anything_that_shows_it_can_fail(recovery: Recovery, workbench: Workbench) -> None:
    seen: list[list[str]] = []
    workbench.document_changed.connect(lambda: seen.append(list(read_kept(recovery.file).content.nodes)))
    workbench.add_node(COUNT, (0, 0))
    assert seen == [["count"]]


def test_kept_work_comes_back_as_it_was_unsaved_and_under_its_path(
    recovery: Recovery, workbench: Workbench, tmp_path: Path
) -> None:
    workbench.add_node(COUNT, (0, 0))
    workbench.save_as(tmp_path / "a.tide")
    workbench.rename("count", "precious")
    before = format_graph(workbench.graph)
    left = killed(recovery)
    assert left_over() == [left]
    workbench.new()
    assert not recovery.file.exists()
    assert recovery.restore(left)
    assert format_graph(workbench.graph) == before
    assert workbench.path == (tmp_path / "a.tide").resolve()
    assert workbench.is_modified
    assert left_over() == []
    assert read_kept(recovery.file).content.nodes["count"].name == "precious"


def test_the_history_comes_back_too_with_what_was_undone(recovery: Recovery, workbench: Workbench) -> None:
    workbench.add_node(COUNT, (0, 0))
    workbench.add_node(SCALE, (250, 0), connect_from="count.value")
    workbench.rename("scale", "t")
    workbench.rename("scale", "twice")  # one step with the one before
    workbench.remove(["count"])
    workbench.undo_stack.undo()
    states = [format_graph(workbench.graph)]
    for _ in range(3):
        workbench.undo_stack.undo()
        states.append(format_graph(workbench.graph))
    for _ in range(3):
        workbench.undo_stack.redo()
    left = killed(recovery)
    workbench.new()
    assert recovery.restore(left)
    stack = workbench.undo_stack
    assert texts_of(workbench) == ["Add Count", "Add Scale", "Rename", "Delete"]
    assert (stack.index(), stack.cleanIndex()) == (3, -1)
    restored = [format_graph(workbench.graph)]
    for _ in range(3):
        stack.undo()
        restored.append(format_graph(workbench.graph))
    assert restored == states
    stack.setIndex(4)
    assert list(workbench.graph.nodes) == ["scale"]
    left = killed(recovery)  # and once more, from the restored
    workbench.new()
    assert recovery.restore(left)
    assert texts_of(workbench) == ["Add Count", "Add Scale", "Rename", "Delete"]


def test_history_from_before_a_save_is_kept_with_what_followed(
    recovery: Recovery, workbench: Workbench, tmp_path: Path
) -> None:
    workbench.add_node(COUNT, (0, 0))
    workbench.save_as(tmp_path / "a.tide")
    workbench.save_as(tmp_path / "b.tide")
    workbench.rename("count", "precious")
    left = killed(recovery)
    assert summary_of(left).name == "b.tide"
    assert summary_of(left).edits == 1
    kept = read_kept(left)
    assert [step.text for step in kept.steps] == ["Add Count", "Rename"]
    assert kept.done == 2


def test_only_edits_since_the_last_save_are_counted(recovery: Recovery, workbench: Workbench, tmp_path: Path) -> None:
    workbench.add_node(COUNT, (0, 0))
    workbench.save_as(tmp_path / "a.tide")
    for name in ("a", "b", "c"):
        workbench.rename("count", name)
        workbench.set_location(["count"], f"{name}:")
    assert summary_of(killed(recovery)).edits == 6
    for _ in range(5):
        workbench.undo_stack.undo()
    assert summary_of(killed(recovery)).edits == 1


@pytest.mark.parametrize("cut", range(1, 400, 7))
def test_a_torn_end_costs_the_last_command_at_most(recovery: Recovery, workbench: Workbench, cut: int) -> None:
    workbench.add_node(COUNT, (0, 0))
    workbench.rename("count", "a")
    workbench.set_location(["count"], "work:")
    data = recovery.file.read_bytes()
    left = killed(recovery)
    left.write_bytes(data[:-cut])
    whole = data[:-cut].rpartition(b"\n")[0].split(b"\n")
    changes = sum(b'"change"' in line for line in whole)
    kept = read_kept(left)
    assert len(kept.content.nodes) == (changes > 0)
    assert len(kept.steps) == kept.done == changes


def test_a_full_disk_disturbs_nothing_and_what_was_missed_follows(
    recovery: Recovery, workbench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    workbench.add_node(COUNT, (0, 0))

    class Full:
        def __enter__(self) -> Full:
            return self

        def __exit__(self, *_: object) -> None: ...

        def tell(self) -> int:
            return recovery.file.stat().st_size

        def write(self, data: bytes) -> int:
            with open(recovery.file, "ab") as file:
                file.write(data[:5])
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("app.document.journal.open", lambda *_, **__: Full(), raising=False)
    workbench.rename("count", "missed")
    assert workbench.graph.nodes["count"].name == "missed"
    assert read_kept(recovery.file).content.nodes["count"].name == ""
    monkeypatch.undo()
    workbench.set_location(["count"], "work:")
    kept = read_kept(recovery.file).content.nodes["count"]
    assert (kept.name, kept.location.process) == ("missed", "work")


def test_a_journal_that_somebody_else_removed_or_wrote_to_is_begun_anew(
    recovery: Recovery, workbench: Workbench
) -> None:
    workbench.add_node(COUNT, (0, 0))
    for number, spoil in enumerate((recovery.file.unlink, lambda: recovery.file.write_text("{}\n"))):
        spoil()
        workbench.rename("count", f"a{number}")
        workbench.set_location(["count"], f"work{number}:")
        assert read_kept(recovery.file).content.nodes["count"].name == f"a{number}"


def test_a_long_journal_is_written_anew_and_stays_small(
    recovery: Recovery, workbench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LARGE", 20_000)
    monkeypatch.setattr(module, "MOST_STEPS", 10)
    recovery._large = 20_000
    workbench.add_node(COUNT, (0, 0))
    for number in range(300):
        workbench.set_location(["count"], f"work{number}:")
    for _ in range(3):
        workbench.undo_stack.undo()
    assert recovery.file.stat().st_size < 25_000
    kept = read_kept(recovery.file)
    assert kept.content.nodes["count"].location.process == "work296"
    assert 10 <= kept.done <= 300
    assert len(kept.steps) == kept.done + 3


def test_values_that_no_file_can_hold_keep_the_journal_going(recovery: Recovery, workbench: Workbench) -> None:
    workbench.add_node(COUNT, (0, 0))
    workbench.edit("Spoil", lambda graph: graph.extra.update({"odd": {1, 2}, "half": "\ud800"}))
    workbench.rename("count", "precious")
    assert read_kept(recovery.file).content.nodes["count"].name == "precious"


def test_a_change_without_a_step_is_the_last_edit_or_an_undo(recovery: Recovery, workbench: Workbench) -> None:
    workbench.add_node(COUNT, (0, 0))
    workbench.rename("count", "a")
    lines = recovery.file.read_text().splitlines(keepends=True)
    left = killed(recovery)
    left.write_text("".join(lines[:-1]))
    kept = read_kept(left)
    assert ([step.text for step in kept.steps], kept.done) == (["Add Count", "Edit"], 2)
    workbench.undo_stack.undo()
    left.write_text("".join(recovery.file.read_text().splitlines(keepends=True)[:-1]))
    kept = read_kept(left)
    assert ([step.text for step in kept.steps], kept.done) == (["Add Count", "Rename"], 1)


@pytest.mark.parametrize("content", ["", "{", "[]\n", '{"tidewire_journal": 1}\n', '{"tidewire_journal": 9}\n'])
def test_a_journal_that_cannot_be_read_is_told_and_stays(
    recovery: Recovery, workbench: Workbench, qtbot, content: str
) -> None:
    folder().mkdir(parents=True)
    broken = folder() / DEAD
    broken.write_text(content)
    with qtbot.waitSignal(workbench.message, timeout=1000):
        assert not recovery.restore(broken)
    assert broken.exists()


def test_the_journal_of_an_editor_that_runs_is_its_own(recovery: Recovery) -> None:
    folder().mkdir(parents=True)
    parent = psutil.Process(os.getppid())
    alive = f"{parent.pid}-{int(parent.create_time())}.journal"
    reused = f"{parent.pid}-{int(parent.create_time()) - 1000}.journal"
    for name in (alive, reused, "999999999-1.at-rest", "999999999-1.new"):
        (folder() / name).write_text("{}")
    assert [file.name for file in left_over()] == [reused]
    assert sorted(file.name for file in folder().iterdir()) == sorted([alive, reused])


def test_an_edit_costs_next_to_nothing_beside_two_hundred_nodes(recovery: Recovery, workbench: Workbench) -> None:
    def large(graph: Graph) -> None:
        for number in range(200):
            graph.add(COUNT, id=f"c{number}", count=number)
            graph.add(SCALE, id=f"s{number}", label=f"number {number}")
            graph.connect(f"c{number}.value", f"s{number}.value")
            graph.move(f"c{number}", 10 * number, 0)

    workbench.edit("Large", large)
    workbench.document_changed.disconnect(recovery._edited)
    workbench.undo_stack.indexChanged.disconnect(recovery._stepped)
    costs = []
    for number in range(200):
        workbench.set_location([f"c{number}"], "work:")
        begun = time.thread_time()  # of this thread alone, however busy the machine is
        recovery._edited()
        recovery._stepped()
        costs.append(time.thread_time() - begun)
    assert read_kept(recovery.file).content.nodes["c199"].location.process == "work"
    assert sorted(costs)[100] < 0.001


# -- the bars --------------------------------------------------------------------------------------------------


@pytest.fixture
def offering(window: MainWindow) -> Iterator[tuple[MainWindow, Recovery, KeptWorkBars]]:
    recovery = Recovery(window.workbench)
    yield window, recovery, KeptWorkBars(window.bars, recovery, window.flow.guard)
    recovery.end()
    recovery.forget()


def leave_work(recovery: Recovery, workbench: Workbench, name: str, age: int = 0) -> Path:
    workbench.new()
    workbench.add_node(COUNT, (0, 0))
    workbench.rename("count", name)
    left = killed(recovery, f"99999999{age}-1.journal")
    os.utime(left, (time.time() - age, time.time() - age))
    workbench.undo_stack.setClean()
    workbench.new()
    return left


def bars_of(window: MainWindow) -> list[Bar]:
    return [bar for bar in window.bars.findChildren(Bar) if bar.isVisible() and "Unsaved work" in bar.label.text()]


def test_a_bar_for_each_dead_editor_says_what_it_was_and_restores_it(offering, qtbot) -> None:
    window, recovery, offers = offering
    files = [leave_work(recovery, window.workbench, f"work {age}", age) for age in range(MOST_BARS + 1)]
    offers.offer()
    qtbot.waitUntil(lambda: len(bars_of(window)) == MOST_BARS, timeout=1000)
    first = window.bars.bar(key_of(files[0]))
    assert "a graph without a file" in first.label.text() and "2 edits" in first.label.text()
    qtbot.mouseClick(first.buttons["Restore"], LEFT)
    assert window.workbench.graph.nodes["count"].name == "work 0"
    assert window.workbench.is_modified
    assert window.bars.bar(key_of(files[0])) is None
    assert window.bars.bar(key_of(files[3])) is not None  # it had to wait
    button = window.bars.bar(key_of(files[1])).buttons["Delete it"]
    button.setFocus()
    qtbot.keyClick(button, Qt.Key.Key_Space)
    assert not files[1].exists() and files[2].exists()
    assert window.bars.bar(key_of(files[1])) is None


def test_restoring_asks_about_the_unsaved_work_that_is_open(offering, qtbot) -> None:
    window, recovery, offers = offering
    left = leave_work(recovery, window.workbench, "old")
    window.workbench.add_node(SCALE, (0, 0))
    offers.offer()
    qtbot.mouseClick(window.bars.bar(key_of(left)).buttons["Restore"], LEFT)
    (box,) = [box for box in QApplication.topLevelWidgets() if isinstance(box, QMessageBox)]
    qtbot.mouseClick(box.button(QMessageBox.StandardButton.Cancel), LEFT)
    assert list(window.workbench.graph.nodes) == ["scale"]
    assert left.exists() and window.bars.bar(key_of(left)) is not None


def test_restoring_while_a_graph_runs_waits_for_its_end_and_is_still_unsaved(offering, qtbot) -> None:
    window, recovery, offers = offering
    bench = window.workbench
    left = leave_work(recovery, bench, "old")
    bench.add_node(COUNT, (0, 0))
    bench.undo_stack.setClean()
    bench.start()
    qtbot.waitUntil(lambda: bench.run_state == "running", timeout=20_000)
    offers.offer()
    qtbot.mouseClick(window.bars.bar(key_of(left)).buttons["Restore"], LEFT)
    qtbot.waitUntil(lambda: bench.graph.nodes["count"].name == "old", timeout=20_000)
    assert bench.is_modified
    assert not left.exists() and recovery.file.exists()


def test_a_bar_says_when_the_work_was_done() -> None:
    now = datetime(2026, 3, 5, 12, 0)
    assert "heart.tide, today at 11:59, 1 edit." in offer_text(
        Summary("heart.tide", datetime(2026, 3, 5, 11, 59), 1), now
    )
    older = offer_text(Summary("", now - timedelta(days=2), 0), now)
    assert older.endswith("a graph without a file, 03 March 2026 at 12:00.")


def test_every_line_of_a_journal_is_json(recovery: Recovery, workbench: Workbench) -> None:
    workbench.add_node(COUNT, (0, 0))
    workbench.rename("count", "Ünïcode \n line")
    for line in recovery.file.read_bytes().split(b"\n")[:-1]:
        json.loads(line)
