"""A live signal in the editor's scope and, on the same data, in plain pyqtgraph curves; a busy graph runs on main."""

from __future__ import annotations

import asyncio
import statistics
from typing import Any

from app.plots.area import PlotArea
from app.window import MainWindow
from bench.gui import graphs
from bench.gui.editor import Cases, play, show, start, until
from bench.gui.peer import Curves
from bench.gui.pulse import Pulse

SIGNALS = {"8 × 2 k": (8, 2.0), "64 × 10 k": (64, 10.0), "256 × 10 k": (256, 10.0)}  # channels, seconds of 1 kHz
PEER = "plain pyqtgraph"
_SETTLE_S = 0.5


def measure(seconds: float, rounds: int) -> Cases:
    """Each signal in turns in the scope and in the peer, `rounds` times; the medians."""
    return play(lambda window: _measure(window, seconds, rounds))


async def _measure(window: MainWindow, seconds: float, rounds: int) -> Cases:
    cases: Cases = {}
    plots = window.plots
    assert plots is not None
    for case, (channels, window_s) in SIGNALS.items():
        await show(window, graphs.scope(channels, window_s))
        await start(window)
        panel = await _panel(plots)
        peer = Curves(window.workbench.run, graphs.SCOPE_PORT, channels, round(window_s * graphs.SCOPE_HZ))
        peer.resize(panel.picture.size())
        ours: list[dict[str, float]] = []
        peers: list[dict[str, float]] = []
        for _ in range(rounds):
            await asyncio.sleep(window_s + _SETTLE_S)  # until all of the window is full
            ours.append(await _pace(panel.picture.chart.viewport(), seconds))
            dock = next(iter(plots.docks.values()))
            dock.hide()
            peer.begin()
            await asyncio.sleep(_SETTLE_S)
            peers.append(await _pace(peer.viewport(), seconds))
            peer.rest()
            dock.show()
        peer.end()
        cases[case] = {**median(ours), "channels": len(panel.picture.channels)}
        cases[f"{case}, {PEER}"] = {**median(peers), "channels": channels}
        await window.workbench.end_run()
    return cases


async def _panel(plots: PlotArea) -> Any:
    """The panel of the only plot, once it has something to show."""
    panel = next(iter(plots.docks.values())).panel
    await until(lambda: panel.picture is not None and not panel.picture.is_empty, "no trace comes")
    return panel


async def _pace(widget: Any, seconds: float) -> dict[str, float]:
    pulse = Pulse(widget)
    await asyncio.sleep(seconds)
    return pulse.stop().figures()


def median(rounds: list[dict[str, float]]) -> dict[str, float]:
    """The median of each figure over some rounds."""
    return {name: statistics.median(figures[name] for figures in rounds) for name in rounds[0]}
