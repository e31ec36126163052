"""`tidewire run`: the report, the exit codes, settings, and who owns stdout."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from engine.cli import main
from engine.library.faults import KillProcess, Raise
from tests.engine.cli.command import ROOT, chain_file, report_of, tidewire
from tests.nodes_for_tests import Collect, Numbers, Scale, Slow, TimedNumbers

pytestmark = pytest.mark.timeout(120)

TALKER = '''
import os
import sys
from engine import In, Node, Out, Source

print("said on import")


class Talker(Source):
    """Talks while it counts."""

    value = Out(int)

    def on_start(self):
        print("said on start")

    def produce(self):
        for number in range(5):
            print("said by print")
            os.write(1, b"written to descriptor 1\\n")
            yield number
        print("held back", end="", file=sys.__stdout__)


class Listener(Node):
    """Talks when it hears."""

    value = In(int)

    def process(self, value):
        print("\\x1b[2J heard")
'''


@pytest.fixture
def counting(tmp_path: Path) -> Path:
    return chain_file(tmp_path, ("n", Numbers, {"count": 50}), ("k", Scale, {"factor": 3}), ("s", Collect, {}), k="w:")


def test_the_report_says_what_every_node_and_wire_has_done(counting: Path) -> None:
    done = tidewire("run", counting, "--json")
    assert done.returncode == 0
    report = report_of(done)
    assert report.pop("duration_s") > 0
    path = "tests.nodes_for_tests"
    assert report == {
        "state": "finished",
        "nodes": {
            "n": {
                "type": f"{path}:Numbers",
                "location": "",
                "received": 0,
                "emitted": 50,
                "errors": 0,
                "state": "ended",
            },
            "k": {
                "type": f"{path}:Scale",
                "location": "w:",
                "received": 50,
                "emitted": 50,
                "errors": 0,
                "state": "ended",
            },
            "s": {
                "type": f"{path}:Collect",
                "location": "",
                "received": 50,
                "emitted": 0,
                "errors": 0,
                "state": "ended",
            },
        },
        "wires": [
            {"from": "n.value", "to": "k.x", "bridge": "stream", "delivered": 50, "dropped": 0, "lost": 0},
            {"from": "k.y", "to": "s.x", "bridge": "stream", "delivered": 50, "dropped": 0, "lost": 0},
        ],
        "failures": [],
    }


@pytest.mark.parametrize("location", ["", "t", "p:", "p:t"])
def test_nothing_but_the_report_is_on_stdout_whatever_nodes_print(tmp_path: Path, location: str) -> None:
    (tmp_path / "nodes").mkdir()
    (tmp_path / "nodes" / "talk.py").write_text(TALKER)
    nodes = [("t", "nodes.talk:Talker"), ("l", "nodes.talk:Listener")]
    graph = {
        "tidewire": 1,
        "nodes": [{"id": id, "type": kind, "location": location} for id, kind in nodes],
        "wires": [{"from": "t.value", "to": "l.value"}],
    }
    file = tmp_path / "talk.tide"
    file.write_text(json.dumps(graph))
    done = tidewire("run", file, "--json")
    assert done.returncode == 0
    assert report_of(done)["nodes"]["l"]["received"] == 5
    assert done.stderr.count("said on start") == 1
    assert done.stderr.count("said by print") == done.stderr.count("written to descriptor 1") == 5
    assert done.stderr.count("heard") == 5
    assert "held back" in done.stderr


def test_without_json_stdout_belongs_to_the_nodes(counting: Path) -> None:
    done = tidewire("run", counting)
    assert (done.returncode, done.stdout) == (0, "")
    assert "finished after" in done.stderr and "100 messages delivered" in done.stderr


def test_a_run_is_stopped_cleanly_when_its_time_is_up(tmp_path: Path) -> None:
    file = chain_file(tmp_path, ("n", TimedNumbers, {}), ("s", Collect, {}))
    done = tidewire("run", file, "--for", "500ms", "--json")
    report = report_of(done)
    assert done.returncode == 0
    assert report["state"] == "stopped"
    assert report["nodes"]["n"]["emitted"] == report["nodes"]["s"]["received"] > 5
    assert 0.5 <= report["duration_s"] < 20


def test_a_node_that_fails_is_exit_code_1_and_reported_with_its_traceback(tmp_path: Path) -> None:
    file = chain_file(
        tmp_path, ("n", Numbers, {}), ("bad", Raise, {"after": 2, "message": "no\x1b[31m good"}), bad="w:"
    )
    done = tidewire("run", file, "--json")
    assert done.returncode == 1
    report = report_of(done)
    (failure,) = report["failures"]
    assert report["state"] == "failed"
    assert report["nodes"]["bad"]["state"] == "failed" and report["nodes"]["bad"]["errors"] == 1
    assert (failure["node"], failure["location"], failure["error"]) == ("bad", "w:", "RuntimeError: no\x1b[31m good")
    assert "_go_wrong" in failure["traceback"]
    assert "node bad (w:): RuntimeError: no\\x1b[31m good" in done.stderr
    assert "\x1b" not in done.stderr


def test_a_computer_that_dies_is_exit_code_1_and_reported(tmp_path: Path) -> None:
    file = chain_file(tmp_path, ("n", Numbers, {}), ("bad", KillProcess, {"after": 3}), bad="w:")
    done = tidewire("run", file, "--json")
    report = report_of(done)
    assert (done.returncode, report["state"], report["nodes"]["bad"]["state"]) == (1, "failed", "dead")
    assert [(f["node"], f["location"]) for f in report["failures"]] == [("bad", "w:")]
    assert "SIGKILL" in report["failures"][0]["error"] and "SIGKILL" in done.stderr


@pytest.mark.parametrize("location", ["", "w:"])
def test_a_run_that_cannot_start_is_exit_code_1_and_reported(tmp_path: Path, location: str) -> None:
    file = chain_file(
        tmp_path, ("n", Numbers, {}), ("s", "engine.library.sinks:CsvWriter", {"path": "/proc/no/file.csv"})
    )
    done = tidewire("run", file, "--json", "--location", f"s={location}")
    report = report_of(done)
    assert (done.returncode, report["state"]) == (1, "failed")
    assert {f["node"] for f in report["failures"]} == {"s"}
    assert report["nodes"]["n"]["emitted"] == 0
    assert "node s" in done.stderr and "could not start" in done.stderr


def test_errors_that_are_skipped_are_no_failure_and_told_once_in_a_while(tmp_path: Path) -> None:
    file = chain_file(tmp_path, ("n", Numbers, {"count": 400}), ("bad", Raise, {"after": 0}))
    file.write_text(file.read_text().replace('"id": "bad"', '"id": "bad", "on_error": "skip"'))
    done = tidewire("run", file, "--json")
    report = report_of(done)
    assert (done.returncode, report["state"], report["nodes"]["bad"]["errors"]) == (0, "finished", 400)
    assert 0 < len(report["failures"]) <= 100
    assert done.stderr.count("error in process") <= 2


def test_parameters_and_locations_can_be_set(counting: Path) -> None:
    done = tidewire(
        "run",
        counting,
        "--json",
        "--set",
        "n.count=7",
        "--set",
        "k.factor=-2",
        "--location",
        "k=",
        "--location",
        "n=io",
    )
    report = report_of(done)
    assert done.returncode == 0
    assert report["nodes"]["s"]["received"] == 7
    assert [node["location"] for node in report["nodes"].values()] == ["io", "", ""]
    assert [wire["bridge"] for wire in report["wires"]] == ["thread", "loop"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--set", "nobody.count=3"], ["no node 'nobody'", "n, k, s"]),
        (["--set", "k.fctor=3"], ["no parameter 'fctor'", "factor, fixed"]),
        (["--set", "k.factor=lots"], ["k.factor=lots", "takes int"]),
        (["--set", "k.factor=1000"], ["at most 100"]),
        (["--set", "k.factor"], ["NODE.PARAM=VALUE"]),
        (["--set", "factor=3"], ["NODE.PARAM=VALUE"]),
        (["--location", "nobody=dsp"], ["no node 'nobody'"]),
        (["--location", "k=a:b:c:d"], ["k=a:b:c:d", "host:process:thread"]),
        (["--location", "k=far:w:"], ["k", "other hosts"]),
        (["--location", "k"], ["NODE=LOCATION"]),
        (["--for", "0"], ["'0' is no time"]),
        (["--for", "-1"], ["'-1' is no time"]),
        (["--for", "nan"], ["'nan' is no time"]),
        (["--for", "1.2.3"], ["'1.2.3' is no time"]),
        (["--for", "5y"], ["'5y' is no time"]),
        (["--fast"], ["--fast"]),
    ],
)
def test_a_wrong_command_line_is_exit_code_2_and_says_what_is_wrong(
    counting: Path, words: list[str], told: list[str]
) -> None:
    done = tidewire("run", counting, "--json", *words)
    assert (done.returncode, done.stdout) == (2, "")
    for text in told:
        assert text in done.stderr


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('{"tidewire": 1,\n"nodes": [}', ["line 2"]),
        ('{"tidewire": 1, "nodes": [{"id": "a"}]}', ["$.nodes[0]", "type"]),
        ('{"tidewire": 1, "nodes": [{"id": "a", "type": "no.such:Node"}]}', ["error: a:", "no.such"]),
        ('{"tidewire": 1, "nodes": [{"id": "a", "type": "tests.nodes_for_tests:Square"}]}', ["a.x", "required"]),
        ('{"tidewire": 1, "nodes": []}', ["no nodes"]),
        ('{"tidewire": 1, "nodes": [{"id": "a", "type": "no\\u001b[31m:X"}]}', ["no\\x1b[31m"]),
    ],
)
def test_a_wrong_graph_is_exit_code_2_and_names_file_and_place(tmp_path: Path, content: str, told: list[str]) -> None:
    file = tmp_path / "wrong.tide"
    file.write_text(content)
    for command in (["run", file, "--json"], ["validate", file]):
        done = tidewire(*command)
        assert done.returncode == 2
        assert "Traceback" not in done.stderr and "\x1b" not in done.stdout + done.stderr
        for text in [str(file), *told]:
            assert text in done.stdout + done.stderr
        if command[0] == "run":
            assert done.stdout == ""


def test_a_file_that_cannot_be_read_is_exit_code_2(tmp_path: Path) -> None:
    circle = tmp_path / "circle.tide"
    circle.symlink_to(circle)
    reasons = {tmp_path / "nowhere.tide": "does not exist", tmp_path: "is a folder", circle: "leads back to itself"}
    for place, reason in {**reasons, Path("/proc/self/mem"): "look whether its disk"}.items():
        for command in ("run", "validate"):
            done = tidewire(command, place)
            assert (done.returncode, done.stdout) == (2, "") and f"{place} cannot be read: {place.name} " in done.stderr
            assert reason in done.stderr and "Traceback" not in done.stderr


def test_validate_says_that_a_graph_can_start(counting: Path) -> None:
    done = tidewire("validate", counting)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"{counting}: can start" in done.stdout


@pytest.mark.long
def test_plain_status_comes_now_and_then_and_has_no_control_characters(tmp_path: Path) -> None:
    file = chain_file(tmp_path, ("n", TimedNumbers, {}), ("d", Slow, {}), ("s", Collect, {}), s="w:")
    done = tidewire("run", file, "--for", "6")
    assert done.returncode == 0
    lines = done.stderr.splitlines()
    assert lines[0] == "tidewire: running: 3 nodes at main, w:"
    assert any("s running: 3 nodes, " in line and "/s)" in line for line in lines)
    assert len(lines) < 12
    assert all(line.isprintable() for line in lines)


def test_a_stderr_that_takes_nothing_does_not_stop_the_run(counting: Path) -> None:
    words = [sys.executable, "-m", "engine.cli", "run", str(counting), "--json"]
    with open("/dev/full", "w") as full:
        done = subprocess.run(words, stdout=subprocess.PIPE, stderr=full, text=True, cwd=ROOT, timeout=60)
    assert (done.returncode, report_of(done)["state"]) == (0, "finished")
    shell = 'exec "$@" 2>&- <&-'
    closed = subprocess.run(["sh", "-c", shell, "sh", *words], stdout=subprocess.PIPE, text=True, cwd=ROOT, timeout=60)
    assert (closed.returncode, report_of(closed)["state"]) == (0, "finished")


def test_a_report_that_cannot_be_written_is_exit_code_1_and_said(counting: Path) -> None:
    words = [sys.executable, "-m", "engine.cli", "run", str(counting), "--json"]
    with open("/dev/full", "w") as full:
        done = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, text=True, cwd=ROOT, timeout=60)
    assert done.returncode == 1
    assert "stdout cannot be written: No space left" in done.stderr and "Traceback" not in done.stderr


def test_a_caller_in_this_process_gets_the_report_where_it_reads(
    counting: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", str(counting), "--json"]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["state"] == "finished"
    print("stdout is back")
    assert capsys.readouterr().out == "stdout is back\n"


def test_the_installed_command_is_this_one() -> None:
    script = Path(sys.executable).with_name("tidewire")
    done = subprocess.run([script, "--version"], capture_output=True, text=True, timeout=60, cwd=ROOT)
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert (done.returncode, done.stdout, done.stderr) == (0, f"tidewire {version}\n", "")
