"""What is on the canvas, in words for people who cannot see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.canvas.card import CardKind

if TYPE_CHECKING:
    from app.canvas.mirror import Mirror
    from app.workbench import Workbench


def description(workbench: Workbench, mirror: Mirror) -> str:
    """How much is seen on the level that is looked at, and what of it is selected."""
    level, here = mirror.level, workbench.whereabouts
    counts = [f"{len(level.nodes)} nodes"]
    for number, what in ((len(level.groups), "groups"), (len(here.marks_here()), "frames and comments")):
        if number:
            counts.append(f"{number} {what}")
    counts.append(f"{len(level.wires)} wires")
    chosen = []
    for id in mirror.selected_cards():
        card = mirror.nodes[id].card
        what = "group " if card.kind is CardKind.GROUP else ""
        chosen.append(f"{what}{card.label} on {card.location_label}")
    selected_marks = set(here.marks)
    chosen += [f"{type(mark).__name__.lower()} {mark.label}" for mark in here.marks_here() if mark.id in selected_marks]
    way = "".join(f"inside {name}: " for _, name in here.way()[-1:])
    return f"{way}{', '.join(counts)}; selected: {', '.join(chosen) or 'none'}"
