"""What a node does just now and has counted, looked up in its stepper for the statistics of the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.runtime.control import NodeActivity, NodeCounts

if TYPE_CHECKING:
    from engine.runtime.stepper import Stepper


def counts_of(stepper: Stepper) -> NodeCounts:
    """What a node has counted since it began, what it does, and which of its wires are full."""
    joiner, is_over = stepper.joiner, stepper.state.is_over
    outputs = stepper.outputs.values()
    return NodeCounts(
        stepper.id,
        joiner.received if joiner else 0,
        sum(output.emitted for output in outputs),
        stepper.policy.errors,
        stepper.code.skipped,
        joiner.unmatched if joiner else 0,
        stepper.code.busy_ns,
        is_over or (joiner is not None and stepper.is_waiting and joiner.is_fed_by_cycle_only),
        _activity_of(stepper),
        [wire.key for output in outputs if output.is_full for wire in output.wires if wire.backlog],
        "" if is_over else stepper.waits_for(),
    )


def _activity_of(stepper: Stepper) -> NodeActivity:
    if stepper.state.is_over:
        return NodeActivity.OVER
    waits_for_room = stepper.is_full and not stepper.code.is_awaited and not stepper.policy.is_down
    return NodeActivity.WAITING if waits_for_room or stepper.waits_for_input else NodeActivity.WORKING
