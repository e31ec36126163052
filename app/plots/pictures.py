"""The one place that chooses the picture of a kind. pyqtgraph is imported here, when a plot is first seen."""

from __future__ import annotations

from app.plots.kinds import NUMBER, SCOPE, SPECTRUM, TABLE
from app.plots.picture import Picture


def make_picture(kind: str) -> Picture | None:
    """The picture of this kind; None when this version has none."""
    if kind == SCOPE:
        from app.plots.scope import Scope

        return Scope()
    if kind == SPECTRUM:
        from app.plots.spectrum import SpectrumPlot

        return SpectrumPlot()
    if kind == NUMBER:
        from app.plots.number import NumberPlot

        return NumberPlot()
    if kind == TABLE:
        from app.plots.table import TablePlot

        return TablePlot()
    return None
