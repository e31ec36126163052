"""A window with a document of two nodes, and the plot area under test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget

from app import theme
from app.plots.area import PlotArea
from tests.app.plots.fakes import FakeBench


@pytest.fixture
def bench(qapp: QApplication) -> Iterator[FakeBench]:
    made = FakeBench()
    made.new()
    for id in ("a", "b", "c", "d"):
        made.graph.add("somewhere.else:Node", id=id)
    yield made
    made.deleteLater()


@pytest.fixture
def main_window(qtbot, qapp: QApplication) -> Iterator[QMainWindow]:
    theme.apply("dark")
    made = QMainWindow()
    made.resize(1000, 700)
    made.setCentralWidget(QWidget())
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.hide()
    made.deleteLater()
    theme.apply("dark")
    qapp.setStyleSheet("")


@pytest.fixture
def area(bench: FakeBench, main_window: QMainWindow) -> PlotArea:
    return PlotArea(bench, main_window)
