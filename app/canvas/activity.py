"""What a run says of a node and of a wire, as the texts and marks that are drawn. Equal values need no repaint."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from app.canvas.figures import bytes_text, count_text, milliseconds_text, rate_text
from app.insight.costs import CALLED
from app.insight.crossing import NOT_CROSSING, Crossing
from app.insight.measured import filled

FAILED_STATES = frozenset({"failed", "dead", "abandoned"})
LOAD_STEPS = 20
_COMING_BACK = frozenset({"restarting", "preparing", "ready"})
_RETURNS = "; starts again"  # comes first on a card, where there is little room
_BRIEFLY_LATE = "holds its loop"  # said of each hold; what says more lasts longer
FULL = 0.8  # a queue filled to this share is holding its sender up
HALF = 0.5  # from here on it shows that it fills


@dataclass(frozen=True, slots=True)
class NodeActivity:
    """What a card shows of a run.

    Attributes:
        state: a state of `state_shapes`: `idle` without a run, else the node's.
        rate: messages it emits, or receives when it emits none, per second; empty when there is nothing to say.
        load: its share of its loop in steps of 1 / LOAD_STEPS; 0 is none.
        error: the first line of what went wrong, or of what it is held up by; empty when nothing is amiss.
        is_warning: is that something which may still go by?
        restarts: how often its process was started again.
        note: what it waits for, or another remark.
        counts: received and emitted, for the tooltip.
        rate_hz: the rate as a number.
        node: on the card of a group, the node inside that the error is of.
    """

    state: str = "idle"
    rate: str = ""
    load: int = 0
    error: str = ""
    is_warning: bool = False
    restarts: int = 0
    note: str = ""
    counts: str = ""
    rate_hz: float = field(default=0.0, compare=False)
    node: str = ""


IDLE_NODE = NodeActivity()


def node_activity(figures: Any, last_error: str = "", restarts: int = 0) -> NodeActivity:
    """From the `NodeStatistics` of a node.

    Args:
        figures: the statistics.
        last_error: what it said when something went wrong before.
        restarts: how often its process was started again.
    """
    state = str(figures.state)
    message = str(figures.message or "").strip().partition("\n")[0]
    has_failed = state in FAILED_STATES
    error = ""
    if has_failed or figures.errors:
        error = (message if not figures.late else "") or last_error
    if has_failed and not error:
        error = f"the node is {state}"
    is_warning = bool(message) and (state in _COMING_BACK or (figures.late and message != _BRIEFLY_LATE))
    if is_warning:
        cause, is_returning, when = message.partition(_RETURNS)
        error = f"{_RETURNS.lstrip('; ')}{when}: {cause}" if is_returning else message
    is_running = state == "running"
    shown = "late" if is_running and figures.late else "error" if is_running and figures.errors else state
    counts = f"received {figures.received}, emitted {figures.emitted}"
    for what, count in (("errors", figures.errors), ("skipped", figures.skipped), ("unmatched", figures.unmatched)):
        if count:
            counts += f", {what} {count}"
    if restarts:
        counts += f", its process restarted {restarts}×"
    return NodeActivity(
        state=shown,
        rate=rate_text(figures.rate_hz) if is_running else "",
        load=min(LOAD_STEPS, math.ceil(max(0.0, figures.load) * LOAD_STEPS - 0.01)) if is_running else 0,
        error=error,
        is_warning=is_warning,
        restarts=restarts,
        note="" if is_warning or error == message else message,
        counts=counts,
        rate_hz=figures.rate_hz if is_running else 0.0,
    )


@dataclass(frozen=True, slots=True)
class WireActivity:
    """What a wire shows of a run.

    Attributes:
        badge: the text in the middle of the wire, in one line or two; empty shows none.
        alarm: how many messages were dropped or lost, as text; empty when none were.
        is_full: is its queue holding the sender up?
        pressure: how full its queue is, as the hue of the wire: 0 has room, 1 half full, 2 holds its sender up.
        has_data: has anything come through? False is drawn dashed.
        weight: thickness above the thinnest, 0 to 4, by the logarithm of the flow.
        details: the lines of the tooltip.
    """

    badge: str = ""
    alarm: str = ""
    is_full: bool = False
    has_data: bool = True
    weight: float = 0.0
    details: str = ""
    pressure: int = 0


IDLE_WIRE = WireActivity()


def wire_activity(figures: Any, *, crossing: Crossing = NOT_CROSSING, is_running: bool) -> WireActivity:
    """From the `WireStatistics` of a wire; `crossing` is its bridge, which is named where it leaves its loop."""
    badge = rate_text(figures.rate_hz) if is_running else ""
    if badge and crossing.badge:
        badge = "\n".join(line for line in (f"{crossing.called} {badge}", crossing.cost) if line)
    share = filled(figures) / figures.capacity if is_running and figures.capacity > 1 else 0.0
    pressure = 2 if share >= FULL else 1 if share >= HALF else 0
    alarms = [f"{count_text(count)} {what}" for what in ("dropped", "lost") if (count := getattr(figures, what))]
    flow = figures.bytes_per_s or figures.rate_hz * 100
    details = [
        f"bridge: {CALLED.get(figures.bridge, figures.bridge)}",
        f"delivered {figures.delivered}",
        f"dropped {figures.dropped}, lost {figures.lost}",
        f"queue {figures.queued}/{figures.capacity}",
    ]
    if is_running:
        details.insert(1, f"{rate_text(figures.rate_hz)}, {bytes_text(figures.bytes_per_s)}")
    if figures.latency_ms is not None and figures.delivered:
        details.append(f"latency {milliseconds_text(figures.latency_ms)}")
    return WireActivity(
        badge=badge,
        alarm=", ".join(alarms),
        is_full=pressure == 2,
        has_data=bool(figures.delivered or figures.sent),
        weight=round(min(4.0, max(0.0, math.log10(max(1.0, flow)) - 2)) * 2) / 2 if is_running else 0.0,
        details="\n".join(details),
        pressure=pressure,
    )
