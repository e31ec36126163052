"""Tooltips of the canvas: what a node, port or wire is and does, as plain text."""

from __future__ import annotations

import html

from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QToolTip, QWidget

from app.canvas.card import CardKind
from app.canvas.card_layout import Part
from app.canvas.comment_item import CommentItem
from app.canvas.hit import Hit
from app.canvas.node_item import NodeItem
from app.canvas.port_item import PortItem
from app.canvas.state_shapes import state_words
from app.canvas.wire_item import WireItem

ABANDONED = (
    "Python cannot end a thread. Its code goes on until it returns, or until the editor is restarted. "
    "In a process of its own it can be ended."
)
STUCK_THREAD = "Python cannot end a thread: in a process of its own this node could be stopped at any time."
STUCK_PROCESS = "Force stop (Ctrl+.) ends its process."


def show_tip(widget: QWidget, event: QHelpEvent, text: str) -> None:
    """Show plain text at the mouse, or take the tooltip away."""
    if not text:
        QToolTip.hideText()
        event.ignore()
        return
    lines = html.escape(text).replace("\n", "<br>")
    QToolTip.showText(event.globalPos(), f"<qt>{lines}</qt>", widget)


def tip_of(hit: Hit) -> str:
    """The tooltip for what lies under the mouse; empty for the ground."""
    if hit.port is not None:
        return port_tip(hit.port)
    if hit.node is not None:
        return node_tip(hit.node, hit.part)
    if isinstance(hit.mark, CommentItem):
        return hit.mark.link_at(hit.position)
    return wire_tip(hit.wire) if hit.wire is not None else ""


def port_tip(port: PortItem) -> str:
    """Its name, type and help."""
    face = port.face
    kind = "input" if face.is_input else "output"
    traits = (("optional", face.optional), ("many wires", face.is_input and face.many))
    extras = [word for word, holds in traits if holds]
    words = f"{kind} {face.text}: {face.type_name or 'unknown type'}"
    if extras:
        words += f" ({', '.join(extras)})"
    return f"{words}\n{face.doc}" if face.doc else words


def node_tip(node: NodeItem, part: Part | None) -> str:
    """What the part under the mouse says."""
    card, activity = node.card, node.activity
    match part:
        case Part.STATE:
            words = state_words(activity.state) if activity.state != "idle" else "not running"
            lines = [words, activity.error, activity.note, remedy(node), activity.counts]
            return "\n".join(line for line in lines if line)
        case Part.LOCATION:
            if card.is_mixed:
                return "the nodes inside run in several locations: click to change them together"
            return f"runs on {card.location.label}: click to change"
        case Part.ERROR:
            lines = [
                activity.error,
                remedy(node),
                "click for the node inside" if activity.node else "click for the traceback",
            ]
            return "\n".join(line for line in lines if line)
        case Part.FIGURES if activity.counts:
            load = f"load {activity.load * 5} % of its loop" if activity.load else ""
            return "\n".join(line for line in (activity.rate, load, activity.counts) if line)
        case _ if card.kind is not CardKind.NODE:
            enter = "double-click or Ctrl+Down to look inside" if card.kind is CardKind.GROUP else ""
            return "\n".join(line for line in (card.label, card.type_title, card.doc, enter) if line)
        case _:
            lines = [f"{card.label} ({card.id})" if card.label != card.id else card.id, card.type_title, card.doc]
            return "\n".join(dict.fromkeys(line for line in lines if line))


def remedy(node: NodeItem) -> str:
    """What can be done about the state of a node, where that is not plain; empty elsewhere."""
    location, activity = node.card.location, node.activity
    if activity.state == "abandoned":
        return ABANDONED
    if activity.state == "late" and activity.is_warning:
        return STUCK_PROCESS if location.process else STUCK_THREAD
    if activity.state == "dead" and location.process:
        process = location.process_location
        return f"To have it come back by itself: Runs on ▸ When process {process} dies ▸ start it again"
    return ""


def wire_tip(wire: WireItem) -> str:
    """Its ends, settings and figures."""
    if wire.wire is None:
        return ""
    spec = wire.wire
    settings = f"capacity {spec.capacity}, when full: {spec.overflow.replace('_', ' ')}"
    lines = [spec.key, settings + (", feedback" if spec.feedback else ""), wire.crossing_note, wire.activity.details]
    return "\n".join(line for line in lines if line)
