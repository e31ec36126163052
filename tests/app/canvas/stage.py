"""A stage for tests of the canvas: a graph on a shown canvas, and a mouse that speaks of nodes, ports and places."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QAction, QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from app.canvas.node_item import NodeItem
from app.canvas.port_item import PortItem
from app.canvas.view import CanvasView
from app.workbench import Workbench
from engine import In, Node, Out, Source, catalog

LEFT = Qt.MouseButton.LeftButton
CTRL = Qt.KeyboardModifier.ControlModifier
PLAIN = Qt.KeyboardModifier.NoModifier


class Number(Source):
    """Gives numbers."""

    category = "Tests"
    value = Out(int)


class Double(Node):
    """Number in, number out."""

    category = "Tests"
    value = In(int)
    doubled = Out(int)


class Sum(Node):
    """Takes any number of numbers."""

    category = "Tests"
    values = In(int, many=True)
    total = Out(int)


class Shout(Node):
    """Text in, text out."""

    category = "Tests"
    text = In(str)
    loud = Out(str)


class Both(Node):
    """A number and a text."""

    category = "Tests"
    text = In(str)
    number = In(int)


TYPES = [Number, Double, Sum, Shout, Both]
PATHS = {node_type: catalog.path_of(node_type) for node_type in TYPES}


class Stage:
    """A canvas of 900 x 600 at 100 %, the scene's origin at (100, 100) of the viewport."""

    def __init__(self, workbench: Workbench, canvas: CanvasView, qtbot: Any) -> None:
        self.workbench = workbench
        self.canvas = canvas
        self.qtbot = qtbot
        self.plays_run = False
        self.messages: list[str] = []
        workbench.message.connect(lambda _severity, text: self.messages.append(text))

    # -- the graph ---------------------------------------------------------------------------------------------

    @property
    def graph(self) -> Any:
        return self.workbench.graph

    def add(self, node_type: type[Node], x: float, y: float) -> str:
        id = self.workbench.add_node(PATHS[node_type], (x, y))
        assert id is not None
        self.workbench.select(())
        return id

    def node(self, id: str) -> NodeItem:
        return self.canvas.mirror.nodes[id]

    def port(self, end: str) -> PortItem:
        id, _, name = end.partition(".")
        return next(port for port in self.node(id).ports() if port.face.name == name)

    def wires(self) -> list[str]:
        return sorted(self.graph.wires)

    def settle_view(self) -> None:
        """Put the scene's origin at (100, 100) of the viewport, at 100 %."""
        viewer = self.canvas.viewer
        viewer.zoom_to(1.0)
        viewer.centerOn(QPointF(viewer.viewport().rect().center()) - QPointF(100, 100))

    # -- places, in pixels of the viewport --------------------------------------------------------------------------

    def at(self, x: float, y: float) -> QPoint:
        return self.canvas.viewer.mapFromScene(QPointF(x, y))

    def at_port(self, end: str) -> QPoint:
        return self.canvas.viewer.mapFromScene(self.port(end).scene_center())

    def at_part(self, id: str, part: str) -> QPoint:
        rect: QRectF = getattr(self.node(id).layout, part)
        return self.canvas.viewer.mapFromScene(self.node(id).mapToScene(rect.center()))

    def at_body(self, id: str) -> QPoint:
        """A place of the card that is neither port, title nor chip."""
        node = self.node(id)
        return self.canvas.viewer.mapFromScene(node.mapToScene(QPointF(node.layout.size.width() / 2, 36)))

    def at_wire(self, key: str, share: float = 0.5) -> QPoint:
        return self.canvas.viewer.mapFromScene(self.canvas.mirror.wires[key].path().pointAtPercent(share))

    # -- mouse and keys ----------------------------------------------------------------------------------------------

    def hover(self, place: QPoint) -> None:
        self.qtbot.mouseMove(self.canvas.viewer.viewport(), place)

    def press(self, place: QPoint, button: Qt.MouseButton = LEFT, keys: Qt.KeyboardModifier = PLAIN) -> None:
        self.hover(place)
        self.qtbot.mousePress(self.canvas.viewer.viewport(), button, keys, place)

    def drag_to(self, start: QPoint, end: QPoint, steps: int = 6) -> None:
        for step in range(1, steps + 1):
            self.hover(start + (end - start) * step / steps)

    def release(self, place: QPoint, button: Qt.MouseButton = LEFT, keys: Qt.KeyboardModifier = PLAIN) -> None:
        self.qtbot.mouseRelease(self.canvas.viewer.viewport(), button, keys, place)

    def drag(
        self, start: QPoint, end: QPoint, button: Qt.MouseButton = LEFT, keys: Qt.KeyboardModifier = PLAIN
    ) -> None:
        self.press(start, button, keys)
        self.drag_to(start, end)
        self.release(end, button, keys)

    def click(self, place: QPoint, keys: Qt.KeyboardModifier = PLAIN) -> None:
        self.press(place, LEFT, keys)
        self.release(place, LEFT, keys)

    def double_click(self, place: QPoint) -> None:
        self.click(place)
        self.qtbot.mouseDClick(self.canvas.viewer.viewport(), LEFT, PLAIN, place)

    def key(self, key: Qt.Key, keys: Qt.KeyboardModifier = PLAIN) -> None:
        """A key where the keyboard is now."""
        QTest.keyClick(QApplication.focusWidget() or self.canvas.viewer, key, keys)

    def type(self, text: str) -> None:
        QTest.keyClicks(QApplication.focusWidget(), text)

    # -- menus -------------------------------------------------------------------------------------------------------

    def context_menu(self, place: QPoint) -> QMenu:
        viewport = self.canvas.viewer.viewport()
        self.hover(place)
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, viewport.mapToGlobal(place))
        QApplication.sendEvent(viewport, event)
        return self.open_menu()

    def open_menu(self) -> QMenu:
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        return menu

    def pick(self, menu: QMenu, *texts: str) -> None:
        """Click through a menu and its submenus by the beginnings of their entries."""
        for text in texts:
            action = entry(menu, text)
            place = menu.actionGeometry(action).center()
            self.qtbot.mouseMove(menu, place)
            self.qtbot.mouseClick(menu, LEFT, PLAIN, place)
            inner = action.menu()
            if isinstance(inner, QMenu):
                self.qtbot.waitUntil(inner.isVisible, timeout=2000)
                menu = inner

    # -- the run -----------------------------------------------------------------------------------------------------

    def play(self, nodes: dict[str, Any] | None = None, wires: dict[str, Any] | None = None) -> None:
        """Let a run say these figures."""
        self.plays_run = True
        self.workbench.statistics_changed.emit(SimpleNamespace(nodes=nodes or {}, wires=wires or {}, computers={}))


def entry(menu: QMenu, text: str) -> QAction:
    found = [action for action in menu.actions() if action.text().startswith(text)]
    assert found, f"no {text!r} among {[action.text() for action in menu.actions()]}"
    return found[0]


def node_figures(**changes: Any) -> Any:
    """The statistics of a node that runs well."""
    figures = {
        "state": "running", "location": "", "received": 0, "emitted": 0, "errors": 0, "skipped": 0, "unmatched": 0,
        "rate_hz": 250.0, "load": 0.1, "late": False, "message": "",
    }  # fmt: skip
    return SimpleNamespace(**{**figures, **changes})


def wire_figures(**changes: Any) -> Any:
    """The statistics of a wire that flows well."""
    figures = {
        "bridge": "loop", "sent": 10, "delivered": 10, "dropped": 0, "lost": 0, "discarded": 0, "queued": 0,
        "capacity": 16, "rate_hz": 250.0, "bytes_per_s": 2000.0, "latency_ms": 0.4,
        "latency_p50_ms": 0.4, "latency_p99_ms": 1.2, "queued_most": 0, "bytes_each": 8,
    }  # fmt: skip
    return SimpleNamespace(**{**figures, **changes})
