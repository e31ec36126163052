"""The performance bench: what it makes of its samples, that it tells what fails, and that it really measures."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from bench.__main__ import main
from bench.performance import command, environment, page, plot, table
from bench.performance.cases import GROUPS, Case, all_cases, case_name
from bench.performance.environment import PeersMissing, peers_python
from bench.performance.measure import ROOT, Sample, measure, read
from bench.performance.results import FOLDER, NAME, Results
from bench.performance.rounds import go_round
from bench.performance.summary import Summary, summed_up
from bench.performance.targets import REASONS, TARGETS, Target, judge
from bench.performance.ways.book import Book, LateBook
from bench.performance.ways.payload import NUMBER, Payload, saturated
from bench.performance.ways.task import Task

LINE = Case("throughput", "loop 1 KB", "tidewire", Task(size=1024, seconds=0.05))
QUEUE = replace(LINE, peer="asyncio.Queue")
PEER = replace(LINE, peer="ezmsg")
MACHINE = {
    "processors": 2, "processor": "any", "memory_gb": 8.0, "system": "Linux", "python": "3.11", "numpy": "2",
    "load_before": 0.5, "load_after": 1.5, "steal_percent": 0.0, "took_s": 60.0,
}  # fmt: skip


def summary_of(*rounds: dict[Case, float], figure: str = "rate") -> Summary:
    return summed_up(
        (number, Sample(case.name, {figure: value})) for number, by in enumerate(rounds) for case, value in by.items()
    )


def results_of(summary: Summary) -> Results:
    return Results("python -m bench", "2030-01-01", False, 3, MACHINE, summary)


# -- medians, ratios, spreads ----------------------------------------------------------------------


def test_a_median_and_a_spread_are_over_the_rounds() -> None:
    summary = summary_of({LINE: 10.0}, {LINE: 40.0}, {LINE: 20.0})
    assert summary.median(LINE.name, "rate") == 20.0
    assert summary.spread(LINE.name, "rate") == 4.0
    assert summary.median(PEER.name, "rate") is None and summary.spread(PEER.name, "rate") is None


def test_a_ratio_is_taken_within_each_round_so_that_a_slow_moment_weighs_on_both() -> None:
    summary = summary_of({LINE: 100.0, PEER: 10.0}, {LINE: 10.0, PEER: 1.0}, {LINE: 1000.0, PEER: 100.0})
    assert summary.ratios("rate", LINE.name, PEER.name) == [10.0, 10.0, 10.0]


def test_a_round_in_which_one_of_two_failed_gives_no_ratio() -> None:
    summary = summary_of({LINE: 100.0}, {LINE: 50.0, PEER: 25.0}, {PEER: 1.0})
    assert summary.ratios("rate", LINE.name, PEER.name) == [2.0]
    assert summary_of({LINE: 1.0}).ratio("rate", LINE.name, PEER.name) is None


def test_a_run_comes_back_from_its_file_as_it_was(tmp_path: Path) -> None:
    summary = summary_of({LINE: 100.0, PEER: 10.0}, {LINE: 90.0})
    summary.add(1, Sample(PEER.name, error="it fell over"))
    results = results_of(summary)
    assert Results.read(results.write(tmp_path)) == results


# -- targets ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at_least", "at_most", "value", "word"),
    [(2.0, None, 2.0, "met"), (2.0, None, 1.9, "not met"), (None, 0.5, 0.5, "met"), (None, 0.5, 0.6, "not met")],
)
def test_a_target_is_met_at_its_bound_and_not_beyond(
    at_least: float | None, at_most: float | None, value: float, word: str
) -> None:
    target = Target("any", "rate", LINE.name, "", at_least, at_most)
    assert judge(target, summary_of({LINE: value})).word == word


def test_a_target_over_a_peer_is_judged_by_the_middle_of_the_ratios_of_the_rounds() -> None:
    target = Target("any", "rate", LINE.name, PEER.name, at_least=10.0)
    rounds = [{LINE: value, PEER: 1.0} for value in (9.0, 11.0, 12.0)]
    verdict = judge(target, summary_of(*rounds))
    assert (verdict.is_met, verdict.value, verdict.lowest, verdict.highest) == (True, 11.0, 9.0, 12.0)


def test_what_was_not_measured_is_neither_met_nor_not_met() -> None:
    verdict = judge(TARGETS[0], Summary())
    assert verdict.is_met is None and verdict.word == "not measured"


def test_every_target_speaks_of_cases_that_a_whole_run_measures() -> None:
    known = {case.name for case in all_cases(quick=False)}
    named = {name for target in TARGETS for name in (target.case, target.over) if name}
    assert named <= known


def test_every_target_has_one_bound_and_a_name_of_its_own() -> None:
    assert len({target.name for target in TARGETS}) == len(TARGETS)
    assert all((target.at_least is None) != (target.at_most is None) for target in TARGETS)


def test_every_reason_belongs_to_a_target() -> None:
    assert json.loads(REASONS.read_text()).keys() <= {target.name for target in TARGETS}


def test_no_two_cases_share_a_name_and_a_quick_run_measures_a_part_of_a_whole_one() -> None:
    whole, quick = ([case.name for case in all_cases(quick=quick)] for quick in (False, True))
    assert len(set(whole)) == len(whole)
    assert set(quick) < set(whole)


# -- tables, page, plot ----------------------------------------------------------------------------


def test_a_table_tells_medians_and_in_brackets_the_ratio_to_ezmsg() -> None:
    summary = summary_of({LINE: 123_456.0, PEER: 10_000.0})
    (made,) = table.tables([LINE, PEER], summary)
    assert made.rows == (
        ("loop 1 KB", "tidewire", "123,000 (12×)", "1.00"),
        ("loop 1 KB", "ezmsg", "10,000", "1.00"),
    )


def test_a_case_that_failed_is_told_in_its_row() -> None:
    summary = summary_of({LINE: 1.0})
    summary.add(0, Sample(PEER.name, error="it fell over"))
    (made,) = table.tables([LINE, PEER], summary)
    assert made.rows[1][2] == "failed: it fell over"


@pytest.mark.parametrize(
    ("value", "told"), [(0, "0"), (0.12345, "0.123"), (12.345, "12.3"), (123.4, "123"), (98_765.0, "98,800")]
)
def test_numbers_are_told_with_three_digits_that_count(value: float, told: str) -> None:
    assert table.told(value) == told


def test_a_target_that_is_not_met_is_told_with_its_reason_and_one_that_is_met_without() -> None:
    names = ("slow", "fast")
    targets = [Target(name, "rate", LINE.name, at_least=bound, unit="s") for name, bound in zip(names, (9, 1))]  # noqa: B905
    verdicts = [judge(target, summary_of({LINE: 5.0})) for target in targets]
    made = table.target_table(verdicts, dict.fromkeys(names, "a cause"))
    assert [(row[0], row[1], row[-1]) for row in made.rows] == [("slow", "not met", "a cause"), ("fast", "met", "")]


def test_a_section_replaces_what_was_between_the_marks_and_nothing_else() -> None:
    before = f"# Title\n\n{page.BEGIN}\nold\n{page.END}\n\nafter\n"
    made = page.put_into(before, "new")
    assert made == f"# Title\n\n{page.BEGIN}\n\nnew\n\n{page.END}\n\nafter\n"
    assert page.put_into(made, "new") == made


def test_a_page_without_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="no section to write"):
        page.put_into("# Title\n", "new")


def test_the_page_of_the_project_has_the_marks_and_the_committed_run() -> None:
    text = page.PAGE.read_text(encoding="utf-8")
    results = Results.read(FOLDER / f"{NAME}.json")
    assert page.put_into(text, page.section(results)) == text


def test_every_case_that_went_wrong_is_told_on_the_page() -> None:
    summary = summary_of({LINE: 1.0})
    summary.add(0, Sample(PEER.name, error="it fell\nover"))
    assert f"- {PEER.name}: 1×, it fell over" in page.section(results_of(summary))


def test_the_plot_is_whole_and_has_a_point_for_every_figure() -> None:
    values = {case: 10.0 ** (3 + index) for index, case in enumerate((LINE, PEER, QUEUE))}
    drawn = ElementTree.fromstring(plot.draw(results_of(summary_of(values))))
    points = [element for element in drawn.iter() if element.tag.endswith("circle") and element.get("r") == "3"]
    assert len(points) == 3


# -- books -----------------------------------------------------------------------------------------


@pytest.fixture
def task(tmp_path: Path) -> Task:
    return Task(size=64, seconds=0.01, root=os.getpid(), out=str(tmp_path / "figures.json"))


def numbered(*numbers: int) -> Iterator[Payload]:
    for number in numbers:
        array = np.zeros(8, np.int64)
        array[NUMBER] = number
        yield array


def test_a_book_of_a_saturated_stream_tells_rate_processor_time_and_memory(task: Task) -> None:
    book = Book(task)
    for array in saturated(task.size, 5.0):
        book.take(array)
        if book.is_done:
            break
    figures = json.loads(Path(task.out).read_text())
    assert figures["rate"] > 0 and figures["cpu_us"] > 0 and figures["memory_mb"] > 1
    assert (figures["lost"], figures["wrong"]) == (0, 0)


@pytest.mark.parametrize(
    ("numbers", "lost", "wrong"),
    [
        ((0, 1, 2), 0, 0),
        ((0, 2, 3), 1, 0),
        ((5, 6, 7), 5, 0),
        ((0, 1, 1, 2), 0, 1),
        ((0, 2, 1, 3), 0, 1),
    ],
)
def test_books_know_what_was_lost_and_what_came_twice_or_out_of_order(
    numbers: tuple[int, ...], lost: int, wrong: int, task: Task
) -> None:
    for book in (Book(task), LateBook(replace(task, rate_hz=100.0))):
        for array in numbered(*numbers):
            book.take(array)
        assert (max(0, book.lost), book.wrong) == (lost, wrong)


def test_big_arrays_are_numbered_round_and_round_and_a_gap_is_found_all_the_same(task: Task) -> None:
    big = replace(task, size=1 << 20)
    book = Book(big)
    for array in numbered(0, 1, 2, 3, 0, 1, 3, 0):
        book.take(array)
    assert book.lost == 1


# -- measuring -------------------------------------------------------------------------------------


def test_what_a_program_prints_is_read_and_lost_messages_are_told() -> None:
    sample = read(LINE, 0, 'noise\n{"rate": 2.5, "lost": 3, "wrong": 0}\n', "")
    assert sample.figures == {"rate": 2.5}
    assert sample.error == "3 messages were lost"


def test_a_program_that_fails_is_told_with_its_last_words() -> None:
    sample = read(LINE, 1, "", "Traceback …\nValueError: no such kind\n")
    assert (sample.figures, sample.error) == ({}, "exit code 1: ValueError: no such kind")


def test_a_program_that_takes_too_long_is_ended_and_told() -> None:
    endless = replace(LINE, task=replace(LINE.task, seconds=3600.0))
    sample = measure(endless, Path(sys.executable), limit_s=1.0)
    assert sample.error == "gave no figures within 1 s"


def test_rounds_take_every_case_in_turn_every_other_time_backwards() -> None:
    seen = [(number, sample.case) for number, sample in go_round([LINE, QUEUE], 2, Path("own"), None, named)]
    assert seen == [(0, LINE.name), (0, QUEUE.name), (1, QUEUE.name), (1, LINE.name)]


def named(case: Case, python: Path) -> Sample:
    return Sample(case.name, {"python": float(python == Path("peers"))})


def test_peers_run_in_their_own_environment_and_are_left_out_without_one() -> None:
    with_peers = list(go_round([LINE, PEER], 1, Path("own"), Path("peers"), named))
    assert [sample.figures["python"] for _, sample in with_peers] == [0.0, 1.0]
    assert [sample.case for _, sample in go_round([LINE, PEER], 1, Path("own"), None, named)] == [LINE.name]


def test_when_no_registry_is_in_reach_that_is_said_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "peers"

    def refuse(*args: object, **options: object) -> None:
        raise subprocess.CalledProcessError(1, "pip", stderr="looking …\nERROR: no matching distribution")

    monkeypatch.setattr(environment.venv, "create", lambda folder, with_pip: folder.mkdir())
    monkeypatch.setattr(environment.subprocess, "run", refuse)
    with pytest.raises(PeersMissing, match="ERROR: no matching distribution"):
        peers_python(folder)
    assert not folder.exists()


def test_two_cases_are_really_measured_and_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--quick", "--only", "throughput | loop 1 KB", "--peers", "tidewire,asyncio.Queue"]
    assert main([*options, "--out", str(tmp_path)]) == 0
    told = capsys.readouterr().out
    data = json.loads((tmp_path / "performance.json").read_text())
    assert data["errors"] == {}, told
    assert data["values"].keys() == {LINE.name, QUEUE.name}
    assert all(figures["rate"]["0"] > 100 for figures in data["values"].values())
    assert re.search(r"loop 1 KB +asyncio.Queue +\d", told)
    ElementTree.parse(tmp_path / "performance.svg")


@pytest.mark.parametrize("kind", ["chain", "fan", "join", "backlog"])
def test_every_shape_of_graph_loses_nothing(kind: str) -> None:
    task = Task(kind, size=64, seconds=0.05, count=4, capacity=4)
    sample = measure(Case("any", kind, "tidewire", task), Path(sys.executable))
    assert sample.error == "" and sample.figures["rate"] > 0


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    "case",
    [
        Case("latency", "any", "tidewire", Task(layout="process", rate_hz=500.0, seconds=0.1)),
        Case("pause", "any", "tidewire", Task("pause", "process", 1 << 20, 0.1)),
        Case("start and stop", "any", "tidewire", Task("start and stop", count=6, across=2), "tidewire_life"),
        Case("watched", "any", "tidewire", Task("watched", "loop", 1024, 0.5), "tidewire_life"),
        Case("limits", "any", "limit", Task("memcpy", seconds=0.01)),
        Case("limits", "any", "limit", Task("alone", seconds=0.01)),
        Case("limits", "any", "limit", Task("wake", rate_hz=500.0, seconds=0.1)),
        Case("throughput", "any", "multiprocessing", Task(layout="process", seconds=0.05)),
    ],
    ids=lambda case: case.task.kind + case.peer,
)
def test_every_other_kind_gives_figures(case: Case) -> None:
    sample = measure(case, Path(sys.executable))
    assert sample.error == "" and all(value > 0 for value in sample.figures.values()), sample


def test_ctrl_c_ends_what_is_measured_and_prints_what_there_is() -> None:
    command_line = [
        sys.executable,
        "-m",
        "bench",
        "--only",
        "limits,loop 64 B",
        "--peers",
        "tidewire",
        "--rounds",
        "50",
    ]
    bench = subprocess.Popen(
        command_line, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    assert bench.stderr is not None
    assert bench.stderr.readline().startswith("1/")  # one is measured
    bench.send_signal(signal.SIGINT)
    output, errors = bench.communicate(timeout=30.0)
    assert bench.returncode == command.EXIT_INTERRUPTED, errors
    assert "interrupted: this is what there is" in errors
    assert "memcpy 64 B" in output


# -- the command -----------------------------------------------------------------------------------


@pytest.mark.parametrize("group", GROUPS)
def test_groups_and_words_choose_cases(group: str) -> None:
    everything = all_cases(quick=False)
    assert {case.group for case in command.chosen(everything, group, None)} >= {group}
    assert [case.name for case in command.chosen(everything, "process 1 MB", "ezmsg")][:1] == [
        case_name("throughput", "process 1 MB", "ezmsg")
    ]


def test_cases_are_listed_and_what_matches_none_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list", "--quick"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(all_cases(quick=True))
    assert main(["--only", "nothing such"]) == 2
    assert "--list" in capsys.readouterr().out


def test_a_profile_counts_calls_a_message(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", "--count", "2000", "--lines", "5"]) == 0
    first, _, head, *rows = capsys.readouterr().out.splitlines()
    assert 10 < float(first.split()[0]) < 200 and "calls a message" in head
    assert len(rows) == 5 and any("engine/runtime/" in row for row in rows)
