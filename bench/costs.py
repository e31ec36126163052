"""`python -m bench costs`: what a message costs on each kind of bridge, as the small file that the editor reads."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

from bench.performance.cases import SIZES, Case, case_name
from bench.performance.command import EXIT_OK, measure_all
from bench.performance.results import FOLDER, NAME, Results
from bench.performance.summary import Summary
from bench.performance.ways.task import Task

RESOURCE = Path(__file__).resolve().parents[1] / "resources" / "figures" / "bridges.json"
LAYOUTS = {"loop": "loop", "thread": "thread", "stream": "process"}  # kind of bridge -> layout of the bench
RATE_HZ = 500  # of messages that come one by one
_LOOP_WIRES = 2  # in a line whose three nodes share a loop; in the others one of them is the bridge


def add_to(commands: Any) -> None:
    """Add the subcommand."""
    parser = commands.add_parser(
        "costs",
        help="write what a message costs on each kind of bridge, for the editor",
        description=f"Without options: makes {RESOURCE.name} of bench/results. With --here: measures this machine, in "
        "about a minute, and writes the file into your own configuration, where the editor looks first.",
    )
    parser.add_argument("--here", action="store_true", help="measure this machine, for your own editor")
    parser.add_argument("--rounds", type=int, default=2, help="with --here: how often each is measured (2)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the file; returns the exit code."""
    if arguments.here:
        results, was_interrupted = measure_all(_cases(), arguments.rounds, quick=False)
        if was_interrupted:
            return 130
        file = own_file()
    else:
        results, file = Results.read(FOLDER / f"{NAME}.json"), RESOURCE
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(as_text(costs(results)), encoding="utf-8")
    print(f"written: {file}")
    return EXIT_OK


def own_file() -> Path:
    """Where the editor keeps what is its user's own."""
    folder = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    return Path(folder) / "Tidewire" / RESOURCE.name


def _cases() -> list[Case]:
    found = []
    for layout in LAYOUTS.values():
        for size, n_bytes in SIZES.items():
            found.append(Case("throughput", f"{layout} {size}", "tidewire", Task("line", layout, n_bytes, 0.5)))
        task = Task(layout=layout, size=1 << 10, rate_hz=RATE_HZ, seconds=2.0)
        found.append(Case("latency", f"{layout} {RATE_HZ} Hz", "tidewire", task))
    return found


def costs(results: Results) -> dict[str, Any]:
    """The costs as plain data.

    `cost_us`: processor time of both ends that a message needs from node to node, by its size in bytes, while as many
    go through as can. `latency_us`: how long a message is under way when they come one by one.
    """
    machine = results.machine
    return {
        "measured": results.date,
        "command": results.command,
        "machine": {name: machine[name] for name in ("processor", "processors", "system", "python")},
        "bridges": {kind: _bridge(results.summary, layout) for kind, layout in LAYOUTS.items()},
    }


def _bridge(summary: Summary, layout: str) -> dict[str, Any]:
    by_size = {}
    for size, n_bytes in SIZES.items():
        loop = summary.median(case_name("throughput", f"loop {size}", "tidewire"), "cpu_us")
        whole = summary.median(case_name("throughput", f"{layout} {size}", "tidewire"), "cpu_us")
        if loop is not None and whole is not None:
            by_size[str(n_bytes)] = round(whole - loop / _LOOP_WIRES, 2)
    latency = summary.median(case_name("latency", f"{layout} {RATE_HZ} Hz", "tidewire"), "p50_us")
    loop_latency = summary.median(case_name("latency", f"loop {RATE_HZ} Hz", "tidewire"), "p50_us")
    if latency is None or loop_latency is None:
        raise ValueError(f"there is no latency of {layout} at {RATE_HZ} Hz among these results")
    return {"cost_us": by_size, "latency_us": round(latency - loop_latency / _LOOP_WIRES, 1)}


def as_text(data: dict[str, Any]) -> str:
    """The data as the file has it."""
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"
