"""`python -m bench`: its arguments, and the order of things: install peers, go round, print, write."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from bench.performance import table
from bench.performance.cases import GROUPS, Case, all_cases
from bench.performance.environment import PeersMissing, peers_python
from bench.performance.machine import Watch
from bench.performance.measure import Sample
from bench.performance.rounds import Progress, go_round
from bench.performance.summary import summed_up


def add_to(parser: Any) -> None:
    """Add the options."""
    parser.add_argument("--quick", action="store_true", help="the main cases alone, in under two minutes")
    parser.add_argument("--only", metavar="CASE", type=_wanted, action="extend", default=[],
                        help=f"groups, with commas ({','.join(GROUPS)}), or words in a case's name")  # fmt: skip
    parser.add_argument("--peers", metavar="NAMES", help="these alone, with commas")
    parser.add_argument("--rounds", type=int, help="how often each is measured (5; with --quick 2)")
    parser.add_argument("--list", action="store_true", help="list the cases and measure nothing")
    parser.set_defaults(run=run)


def _wanted(text: str) -> list[str]:
    return text.split(",")


def run(arguments: argparse.Namespace) -> int:
    """Measure, print and write; returns the exit code."""
    cases = chosen(all_cases(quick=arguments.quick), arguments.only, arguments.peers)
    if arguments.list or not cases:
        print("\n".join(case.name for case in cases) or "no such case; --list names all")
        return 0 if cases else 2
    peers = None
    if any(case.wants_peers for case in cases):
        try:
            peers = peers_python()
        except PeersMissing as missing:
            print(missing, file=sys.stderr)
            cases = [case for case in cases if not case.wants_peers]
    rounds = arguments.rounds or (2 if arguments.quick else 5)
    watch = Watch()
    samples: list[Sample] = []
    progress = Progress(len(cases) * rounds)
    try:
        for sample in go_round(cases, rounds, Path(sys.executable), peers):
            samples.append(sample)
            progress.show(sample)
    except KeyboardInterrupt:
        print("\ninterrupted: this is what there is", file=sys.stderr)
    finally:
        progress.end()
    summary = summed_up(samples)
    for one in table.tables(cases, summary):
        print(table.as_text(one), end="\n\n")
    machine = watch.look()
    print(machine)
    return 0


def chosen(cases: list[Case], only: list[str], peers: str | None) -> list[Case]:
    """Those that are asked for; the limits are always with them."""
    if only:
        cases = [case for case in cases if case.group in only or any(word in case.name for word in only)]
    if peers:
        cases = [case for case in cases if case.peer in peers.split(",")]
    return cases
