"""The report of a soak: as data for a file, and as text for people."""

from __future__ import annotations

import statistics
from collections import Counter
from typing import Any

from bench.soak.resources import Usage
from bench.soak.soak import Outcome

MEGABYTE = 1 << 20
MOST_SAMPLES = 240  # of the memory trace in the file


def as_data(outcome: Outcome) -> dict[str, Any]:
    """Everything, in plain JSON data."""
    verdicts = outcome.verdicts
    noticed = [times for verdict in verdicts for times in verdict.noticed_s]
    forced = [(v.end_s, v.end_waited_s) for v in verdicts if v.end_kind in ("force", "many")]
    lanes = [lane for verdict in verdicts for lane in verdict.lanes]
    memory = outcome.memory
    return {
        "seconds": round(outcome.seconds, 1),
        "seed": outcome.settings.seed,
        "faults_asked": list(outcome.settings.faults),
        "interrupted": outcome.was_interrupted,
        "generations": len(verdicts),
        "ends": dict(Counter(verdict.end_kind for verdict in verdicts)),
        "states": dict(Counter(verdict.state for verdict in verdicts)),
        "delivered": _sum(verdict.delivered for verdict in verdicts),
        "delivered_in_all": sum(sum(verdict.delivered.values()) for verdict in verdicts),
        "checked": sum(lane.received for lane in lanes),
        "losses_by_cause": _sum(verdict.losses for verdict in verdicts),
        "inside_dead_processes": sum(lane.uncounted for lane in lanes),
        "counted_twice": sum(lane.overcounted for lane in lanes),
        "unexplained": sum(lane.unexplained for lane in lanes),
        "miscounted": sum(lane.miscounted for lane in lanes),
        "duplicates": sum(lane.duplicates for lane in lanes),
        "misordered": sum(lane.misordered for lane in lanes),
        "damaged": sum(lane.damaged for lane in lanes),
        "faults": _sum(verdict.faults for verdict in verdicts),
        "restarts_of_processes": sum(verdict.restarts for verdict in verdicts),
        "late_marks": sum(verdict.late for verdict in verdicts),
        "deaths_noticed": len(noticed),
        "noticed_after_s": {
            "median": statistics.median(took for took, _ in noticed) if noticed else None,
            **_longest(noticed, ""),
        },
        "stops_by_force": {"count": len(forced), **_longest(forced, "_s")},
        "stops_during_start": {"count": len(outcome.stopped_early_s), **_longest(outcome.stopped_early_s, "_s")},
        "graceful_stops_max_s": max((v.end_s for v in verdicts if v.end_kind == "graceful"), default=None),
        "loop_lag_max_ms": max((verdict.lag_ms for verdict in verdicts), default=0.0),
        "loop_lag_max_in_peace_ms": max((verdict.lag_in_peace_ms for verdict in verdicts), default=0.0),
        "memory": {
            "peak_of_all_bytes": max(memory.total, default=0),
            "peak_own_bytes": max(memory.own, default=0),
            "slope_own_bytes_per_s": memory.slope_of_second_half(memory.own),
            "slope_of_all_bytes_per_s": memory.slope_of_second_half(memory.total),
            "own_bytes_by_second": memory.thinned(MOST_SAMPLES),
        },
        "held_at_start": _usage(outcome.before),
        "held_at_end": _usage(outcome.after),
        "held_by_generation": [[before.as_dict(), after.as_dict()] for before, after in outcome.usages],
        "broken": outcome.broken,
        "broken_count": outcome.broken_count,
    }


def as_text(data: dict[str, Any]) -> str:
    """The report for people."""
    noticed, forced, memory = data["noticed_after_s"], data["stops_by_force"], data["memory"]
    early = data["stops_during_start"]
    lines = [
        f"Soak of {data['seconds'] / 60:.1f} min, seed {data['seed']}{', interrupted' if data['interrupted'] else ''}",
        _row("runs", f"{data['generations']} ({_counts(data['ends'])}; ended {_counts(data['states'])})"),
        _row(
            "messages delivered", f"{data['delivered_in_all']:,} on all wires, {data['checked']:,} checked at the ends"
        ),
        *[_row(f"  {name}", f"{count:,}") for name, count in sorted(data["delivered"].items())],
        _row("losses by cause", ""),
        _row("  drop policy", f"{data['losses_by_cause'].get('dropped', 0):,}"),
        _row("  crash (on the wires of dead processes)", f"{data['losses_by_cause'].get('lost', 0):,}"),
        _row("  crash (inside of dead processes)", f"{data['inside_dead_processes']:,}"),
        _row("    of both, taken by what died", f"{data['counted_twice']:,}"),
        _row("  stop (discarded)", f"{data['losses_by_cause'].get('discarded', 0):,}"),
        _row("  errors of nodes, skipped", f"{data['losses_by_cause'].get('swallowed by errors', 0):,}"),
        _row(
            "unexplained",
            f"{data['unexplained']} missing, {data['duplicates']} duplicates, {data['misordered']} misordered, "
            f"{data['damaged']} damaged, {data['miscounted']} miscounted",
        ),
        _row("faults", _counts(data["faults"]) or "none"),
        _row("restarts of processes", str(data["restarts_of_processes"])),
        _row(
            "deaths noticed",
            f"{data['deaths_noticed']}, after {_ms(noticed['median'])} (median), {_ms(noticed['max'])} (max; "
            f"{_ms(noticed['max_without_waits'])} without waits for a processor)",
        ),
        _row("stops by force", _stops(forced)),
        _row("stops during the start", _stops(early)),
        _row("graceful stops", f"the longest {_seconds(data['graceful_stops_max_s'])}"),
        _row(
            "loop lag, max",
            f"{data['loop_lag_max_ms']:.0f} ms, {data['loop_lag_max_in_peace_ms']:.0f} ms where no fault held a loop",
        ),
        _row(
            "memory",
            f"peak {memory['peak_of_all_bytes'] / MEGABYTE:.0f} MB of all processes, "
            f"{memory['peak_own_bytes'] / MEGABYTE:.0f} MB of this one; second half "
            f"{_slope(memory['slope_own_bytes_per_s'])} (this one), {_slope(memory['slope_of_all_bytes_per_s'])} (all)",
        ),
        _row("held at start", _counts(data["held_at_start"])),
        _row("held at the end", _counts(data["held_at_end"])),
    ]
    if data["broken_count"]:
        lines.append(f"PROMISES BROKEN: {data['broken_count']}")
        lines += [f"  {text}" for text in data["broken"]]
    else:
        lines.append("No promise was broken.")
    return "\n".join(lines)


def _row(name: str, value: str) -> str:
    return f"{name:<42}{value}".rstrip()


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in counts.items())


def _ms(seconds: float | None) -> str:
    return "–" if seconds is None else f"{seconds * 1e3:.1f} ms"


def _seconds(seconds: float | None) -> str:
    return "–" if seconds is None else f"{seconds:.2f} s"


def _longest(times: list[tuple[float, float]], unit: str) -> dict[str, float | None]:
    """The longest of times with the waits for a processor in them, as it was and without these waits."""
    return {
        f"max{unit}": max((took for took, _ in times), default=None),
        f"max_without_waits{unit}": max((took - waited for took, waited in times), default=None),
    }


def _stops(stops: dict[str, Any]) -> str:
    return (
        f"{stops['count']}, the longest {_seconds(stops['max_s'])} "
        f"({_seconds(stops['max_without_waits_s'])} without waits for a processor)"
    )


def _slope(bytes_per_s: float) -> str:
    return f"{bytes_per_s * 60 / MEGABYTE:+.2f} MB/min"


def _usage(usage: Usage | None) -> dict[str, int]:
    return usage.as_dict() if usage is not None else {}


def _sum(counts: Any) -> dict[str, int]:
    total: Counter[str] = Counter()
    for one in counts:
        total.update(one)
    return dict(total)
