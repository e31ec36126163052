"""The wire of the protocol model: credit, end of stream, abandoning, leaving, and what comes back on a new one."""

from __future__ import annotations

from collections.abc import Iterator

from tests.model.checker import Move
from tests.model.protocol_state import Setting, State, Wire, renumbered


def sends(s: State, setting: Setting) -> Iterator[Move]:
    """What the end of the source may do."""
    source, w = s.computers[0], s.wire
    if source.phase == "running" and s.left and not source.draining and not source.aborting:
        after = s._replace(left=s.left - 1 if s.left > 0 else s.left)
        if w.receiver_gone:
            yield Move("0: discards a message", after)
        elif w.credit:
            wire = w._replace(sent=w.sent + 1, credit=w.credit - 1, flow=(*w.flow, str(w.sent)))
            yield Move("0: sends a message", after._replace(wire=wire))
    if source.phase not in ("running", "closing"):
        return
    if w.back:
        said, rest = w.back[0], w.back[1:]
        if said == "credit":
            wire = w._replace(back=rest, credit=w.credit + (1 if setting.rules.credit_once else 2))
        else:
            wire = w._replace(back=rest, receiver_gone=setting.rules.hears_gone)
        yield Move(f"0: hears {said}", s._replace(wire=wire))
    elif s.computers[-1].phase in ("dead", "gone") and not w.receiver_gone and setting.rules.notices_peer:
        yield Move("0: notices that the receiver has gone", s._replace(wire=w._replace(receiver_gone=True)))


def takes(s: State, setting: Setting) -> Iterator[Move]:
    """What the end of the sink may do."""
    sink, w, who = s.computers[-1], s.wire, setting.n - 1
    if sink.phase != "running" or sink.aborting:
        return
    if w.flow and not w.ended:
        first, rest = w.flow[0], w.flow[1:]
        if first in ("END", "ABANDON"):
            wire = w._replace(flow=rest, ended="end" if first == "END" else "broken")
        else:
            wire = w._replace(flow=rest, queue=(*w.queue, first))
        yield Move(f"{who}: receives {first}", s._replace(wire=wire))
    elif not w.ended and _has_gone_for_good(s, setting) and setting.rules.notices_peer:
        wire = w._replace(ended="broken", is_whole=False)
        yield Move(f"{who}: notices that the sender has gone", s._replace(wire=wire))
    if w.queue:
        wire = w._replace(
            queue=renumbered(w.queue[1:]), flow=renumbered(w.flow), sent=w.sent - 1, back=(*w.back, "credit")
        )
        yield Move(f"{who}: takes a message", s._replace(wire=wire, got=s.got + 1 if s.got >= 0 else s.got))


def _has_gone_for_good(s: State, setting: Setting) -> bool:
    """The end of a socket says that, unless its process may be started again: then the coordinator says it."""
    source = s.computers[0]
    return source.phase in ("dead", "gone") and (setting.on_death != "restart" or source.known == "dead")


def rewired(s: State, setting: Setting) -> State:
    """A process that is ready again has a new wire; what was on the old one is lost, and counted.

    An end that had left or ended before says so again: its `reconnect`, or the coordinator (`Peers`) where it is over.
    """
    source, sink, rules = s.computers[0], s.computers[-1], setting.rules
    flow: tuple[str, ...] = ()
    if source.phase in ("closing", "over") or source.known == "ended":
        flow = ("END",) if rules.says_end_again else ()
    elif source.known == "dead":
        flow = ("ABANDON",)
    has_left = sink.phase in ("bereft", "closing", "over") or sink.known in ("ended", "dead")
    back = ("GONE",) if has_left and rules.says_again else ()
    return s._replace(wire=Wire(credit=setting.capacity, flow=flow, back=back, is_whole=not (flow or has_left)))


def end_said_again(s: State, setting: Setting) -> State:
    """The source's computer is done, with the end of a new wire perhaps that came too late; see `Peers.site_over`."""
    w, is_new = s.wire, s.computers[-1].deaths > 0
    if w.ended or {"END", "ABANDON"} & set(w.flow) or not (is_new and setting.rules.says_end_again):
        return s
    return s._replace(wire=w._replace(flow=(*w.flow, "END"), is_whole=False))
