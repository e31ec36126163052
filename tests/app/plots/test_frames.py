"""When the frames of the plots come."""

from __future__ import annotations

from app.plots.area import PlotArea
from tests.app.plots.fakes import FakeBench


def test_a_frame_does_not_put_off_the_next_one(area: PlotArea, bench: FakeBench, qtbot, monkeypatch) -> None:
    panel = area.panel(bench.add_plot("a.out", "scope"))
    bench.begin()
    qtbot.waitUntil(lambda: panel.picture is not None and area._timer.isActive(), timeout=5000)
    begun_anew = []
    monkeypatch.setattr(area._timer, "start", begun_anew.append)
    monkeypatch.setattr(area._timer, "setInterval", begun_anew.append)
    for _ in range(5):
        panel._wake()
        area._on_frame()
    assert not begun_anew
