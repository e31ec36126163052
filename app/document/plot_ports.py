"""Edits of plots that show several ports."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.document.document import Document


def show_too(document: Document, plot_id: str, port: str) -> bool:
    """Show one more port in a plot, as one undo step; False when it was refused or is there already."""
    plot = document.graph.plots.get(plot_id)
    if plot is None or port in plot.ports:
        return False
    return document.edit("Show in plot", lambda graph: graph.set_plot(plot_id, ports=[*plot.ports, port]))


def show_no_more(document: Document, plot_id: str, port: str) -> bool:
    """Take a port out of a plot, as one undo step; the last one closes it."""
    plot = document.graph.plots.get(plot_id)
    if plot is None or port not in plot.ports:
        return False
    left = [other for other in plot.ports if other != port]
    if not left:
        document.remove_plot(plot_id)
        return True
    return document.edit("Take out of plot", lambda graph: graph.set_plot(plot_id, ports=left))
