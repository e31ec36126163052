"""A canvas on a stage, with a run that the test makes up: real taps, and figures as they are told."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app import theme
from app.canvas.view import CanvasView
from tests.app.canvas.stage import TYPES, Stage
from tests.app.plots.fakes import FakeBench


@pytest.fixture
def bench(qapp) -> Iterator[FakeBench]:
    made = FakeBench()
    yield made
    made.deleteLater()


@pytest.fixture
def stage(qtbot, bench: FakeBench) -> Iterator[Stage]:
    theme.apply("dark")
    canvas = CanvasView(bench)
    canvas.show_types(TYPES)
    canvas.resize(900, 600)
    canvas.show()
    with qtbot.waitActive(canvas):
        canvas.activateWindow()
    canvas.viewer.setFocus()
    stage = Stage(bench, canvas, qtbot)
    stage.settle_view()
    yield stage
    canvas.close()
    canvas.deleteLater()
    theme.apply("dark")
