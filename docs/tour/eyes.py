"""The editor as it is, in its own process, with one addition: it says over a pipe where things are on the screen.

Run as `python eyes.py FD [--start] [FILE]`. Each line that comes in on the socket FD is a question as JSON, a list of
a method of `Eyes` and its arguments; each line that goes out is the answer. Nothing can be changed that way: the mouse
and the keyboard do that.
"""

from __future__ import annotations

import json
import socket
import sys
import threading
from typing import Any

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt, Signal
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QListWidget, QMenu, QTabBar, QToolButton, QWidget

import app.main
from app import theme
from app.window import MainWindow

_compose = app.main.compose


class Eyes(QObject):
    """Answers in Qt's thread. Places are pixels of the screen; None is "not there now"."""

    _asked = Signal(str)

    def __init__(self, window: MainWindow, wire: socket.socket) -> None:
        super().__init__(window)
        self._window = window
        self._wire = wire
        self._dialogs: list[str] = []
        QApplication.instance().installEventFilter(self)
        self._asked.connect(self._answer, Qt.ConnectionType.QueuedConnection)
        threading.Thread(target=self._listen, daemon=True).start()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Note every dialog that is shown."""
        if event.type() == QEvent.Type.Show and isinstance(watched, QDialog):
            self._dialogs.append(watched.windowTitle() or type(watched).__name__)
        return False

    def _listen(self) -> None:
        with self._wire.makefile("r") as questions:
            for question in questions:
                self._asked.emit(question)

    def _answer(self, question: str) -> None:
        name, *arguments = json.loads(question)
        answer = getattr(self, name)(*arguments)
        self._wire.sendall((json.dumps(answer) + "\n").encode())

    # -- places on the canvas -----------------------------------------------------------------------------------

    def port(self, end: str, is_input: bool) -> list[int] | None:
        """The middle of a port, `node.port`."""
        node, _, name = end.partition(".")
        item = self._canvas.mirror.nodes.get(node)
        port = item.port(name, is_input=is_input) if item is not None else None
        return None if port is None else self._of_scene(port.scene_center())

    def part(self, node: str, part: str) -> list[int] | None:
        """The middle of a part of a card: "chip", "title", "state", "strip", "error"."""
        item = self._canvas.mirror.nodes.get(node)
        rect = getattr(item.layout, part) if item is not None else None
        return None if item is None or rect is None else self._of_scene(item.mapToScene(rect.center()))

    def wire(self, key: str) -> list[int] | None:
        """The middle of a wire."""
        item = self._canvas.mirror.wires.get(key)
        return None if item is None else self._of_scene(item.mapToScene(item.path().pointAtPercent(0.5)))

    def ground(self, across: float, down: float) -> list[int]:
        """A place of the canvas, as shares of its width and height."""
        view = self._canvas.viewer.viewport()
        return self._of_widget(view, QPoint(round(across * view.width()), round(down * view.height())))

    # -- places of widgets --------------------------------------------------------------------------------------

    def widget(self, name: str) -> list[int] | None:
        """The middle of the first visible widget with this accessible name, object name, caption or command."""
        found = self._widget(name)
        return None if found is None else self._of_widget(found, found.rect().center())

    def area(self, name: str) -> list[int] | None:
        """The rectangle of a widget: x, y, width, height."""
        found = self._widget(name)
        if found is None:
            return None
        x, y = self._of_widget(found, QPoint(0, 0))
        ratio = found.devicePixelRatioF()
        return [x, y, round(found.width() * ratio), round(found.height() * ratio)]

    def title_bar(self) -> list[int]:
        """The middle of what the window manager puts above the window."""
        frame, inner = self._window.frameGeometry(), self._window.geometry()
        ratio = self._window.devicePixelRatioF()
        return [round(inner.center().x() * ratio), round((frame.top() + inner.top()) / 2 * ratio)]

    def menu_title(self, text: str) -> list[int] | None:
        """A menu of the menu bar."""
        bar = self._window.menuBar()
        for action in bar.actions():
            if _plain(action.text()) == text:
                return self._of_widget(bar, bar.actionGeometry(action).center())
        return None

    def entry(self, text: str) -> list[int] | None:
        """An entry of an open menu or search popup; its text begins so."""
        for menu in self._visible(QMenu):
            for action in menu.actions():
                if action.isVisible() and _plain(action.text()).startswith(text):
                    return self._of_widget(menu, menu.actionGeometry(action).center())
        for box in self._visible(QListWidget):
            for row in range(box.count()):
                item = box.item(row)
                if item.text().startswith(text):
                    return self._of_widget(box.viewport(), box.visualItemRect(item).center())
        return None

    def palette(self, title: str) -> list[int] | None:
        """A node type in the palette, scrolled into view by nobody: None when it is out of sight."""
        tree = self._window.palette_panel.tree
        for item in tree.findItems(title, Qt.MatchFlag.MatchExactly | Qt.MatchFlag.MatchRecursive):
            rect = tree.visualItemRect(item)
            if tree.viewport().rect().contains(rect.center()):
                return self._of_widget(tree.viewport(), rect.center())
        return None

    def tab(self, title: str) -> list[int] | None:
        """A tab of the docks."""
        for bar in self._visible(QTabBar):
            for index in range(bar.count()):
                if _plain(bar.tabText(index)).startswith(title):
                    return self._of_widget(bar, bar.tabRect(index).center())
        return None

    # -- the state ----------------------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """What the editor shows, in words: to wait for, and to check."""
        bench = self._window.workbench
        run = bench.run
        statistics = run.statistics() if run is not None else None
        plots = self._window.plots
        focus = QApplication.focusWidget()
        return {
            "is_ready": plots is not None and self._window.palette_panel.tree.topLevelItemCount() > 0,
            "title": self._window.windowTitle(),
            "theme": theme.tokens.theme,
            "size": [self._window.width(), self._window.height()],
            "run": str(bench.run_state or ""),
            "nodes": {id: str(spec.location) for id, spec in bench.graph.nodes.items()},
            "parameters": {id: dict(spec.parameters) for id, spec in bench.graph.nodes.items()},
            "wires": list(bench.graph.wires),
            "plots": {id: plot.port for id, plot in bench.graph.plots.items()},
            "drawn": [id for id, dock in (plots.docks if plots else {}).items() if dock.panel.last_frame_s > 0],
            "states": {id: str(node.state) for id, node in statistics.nodes.items()} if statistics else {},
            "pids": {label: computer.pid for label, computer in statistics.computers.items()} if statistics else {},
            "errors": {id: item.activity.error for id, item in self._canvas.mirror.nodes.items()},
            "undo": bench.undo_stack.undoText(),
            "selection": list(bench.selection),
            "is_modified": bench.is_modified,
            "reason": self._canvas.reason.text() if self._canvas.reason.isVisible() else "",
            "focus": (focus.accessibleName() or focus.objectName()) if focus is not None else "",
            "path": str(bench.path or ""),
            "dialogs": self._dialogs,
        }

    # -- inside -------------------------------------------------------------------------------------------------

    @property
    def _canvas(self) -> Any:
        assert self._window.canvas is not None, "the canvas is not there yet"
        return self._window.canvas

    def _visible(self, kind: type[QWidget]) -> list[Any]:
        found = [each for each in QApplication.allWidgets() if isinstance(each, kind) and each.isVisible()]
        return [each for each in found if not each.visibleRegion().isEmpty()]

    def _widget(self, name: str) -> QWidget | None:
        modal = QApplication.activeModalWidget()
        inside = [each for each in self._visible(QWidget) if modal is None or modal.isAncestorOf(each)]
        for each in inside:
            caption = each.text() if isinstance(each, QAbstractButton) else ""
            action = each.defaultAction() if isinstance(each, QToolButton) else None
            command = action.objectName() if action is not None else ""
            if name in (each.accessibleName(), each.objectName(), _plain(caption), command):
                return each
        return None

    def _of_scene(self, place: QPointF) -> list[int] | None:
        viewer = self._canvas.viewer
        in_view = viewer.mapFromScene(place)
        if not viewer.viewport().rect().contains(in_view):
            return None
        return self._of_widget(viewer.viewport(), in_view)

    def _of_widget(self, widget: QWidget, place: QPoint) -> list[int]:
        ratio = widget.devicePixelRatioF()
        on_screen = widget.mapToGlobal(place)
        return [round(on_screen.x() * ratio), round(on_screen.y() * ratio)]


def _plain(text: str) -> str:
    return text.replace("&&", "\0").replace("&", "").replace("\0", "&").strip()


def main() -> int:
    """Open the editor with the eyes in it."""
    fd, *arguments = sys.argv[1:]
    wire = socket.socket(fileno=int(fd))
    wire.set_inheritable(False)  # the eyes are no business of worker processes

    def compose(qt_app: QApplication, path: str | None, start: bool) -> MainWindow:
        window = _compose(qt_app, path, start)
        window.painted.connect(lambda: Eyes(window, wire))
        return window

    app.main.compose = compose
    files = [argument for argument in arguments if argument != "--start"]
    return app.main.open_editor(files[0] if files else None, "--start" in arguments)


if __name__ == "__main__":
    sys.exit(main())
