"""The coordinator's protocol as a model: start barrier, latched commands, stops and their budgets, deaths, restarts,
and one wire with credit, end of stream, abandoning and leaving.

Computer 0 runs an endless source; its wire ends at the last computer. Every computer is a process. Where the code has
tables (`engine.runtime.states`) these are used, not copied. `Rules` (`protocol_state.py`) lists what can be broken, to
see the checker fail.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.runtime.states import RunState, check_move
from tests.model.checker import Events, Move
from tests.model.protocol_state import (
    Computer,
    Rules,
    State,
    Wire,
    forgotten,
    renumbered,
    said_of,
    with_changed,
    with_computer,
)

SEVERITY = {RunState.FINISHED: 0, RunState.STOPPED: 1, RunState.FAILED: 2, RunState.KILLED: 3}


class Protocol:
    """The model; see `tests.model.checker.Model`.

    Args:
        n: computers.
        capacity: of the wire.
        crashes: how many deaths may happen.
        stuck: how many nodes may never come back.
        on_death: "leave", "stop" or "restart".
    """

    def __init__(
        self,
        n: int = 2,
        capacity: int = 1,
        crashes: int = 1,
        stuck: int = 0,
        on_death: str = "leave",
        rules: Rules | None = None,
    ) -> None:
        self.n, self.capacity, self.crashes, self.stuck = n, capacity, crashes, stuck
        self.on_death, self.rules = on_death, rules or Rules()

    def first(self) -> State:
        """All processes were started, nothing was said."""
        computers = (Computer(),) * self.n
        return State(RunState.PREPARING, computers, Wire(credit=self.capacity), crashes=self.crashes, stuck=self.stuck)

    def is_end(self, s: State) -> bool:
        """Is the run over?"""
        return s.run.is_over

    def must_end(self, s: State) -> bool:
        """Start and stops end by themselves; only a drain may wait for ever, for a node that never comes back."""
        if s.run is RunState.DRAINING:
            return all(c.phase != "stuck" for c in s.computers)
        return s.run in (RunState.PREPARING, RunState.ABORTING)

    def must_go_on(self, s: State) -> bool:
        """Unless a node never comes back, neither end of the wire waits for ever; a computer without one may."""
        phases = {s.computers[0].phase, s.computers[-1].phase}
        return self.must_end(s) or (s.run is RunState.RUNNING and "running" in phases and "stuck" not in phases)

    def is_fair(self, name: str) -> bool:
        """All but what comes from outside happens when it can happen all the time."""
        return not name.startswith("*")

    def moves(self, s: State) -> Iterator[Move]:
        """Everything that can happen."""
        return (Move(name, forgotten(to), events) for name, to, events in self._moves(s))

    def _moves(self, s: State) -> Iterator[Move]:
        if s.run.is_over:
            return
        yield from self._starts(s)
        yield from self._stops(s)
        yield from self._force(s)
        for i in range(self.n):
            yield from self._hears(s, i)
            yield from self._lives(s, i)
            yield from self._dies(s, i)
        yield from self._sends(s)
        yield from self._takes(s)
        done = all(c.known in ("ended", "dead") for c in s.computers)
        if done and (all(c.phase == "gone" for c in s.computers) or not self.rules.waits_for_reaping):
            yield self._moved("coordinator: all is over", s, self._outcome(s))

    # -- the coordinator

    def _starts(self, s: State) -> Iterator[Move]:
        if s.run is RunState.PREPARING and s.start == "ready":
            yield self._moved("coordinator: releases all", self._tell_all(s, "release"), RunState.RUNNING)
        elif s.run is RunState.PREPARING and s.start == "failed":
            s = s._replace(forced=True, failed=True)  # nothing may be left
            yield self._abort("coordinator: takes all down", s)

    def _stops(self, s: State) -> Iterator[Move]:
        if s.run is RunState.RUNNING:
            yield self._drain("* somebody drains", s)
        if s.run in (RunState.PREPARING, RunState.RUNNING, RunState.DRAINING):
            yield self._abort("* somebody stops by force", s)

    def _drain(self, name: str, s: State, events: Events = ()) -> Move:
        given_up, dead = self._give_up(self._tell_all(s, "drain"))
        return self._moved(name, given_up, RunState.DRAINING, events, dead)

    def _abort(self, name: str, s: State, events: Events = ()) -> Move:
        given_up, dead = self._give_up(self._tell_all(s, "abort"))
        return self._moved(name, given_up._replace(budget="abort"), RunState.ABORTING, events, dead)

    def _give_up(self, s: State) -> tuple[State, Events]:
        """Nothing comes back any more."""
        dead: Events = ()
        if not self.rules.stops_cancel_restarts:
            return s, dead
        for i, c in enumerate(s.computers):
            if c.known in ("away", "returning"):
                phase = "gone" if c.phase == "gone" else "dead"
                s = with_changed(s, i, known="dead", phase=phase, ended_as="dead")._replace(failed=True)
                dead = (*dead, said_of(i, "dead"))
        return s, dead

    def _force(self, s: State) -> Iterator[Move]:
        """The budget of a stop by force: each step may come however little the computers have done yet."""
        if s.budget == "abort":
            yield Move("coordinator: the time for aborting is over", s._replace(budget="terminate", forced=True))
        if s.budget == "terminate" and self.rules.kills_at_last:
            for i, c in enumerate(s.computers):
                if c.phase not in ("dead", "gone"):
                    s = self._dead(s, i, c)
            yield Move("coordinator: kills every process", s._replace(budget="kill"))

    def _hears(self, s: State, i: int) -> Iterator[Move]:
        c = s.computers[i]
        who = f"computer {i}"
        if c.outbox:
            said, rest = c.outbox[0], c.outbox[1:]
            s = with_changed(s, i, outbox=rest)
            name = f"coordinator: hears {said} of {i}"
            if c.known in ("away", "returning"):
                if said == "ready" and c.known == "returning":
                    yield Move(name, with_changed(s, i, known="ready", inbox=(*c.inbox, "release")), ((who, "ready"),))
                else:
                    yield Move(name, s)
            elif said == "ready" and c.known == "preparing":
                s = with_changed(s, i, known="ready")
                enough = all if self.rules.barrier_waits_for_all else any
                if s.start == "" and enough(c.known == "ready" for c in s.computers):
                    s = s._replace(start="ready")
                yield Move(name, s, ((who, "ready"),))
            elif said == "done":
                yield Move(name, with_changed(s, i, known="ended", inbox=(*c.inbox, "finish")), ((who, "ended"),))
            else:
                yield Move(name, s)
        elif c.phase == "dead":
            yield from self._reaps(s, i)

    def _reaps(self, s: State, i: int) -> Iterator[Move]:
        c, name, who = s.computers[i], f"coordinator: reaps {i}", f"computer {i}"
        s = with_changed(s, i, phase="gone", inbox=())
        if c.known in ("ended", "dead"):
            yield Move(name, s)
        elif s.run is RunState.RUNNING and self.on_death == "restart" and not s.forced:
            yield Move(name, with_changed(s, i, known="away", ended_as=""), ((who, "restarting"),))
        else:
            s = with_changed(s, i, known="dead", ended_as="dead")
            s = s if s.forced else s._replace(failed=True)
            events = ((who, "dead"),)
            if s.run is RunState.PREPARING and self.rules.looks_again_at_deaths:
                yield Move(name, s._replace(start="failed"), events)
            elif s.run is RunState.RUNNING and self.on_death == "stop":
                yield self._drain(name, s, events)
            else:
                yield Move(name, s, events)

    def _outcome(self, s: State) -> RunState:
        """The worst of the nodes; see `Conductor._outcome`."""
        ends = [c.ended_as for c in s.computers]
        if "dead" in ends and s.forced:
            return RunState.KILLED
        if (s.failed or {"dead", "failed"} & set(ends)) and self.rules.outcome_is_worst:
            return RunState.FAILED
        if s.run in (RunState.DRAINING, RunState.ABORTING) or "stopped" in ends:
            return RunState.STOPPED
        return RunState.FINISHED

    def _moved(self, name: str, s: State, to: RunState, before: Events = (), after: Events = ()) -> Move:
        check_move(s.run, to)
        return Move(name, s._replace(run=to), (*before, ("run", str(to)), *after))

    def _tell_all(self, s: State, command: str) -> State:
        for i, c in enumerate(s.computers):
            if c.known not in ("ended", "dead", "away"):
                s = with_changed(s, i, inbox=(*c.inbox, command))
        return s

    # -- the computers

    def _lives(self, s: State, i: int) -> Iterator[Move]:
        c = s.computers[i]
        if c.known == "away" and c.phase == "gone" and s.run is RunState.RUNNING:
            fresh = Computer(known="returning", was_ready=True)
            yield Move(
                f"coordinator: starts {i} again", with_computer(self._rewired(s), i, fresh), (said_of(i, "preparing"),)
            )
        if c.phase in ("dead", "gone"):
            return
        if c.inbox:
            yield Move(f"{i}: reads {c.inbox[0]}", self._obeys(with_changed(s, i, inbox=c.inbox[1:]), i, c.inbox[0]))
        if c.phase == "starting":
            yield Move(f"{i}: has imported", with_changed(s, i, phase="preparing"))
        elif c.phase == "preparing" and c.aborting:
            yield Move(f"{i}: prepares no more", with_changed(s, i, phase="closing", ended_as="stopped"))
        elif c.phase == "preparing":
            ready = with_changed(s, i, phase="ready", outbox=(*c.outbox, "ready"), was_ready=True)
            yield Move(f"{i}: is ready", ready)
        elif c.phase == "ready" and c.aborting:
            yield Move(f"{i}: stops before it began", with_changed(s, i, phase="closing", ended_as="stopped"))
        elif c.phase == "ready" and c.released:
            yield Move(f"{i}: runs", with_changed(s, i, phase="running"))
        elif c.phase == "running":
            yield from self._runs(s, i)
        elif c.phase == "bereft" and (c.draining or c.aborting):
            yield Move(f"{i}: its other nodes end", with_changed(s, i, phase="closing"))
        elif c.phase == "closing":
            yield Move(f"{i}: is done", with_changed(s, i, phase="over", outbox=(*c.outbox, "done")))

    def _obeys(self, s: State, i: int, command: str) -> State:
        c = s.computers[i]
        if c.phase in ("closing", "over") and command != "finish":
            return s
        if command == "finish":
            return with_changed(s, i, phase="dead")  # exits, with code 0
        if not self.rules.latched and c.phase == "starting":
            return s  # nobody listens yet
        return with_changed(
            s,
            i,
            released=c.released or command == "release",
            draining=c.draining or command == "drain",
            aborting=c.aborting or command == "abort",
        )

    def _runs(self, s: State, i: int) -> Iterator[Move]:
        c, w, last = s.computers[i], s.wire, self.n - 1
        if s.stuck:
            yield Move(f"* node of {i} gets stuck", with_changed(s, i, phase="stuck")._replace(stuck=s.stuck - 1))
        closing = with_changed(s, i, phase="closing", ended_as="stopped" if c.draining or c.aborting else "ended")
        if c.aborting:
            if i == 0:
                closing = closing._replace(wire=w._replace(flow=(*w.flow, "ABANDON"), is_whole=False))
            elif i == last:
                closing = closing._replace(wire=w._replace(queue=(), back=(*w.back, "GONE"), is_whole=False))
            yield Move(f"{i}: aborts", closing)
        elif i == 0:
            if c.draining and (w.credit or w.receiver_gone):  # what was produced is put before the end
                flow = (*w.flow, "END") if self.rules.end_behind_last else ("END", *w.flow)
                yield Move("0: ends its stream", closing._replace(wire=w._replace(flow=flow)))
        elif i == last:
            if s.crashes:
                failed = closing._replace(failed=True, crashes=s.crashes - 1)
                failed = failed._replace(wire=w._replace(queue=(), back=(*w.back, "GONE"), is_whole=False))
                yield Move(f"* the node of {i} fails", with_changed(failed, i, phase="bereft", ended_as="failed"))
            if w.ended and not w.queue:
                yield Move(f"{i}: has read its stream to the end", closing)
        elif c.draining:
            yield Move(f"{i}: ends", closing)

    def _dies(self, s: State, i: int) -> Iterator[Move]:
        c = s.computers[i]
        if s.crashes and c.phase not in ("dead", "gone") and c.known != "ended":
            yield Move(f"* process {i} is killed", self._dead(s, i, c)._replace(crashes=s.crashes - 1))

    def _dead(self, s: State, i: int, c: Computer) -> State:
        over = c.phase == "over"
        s = with_changed(s, i, phase="dead", inbox=(), ended_as=c.ended_as if over else "dead")
        if i in (0, self.n - 1) and not over:
            s = s._replace(wire=s.wire._replace(is_whole=False))
        return s

    # -- the wire

    def _sends(self, s: State) -> Iterator[Move]:
        source, w = s.computers[0], s.wire
        if source.phase == "running" and not source.draining and not source.aborting:
            if w.receiver_gone:
                yield Move("0: discards a message", s)
            elif w.credit:
                wire = w._replace(sent=w.sent + 1, credit=w.credit - 1, flow=(*w.flow, str(w.sent)))
                yield Move("0: sends a message", s._replace(wire=wire))
        if source.phase not in ("running", "closing"):
            return
        if w.back:
            said, rest = w.back[0], w.back[1:]
            if said == "credit":
                wire = w._replace(back=rest, credit=w.credit + (1 if self.rules.credit_once else 2))
            else:
                wire = w._replace(back=rest, receiver_gone=self.rules.hears_gone)
            yield Move(f"0: hears {said}", s._replace(wire=wire))
        elif s.computers[-1].phase in ("dead", "gone") and not w.receiver_gone and self.rules.notices_peer:
            yield Move("0: notices that the receiver has gone", s._replace(wire=w._replace(receiver_gone=True)))

    def _takes(self, s: State) -> Iterator[Move]:
        sink, w = s.computers[-1], s.wire
        if sink.phase != "running" or sink.aborting:
            return
        if w.flow and not w.ended:
            first, rest = w.flow[0], w.flow[1:]
            if first in ("END", "ABANDON"):
                wire = w._replace(flow=rest, ended="end" if first == "END" else "broken")
            else:
                wire = w._replace(flow=rest, queue=(*w.queue, first))
            yield Move(f"{self.n - 1}: receives {first}", s._replace(wire=wire))
        elif not w.ended and s.computers[0].phase in ("dead", "gone") and self.rules.notices_peer:
            wire = w._replace(ended="broken", is_whole=False)
            yield Move(f"{self.n - 1}: notices that the sender has gone", s._replace(wire=wire))
        if w.queue:
            wire = w._replace(
                queue=renumbered(w.queue[1:]),
                flow=renumbered(w.flow),
                sent=w.sent - 1,
                back=(*w.back, "credit"),
            )
            yield Move(f"{self.n - 1}: takes a message", s._replace(wire=wire))

    def _rewired(self, s: State) -> State:
        """A process that comes back has a new wire; what was on the old one is lost, and counted.

        An end that had left or ended before says so again, as `StreamSender.reconnect` and its receiver do.
        """
        has_ended = s.computers[0].phase in ("closing", "over")
        has_left = s.computers[-1].phase in ("bereft", "closing", "over") and self.rules.says_again
        flow, back = ("END",) if has_ended else (), ("GONE",) if has_left else ()
        whole = not (has_ended or has_left)
        return s._replace(wire=Wire(credit=self.capacity, flow=flow, back=back, is_whole=whole))

    # -- what must hold

    def wrong(self, s: State) -> str:
        """What is wrong with a state."""
        w = s.wire
        for i, c in enumerate(s.computers):
            if c.phase == "running" and not all(other.was_ready for other in s.computers):
                return f"{i} runs though not every computer was ready"
            if c.phase in ("starting", "preparing", "ready", "running") and c.known not in ("away", "dead"):
                heard = (c.aborting, c.aborting or c.draining)
                if s.run is RunState.ABORTING and "abort" not in c.inbox and not heard[0]:
                    return f"the stop is lost on its way to {i}"
                if s.run is RunState.DRAINING and not {"drain", "abort"} & set(c.inbox) and not heard[1]:
                    return f"the stop is lost on its way to {i}"
        under_way = [item for item in (*w.queue, *w.flow) if item.isdigit()]
        if under_way != [str(number) for number in range(len(under_way))] and w.is_whole:
            return f"message 0 is due, but {under_way} are under way"
        if len(under_way) + w.credit + w.back.count("credit") > self.capacity:
            return f"more is under way, or may be, than the wire holds: {len(under_way)} and credit {w.credit}"
        if w.is_whole and w.ended == "end" and any(item.isdigit() for item in w.flow):
            return "the end of the stream has overtaken messages"
        if w.is_whole and w.ended == "end" and not w.queue and w.sent:
            return f"the stream has ended, and {w.sent} messages were lost"
        if s.run.is_over:
            return self._wrong_at_end(s)
        return ""

    def _wrong_at_end(self, s: State) -> str:
        left = [i for i, c in enumerate(s.computers) if c.phase != "gone"]
        if left:
            return f"the run is over, but processes {left} are left"
        ends = {c.ended_as for c in s.computers}
        truth = 2 if "failed" in ends else 1 if "stopped" in ends else 0
        if "dead" in ends:
            truth = 3 if s.forced else 2
        if SEVERITY[s.run] < truth:
            return f"the run says {s.run}, but its computers are {sorted(ends)}"
        return ""
