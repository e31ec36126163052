"""A traceback leads to its files: by click and by key, in the user's own editor."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtTest import QTest

from app import RESOURCES
from app.document.settings import settings
from app.document.source_file import EDITOR_COMMAND, command_of_environment
from app.panels.traceback_view import TracebackView
from app.window import MainWindow
from tests.app import shapes
from tests.app.shapes import COUNT

LEFT = Qt.MouseButton.LeftButton
TEXT = """Traceback (most recent call last):
  File "/opt/somewhere/first.py", line 12, in one
    two()
  File "tests/app/shapes.py", line 58, in process
    raise ValueError("no luck")
  File "<string>", line 1, in <module>
ValueError: no luck"""


@pytest.fixture
def view(qtbot, qapp) -> Iterator[TracebackView]:
    shown = TracebackView()
    shown.resize(500, 300)
    shown.setPlainText(TEXT)
    with qtbot.waitActive(shown):
        shown.show()
        shown.activateWindow()
    yield shown
    shown.close()
    shown.deleteLater()


def line_at(view: TracebackView, number: int) -> QPoint:
    cursor = QTextCursor(view.document().findBlockByNumber(number))
    cursor.movePosition(QTextCursor.MoveOperation.NextWord)
    return view.cursorRect(cursor).center() + QPoint(30, 0)


def test_a_click_on_a_file_line_opens_it_there_and_elsewhere_nothing(view: TracebackView, qtbot) -> None:
    opened: list[tuple[Path, int]] = []
    view.opened.connect(lambda file, line: opened.append((file, line)))
    for number in range(7):
        qtbot.mouseClick(view.viewport(), LEFT, pos=line_at(view, number))
    assert opened == [(Path("/opt/somewhere/first.py"), 12), (RESOURCES.parent / "tests/app/shapes.py", 58)]


def test_file_lines_are_seen_to_be_links(view: TracebackView, qtbot) -> None:
    assert [mark.format.fontUnderline() for mark in view.extraSelections()] == [True, True]
    qtbot.mouseMove(view.viewport(), line_at(view, 1))
    assert view.viewport().cursor().shape() is Qt.CursorShape.PointingHandCursor
    qtbot.mouseMove(view.viewport(), line_at(view, 2))
    assert view.viewport().cursor().shape() is Qt.CursorShape.IBeamCursor


def test_enter_opens_the_line_of_the_cursor_else_where_it_went_wrong(view: TracebackView) -> None:
    opened: list[int] = []
    view.opened.connect(lambda _, line: opened.append(line))
    QTest.keyClick(view, Qt.Key.Key_Return)
    QTest.keyClick(view, Qt.Key.Key_Down)
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert opened == [58, 12]


def test_selecting_text_opens_nothing(view: TracebackView, qtbot) -> None:
    opened: list[int] = []
    view.opened.connect(lambda _, line: opened.append(line))
    start = line_at(view, 1)
    qtbot.mousePress(view.viewport(), LEFT, pos=start)
    qtbot.mouseMove(view.viewport(), start + QPoint(80, 0))
    qtbot.mouseRelease(view.viewport(), LEFT, pos=start + QPoint(80, 0))
    assert opened == [] and view.textCursor().hasSelection()


@pytest.mark.parametrize(
    ("environment", "command"),
    [
        ({"VISUAL": "/usr/bin/kate"}, "/usr/bin/kate -l {line} {file}"),
        ({"VISUAL": "vim", "EDITOR": "gvim -f"}, "gvim +{line} {file}"),
        ({"EDITOR": "nano"}, ""),
        ({}, ""),
    ],
)
def test_without_a_setting_an_editor_with_a_window_is_taken_from_the_environment(environment, command) -> None:
    assert command_of_environment(environment) == command


def test_what_is_gone_or_cannot_be_opened_says_why(window: MainWindow, tmp_path: Path) -> None:
    said: list[str] = []
    window.workbench.message.connect(lambda _, text: said.append(text))
    file = tmp_path / "here.py"
    settings().setValue(EDITOR_COMMAND, str(tmp_path / "no such editor"))
    window.problems.details.opened.emit(file, 1)
    file.write_text("pass")
    window.problems.details.opened.emit(file, 1)
    assert "not there any more" in said[0] and "was not started" in said[1]


def test_a_real_error_leads_from_its_node_to_the_line_in_an_editor(window: MainWindow, qtbot, tmp_path: Path) -> None:
    written = tmp_path / "opened.txt"
    editor = tmp_path / "editor.py"
    editor.write_text(f"import sys; open({str(written)!r}, 'w').write(' '.join(sys.argv[1:]))")
    settings().setValue(EDITOR_COMMAND, f"{sys.executable} {editor} {{file}} {{line}}")
    bench = window.workbench
    bench.add_node(COUNT, (0, 0))
    bench.add_node("tests.app.shapes:Raise", (250, 0), connect_from="count.value")
    bench.set_location(["count", "raise"], "")
    bench.start()
    item = window.canvas.mirror.nodes["raise"]
    qtbot.waitUntil(lambda: bool(item.activity.error), timeout=20_000)
    viewer = window.canvas.viewer
    window.canvas.fit()
    place = viewer.mapFromScene(item.mapToScene(item.layout.error.center()))
    qtbot.mouseMove(viewer.viewport(), place)
    qtbot.mouseClick(viewer.viewport(), LEFT, pos=place)
    details = window.problems.details
    qtbot.waitUntil(lambda: "shapes.py" in details.toPlainText(), timeout=5000)
    details.setFocus()
    QTest.keyClick(details, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: written.exists() and written.read_text().strip() != "", timeout=10_000)
    file, line = written.read_text().split()
    assert Path(file) == Path(shapes.__file__)
    assert "no luck" in Path(file).read_text().splitlines()[int(line) - 1]
