"""The stage on which the tests of the canvas play."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from app import theme
from app.canvas.view import CanvasView
from app.workbench import Workbench
from tests.app.canvas.stage import TYPES, Stage


@pytest.fixture
def stage(qtbot, workbench, monkeypatch) -> Iterator[Stage]:
    theme.apply("dark")
    canvas = CanvasView(workbench)
    canvas.show_types(TYPES)
    canvas.resize(900, 600)
    canvas.show()
    with qtbot.waitActive(canvas):
        canvas.activateWindow()
    canvas.viewer.setFocus()
    stage = Stage(workbench, canvas, qtbot)
    monkeypatch.setattr(Workbench, "is_running", property(lambda _: stage.plays_run))
    monkeypatch.setattr(Workbench, "run", property(lambda _: object() if stage.plays_run else None))
    stage.settle_view()
    yield stage
    popup = QApplication.activePopupWidget()
    if popup is not None:
        popup.close()
    canvas.close()
    canvas.deleteLater()
    theme.apply("dark")
