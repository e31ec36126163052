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
from tests.model.protocol_promises import wrong
from tests.model.protocol_state import (
    Computer,
    Setting,
    State,
    Wire,
    forgotten,
    said_of,
    with_changed,
    with_computer,
)
from tests.model.protocol_wire import end_said_again, rewired, sends, takes


class Protocol:
    """The model; see `tests.model.checker.Model`."""

    def __init__(self, setting: Setting) -> None:
        self.setting, self.rules = setting, setting.rules
        self.n, self.on_death = setting.n, setting.on_death

    def first(self) -> State:
        """All processes were started, nothing was said."""
        one = self.setting
        return State(
            RunState.PREPARING,
            (Computer(),) * self.n,
            Wire(credit=one.capacity),
            crashes=one.crashes,
            stuck=one.stuck,
            lives=one.lives,
            left=one.length,
            got=0 if one.length >= 0 else -1,
        )

    def is_end(self, s: State) -> bool:
        """Is the run over?"""
        return s.run.is_over

    def wrong(self, s: State) -> str:
        """What is wrong with a state; empty when nothing is."""
        return wrong(s, self.setting)

    def must_end(self, s: State) -> bool:
        """Start, stops and runs whose sources end, do; unless they wait, without force, for a node that is stuck."""
        if s.run is RunState.DRAINING or (s.run is RunState.RUNNING and self.setting.ends_by_itself):
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
        yield from sends(s, self.setting)
        yield from takes(s, self.setting)
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
        if s.run is RunState.RUNNING and self.setting.has_stops:
            yield self._drain("* somebody drains", s)
        if self.setting.has_stops and s.run in (RunState.PREPARING, RunState.RUNNING, RunState.DRAINING):
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
                    s = rewired(s, self.setting) if i in (0, self.n - 1) else s
                    yield Move(name, with_changed(s, i, known="ready", inbox=(*c.inbox, "release")), ((who, "ready"),))
                else:
                    yield Move(name, s)
            elif said == "ready" and c.known == "preparing":
                s = with_changed(s, i, known="ready")
                enough = all if self.rules.barrier_waits_for_all else any
                if s.start == "" and enough(c.known == "ready" for c in s.computers):
                    s = s._replace(start="ready")
                yield Move(name, s, ((who, "ready"),))
            elif said == "over":
                yield Move(name, with_changed(s, i, told=True))
            elif said == "done":
                s = end_said_again(s, self.setting) if i == 0 else s
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
        elif s.run is RunState.RUNNING and self.on_death == "restart" and not s.forced and not c.told:
            yield self._died(name, s, i, c.deaths, c.unfed)
            if c.known == "ready" and s.lives:
                yield self._died(f"{name}, which had run for long", s._replace(lives=s.lives - 1), i, 0, c.unfed)
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

    def _died(self, name: str, s: State, i: int, deaths: int, unfed: int) -> Move:
        """A process has died that is to be started again, unless it has died too often; see `Restarts.died`."""
        one, who = self.setting, f"computer {i}"
        deaths, unfed = deaths + 1, unfed + (not self._is_fed(s, i))
        most = one.most_deaths - (not self.rules.gives_up_in_time)
        if self.rules.gives_up and (deaths >= most or unfed >= one.most_unfed):
            s = with_changed(s, i, known="dead", ended_as="dead", deaths=deaths, unfed=unfed, given_up=True)
            s = s._replace(failed=True) if self.rules.given_up_counts else with_changed(s, i, ended_as="ended")
            return Move(f"{name} and gives it up", s, ((who, "dead"),))
        deaths, unfed = min(deaths, one.most_deaths), min(unfed, one.most_unfed)  # more make no difference
        return Move(
            name, with_changed(s, i, known="away", ended_as="", deaths=deaths, unfed=unfed), ((who, "restarting"),)
        )

    def _is_fed(self, s: State, i: int) -> bool:
        """Can anything new come of a process, as far as is known? All but the last have a source."""
        source = s.computers[0]
        return i < self.n - 1 or not (source.told or source.known in ("ended", "dead"))

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
            yield Move(f"coordinator: starts {i} again", self._started_again(s, i, c), (said_of(i, "preparing"),))
        if c.phase in ("dead", "gone"):
            return
        if c.inbox:
            yield Move(f"{i}: reads {c.inbox[0]}", self._obeys(with_changed(s, i, inbox=c.inbox[1:]), i, c.inbox[0]))
        if c.phase == "starting":
            yield Move(f"{i}: has imported", with_changed(s, i, phase="preparing"))
        elif c.phase == "preparing" and c.aborting:
            yield Move(f"{i}: prepares no more", self._closing(s, i, "stopped"))
        elif c.phase == "preparing" and c.known == "returning" and self._is_doomed(i, "start"):
            yield Move(f"{i}: cannot start", self._dead(s, i, c))
        elif c.phase == "preparing":
            ready = with_changed(s, i, phase="ready", outbox=(*c.outbox, "ready"), was_ready=True)
            yield Move(f"{i}: is ready", ready)
        elif c.phase == "ready" and c.aborting:
            yield Move(f"{i}: stops before it began", self._closing(s, i, "stopped"))
        elif c.phase == "ready" and c.released:
            yield Move(f"{i}: runs", with_changed(s, i, phase="running"))
        elif c.phase == "running":
            yield from self._runs(s, i)
        elif c.phase == "bereft" and (c.draining or c.aborting or self.setting.ends_by_itself):
            yield Move(f"{i}: its other nodes end", self._closing(s, i, "failed"))
        elif c.phase == "closing":
            yield Move(f"{i}: is done", with_changed(s, i, phase="over", outbox=(*c.outbox, "done")))

    def _started_again(self, s: State, i: int, c: Computer) -> State:
        """Its nodes are built anew: a source begins anew, too."""
        s = s._replace(left=self.setting.length) if i == 0 else s
        return with_computer(s, i, Computer(known="returning", was_ready=True, deaths=c.deaths, unfed=c.unfed))

    def _is_doomed(self, i: int, when: str) -> bool:
        return i == self.setting.doomed and when == self.setting.dies_when

    def _closing(self, s: State, i: int, ended_as: str) -> State:
        """All nodes of a computer are over; that is of interest at once where others may be started again."""
        outbox = s.computers[i].outbox
        outbox = (*outbox, "over") if self.on_death == "restart" and self.setting.ends_by_itself else outbox
        return with_changed(s, i, phase="closing", ended_as=ended_as, outbox=outbox)

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
        if self._is_doomed(i, "runs"):
            yield Move(f"{i}: dies again", self._dead(s, i, c))
            return
        closing = self._closing(s, i, "stopped" if c.draining or c.aborting else "ended")
        if c.aborting:
            if i == 0:
                closing = closing._replace(wire=w._replace(flow=(*w.flow, "ABANDON"), is_whole=False))
            elif i == last:
                closing = closing._replace(wire=w._replace(queue=(), back=(*w.back, "GONE"), is_whole=False))
            yield Move(f"{i}: aborts", closing)
        elif i == 0:
            if not s.left or (c.draining and (w.credit or w.receiver_gone)):  # what was produced is put before the end
                flow = (*w.flow, "END") if self.rules.end_behind_last else ("END", *w.flow)
                flow = flow if self.rules.ends_after_restart or not c.deaths else w.flow
                yield Move("0: ends its stream", closing._replace(wire=w._replace(flow=flow)))
        elif i == last:
            if s.crashes:
                failed = s._replace(failed=True, crashes=s.crashes - 1, got=-1)
                failed = failed._replace(wire=w._replace(queue=(), back=(*w.back, "GONE"), is_whole=False))
                yield Move(f"* the node of {i} fails", with_changed(failed, i, phase="bereft", ended_as="failed"))
            if w.ended and not w.queue:
                yield Move(f"{i}: has read its stream to the end", closing)
        elif c.draining or self.setting.ends_by_itself:
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
        return s._replace(got=-1)
