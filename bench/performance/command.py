"""`python -m bench`: its arguments, and the order of things: install the peers, go round, print, write."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from bench.performance import page, plot, table
from bench.performance.cases import GROUPS, Case, all_cases
from bench.performance.environment import PeersMissing, peers_python
from bench.performance.machine import Watch
from bench.performance.measure import Sample, measure
from bench.performance.results import FOLDER, NAME, Results, now
from bench.performance.rounds import Progress, go_round
from bench.performance.summary import summed_up
from bench.performance.targets import reasons

EXIT_OK, EXIT_USAGE, EXIT_INTERRUPTED = 0, 2, 130
ROUNDS, QUICK_ROUNDS = 3, 1


def add_to(parser: Any) -> None:
    """Add the options."""
    parser.description = (
        "Without a subcommand: measures the whole way from node to node beside ezmsg, pyzmq, multiprocessing.Queue, "
        "asyncio.Queue and the limits of the machine, in rounds, and prints medians, ratios and how the targets stand."
    )
    parser.add_argument("--quick", action="store_true", help="the main cases once, in under two minutes")
    parser.add_argument("--only", metavar="CASE", help=f"groups or words of names, with commas: {', '.join(GROUPS)}")
    parser.add_argument("--peers", metavar="NAMES", help="measure these alone, with commas; the limits are always in")
    parser.add_argument("--rounds", type=_count, help=f"how often each is measured ({ROUNDS}; quick {QUICK_ROUNDS})")
    parser.add_argument("--json", action="store_true", help="print the run as JSON instead of tables")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help=f"write {NAME}.json and {NAME}.svg there; a whole "
                        "run goes to bench/results without asking")  # fmt: skip
    parser.add_argument("--list", action="store_true", help="list the cases and measure nothing")
    parser.add_argument("--page", action="store_true", help="write bench/results into docs/performance.md, no more")
    parser.set_defaults(run=run)


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is no number of rounds")
    return int(text)


def run(arguments: argparse.Namespace) -> int:
    """Measure, print and write; returns the exit code."""
    if arguments.page:
        return _write_page()
    cases = chosen(all_cases(quick=arguments.quick), arguments.only, arguments.peers)
    if arguments.list or not cases:
        print("\n".join(case.name for case in cases) or "there is no such case; --list names them all")
        return EXIT_OK if cases else EXIT_USAGE
    results, was_interrupted = measure_all(cases, arguments.rounds, quick=arguments.quick)
    print(json.dumps(results.as_data(), ensure_ascii=False) if arguments.json else as_text(results))
    is_whole = not (arguments.quick or arguments.only or arguments.peers or was_interrupted)
    folder = arguments.out or (FOLDER if is_whole else None)
    if folder is not None:
        file = results.write(folder)
        file.with_suffix(".svg").write_text(plot.draw(results), encoding="utf-8")
        print(f"written: {file} and {file.with_suffix('.svg').name}", file=sys.stderr)
    return EXIT_INTERRUPTED if was_interrupted else EXIT_OK


def chosen(cases: list[Case], only: str | None, peers: str | None) -> list[Case]:
    """Those that are asked for."""
    if only:
        words = only.split(",")
        cases = [case for case in cases if any(word == case.group or word in case.name for word in words)]
    if peers:
        cases = [case for case in cases if case.peer in (*peers.split(","), "limit")]
    return cases


def measure_all(cases: list[Case], rounds: int | None, *, quick: bool) -> tuple[Results, bool]:
    """Measure, with a line that shows how far it is.

    Returns:
        What there is, and whether it was interrupted.
    """
    peers = None
    if any(case.wants_peers for case in cases):
        try:
            peers = peers_python()
        except PeersMissing as missing:
            print(missing, file=sys.stderr)
            cases = [case for case in cases if not case.wants_peers]
    rounds = rounds or (QUICK_ROUNDS if quick else ROUNDS)
    watch = Watch()
    samples: list[tuple[int, Sample]] = []
    progress = Progress(len(cases) * rounds)
    was_interrupted = False
    with _sigterm_as_interrupt(), tempfile.TemporaryDirectory(prefix="tw-bench-") as folder:
        in_folder = partial(measure, parent=folder)  # an interrupt may come while one of its own is made or removed
        try:
            for number, sample in go_round(cases, rounds, Path(sys.executable), peers, in_folder):
                samples.append((number, sample))
                progress.show(sample)
        except KeyboardInterrupt:
            was_interrupted = True
        finally:
            progress.end()
    if was_interrupted:
        print("interrupted: this is what there is", file=sys.stderr)
    command = f"python -m bench {' '.join(sys.argv[1:])}".rstrip()
    summary = summed_up(samples)
    return Results(command, now(), quick, len(samples) // len(cases), watch.look().as_data(), summary), was_interrupted


@contextmanager
def _sigterm_as_interrupt() -> Iterator[None]:
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def as_text(results: Results) -> str:
    """A run for a terminal."""
    parts = [table.as_text(one) for one in table.tables(results.cases, results.summary)]
    if results.verdicts:
        parts.append(table.as_text(table.target_table(results.verdicts, reasons())))
    parts += page.errors(results)
    parts.append("\n".join(page.noise(results)))
    return "\n\n".join(parts)


def _write_page() -> int:
    results = Results.read(FOLDER / f"{NAME}.json")
    made = page.put_into(page.PAGE.read_text(encoding="utf-8"), page.section(results))
    page.PAGE.write_text(made, encoding="utf-8")
    print(f"written: {page.PAGE}")
    return EXIT_OK
