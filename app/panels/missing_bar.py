"""The bar that says which packages the open graph needs and how to install them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication

from app.document.placeholders import install_command, look_for_packages, missing_packages
from app.panels.bars import Bars
from app.workbench import Workbench
from engine.graph.packages import Package

KEY = "missing"
_NAMED = 6


class MissingBar(QObject):
    """Shows the bar when a graph is opened whose node types are not installed."""

    def __init__(self, workbench: Workbench, bars: Bars, list_types: Callable[[], None]) -> None:
        """Watch a workbench; `list_types` offers anew what can be added, when packages were installed."""
        super().__init__(bars)
        self._workbench = workbench
        self._bars = bars
        self._list_types = list_types
        self._graph: object = None
        workbench.document_replaced.connect(self._replaced)

    def _replaced(self) -> None:
        if self._workbench.graph is not self._graph:
            self._graph = self._workbench.graph
            self._show()

    def _show(self) -> None:
        self._bars.remove(KEY)
        packages, modules = missing_packages(self._workbench.graph)
        if not packages and not modules:
            return
        buttons: dict[str, Callable[[], object]] = {}
        if packages:
            command = install_command(packages)
            buttons["Copy command"] = lambda: QGuiApplication.clipboard().setText(command)
        buttons["Look again"] = self._look_again
        self._bars.put(KEY, "warning", missing_text(packages, modules), buttons)

    def _look_again(self) -> None:
        is_whole = look_for_packages(self._workbench)
        self._list_types()
        self._show()
        if is_whole:
            self._workbench.message.emit("info", "All packages of this graph are here now.")


def missing_text(packages: list[Package], modules: list[str]) -> str:
    """What is missing, that nothing is lost by it, and what to type."""
    text = "This graph needs node packages that are not installed; placeholders keep its nodes as they are."
    if packages:
        text += f" {_listed([str(package) for package in packages])}: {install_command(packages[:_NAMED])}."
    if modules:
        text += f" Its file does not say which package has {_listed(modules)}."
    return text


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
