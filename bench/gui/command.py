"""`python -m bench gui`: each scenario in a fresh process on a virtual screen of its own, a table, and JSON."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.gui import page, report
from bench.gui.screen import kind, screen
from bench.gui.targets import verdicts

Cases = dict[str, dict[str, float]]
_TIMEOUT_S = 600.0
_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Effort:
    """How long everything is measured.

    Attributes:
        starts: how often the editor is opened.
        seconds: how long each figure of moving and drawing is taken.
        rounds: how often a scope and its peer take turns.
    """

    starts: int
    seconds: float
    rounds: int


FULL, QUICK = Effort(starts=7, seconds=5.0, rounds=3), Effort(starts=3, seconds=2.0, rounds=1)


def add_to(commands: Any) -> None:
    """Add the subcommand."""
    parser = commands.add_parser(
        "gui",
        help="measure how fast the editor opens, moves and draws",
        description="Measures the editor on virtual screens with software drawing. The exit code is 1 when a scenario "
        "failed; a target that is missed is said, and no failure.",
    )
    parser.add_argument("--quick", action="store_true", help="less of everything, in about two minutes")
    parser.add_argument("--only", type=_names, default=tuple(SCENARIOS), help=f"with commas ({','.join(SCENARIOS)})")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the results there")
    parser.add_argument("--page", action="store_true", help="also write bench/results and docs/performance.md")
    parser.set_defaults(run=run)


def _names(text: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    unknown = [name for name in names if name not in SCENARIOS]
    if unknown:
        raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: there is {', '.join(SCENARIOS)}")
    return names


def run(arguments: argparse.Namespace) -> int:
    """Measure and print; returns the exit code."""
    effort = QUICK if arguments.quick else FULL
    machine = report.machine(kind())
    print(report.heading(machine), flush=True)
    results: dict[str, Cases] = {}
    failed = []
    with tempfile.TemporaryDirectory(prefix="tidewire-bytecode-") as folder:
        for name in arguments.only:
            try:
                results[name] = SCENARIOS[name](effort, Path(folder))
            except (RuntimeError, subprocess.TimeoutExpired) as error:
                failed.append(name)
                print(f"\n{name}: failed: {error}", flush=True)
                continue
            print(report.table(name, results[name]), flush=True)
    found = verdicts(results)
    print(report.targets(found), flush=True)
    data = {
        "kind": "gui",
        "machine": machine | {"load_after": os.getloadavg()[0]},
        "effort": "quick" if arguments.quick else "full",
        "results": results,
        "targets": [verdict.as_data() for verdict in found],
        "failed": failed,
    }
    if arguments.page:
        page.write(data)
    if arguments.json:
        arguments.json.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return int(bool(failed))


def _opening(effort: Effort, bytecode: Path) -> Cases:
    """The editor, and what is its limit, in turns; the medians. The first of each is not counted: it compiles."""
    rounds: dict[str, list[Mapping[str, float]]] = {}
    for number in range(effort.starts + 1):
        for scenario in ("opening", "opening, bare Qt window", "opening, imports"):
            for case, figures in _in_a_process(scenario, effort, bytecode).items():
                if number:
                    rounds.setdefault(case, []).append(figures)
    return {
        case: {name: statistics.median(figures[name] for figures in each) for name in each[0]}
        for case, each in rounds.items()
    }


def _alone(scenario: str) -> Callable[[Effort, Path], Cases]:
    return lambda effort, bytecode: _in_a_process(scenario, effort, bytecode)


def _in_a_process(scenario: str, effort: Effort, bytecode: Path) -> Cases:
    """Play a scenario in a new process on a new screen; raises `RuntimeError` with what it printed."""
    with tempfile.TemporaryDirectory(prefix="tidewire-bench-") as folder, screen(Path(folder), bytecode) as environment:
        settings = {"seconds": effort.seconds, "rounds": effort.rounds, "began": time.monotonic()}
        done = subprocess.run(
            [sys.executable, "-m", "bench.gui.stage", scenario, json.dumps(settings)],
            cwd=_ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
    if done.returncode or not done.stdout.strip():
        raise RuntimeError(f"{scenario} ended with {done.returncode}\n{done.stdout}{done.stderr}".strip())
    cases: Cases = json.loads(done.stdout.splitlines()[-1])
    return cases


SCENARIOS: dict[str, Callable[[Effort, Path], Cases]] = {
    "opening": _opening,
    "canvas": _alone("canvas"),
    "scopes": _alone("scopes"),
    "flood": _alone("flood"),
}
