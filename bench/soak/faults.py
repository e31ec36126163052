"""What befalls a run: each kind of fault is a function that does it once, to a target it chooses."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable

from bench.soak.generation import Generation, Incident, OpenTap
from bench.soak.timing import Stretch
from engine import RunError, TidewireError

AFTER_DEATH_S = (0.5, 3.0)  # how long a run goes on behind a death that nothing brings back
SHORTEST_S = 2.0  # a run that a slow source has not even begun in says nothing
SET_TIMEOUT_S = 5.0
_LIVE = (("small.interval", (0.001, 0.002, 0.004)), ("large.interval", (0.05, 0.1)), ("fan.interval", (0.005, 0.01)))


def _kill(generation: Generation, choose: random.Random) -> None:
    _signal(generation, choose, "kill", signal.SIGKILL)


def _segv(generation: Generation, choose: random.Random) -> None:
    _signal(generation, choose, "segv", signal.SIGSEGV)


def _signal(generation: Generation, choose: random.Random, kind: str, number: int) -> None:
    pids = generation.pids()
    if not pids:
        return
    names = sorted(pids)  # the death of one that stays dead ends the run soon: it is the rarer one
    name = choose.choices(names, [3 if generation.comes_back(name) else 1 for name in names])[0]
    incident = Incident(kind, name, time.monotonic(), stretch=Stretch())
    generation.incidents.append(incident)
    try:
        os.kill(pids[name], number)
    except ProcessLookupError:
        generation.incidents.remove(incident)
        return
    generation.go_on(pids[name])
    if not generation.comes_back(name):
        generation.dead.add(name)
        generation.ends_at = min(generation.ends_at, time.monotonic() + choose.uniform(*AFTER_DEATH_S))


def _stop(generation: Generation, choose: random.Random) -> None:
    pids = generation.pids()
    if not pids:
        return
    name = choose.choice(sorted(pids))
    seconds = choose.uniform(0.5, 2.0)
    try:
        generation.suspend(pids[name], seconds)
    except ProcessLookupError:
        return
    generation.incidents.append(Incident("stop", name, time.monotonic(), seconds))


def _hang(generation: Generation, choose: random.Random) -> None:
    node = _troubled(generation, choose)
    if not node:
        return
    seconds = choose.uniform(0.3, 2.0)
    incident = Incident("hang", node, time.monotonic(), seconds)
    generation.incidents.append(incident)
    _set_value(generation, f"{node}.hangs", seconds)
    incident.at = time.monotonic()  # a node that held its loop already hears of it later


def _troubled(generation: Generation, choose: random.Random) -> str:
    """A node that can be told to do wrong; "" where there is none."""
    return choose.choice([id for id in generation.soak.troubled if generation.alive(id)] or [""])


def _raise(generation: Generation, choose: random.Random) -> None:
    node = _troubled(generation, choose)
    if not node:
        return
    generation.incidents.append(Incident("raise", node, time.monotonic()))
    _set_value(generation, f"{node}.raises", choose.randrange(1, 4))


def _tap(generation: Generation, choose: random.Random) -> None:
    ports = [
        f"{id}.{port}"
        for id, spec in generation.soak.graph.nodes.items()
        for port in generation.soak.graph.type_of(spec).node_outputs
        if generation.alive(id) and port not in ("total",)
    ]
    port = choose.choice(sorted(ports))
    now = time.monotonic()
    tap = generation.run.tap(port, policy=choose.choice(["latest", "drop_oldest"]), capacity=choose.choice([1, 16]))
    generation.taps.append(OpenTap(tap, now + choose.choice([0.0, 0.3, 3.0]), choose.random() < 0.6))
    generation.incidents.append(Incident("tap", port, now))


def _set(generation: Generation, choose: random.Random) -> None:
    name, values = choose.choice([("marker.mark", ()), *_LIVE])
    node = name.partition(".")[0]
    if node not in generation.soak.graph.nodes or not generation.alive(node):
        return
    generation.incidents.append(Incident("set", name, time.monotonic()))
    if values:
        _set_value(generation, name, choose.choice(values))
        return
    mark = generation.marks[-1][1] + 1 if generation.marks else 1
    if _set_value(generation, name, mark):
        generation.marks.append((time.monotonic_ns(), mark))


def _set_value(generation: Generation, name: str, value: float) -> bool:
    """Change a parameter live. That may be refused only when something keeps its node from hearing it."""
    in_peace = generation.in_peace
    try:
        generation.run.set(name, value, timeout=SET_TIMEOUT_S)
        return True
    except RunError as error:
        if in_peace:
            generation.broken.append(f"{name} could not be set though nothing had befallen its node: {error}")
        return False


def _restart(generation: Generation, choose: random.Random) -> None:
    """End the run soon: the stop finds it as it is, at times just when a node begins to hold its loop."""
    if choose.random() < 0.5:
        _hang(generation, choose)
    generation.incidents.append(Incident("restart", "run", time.monotonic()))
    generation.ends_at = max(time.monotonic(), generation.began + SHORTEST_S)


KINDS: dict[str, Callable[[Generation, random.Random], None]] = {
    "kill": _kill,
    "segv": _segv,
    "stop": _stop,
    "hang": _hang,
    "raise": _raise,
    "tap": _tap,
    "set": _set,
    "restart": _restart,
}
_WEIGHTS = {"kill": 3, "segv": 1, "stop": 2, "hang": 2, "raise": 3, "tap": 4, "set": 4, "restart": 0.3}


def befall(generation: Generation, kinds: tuple[str, ...], choose: random.Random) -> None:
    """Let one fault of these kinds happen."""
    kind = choose.choices(kinds, [_WEIGHTS[kind] for kind in kinds])[0]
    try:
        KINDS[kind](generation, choose)
    except TidewireError as error:
        if not generation.run.state.is_over:
            generation.broken.append(f"{kind} was refused: {error}")
