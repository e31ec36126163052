"""Judging a run that has ended: the books of its sources and checks against what the engine has counted.

What a lane may have lost:
- nothing, where no process on it died and the run was stopped gracefully, besides what a node swallowed by an error
  it was told to raise and what a wire dropped by its policy (both counted to the message);
- else also what the engine counted as lost or discarded on its wires, and what was inside a node or a sender of a
  process that ended (taken from one wire, not yet counted on the next): per death at most one message a node and what
  its outgoing wires hold; where a wire drops, also what it dropped since its process last told its counts.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from bench.soak.generation import DRAIN_LIMIT_S, Generation
from bench.soak.graph import Lane
from bench.soak.nodes import AskedToRaise
from bench.soak.record import Record
from engine import Location, NodeState, RunState, RunStatistics, WireStatistics

NOTICED_WITHIN_S = 1.0
FORCED_WITHIN_S = 2.0
TOLERANCE_S = 0.5  # a busy machine
COUNTS_OLD_S = 0.5  # how old the newest counts of a process are at most: 0.1 s, more on a busy machine


@dataclass
class LaneResult:
    """What became of the messages of one lane."""

    check: str
    payload: str
    made: int
    received: int
    missing: int
    swallowed: int
    dropped: int
    discarded: int
    lost: int
    unexplained: int = 0
    uncounted: int = 0  # missing, allowed for, and in no count of the engine
    duplicates: int = 0
    misordered: int = 0
    damaged: int = 0


@dataclass
class Verdict:
    """What one generation was, and every promise it broke."""

    number: int
    seconds: float
    end_kind: str
    end_s: float
    state: str
    lanes: list[LaneResult] = field(default_factory=list)
    delivered: dict[str, int] = field(default_factory=dict)  # by payload and bridge
    losses: dict[str, int] = field(default_factory=dict)  # by cause
    faults: dict[str, int] = field(default_factory=dict)
    noticed_s: list[float] = field(default_factory=list)
    restarts: int = 0
    late: int = 0
    lag_ms: float = 0.0
    lag_in_peace_ms: float = 0.0
    broken: list[str] = field(default_factory=list)


def judge(generation: Generation) -> Verdict:
    """Judge a generation whose run is over."""
    statistics = generation.run.statistics()
    verdict = Verdict(
        number=generation.number,
        seconds=generation.run.elapsed_s,
        end_kind=generation.end_kind,
        end_s=generation.end_s,
        state=str(generation.run.state),
        late=generation.late,
        lag_ms=generation.lag_ms,
        lag_in_peace_ms=generation.lag_in_peace_ms,
        restarts=sum(computer.restarts for computer in statistics.computers.values() if _leads(computer.location)),
        broken=list(generation.broken),
    )
    _judge_faults(generation, verdict)
    _judge_end(generation, statistics, verdict)
    _judge_failures(generation, verdict)
    _judge_wires(statistics, verdict)
    for lane in generation.soak.lanes:
        _judge_lane(generation, lane, statistics, verdict)
    _judge_marks(generation, verdict)
    _count_delivered(generation, statistics, verdict)
    return verdict


def _leads(location: str) -> bool:
    """Is this the main loop of a process? Its other threads count the same restarts."""
    return Location.parse(location).thread == ""


def _judge_faults(generation: Generation, verdict: Verdict) -> None:
    for incident in generation.incidents:
        verdict.faults[incident.kind] = verdict.faults.get(incident.kind, 0) + 1
        if incident.kind not in ("kill", "segv"):
            continue
        if incident.noticed_s is None:
            if generation.run_went_on_after(incident):
                verdict.broken.append(f"the death of process {incident.target} was not told")
            continue
        verdict.noticed_s.append(incident.noticed_s)
        if incident.noticed_s > NOTICED_WITHIN_S + TOLERANCE_S:
            verdict.broken.append(f"the death of process {incident.target} was told after {incident.noticed_s:.2f} s")


def _judge_end(generation: Generation, statistics: RunStatistics, verdict: Verdict) -> None:
    run, kind = generation.run, generation.end_kind
    if kind == "graceful" and generation.end_s > DRAIN_LIMIT_S:
        verdict.broken.append(f"a graceful stop did not end within {DRAIN_LIMIT_S:g} s")
    if kind in ("force", "many") and generation.end_s > FORCED_WITHIN_S + TOLERANCE_S:
        verdict.broken.append(f"a stop by force ({kind}) took {generation.end_s:.2f} s")
    if not run.state.is_over:
        verdict.broken.append(f"after the stop the run is {run.state}")
    if generation.dead and run.state not in (RunState.FAILED, RunState.KILLED):
        verdict.broken.append(f"a process stayed dead, and the run is {run.state}")
    if kind == "graceful" and generation.all_there and run.state is not RunState.STOPPED:
        states = {id: str(node.state) for id, node in statistics.nodes.items() if node.state != NodeState.STOPPED}
        verdict.broken.append(f"all processes were there at a graceful stop, and the run is {run.state}: {states}")
    unfinished = [id for id, node in statistics.nodes.items() if not node.state.is_over]
    if unfinished:
        verdict.broken.append(f"after the end these nodes are not over: {', '.join(unfinished)}")


def _judge_failures(generation: Generation, verdict: Verdict) -> None:
    """Every failure the run tells of has a cause that the soak knows."""
    killed = {i.target for i in generation.incidents if i.kind in ("kill", "segv")}
    for failure in generation.run.failures:
        process = Location.parse(failure.location).process
        is_death = "died" in failure.error and process in killed
        is_abandoned = "abandoned" in failure.error and generation.was_forced
        if not (AskedToRaise.__name__ in failure.error or is_death or is_abandoned):
            verdict.broken.append(f"unexplained failure of {failure.node or failure.location}: {failure.error}")


def _judge_wires(statistics: RunStatistics, verdict: Verdict) -> None:
    for key, wire in statistics.wires.items():
        if wire.queued or wire.sent != wire.delivered + wire.dropped + wire.discarded + wire.lost:
            verdict.broken.append(f"the counts of {key} do not add up: {wire}")
        for cause in ("dropped", "discarded", "lost"):
            verdict.losses[cause] = verdict.losses.get(cause, 0) + getattr(wire, cause)


def _judge_lane(generation: Generation, lane: Lane, statistics: RunStatistics, verdict: Verdict) -> None:
    soak = generation.soak
    books = {id: _read(soak.record(id)) for id in lane.nodes if soak.record(id).exists()}
    check = books.get(lane.check, {})
    made = books.get(lane.source, {}).get("made", 0)
    wires = [statistics.wires[key] for key in lane.wires]
    result = LaneResult(
        check=lane.check,
        payload=lane.payload,
        made=_expected(made, lane.sieve),
        received=check.get("received", 0),
        missing=0,
        swallowed=sum(book["swallowed"] for book in books.values()),
        dropped=sum(wire.dropped for wire in wires),
        discarded=sum(wire.discarded for wire in wires),
        lost=sum(wire.lost for wire in wires),
        duplicates=check.get("duplicates", 0),
        misordered=check.get("misordered", 0),
        damaged=check.get("damaged", 0),
    )
    result.missing = result.made - result.received
    verdict.lanes.append(result)
    verdict.losses["swallowed by errors"] = verdict.losses.get("swallowed by errors", 0) + result.swallowed
    deaths = sum(i.kind in ("kill", "segv") and i.target in lane.processes for i in generation.incidents)
    _explain(generation, lane, wires, deaths, result)
    name = f"lane {lane.check}"
    if result.unexplained:
        verdict.broken.append(f"{name}: {result.unexplained} messages are missing without a cause: {result}")
    gaps = check.get("missing", 0)
    if not deaths and gaps > result.swallowed + result.dropped:
        verdict.broken.append(f"{name}: {gaps} numbers passed over in mid-stream, without a cause: {result}")
    for kind in ("duplicates", "misordered", "damaged"):
        if getattr(result, kind):
            verdict.broken.append(f"{name}: {getattr(result, kind)} {kind}: {_remarks(soak.record(lane.check), kind)}")
    if check.get("resets", 0) > deaths:
        verdict.broken.append(f"{name}: the state on the way began anew {check['resets']} times in {deaths} deaths")


def _explain(generation: Generation, lane: Lane, wires: list[WireStatistics], deaths: int, result: LaneResult) -> None:
    exact = result.swallowed + result.dropped
    if not deaths and not generation.was_forced:
        result.unexplained = abs(result.missing - exact)
        return
    counted = exact + result.discarded + result.lost
    inside = len(lane.nodes) + sum(wire.capacity for wire in wires)
    result.uncounted = max(0, result.missing - counted)
    if lane.lossy:
        inside += int(COUNTS_OLD_S * result.made / max(generation.run.elapsed_s, COUNTS_OLD_S))
    allowed = inside * (deaths + generation.was_forced)
    result.unexplained = max(0, result.uncounted - allowed, exact - result.missing - allowed)


def _expected(made: int, sieve: int) -> int:
    """How many of the numbers below `made` are to come."""
    return made - (made + sieve - 1) // sieve if sieve else made


def _read(path: object) -> dict[str, int]:
    record = Record(str(path))
    try:
        return record.as_dict()
    finally:
        record.close()


def _remarks(path: object, kind: str) -> str:
    record = Record(str(path))
    try:
        return str([remark for remark in record.remarks() if remark["what"] == kind][:3])
    finally:
        record.close()


def _judge_marks(generation: Generation, verdict: Verdict) -> None:
    """Once `set` has returned, no message carries an older value."""
    if "marks_check" not in generation.soak.graph.nodes:
        return
    record = Record(generation.soak.record("marks_check"))
    try:
        changes = [remark for remark in record.remarks() if remark["what"] == "mark"]
        last, last_ns = record["mark"], record["marked_ns"]
    finally:
        record.close()
    for returned_ns, mark in generation.marks:
        for change in changes:
            before, used_ns = int(str(change["before"])), int(str(change["before_ns"]))
            if before < mark <= int(str(change["mark"])) and used_ns > returned_ns:
                verdict.broken.append(f"mark {before} was used {(used_ns - returned_ns) / 1e6:.1f} ms after {mark}")
            if int(str(change["mark"])) < before:
                verdict.broken.append(f"the live value went back from {before} to {change['mark']}")
        if last < mark and last_ns > returned_ns:
            verdict.broken.append(f"mark {mark} was set and never used")


def _count_delivered(generation: Generation, statistics: RunStatistics, verdict: Verdict) -> None:
    payloads = {key: lane.payload for lane in generation.soak.lanes for key in lane.wires}
    for key, wire in statistics.wires.items():
        name = f"{payloads.get(key, 'number')}, {wire.bridge}"
        verdict.delivered[name] = verdict.delivered.get(name, 0) + wire.delivered
