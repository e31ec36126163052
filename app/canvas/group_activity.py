"""What the card of a group says of a run: the worst state inside, what leaves it a second, and its busiest loop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from app.canvas.activity import IDLE_NODE, LOAD_STEPS, NodeActivity
from app.canvas.card import Card
from app.canvas.figures import rate_text

if TYPE_CHECKING:
    from engine import NodeSpec

# From the worst to the best; a state that is not here comes before "running".
_ORDER = (
    "failed", "dead", "abandoned", "error", "restarting", "late", "preparing", "ready", "running",
    "stopped", "ended", "idle",
)  # fmt: skip


def group_activity(card: Card, inside: Mapping[str, NodeActivity], specs: Mapping[str, NodeSpec]) -> NodeActivity:
    """What a group shows.

    Args:
        card: of the group: its outputs say which nodes speak for its rate.
        inside: what the nodes in it show; those that nothing is known of may be missing.
        specs: of the nodes, by id.
    """
    if not inside or all(activity == IDLE_NODE for activity in inside.values()):
        return IDLE_NODE
    worst = min(inside, key=lambda node: (_rank(inside[node]), inside[node].error == ""))
    spoken = next((node for node in sorted(inside, key=lambda node: _rank(inside[node])) if inside[node].error), "")
    states: dict[str, int] = {}
    for activity in inside.values():
        states[activity.state] = states.get(activity.state, 0) + 1
    speakers = {face.node for face in card.outputs} or {face.node for face in card.inputs} or set(inside)
    rate_hz = sum(inside[node].rate_hz for node in speakers if node in inside)
    runs = any(activity.rate for activity in inside.values())
    return NodeActivity(
        state=inside[worst].state,
        rate=rate_text(rate_hz) if runs else "",
        load=_load(inside, specs),
        error=f"{_label(specs, spoken)}: {inside[spoken].error}" if spoken else "",
        is_warning=bool(spoken) and inside[spoken].is_warning,
        restarts=max(activity.restarts for activity in inside.values()),
        note="",
        counts=", ".join(f"{count} {state}" for state, count in states.items()),
        rate_hz=rate_hz,
        node=spoken,
    )


def _rank(activity: NodeActivity) -> float:
    return _ORDER.index(activity.state) if activity.state in _ORDER else _ORDER.index("running") - 0.5


def _label(specs: Mapping[str, NodeSpec], node: str) -> str:
    return specs[node].label if node in specs else node


def _load(inside: Mapping[str, NodeActivity], specs: Mapping[str, NodeSpec]) -> int:
    """The loads of nodes on one loop add up; of several loops the busiest counts."""
    loads: dict[str, int] = {}
    for node, activity in inside.items():
        place = str(specs[node].location) if node in specs else ""
        loads[place] = loads.get(place, 0) + activity.load
    return min(LOAD_STEPS, max(loads.values(), default=0))
