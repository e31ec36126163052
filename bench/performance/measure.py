"""Doing one measurement: a fresh process that prints one JSON line, with a time limit, and nothing left of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from bench.performance.cases import Case
from bench.performance.ways.processes import family

ROOT = Path(__file__).resolve().parents[2]
LIMIT_S = 40.0


@dataclass(frozen=True)
class Sample:
    """What one measurement gave.

    Attributes:
        case: its name.
        figures: by name; empty when it failed.
        error: what went wrong, in words; "" nothing. With figures, they were measured all the same.
    """

    case: str
    figures: dict[str, float] = field(default_factory=dict)
    error: str = ""


def measure(case: Case, python: Path, limit_s: float = LIMIT_S, parent: str | None = None) -> Sample:
    """Measure a case once.

    Args:
        case: what to measure.
        python: the interpreter of the environment that its program wants.
        limit_s: when to give up, seconds.
        parent: the folder in which one for its figures is made; whoever gives one takes it away, whatever happens here.
    """
    # Ours, not the program's: one that is killed leaves its own.
    with tempfile.TemporaryDirectory(prefix="tw-bench-", dir=parent) as folder:
        task = replace(case.task, out=f"{folder}/figures.json")
        return _measure_in(case, [str(python), "-m", case.module, task.as_json()], limit_s)


def _measure_in(case: Case, command: list[str], limit_s: float) -> Sample:
    program = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        output, errors = program.communicate(timeout=limit_s)
    except subprocess.TimeoutExpired:
        return Sample(case.name, error=f"gave no figures within {limit_s:g} s")
    finally:
        _end(program)
    return read(case, program.returncode, output, errors)


def read(case: Case, code: int, output: str, errors: str) -> Sample:
    """What a program's output says."""
    try:
        figures = json.loads(output.strip().splitlines()[-1])
    except (IndexError, ValueError):
        told = errors.strip().splitlines()
        return Sample(case.name, error=f"exit code {code}: {told[-1] if told else 'it said nothing'}")
    ended_badly = figures.pop("ended_badly", "")
    told = [
        f"{number:.0f} messages {words}"
        for name, words in (("lost", "were lost"), ("wrong", "came twice or in the wrong order"))
        if (number := figures.pop(name, 0))
    ]
    if ended_badly:
        told.append(f"it ended with {ended_badly}")
    return Sample(case.name, figures, "; ".join(told))


def _end(program: subprocess.Popen[str]) -> None:
    """End what is left of a program and of all that it started."""
    left = family(program.pid) if program.poll() is None else []
    with suppress(ProcessLookupError):
        os.killpg(program.pid, signal.SIGKILL)
    for pid in left:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    program.communicate()
