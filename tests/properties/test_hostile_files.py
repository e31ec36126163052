"""What a person may be given as a graph file: what is no file, what never ends, what names what is not its own."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from engine import FileFormatError, Graph, NodeError
from engine.graph.json_text import MAX_BYTES
from engine.library.sinks import CsvWriter, NpzWriter, WavWriter
from tests.properties.mutations import good_files

GOOD = good_files()[-1]


def fifo(path: Path) -> Path:
    os.mkfifo(path)
    return path


def listening(path: Path) -> Path:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))
    return path


def loop(path: Path) -> Path:
    path.symlink_to(path)
    return path


def dangling(path: Path) -> Path:
    path.symlink_to(path.with_name("nowhere"))
    return path


def folder(path: Path) -> Path:
    path.mkdir()
    return path


def parsed(data: bytes) -> Callable[[Path], Path]:
    def write(path: Path) -> Path:
        path.write_bytes(data)
        return path

    return write


NO_GRAPHS: dict[str, Callable[[Path], Path]] = {
    "a FIFO that nobody writes to": fifo,
    "a socket": listening,
    "a link to itself": loop,
    "a link to nowhere": dangling,
    "a folder": folder,
    "/dev/zero": lambda _: Path("/dev/zero"),
    "/dev/null": lambda _: Path("/dev/null"),
    "a file of another program": lambda _: Path("/proc/self/mem"),
    "a name with NUL": lambda path: path.with_name("a\0b.tide"),
    "a name that no file system writes": lambda path: path.with_name("a\ud800.tide"),
    "a name that is too long": lambda path: path.with_name("x" * 5000),
    "no text": parsed(b"\xff\xfe\x00\x01" * 10),
    "UTF-16": parsed(GOOD.decode().encode("utf-16")),
    "NUL in the text": parsed(GOOD.replace(b"scope", b"sc\0pe")),
    "a lone surrogate": parsed(GOOD.replace(b"scope", b"\\ud800")),
    "a surrogate as bytes": parsed(GOOD.replace(b"scope", b"\xed\xa0\x80")),
    "nothing": parsed(b""),
    "one byte more than allowed": parsed(b" " * (MAX_BYTES + 1)),
}


@pytest.mark.timeout(20)
@pytest.mark.parametrize("made", NO_GRAPHS.values(), ids=NO_GRAPHS)
def test_what_is_no_graph_file_is_refused_at_once_in_one_line(tmp_path: Path, made: Callable[[Path], Path]) -> None:
    path = made(tmp_path / "g.tide")
    began = time.monotonic()
    with pytest.raises((FileFormatError, OSError)) as caught:
        Graph.load(path)
    assert time.monotonic() - began < 2.0
    assert isinstance(caught.value, OSError) or (str(caught.value).isprintable() and len(str(caught.value)) < 1000)


def test_a_mark_of_byte_order_is_no_flaw(tmp_path: Path) -> None:
    path = tmp_path / "g.tide"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD)
    assert list(Graph.load(path).nodes) == ["a", "b"]


@pytest.fixture
def growing(tmp_path: Path) -> Iterator[Path]:
    """A file to which somebody writes without end (as long as nobody minds)."""
    path, enough = tmp_path / "growing.tide", threading.Event()
    path.write_bytes(b'{"tidewire": 1, "x": [')

    def write() -> None:
        with path.open("ab", buffering=0) as file:
            while not enough.is_set() and file.tell() < 2 * MAX_BYTES:
                file.write(b"0," * 100_000)

    writer = threading.Thread(target=write)
    writer.start()
    yield path
    enough.set()
    writer.join()


def test_a_file_that_grows_while_it_is_read_is_refused(growing: Path) -> None:
    for _ in range(3):
        with pytest.raises(FileFormatError, match=r"growing\.tide"):
            Graph.load(growing)


def test_a_link_to_a_graph_is_read_and_belongs_where_it_points(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    real, link = tmp_path / "real" / "g.tide", tmp_path / "link.tide"
    real.write_bytes(GOOD)
    link.symlink_to(real)
    assert Graph.load(link).folder == real.parent.resolve()


TRICKY = ("\u202egnp.exe", "a\x1b[2Jb", "\u2066x\u2069", "\x07", "a\nb", "\u200b", "\ufeff", "e\u0301" * 50)


@pytest.mark.parametrize("name", TRICKY, ids=ascii)
def test_marks_and_control_characters_in_names_are_kept_as_text_and_saved_back(name: str, tmp_path: Path) -> None:
    path = tmp_path / "g.tide"
    path.write_text(json.dumps({"tidewire": 1, "nodes": [{"id": "a", "type": f"m:{name}", "name": name}]}))
    graph = Graph.load(path)
    assert graph.nodes["a"].name == name
    graph.save(path)
    assert Graph.load(path).nodes == graph.nodes
    for problem in graph.problems():
        assert problem.where == "a" and problem.message.isprintable()


NOT_THEIRS = (
    "~/.bash_profile",
    ".bashrc",
    "authorized_keys",
    "../../evil.desktop",
    "nodes/offset.py",
    "x.csv.py",
    "a",
    ".csv",
)


@pytest.mark.parametrize("writer", [CsvWriter, WavWriter, NpzWriter])
@pytest.mark.parametrize("name", NOT_THEIRS)
def test_a_writer_makes_no_file_that_is_no_recording(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writer: type, name: str
) -> None:
    home = tmp_path / "home" / "me"
    home.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(home)
    before = sorted(tmp_path.rglob("*"))
    node = writer()
    node.path = name
    with pytest.raises(NodeError, match="end it in"):
        node.on_start()
    node.on_stop()
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("name", ["../outside.csv", "/etc/outside.csv", "", "x/../../outside.csv", "link/outside.csv"])
def test_a_recording_does_not_leave_the_folder_of_recordings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    recordings = tmp_path / "tidewire" / "recordings"
    recordings.mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    with suppress(FileExistsError):
        (recordings / "link").symlink_to(tmp_path / "elsewhere")
    node = CsvWriter()
    node.path = f"recordings:{name}"
    with pytest.raises(NodeError, match="names no file in its folder"):
        node.on_start()
