"""Files of node types that are saved while a graph beside them is open: they appear, change and go at once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.document.settings import settings
from app.document.source_file import EDITOR_COMMAND as COMMAND
from tests.app.types.project import Project, code

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def opened(project: Project) -> Project:
    """Two nodes of one type of the project, wired, and agreed to."""
    project.write("mine.py", code())
    project.graph("Mine", "Mine", wires=(("a.result", "b.value"),))
    project.open()
    assert project.titles() == ["Mine"]
    return project


def test_a_new_file_is_in_the_palette_when_it_is_saved(opened: Project) -> None:
    opened.write("other.py", code("Other"))
    opened.until(lambda: opened.titles() == ["Mine", "Other"])
    assert opened.window.canvas is not None
    assert "Other" in [kind.title for kind in opened.window.canvas.offered_types()]
    assert "info: Loaded nodes/other.py." in opened.messages


@pytest.mark.parametrize("save", ["in place", "by renaming"])
def test_a_saved_file_is_loaded_anew_wherever_it_shows(opened: Project, save: str) -> None:
    bench = opened.bench
    bench.select(["b"])
    bench.set_parameter("b", "gain", 3.0)
    undo_count = bench.undo_stack.count()
    text = code(doc="Another help.", inputs="other", more='depth = param(7, doc="New.")')
    write = opened.write if save == "in place" else opened.save_by_renaming
    for _ in range(2):  # an editor that renames must be seen the second time, too
        write("mine.py", text)
        opened.until(lambda: opened.ports("b") == ["other", "value?", "result"])
        assert opened.ports("a") == ["other", "result"] and opened.window.canvas is not None
        card = opened.window.canvas.mirror.nodes["a"]
        assert [port.pos().x() for port in card.ports()] == [0.0, card.layout.size.width()]
        assert all(port.pos().y() > 20 for port in card.ports()), "ports lie in the corner"
        assert list(bench.graph.wires) == ["a.result -> b.value"] and bench.undo_stack.count() == undo_count
        assert bench.graph.nodes["b"].parameters == {"gain": 3.0}
        assert {row.parameter for row in opened.window.parameters._rows} == {"gain", "depth"}
        assert opened.window.canvas is not None
        assert list(opened.window.canvas.mirror.wires) == ["a.result -> b.value"]
        write("mine.py", code())
        opened.until(lambda: opened.ports("b") == ["value", "result"])


def test_a_helper_in_a_folder_below_reloads_what_imports_it(opened: Project) -> None:
    opened.write("below/__init__.py", "")
    opened.write("below/help.py", 'HELP = "First."')
    opened.write("mine.py", f"from .below.help import HELP\n{code()}\n\nMine.__doc__ = HELP\n")
    tree = opened.window.palette_panel
    opened.until(lambda: [kind.__doc__ for kind in tree.types if kind.title == "Mine"] == ["First."])
    opened.write("below/help.py", 'HELP = "Second."')
    opened.until(lambda: [kind.__doc__ for kind in tree.types if kind.title == "Mine"] == ["Second."])


def test_a_file_that_is_deleted_leaves_a_placeholder_that_comes_back_with_it(opened: Project) -> None:
    (opened.folder / "nodes" / "mine.py").unlink()
    opened.until(lambda: opened.titles() == [] and opened.ports("b") == ["value?"])
    assert opened.window.canvas is not None and not opened.window.canvas.mirror.nodes["b"].card.is_known
    shutil.rmtree(opened.folder / "nodes")
    opened.write("mine.py", code())
    opened.until(lambda: opened.titles() == ["Mine"] and opened.ports("b") == ["value", "result"])


def test_a_folder_that_appears_later_is_asked_for_once(project: Project) -> None:
    project.graph("engine.library.arithmetic:Gain")
    project.open()
    bars = project.window.bars
    assert bars.bar("foreign") is None
    project.write("mine.py", code())
    project.until(lambda: bars.bar("foreign") is not None)
    assert "nodes/mine.py" in bars.bar("foreign").label.text() and project.titles() == []
    project.qtbot.mouseClick(bars.bar("foreign").buttons["Load"], LEFT)
    assert project.titles() == ["Mine"]
    project.write("more.py", code("More"))
    project.until(lambda: project.titles() == ["Mine", "More"])
    assert bars.bar("foreign") is None


def test_code_that_nobody_has_agreed_to_is_not_loaded_when_it_changes(project: Project) -> None:
    project.write("mine.py", code())
    project.graph("Mine")
    project.open(load=False)
    project.qtbot.mouseClick(project.window.bars.bar("foreign").buttons["Not now"], LEFT)
    mark = project.folder / "ran"
    project.write("mine.py", f"open({str(mark)!r}, 'w').close()\n{code()}")
    project.write("new.py", code("New"))
    project.until(lambda: project.window.bars.bar("foreign") is not None)  # what is new is told
    assert project.titles() == [] and not mark.exists()


def test_the_first_time_a_bar_says_that_files_load_by_themselves_and_can_end_that(opened: Project) -> None:
    bars = opened.window.bars
    opened.write("mine.py", code(doc="Two."))
    opened.until(lambda: bars.bar("node files") is not None)
    assert "load when they are saved" in bars.bar("node files").label.text()
    opened.qtbot.mouseClick(bars.bar("node files").buttons["Ask first"], LEFT)
    assert bars.bar("node files") is None
    opened.write("mine.py", code(doc="Three."))
    opened.until(lambda: bars.bar("foreign") is not None)
    (mine,) = [kind for kind in opened.window.palette_panel.types if kind.title == "Mine"]
    assert mine.__doc__ == "Two."
    opened.qtbot.mouseClick(bars.bar("foreign").buttons["Load"], LEFT)
    (mine,) = [kind for kind in opened.window.palette_panel.types if kind.title == "Mine"]
    assert mine.__doc__ == "Three."


def test_what_was_loaded_under_the_watch_is_not_asked_for_again(opened: Project) -> None:
    opened.write("mine.py", code(doc="Two."))
    opened.until(lambda: "info: Loaded nodes/mine.py." in opened.messages)
    opened.bench.new()
    opened.open(load=False)
    assert opened.window.bars.bar("foreign") is None and opened.titles() == ["Mine"]


def test_a_broken_file_is_a_row_that_opens_it_at_the_line_and_goes_when_it_is_mended(
    opened: Project, tmp_path: Path
) -> None:
    seen = tmp_path / "seen"
    settings().setValue(COMMAND, f"/bin/sh -c 'echo \"$1:$2\" > {seen}' sh {{file}} {{line}}")
    before = opened.window.palette_panel.types
    bar = opened.window.palette_panel.tree.verticalScrollBar()
    bar.setValue(bar.maximum())
    path = opened.write("mine.py", code() + "\ndef broken(:\n")
    line = path.read_text().splitlines().index("def broken(:") + 1
    opened.until(lambda: opened.broken() == [f"mine.py:{line}  SyntaxError: invalid syntax"])
    assert opened.window.palette_panel.types == before, "what worked is gone"
    assert bar.value() == 0 < bar.maximum(), "what is new is out of sight"
    assert opened.ports("b") == ["value", "result"]
    warnings = [text for text in opened.messages if text.startswith("warning")]
    assert len(warnings) == 1 and "mine.py" in warnings[0]

    palette = opened.window.palette_panel
    palette.search.setFocus()
    QTest.keyClick(palette.search, Qt.Key.Key_Down)
    QTest.keyClick(palette.search, Qt.Key.Key_Return)
    opened.until(lambda: seen.exists() and seen.read_text() == f"{path}:{line}\n")
    seen.unlink()
    item = palette.tree.invisibleRootItem().child(0).child(0)
    place = palette.tree.visualItemRect(item).center()
    opened.qtbot.mouseClick(palette.tree.viewport(), LEFT, pos=place)
    opened.qtbot.mouseDClick(palette.tree.viewport(), LEFT, pos=place)
    opened.until(lambda: seen.exists() and seen.read_text() == f"{path}:{line}\n")

    opened.write("mine.py", code(doc="Mended."))
    opened.until(lambda: opened.broken() == [])
    assert [kind.__doc__ for kind in palette.types if kind.title == "Mine"] == ["Mended."]


def test_a_file_that_never_loaded_is_a_row_too_and_one_helper_is_one_row(opened: Project) -> None:
    opened.write("new.py", "import no_such_library\n")
    opened.write("helper.py", "x = 1\nraise RuntimeError('no driver')\n")
    opened.write("one.py", "from .helper import x\n")
    opened.write("two.py", "from .helper import x\n")
    rows = [
        "helper.py:2  RuntimeError: no driver",
        "new.py:1  ModuleNotFoundError: No module named 'no_such_library'",
    ]
    opened.until(lambda: sorted(opened.broken()) == rows)


def test_another_graph_elsewhere_lists_its_own(opened: Project) -> None:
    opened.bench.new()
    assert opened.titles() == []
    opened.write("mine.py", code("Renamed"))  # nobody watches it now
    opened.open()
    assert opened.titles() == ["Renamed"]
    assert opened.window.canvas is not None and not opened.window.canvas.mirror.nodes["a"].card.is_known


def test_a_graph_that_is_saved_elsewhere_has_the_types_there(opened: Project, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "nodes").mkdir(parents=True)
    (elsewhere / "nodes" / "mine.py").write_text(code(inputs="other"))
    assert opened.bench.save_as(elsewhere / "g.tide")
    assert opened.titles() == [] and "nodes/mine.py" in opened.window.bars.bar("foreign").label.text()
    opened.qtbot.mouseClick(opened.window.bars.bar("foreign").buttons["Load"], LEFT)
    assert opened.titles() == ["Mine"] and opened.ports("b") == ["other", "value?", "result"]
