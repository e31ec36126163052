"""What the probe writes below the value: the figures of a wire as rows of words. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.canvas.figures import bytes_text, milliseconds_text, rate_text
from app.insight.costs import BridgeCosts
from app.insight.crossing import Crossing, microseconds

if TYPE_CHECKING:
    from engine import Wire

_OVERFLOW = {
    "block": "the sender waits",
    "drop_oldest": "drops the oldest",
    "drop_newest": "drops the newest",
    "latest": "keeps the latest only",
}


def rows_of(wire: Wire, crossing: Crossing, figures: Any) -> list[tuple[str, str]]:
    """Name and text of each figure.

    Args:
        wire: as the document has it.
        crossing: its bridge.
        figures: `WireStatistics`, None without a run.
    """
    rows: list[tuple[str, str]] = []
    if figures is None:
        rows.append(("Queue", f"holds {wire.capacity}"))
    else:
        flow = f", {bytes_text(figures.bytes_per_s)}" if figures.bytes_per_s else ""
        rows.append(("Rate", rate_text(figures.rate_hz) + flow))
        rows.append(("Latency", _latency(figures)))
        rows.append(("Queue", f"{figures.queued} of {figures.capacity}, most {figures.queued_most}"))
        rows.append(("Delivered", f"{figures.delivered:,}, dropped {figures.dropped:,}, lost {figures.lost:,}"))
    rows.append(("When full", _OVERFLOW.get(str(wire.overflow), str(wire.overflow))))
    rows.append(("Bridge", _bridge(crossing)))
    return rows


def _bridge(crossing: Crossing) -> str:
    if not crossing.kind:
        return "to another host"
    if not crossing.cost:
        return crossing.called
    return f"{crossing.called}, {crossing.cost} a message{_size(crossing)}"


def _latency(figures: Any) -> str:
    if not figures.latency_p99_ms:
        return "nothing measured yet"
    return f"p50 {milliseconds_text(figures.latency_p50_ms)}, p99 {milliseconds_text(figures.latency_p99_ms)}"


def _size(crossing: Crossing) -> str:
    if not crossing.bytes_each:
        return ""
    return f" of {bytes_text(crossing.bytes_each).removesuffix('/s')}"


def cost_note(crossing: Crossing, costs: BridgeCosts) -> tuple[str, str]:
    """Where the cost comes from, in a line, and what it is, in full; both empty when there is none."""
    if not crossing.cost or not costs.machine:
        return "", ""
    alone = microseconds(crossing.latency_us)
    full = (
        f"Processor time of both ends together while many messages go through. A small one that comes alone arrives "
        f"after about {alone}.\n{costs.source[:1].upper()}{costs.source[1:]}."
    )
    return f"Cost as on {'this machine' if costs.is_here else costs.machine}", full
