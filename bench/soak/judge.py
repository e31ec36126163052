"""Judging a run that has ended: the books of its nodes against what was done to it and what the engine has counted.

What became of each message is looked up from node to node (`accounts.py`). A lane may lose nothing but what a death or
a stop by force explains there, what a node swallowed by an error it was told to raise, and what a wire dropped by its
policy (both counted to the message).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from bench.soak.accounts import NodeBook, WireBook, hold_counts_against, missing_between, missing_inside
from bench.soak.generation import DRAIN_LIMIT_S, Generation
from bench.soak.graph import FLOOD_HOLDS, Hop, Lane
from bench.soak.nodes import SLOW_S, AskedToRaise
from bench.soak.record import Record
from engine import Location, NodeState, RunState, RunStatistics, WireStatistics

NOTICED_WITHIN_S = 1.0
FORCED_WITHIN_S = 2.0
COUNTS_OLD_S = 0.1  # how old the newest counts of a process that died may be
AHEAD = 16  # messages that a source in a thread may have made that its loop does not know of yet
MOST_NUMBERS_TOLD = 10


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
    miscounted: int = 0  # by how many messages counts of the engine are wrong
    uncounted: int = 0  # missing with a cause, and in no count of the engine: inside of what died
    overcounted: int = 0  # counted as lost by a death, and not missing: taken by what died
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
    end_waited_s: float  # of this, for a processor
    state: str
    lanes: list[LaneResult] = field(default_factory=list)
    delivered: dict[str, int] = field(default_factory=dict)  # by payload and bridge
    losses: dict[str, int] = field(default_factory=dict)  # by cause
    faults: dict[str, int] = field(default_factory=dict)
    noticed_s: list[tuple[float, float]] = field(default_factory=list)  # and how long it waited for a processor
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
        end_waited_s=generation.end_waited_s,
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
        verdict.noticed_s.append((incident.noticed_s, incident.waited_s))
        if incident.noticed_s - incident.waited_s > NOTICED_WITHIN_S:
            verdict.broken.append(
                f"the death of process {incident.target} was told after {incident.noticed_s:.2f} s, "
                f"{incident.waited_s:.2f} s of them without a processor"
            )


def _judge_end(generation: Generation, statistics: RunStatistics, verdict: Verdict) -> None:
    run, kind = generation.run, generation.end_kind
    if kind == "graceful" and generation.end_s > DRAIN_LIMIT_S:
        verdict.broken.append(f"a graceful stop did not end within {DRAIN_LIMIT_S:g} s")
    if kind in ("force", "many") and generation.end_s - generation.end_waited_s > FORCED_WITHIN_S:
        verdict.broken.append(
            f"a stop by force ({kind}) took {generation.end_s:.2f} s, "
            f"{generation.end_waited_s:.2f} s of them without a processor"
        )
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
    counts = {id: _read(soak.record(id)) for id in lane.nodes}
    check, made = counts[lane.check], counts[lane.source]["made"]
    wires = [statistics.wires[key] for key in lane.wires]
    result = LaneResult(
        check=lane.check,
        payload=lane.payload,
        made=_expected(made, lane.sieve),
        received=check["received"],
        missing=0,
        swallowed=sum(book["swallowed"] for book in counts.values()),
        dropped=sum(wire.dropped for wire in wires),
        discarded=sum(wire.discarded for wire in wires),
        lost=sum(wire.lost for wire in wires),
        duplicates=check["duplicates"],
        misordered=check["misordered"],
        damaged=check["damaged"],
    )
    result.missing = result.made - result.received
    verdict.lanes.append(result)
    verdict.losses["swallowed by errors"] = verdict.losses.get("swallowed by errors", 0) + result.swallowed
    name = f"lane {lane.check}"
    verdict.broken += [f"{name}: {text}" for text in _follow(generation, lane, made, statistics, result)]
    for kind in ("duplicates", "misordered", "damaged"):
        if getattr(result, kind):
            verdict.broken.append(f"{name}: {getattr(result, kind)} {kind}: {_remarks(soak.record(lane.check), kind)}")
    deaths = generation.deaths_of(lane.processes)
    if check["resets"] > deaths:
        verdict.broken.append(f"{name}: the state on the way began anew {check['resets']} times in {deaths} deaths")


def _follow(generation: Generation, lane: Lane, made: int, statistics: RunStatistics, result: LaneResult) -> list[str]:
    """Follow every message of a lane from node to node; returns what no cause explains."""
    books = {id: node_book(generation, id, made) for id in lane.nodes}
    broken = []
    for id, book in books.items():
        process = generation.soak.graph.node(id).location.process
        if book.instances - 1 > generation.deaths_of({process}):
            broken.append(f"{id} began anew {book.instances - 1} times in {generation.deaths_of({process})} deaths")
        if id not in (lane.source, lane.check):
            lost, explained = missing_inside(book, was_forced=generation.was_forced)
            result.unexplained += len(lost)
            result.uncounted += explained
            if lost:
                broken.append(f"{len(lost)} messages went missing without a cause in {id}: {_some(lost)}")
    for hop in lane.hops:
        broken += _follow_hop(generation, hop, books, statistics, result)
    return broken


def _follow_hop(
    generation: Generation, hop: Hop, books: dict[str, NodeBook], statistics: RunStatistics, result: LaneResult
) -> list[str]:
    broken = []
    node = books[hop.node]
    counts = {key: statistics.wires[key] for _, key in hop.wires}
    wires = [WireBook(books[id], counts[key].capacity, counts[key].sent, _gone(counts[key])) for id, key in hop.wires]
    if not hop.drops:
        tail_is_free = generation.was_forced or _had_no_partner(generation, hop, node)
        lost = missing_between(wires, node, tail_is_free=tail_is_free)
        result.unexplained += len(lost)
        if lost:
            broken.append(f"{len(lost)} messages are missing without a cause in front of {hop.node}: {_some(lost)}")
    account = hold_counts_against(
        wires,
        node,
        statistics.nodes[hop.node].unmatched if len(wires) > 1 else 0,
        was_forced=generation.was_forced,
        stale_drops=FLOOD_HOLDS + int(COUNTS_OLD_S / SLOW_S) if hop.drops else 0,
    )
    result.uncounted += account.uncounted
    result.overcounted += account.overcounted
    result.miscounted += account.miscounted
    return broken + [f"in front of {hop.node}: {text}: {counts}" for text in account.wrong]


def node_book(generation: Generation, id: str, made: int) -> NodeBook:
    """The book of a node, for the first `made` numbers."""
    record = Record(generation.soak.record(id))
    try:
        taken, handed_on = record.way(made)
        instances = record["instance"]
    finally:
        record.close()
    spec = generation.soak.graph.node(id)
    is_ahead = getattr(generation.soak.graph.type_of(spec), "blocking", False)
    is_gone = generation.is_gone(spec.location.process)
    return NodeBook(taken, handed_on, instances, is_gone, AHEAD if is_ahead else 0)


def _had_no_partner(generation: Generation, hop: Hop, node: NodeBook) -> bool:
    """Did a join get nothing that it must have besides these wires, as a process died that it comes from?"""
    graph = generation.soak.graph
    others = [wire for wire in graph.wires.values() if wire.to_node == hop.node and not wire.feedback]
    keys = {key for _, key in hop.wires}
    processes = {graph.node(wire.from_node).location.process for wire in others if wire.key not in keys}
    return not node.taken.any() and any(generation.is_gone(process) for process in processes)


def _gone(wire: WireStatistics) -> int:
    return wire.lost + wire.dropped + wire.discarded


def _some(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers[:MOST_NUMBERS_TOLD])) + (", …" if len(numbers) > MOST_NUMBERS_TOLD else "")


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
