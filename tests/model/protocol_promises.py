"""What must hold in every state of the protocol model."""

from __future__ import annotations

from engine.runtime.states import RunState
from tests.model.protocol_state import Setting, State

SEVERITY = {RunState.FINISHED: 0, RunState.STOPPED: 1, RunState.FAILED: 2, RunState.KILLED: 3}


def wrong(s: State, setting: Setting) -> str:
    """What is wrong with a state; empty when nothing is."""
    return _wrong_at_computers(s, setting) or _wrong_on_wire(s, setting) or (_wrong_at_end(s, setting))


def _wrong_at_computers(s: State, setting: Setting) -> str:
    for i, c in enumerate(s.computers):
        if c.phase == "running" and not all(other.was_ready for other in s.computers):
            return f"{i} runs though not every computer was ready"
        if c.phase in ("starting", "preparing", "ready", "running") and c.known not in ("away", "dead"):
            heard = (c.aborting, c.aborting or c.draining)
            if s.run is RunState.ABORTING and "abort" not in c.inbox and not heard[0]:
                return f"the stop is lost on its way to {i}"
            if s.run is RunState.DRAINING and not {"drain", "abort"} & set(c.inbox) and not heard[1]:
                return f"the stop is lost on its way to {i}"
        if c.given_up and c.deaths < setting.most_deaths and c.unfed < setting.most_unfed:
            return f"{i} was given up after {c.deaths} deaths, {c.unfed} of them with its inputs ended"
    return ""


def _wrong_on_wire(s: State, setting: Setting) -> str:
    w = s.wire
    under_way = [item for item in (*w.queue, *w.flow) if item.isdigit()]
    if under_way != [str(number) for number in range(len(under_way))] and w.is_whole:
        return f"message 0 is due, but {under_way} are under way"
    if len(under_way) + w.credit + w.back.count("credit") > setting.capacity:
        return f"more is under way, or may be, than the wire holds: {len(under_way)} and credit {w.credit}"
    if w.is_whole and w.ended == "end" and any(item.isdigit() for item in w.flow):
        return "the end of the stream has overtaken messages"
    if w.is_whole and w.ended == "end" and not w.queue and w.sent:
        return f"the stream has ended, and {w.sent} messages were lost"
    return ""


def _wrong_at_end(s: State, setting: Setting) -> str:
    if not s.run.is_over:
        return ""
    left = [i for i, c in enumerate(s.computers) if c.phase != "gone"]
    if left:
        return f"the run is over, but processes {left} are left"
    ends = {c.ended_as for c in s.computers}
    truth = 2 if "failed" in ends else 1 if "stopped" in ends else 0
    if "dead" in ends:
        truth = 3 if s.forced else 2
    if SEVERITY[s.run] < truth:
        return f"the run says {s.run}, but its computers are {sorted(ends)}"
    given_up = [i for i, c in enumerate(s.computers) if c.given_up]
    if given_up and SEVERITY[s.run] < 2:
        return f"the run says {s.run}, but processes {given_up} were given up"
    if s.run is RunState.FINISHED and s.left:
        return f"the run says finished, but its source had {s.left} messages left"
    if s.run is RunState.FINISHED and s.got not in (-1, setting.length):
        return f"the run says finished and nobody died, but {s.got} of {setting.length} messages arrived"
    return ""
