"""A source on the main computer that gives messages as fast as they are taken: does the window get its turns?"""

from __future__ import annotations

import asyncio

from app.window import MainWindow
from bench.gui import graphs
from bench.gui.editor import Cases, play, show, start
from bench.gui.pulse import Pulse

SINKS = {"source on main": "", "source on main, to a process": "engine:", "source on main, to a thread": "worker"}


def measure(seconds: float, rounds: int) -> Cases:
    """The longest gap between two turns, by where the messages go."""
    return play(lambda window: _measure(window, seconds))


async def _measure(window: MainWindow, seconds: float) -> Cases:
    cases: Cases = {}
    for case, location in SINKS.items():
        await show(window, graphs.flood(location))
        await start(window)
        run = window.workbench.run
        assert run is not None
        assert window.canvas is not None
        before = run.statistics().nodes["ticks"].emitted
        pulse = Pulse(window.canvas.viewer.viewport())
        await asyncio.sleep(seconds)
        pace = pulse.stop()
        messages = run.statistics().nodes["ticks"].emitted - before
        cases[case] = {**pace.figures(), "messages_per_s": messages / pace.seconds}
        del cases[case]["fps"], cases[case]["cpu_ms_per_frame"]  # nothing on the canvas has to move
        await window.workbench.end_run()
    return cases
