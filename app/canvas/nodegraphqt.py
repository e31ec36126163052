"""The one door to NodeGraphQt: the five classes of its view layer that the canvas builds on.

NodeGraphQt imports all of Qt through `Qt.py` and the removed `distutils` through setuptools: half a second and 180
modules, for three names. While it is imported here, two small stand-ins answer those imports. Its controller
(`NodeGraph`: a model, undo, clipboard and sessions of its own) is not used: the document is the truth.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import PySide6
from PySide6 import QtCore, QtGui, QtWidgets


class _LooseVersion(tuple[int, ...]):
    """Enough of `distutils.version.LooseVersion` to ask whether Qt is at least 5.10."""

    def __new__(cls, text: str) -> _LooseVersion:
        return super().__new__(cls, (int(part) for part in text.split(".") if part.isdigit()))


class _QtCompat:
    """Enough of `Qt.QtCompat` for NodeGraphQt's property widgets to be defined; they are never made."""

    class QHeaderView:
        """Holds the one renamed method."""

        setSectionResizeMode = staticmethod(QtWidgets.QHeaderView.setSectionResizeMode)


class _Qt5Widgets(ModuleType):
    """QtWidgets with the actions and undo commands in it, where Qt 5 had them."""

    def __getattr__(self, name: str) -> Any:
        return getattr(QtWidgets, name, None) or getattr(QtGui, name)


def _stand_ins() -> dict[str, ModuleType]:
    qt = ModuleType("Qt")
    vars(qt).update(QtCore=QtCore, QtGui=QtGui, QtWidgets=_Qt5Widgets("Qt.QtWidgets"), QtSvg=None, QtCompat=_QtCompat)
    vars(qt).update(__binding__="PySide6", __binding_version__=PySide6.__version__)
    distutils, version = ModuleType("distutils"), ModuleType("distutils.version")
    vars(version)["LooseVersion"] = _LooseVersion
    vars(distutils)["version"] = version
    return {"Qt": qt, "distutils": distutils, "distutils.version": version}


@contextmanager
def _light_imports() -> Iterator[None]:
    """Let the stand-ins answer imports inside, and put back what was there before."""
    stand_ins = _stand_ins()
    before = {name: sys.modules.get(name) for name in stand_ins}
    sys.modules.update(stand_ins)
    try:
        yield
    finally:
        for name, module in before.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module


with _light_imports():
    from NodeGraphQt.qgraphics.node_abstract import AbstractNodeItem
    from NodeGraphQt.qgraphics.pipe import PipeItem
    from NodeGraphQt.qgraphics.port import PortItem
    from NodeGraphQt.widgets import viewer as viewer_module
    from NodeGraphQt.widgets.scene import NodeScene
    from NodeGraphQt.widgets.viewer import NodeViewer

__all__ = ["AbstractNodeItem", "NodeScene", "NodeViewer", "PipeItem", "PortItem", "viewer_module"]
