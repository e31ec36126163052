"""What is on the canvas, in words for people who cannot see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.canvas.card import CardKind
from app.document.marks import Comment, Frame

if TYPE_CHECKING:
    from app.canvas.mirror import Mirror
    from app.workbench import Workbench


def description(workbench: Workbench, mirror: Mirror) -> str:
    """How much is seen on the level that is looked at, and what of it is selected."""
    level, here = mirror.level, workbench.whereabouts
    counts = [_count(len(level.nodes), "node")]
    if level.groups:
        counts.append(_count(len(level.groups), "group"))
    for kind in (Frame, Comment):
        number = sum(isinstance(mark, kind) for mark in here.marks_here())
        if number:
            counts.append(_count(number, kind.__name__.lower()))
    counts.append(_count(len(level.wires), "wire"))
    chosen = []
    for id in mirror.selected_cards():
        card = mirror.nodes[id].card
        what = "group " if card.kind is CardKind.GROUP else ""
        chosen.append(f"{what}{card.label} on {card.location_label}")
    selected_marks = set(here.marks)
    chosen += [f"{type(mark).__name__.lower()} {mark.label}" for mark in here.marks_here() if mark.id in selected_marks]
    way = "".join(f"inside {name}: " for _, name in here.way()[-1:])
    return f"{way}{', '.join(counts)}; selected: {', '.join(chosen) or 'none'}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
