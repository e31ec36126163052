"""The Arrange menu, as records."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from app.actions.action import Action
from app.document.arranging import Axis, Edge

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

_ALIGN = (
    (Edge.LEFT, "Align &left", "Alt+Shift+Left", "align-left"),
    (Edge.CENTER, "Align &centres", "Alt+Shift+C", "align-center"),
    (Edge.RIGHT, "Align &right", "Alt+Shift+Right", "align-right"),
    (Edge.TOP, "Align &top", "Alt+Shift+Up", "align-top"),
    (Edge.MIDDLE, "Align &middles", "Alt+Shift+M", "align-middle"),
    (Edge.BOTTOM, "Align &bottom", "Alt+Shift+Down", "align-bottom"),
)
_TIPS = {
    Edge.LEFT: "Put the left edges of the selected nodes in line",
    Edge.CENTER: "Put the selected nodes below each other, middle under middle",
    Edge.RIGHT: "Put the right edges of the selected nodes in line",
    Edge.TOP: "Put the top edges of the selected nodes in line",
    Edge.MIDDLE: "Put the selected nodes beside each other, middle beside middle",
    Edge.BOTTOM: "Put the bottom edges of the selected nodes in line",
}
_DISTRIBUTE = (
    (Axis.HORIZONTAL, "Distribute &horizontally", "Alt+Shift+H", "distribute-horizontally"),
    (Axis.VERTICAL, "Distribute &vertically", "Alt+Shift+V", "distribute-vertically"),
)


def arrange_actions(canvas: Callable[[], CanvasView | None]) -> list[Action]:
    """The commands of the Arrange menu; they act on what is selected on the canvas."""

    def is_selected(least: int) -> bool:
        view = canvas()
        return view is not None and view.arranger.count >= least

    def align(edge: Edge) -> None:
        view = canvas()
        if view is not None:
            view.arranger.align(edge)

    def distribute(axis: Axis) -> None:
        view = canvas()
        if view is not None:
            view.arranger.distribute(axis)

    def lay_out() -> None:
        view = canvas()
        if view is not None:
            view.arranger.lay_out()

    def is_any() -> bool:
        view = canvas()
        return view is not None and bool(view.workbench.graph.nodes)

    return [
        Action(
            "arrange.layout",
            "&Auto layout",
            lay_out,
            "Arrange",
            "Ctrl+L",
            "arrange",
            "Put the selected nodes, or all, in columns along their wires",
            1,
            is_enabled=is_any,
            why_not="The graph is empty",
        ),
        *[
            Action(
                f"arrange.align_{edge.name.lower()}",
                text,
                partial(align, edge),
                "Arrange",
                keys,
                icon,
                _TIPS[edge],
                2,
                is_enabled=partial(is_selected, 2),
                why_not="Select two nodes or more",
                on_canvas_only=True,
            )
            for edge, text, keys, icon in _ALIGN
        ],
        *[
            Action(
                f"arrange.distribute_{axis.name.lower()}",
                text,
                partial(distribute, axis),
                "Arrange",
                keys,
                icon,
                f"Give the selected nodes the same distance {axis.value}",
                3,
                is_enabled=partial(is_selected, 3),
                why_not="Select three nodes or more",
                on_canvas_only=True,
            )
            for axis, text, keys, icon in _DISTRIBUTE
        ],
    ]
