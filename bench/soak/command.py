"""`python -m bench soak`: its arguments, the line that shows how it goes, and the report at the end."""

from __future__ import annotations

import argparse
import json
import math
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from bench.soak import report
from bench.soak.settings import FAULTS, PARTS, PLANTED_IN, PLANTS, Settings
from bench.soak.soak import Soak
from engine import RunStatistics

EXIT_OK, EXIT_BROKEN = 0, 1
_ON_TERMINAL_S, _ELSEWHERE_S = 2.0, 60.0


def add_to(commands: Any) -> None:
    """Add the subcommand."""
    parser = commands.add_parser(
        "soak",
        help="run a mixed graph for a long time while faults befall it",
        description="Runs a mixed graph for some minutes while faults are injected at random moments, and accounts "
        "for every message. The exit code is 1 when a promise was broken.",
    )
    parser.add_argument("--minutes", type=_positive, default=20.0, help="how long in all (20)")
    parser.add_argument("--seed", type=int, default=None, help="of every choice; without it a new one, which is told")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the report there")
    parser.add_argument(
        "--faults", type=_faults, default=FAULTS, help=f"which, with commas, or none ({','.join(FAULTS)})"
    )
    parser.add_argument("--parts", type=_parts, default=PARTS, help=f"of the graph, with commas ({','.join(PARTS)})")
    parser.add_argument("--pause", type=_positive, default=1.0, metavar="SECONDS", help="mean time between faults (1)")
    parser.add_argument("--plant", choices=PLANTS, default="", help="make one node do wrong, to see that it is found")
    parser.set_defaults(run=run, refuse=parser.error)


def _positive(text: str) -> float:
    value = float(text)
    if not (math.isfinite(value) and value > 0):
        raise argparse.ArgumentTypeError(f"{text} is no positive number")
    return value


def _faults(text: str) -> tuple[str, ...]:
    return () if text == "none" else _names(text, FAULTS)


def _parts(text: str) -> tuple[str, ...]:
    return _names(text, PARTS)


def _names(text: str, known: tuple[str, ...]) -> tuple[str, ...]:
    names = tuple(text.split(","))
    unknown = [name for name in names if name not in known]
    if unknown:
        raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: there is {', '.join(known)}")
    return names


def run(arguments: argparse.Namespace) -> int:
    """Soak, and print the report; returns the exit code."""
    if arguments.plant and PLANTED_IN not in arguments.parts:
        arguments.refuse(f"--plant does wrong in the part {PLANTED_IN!r} of the graph, which is left out")
    seed = time.time_ns() % 1_000_000 if arguments.seed is None else arguments.seed
    settings = Settings(
        arguments.minutes * 60, seed, arguments.faults, arguments.pause, arguments.parts, arguments.plant
    )
    line = LiveLine()
    soak = Soak(settings, line.show)
    before = {number: signal.signal(number, lambda *_: soak.interrupt()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        outcome = soak.run()
    finally:
        for number, handler in before.items():
            with suppress(TypeError):  # a handler that was not set from Python
                signal.signal(number, handler)
        line.end()
    data = report.as_data(outcome)
    print(report.as_text(data))
    if arguments.json:
        arguments.json.write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")
    return EXIT_BROKEN if outcome.broken_count else EXIT_OK


class LiveLine:
    """How the soak goes, in one line: rewritten on a terminal, elsewhere a new one each minute."""

    def __init__(self) -> None:
        self._on_terminal = sys.stderr.isatty()
        self._next = 0.0

    def show(self, soak: Soak, statistics: RunStatistics) -> None:
        """Show it, when it is time."""
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + (_ON_TERMINAL_S if self._on_terminal else _ELSEWHERE_S)
        text = _line(soak, statistics)
        print(
            f"\r\x1b[2K{text[:150]}" if self._on_terminal else text,
            end="" if self._on_terminal else "\n",
            file=sys.stderr,
        )
        sys.stderr.flush()

    def end(self) -> None:
        """Leave the line."""
        if self._on_terminal:
            print(file=sys.stderr)


def _line(soak: Soak, statistics: RunStatistics) -> str:
    outcome = soak.outcome
    wires = statistics.wires.values()
    delivered = sum(sum(verdict.delivered.values()) for verdict in outcome.verdicts) + sum(w.delivered for w in wires)
    faults = sum(sum(verdict.faults.values()) for verdict in outcome.verdicts)
    faults += len(soak.generation.incidents) if soak.generation else 0
    memory = outcome.memory.total[-1] / report.MEGABYTE if outcome.memory.total else 0
    left = max(0.0, soak.settings.seconds - soak.elapsed_s)
    return (
        f"{soak.elapsed_s / 60:.1f} min, {left / 60:.1f} to go: run {len(outcome.verdicts) + 1}, "
        f"{delivered:,} messages "
        f"({sum(w.rate_hz for w in wires):,.0f}/s), {faults} faults, {memory:.0f} MB, broken: {outcome.broken_count}"
    )
