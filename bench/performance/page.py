"""The section of `docs/performance.md` that a run writes: never typed by hand, always of one run."""

from __future__ import annotations

from pathlib import Path

from bench.performance.results import Results
from bench.performance.table import as_markdown, tables, target_table
from bench.performance.targets import reasons

PAGE = Path(__file__).resolve().parents[2] / "docs" / "performance.md"
BEGIN = "<!-- from here to the end mark `python -m bench --page` writes: do not edit -->"
END = "<!-- end mark -->"


def section(results: Results) -> str:
    """The figures of a run as Markdown."""
    verdicts = results.verdicts
    met = sum(verdict.is_met is True for verdict in verdicts)
    parts = [
        f"`{results.command}`, {results.date}, {results.rounds} rounds, {results.machine['took_s'] / 60:.0f} minutes.",
        "\n".join(f"- {line}" for line in noise(results)),
        f"### Targets: {met} of {len(verdicts)} met",
        as_markdown(target_table(verdicts, reasons())),
    ]
    for one in tables(results.cases, results.summary):
        parts += [f"### {one.title[:1].upper()}{one.title[1:]}", as_markdown(one)]
    told_errors = errors(results)
    if told_errors:
        parts += ["### What went wrong while it was measured", "\n".join(f"- {line}" for line in told_errors)]
    return "\n\n".join(parts)


def noise(results: Results) -> list[str]:
    """The machine, and how noisy it was, a sentence a line."""
    machine = results.machine
    spreads = [
        f"{case.what} {spread:.1f}×"
        for case in results.cases
        if case.group == "limits"
        for figure in ("copy_us", "cpu_us", "p50_us")
        if (spread := results.summary.spread(case.name, figure))
    ]
    return [
        f"{machine['processors']} processors ({machine['processor']}), {machine['memory_gb']:g} GB, "
        f"{machine['system']}, Python {machine['python']}, NumPy {machine['numpy']}.",
        f"Noise: load average {machine['load_before']:g} before and {machine['load_after']:g} after (the bench itself "
        f"makes about 2), {machine['steal_percent']:g} % of the time taken by the machine's host.",
        f"The limits themselves, slowest round over fastest: {', '.join(spreads) or 'not measured'}.",
    ]


def errors(results: Results) -> list[str]:
    """Each case that went wrong, how often, and the newest reason."""
    return [f"{case}: {len(found)}×, {told_once(found[-1])}" for case, found in results.summary.errors.items()]


def told_once(text: str) -> str:
    """A text that cannot break a list."""
    return " ".join(text.split())[:200]


def put_into(page: str, made: str, begin_mark: str = BEGIN, end_mark: str = END) -> str:
    """The page with the section between two marks replaced.

    Raises:
        ValueError: the page has no marks.
    """
    before, begin, rest = page.partition(begin_mark)
    _, end, after = rest.partition(end_mark)
    if not begin or not end:
        raise ValueError(f"the page has no section to write: it wants {begin_mark!r} and {end_mark!r}")
    return f"{before}{begin}\n\n{made}\n\n{end}{after}"
