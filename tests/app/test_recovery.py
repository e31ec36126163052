"""Unsaved work survives the end of the editor, and only unsaved work does."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.document import recovery as module
from app.document.recovery import Recovery, folder, left_over
from app.workbench import Workbench
from engine.graph.file import format_graph
from tests.app.shapes import COUNT


@pytest.fixture
def recovery(workbench: Workbench, monkeypatch: pytest.MonkeyPatch) -> Recovery:
    monkeypatch.setattr(module, "WRITE_DELAY_MS", 10)
    return Recovery(workbench)


def test_an_edit_is_kept_and_saving_removes_the_copy(
    recovery: Recovery, workbench: Workbench, qtbot, tmp_path: Path
) -> None:
    workbench.add_node(COUNT, (0, 0))
    qtbot.waitUntil(recovery.file.is_file, timeout=5000)
    workbench.save_as(tmp_path / "a.tide")
    qtbot.waitUntil(lambda: not recovery.file.exists(), timeout=5000)


def test_undoing_everything_removes_the_copy(recovery: Recovery, workbench: Workbench, qtbot) -> None:
    workbench.add_node(COUNT, (0, 0))
    qtbot.waitUntil(recovery.file.is_file, timeout=5000)
    workbench.undo_stack.undo()
    qtbot.waitUntil(lambda: not recovery.file.exists(), timeout=5000)


def test_kept_work_comes_back_as_it_was_unsaved_and_under_its_path(
    recovery: Recovery, workbench: Workbench, qtbot, tmp_path: Path
) -> None:
    workbench.add_node(COUNT, (0, 0))
    workbench.save_as(tmp_path / "a.tide")
    workbench.rename("count", "precious")
    before = format_graph(workbench.graph)
    recovery.keep_now()
    left = recovery.file.rename(folder() / "999999999.tide")
    assert left_over() == [left]
    workbench.new()
    assert recovery.restore(left)
    assert format_graph(workbench.graph) == before
    assert workbench.path == (tmp_path / "a.tide").resolve()
    assert workbench.is_modified
    assert left_over() == []
    qtbot.waitUntil(recovery.file.is_file, timeout=5000)


def test_a_copy_that_cannot_be_read_is_told_and_stays(recovery: Recovery, workbench: Workbench, qtbot) -> None:
    folder().mkdir(parents=True)
    broken = folder() / "999999999.tide"
    broken.write_text("{")
    with qtbot.waitSignal(workbench.message, timeout=1000):
        assert not recovery.restore(broken)
    assert broken.exists()


def test_the_copy_of_an_editor_that_runs_is_its_own(recovery: Recovery) -> None:
    folder().mkdir(parents=True)
    (folder() / f"{os.getppid()}.tide").write_text("{}")
    assert left_over() == []
