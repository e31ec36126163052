"""Graph files on a disk: what the system does not give is said, and what is written is whole or not there."""

from __future__ import annotations

import errno
import os
import pickle
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import FileFormatError, FileUnreadable, FileUnwritable, Graph
from engine.graph import disk
from engine.graph.disk import write_atomically
from engine.graph.file import format_graph
from tests.engine.graph.example import example_graph

# -- reading


def listening(path: Path) -> Path:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))
    return path


def folder(path: Path) -> Path:
    path.mkdir()
    return path


def loop(path: Path) -> Path:
    path.symlink_to(path.with_name("other"))
    path.with_name("other").symlink_to(path)
    return path


def behind_a_file(path: Path) -> Path:
    path.write_text("x")
    return path / "g.tide"


UNREADABLE: dict[str, tuple[Callable[[Path], Path], str, str]] = {
    "nothing": (lambda path: path, "g.tide", "does not exist: look at its name"),
    "a folder": (folder, "g.tide", "is a folder: name a graph file in it"),
    "links in a circle": (loop, "g.tide", "leads back to itself: open the file"),
    "a path through a file": (behind_a_file, "g.tide", "no folder"),
    "a name that is too long": (lambda path: path.with_name("x" * 5000), "x" * 5000, "longer name"),
    "a socket": (listening, "g.tide", "is no regular file: a graph is read from files on disk"),
    "the memory of a process": (lambda _: Path("/proc/self/mem"), "mem", "cannot be read"),
}


@pytest.mark.parametrize("what", UNREADABLE)
def test_what_the_system_does_not_give_is_said_with_the_file_and_what_to_do(tmp_path: Path, what: str) -> None:
    make, name, words = UNREADABLE[what]
    path = make(tmp_path / "g.tide")
    with pytest.raises(FileUnreadable) as caught:
        Graph.load(path)
    message = str(caught.value)
    assert message.startswith(f"{name} ") and words in message and message.isprintable()
    assert isinstance(caught.value, FileFormatError) and isinstance(caught.value, OSError)
    assert caught.value.errno


def test_a_file_that_may_not_be_read_is_said_with_whom_to_ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(disk, "_open_without_waiting", refuse)  # root may read anything
    with pytest.raises(FileUnreadable, match=r"g\.tide may not be read by you: ask") as caught:
        Graph.load(tmp_path / "g.tide")
    assert caught.value.errno == errno.EACCES


def test_a_file_whose_disk_fails_while_it_is_read_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "g.tide"
    path.write_text("{}")

    def vanish(_: int) -> None:
        raise OSError(errno.ESTALE, "Stale file handle")

    with monkeypatch.context() as patch:
        patch.setattr(disk.os, "fstat", vanish)
        with pytest.raises(FileUnreadable) as caught:
            Graph.load(path)
    assert "g.tide cannot be read (Stale file handle): look whether its disk" in str(caught.value)


def test_a_file_that_vanishes_is_read_before_or_said_to_be_gone(tmp_path: Path) -> None:
    path, text, enough = tmp_path / "g.tide", format_graph(example_graph()), threading.Event()

    def come_and_go() -> None:
        while not enough.is_set():
            write_atomically(path, text.encode())
            path.unlink()

    coming = threading.Thread(target=come_and_go)
    coming.start()
    seen: set[str] = set()
    deadline = time.monotonic() + 20
    try:
        while len(seen) < 2:
            assert time.monotonic() < deadline, seen
            try:
                seen.add(f"{len(Graph.load(path).nodes)} nodes")
            except FileUnreadable as error:
                assert error.errno == errno.ENOENT
                seen.add("gone")
    finally:
        enough.set()
        coming.join()
    assert seen == {"gone", "4 nodes"}


def test_a_path_with_nul_is_refused_when_reading_and_when_writing(tmp_path: Path) -> None:
    for use in (Graph.load, Graph().save):
        with pytest.raises(FileFormatError, match=r"is no name of a file: choose another") as caught:
            use(tmp_path / "a\0b.tide")
        assert str(caught.value).isprintable()


def test_an_unreadable_file_is_an_error_that_travels(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable) as caught:
        Graph.load(tmp_path)
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), again.errno, type(again)) == (str(caught.value), caught.value.errno, FileUnreadable)


def test_a_name_with_control_characters_is_escaped_in_messages(tmp_path: Path) -> None:
    path = tmp_path / "a\x1b[31m\nb.tide"
    path.write_text("rubbish")
    with pytest.raises(FileFormatError) as caught:
        Graph.load(path)
    assert str(caught.value).isprintable() and r"a\x1b[31m\nb.tide" in str(caught.value)


# -- writing


def test_the_old_file_stays_whole_when_the_disk_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "g.tide"
    path.write_text("old")

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    for name in ("fsync", "replace", "chmod"):
        with monkeypatch.context() as patch:
            patch.setattr(disk.os, name, full)
            with pytest.raises(OSError, match="No space"):
                example_graph().save(path)
        assert path.read_text() == "old" and [p.name for p in tmp_path.iterdir()] == ["g.tide"]
    example_graph().save(path)
    assert path.read_bytes() == format_graph(example_graph()).encode()


def test_a_really_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    code = (
        "import resource, signal, sys, pathlib\n"
        "from engine.graph.disk import write_atomically\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try: write_atomically(pathlib.Path(sys.argv[1]), b'x' * 100_000)\n"
        "except OSError as error: print(error.errno)\n"
    )
    path = tmp_path / "g.tide"
    path.write_text("old")
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, timeout=30)
    assert done.stdout.strip() == "27", done.stderr
    assert path.read_text() == "old" and [p.name for p in tmp_path.iterdir()] == ["g.tide"]


def test_an_interrupt_while_saving_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "g.tide"
    path.write_text("old")

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(disk.os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        example_graph().save(path)
    assert path.read_text() == "old" and len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o755])
def test_the_permissions_of_a_file_are_kept(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "g.tide"
    path.write_text("old")
    path.chmod(mode)
    Graph().save(path)
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_a_new_file_gets_the_permissions_that_the_user_gives_new_files(tmp_path: Path) -> None:
    old = os.umask(0o027)
    try:
        Graph().save(tmp_path / "g.tide")
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "g.tide").stat().st_mode) == 0o640


def test_a_file_that_may_not_be_written_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "g.tide"
    path.write_text("old")
    path.chmod(0o444)
    monkeypatch.setattr(disk.os, "access", lambda file, mode: False)  # root may write anything
    with pytest.raises(PermissionError, match=r"g\.tide"):
        Graph().save(path)
    assert path.read_text() == "old"


def test_a_symbolic_link_stays_one_and_its_target_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    target, link = tmp_path / "real" / "g.tide", tmp_path / "link.tide"
    target.write_text("old")
    link.symlink_to(target)
    graph = Graph()
    graph.save(link)
    assert link.is_symlink() and target.read_text() == format_graph(Graph())
    assert graph.path == target.resolve()
    assert len(list(tmp_path.iterdir())) == 2 and len(list((tmp_path / "real").iterdir())) == 1
    dangling = tmp_path / "dangling.tide"
    dangling.symlink_to(tmp_path / "real" / "new.tide")
    Graph().save(dangling)
    assert dangling.is_symlink() and (tmp_path / "real" / "new.tide").read_text() == format_graph(Graph())


def pipe(path: Path) -> Path:
    os.mkfifo(path)
    return path


def link_to_a_pipe(path: Path) -> Path:
    path.symlink_to(pipe(path.with_name("pipe")))
    return path


UNWRITABLE: dict[str, tuple[Callable[[Path], Path], str, int]] = {
    "a folder": (folder, "it is a folder: name a file in it", errno.EISDIR),
    "a missing folder": (lambda path: path.parent / "no" / "g.tide", "no folder no: make it", errno.ENOENT),
    "links in a circle": (loop, "leads back to itself: remove the link", errno.ELOOP),
    "a path through a file": (behind_a_file, "is no folder: choose another place", errno.ENOTDIR),
    "a name that is too long": (lambda path: path.with_name("g.tide" * 900), "choose a shorter", errno.ENAMETOOLONG),
    "a pipe": (pipe, "it is a pipe, which a file would replace: choose another name", errno.EINVAL),
    "a link to a pipe": (link_to_a_pipe, "it is a pipe", errno.EINVAL),
    "a socket": (listening, "it is a socket", errno.EINVAL),
}


@pytest.mark.parametrize("what", UNWRITABLE)
def test_what_is_no_file_is_not_replaced_and_said_with_what_to_do(tmp_path: Path, what: str) -> None:
    make, words, number = UNWRITABLE[what]
    path = make(tmp_path / "g.tide")
    before = {entry.name: entry.lstat() for entry in tmp_path.iterdir()}
    graph = Graph()
    with pytest.raises(FileUnwritable) as caught:
        graph.save(path)
    message = str(caught.value)
    assert message.startswith("g.tide") and words in message and message.isprintable()
    assert isinstance(caught.value, FileFormatError) and isinstance(caught.value, OSError)
    assert (caught.value.errno, graph.path) == (number, None)
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), again.errno, type(again)) == (message, number, FileUnwritable)
    after = {entry.name: entry.lstat() for entry in tmp_path.iterdir()}
    assert {name: (one.st_ino, one.st_mode) for name, one in after.items()} == {
        name: (one.st_ino, one.st_mode) for name, one in before.items()
    }


@pytest.mark.parametrize("kind", [stat.S_IFCHR, stat.S_IFBLK])
def test_a_device_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: int) -> None:
    path = tmp_path / "g.tide"
    path.write_text("old")
    device = os.stat_result((kind | 0o666, *path.stat()[1:]))  # no real one is put at risk
    with monkeypatch.context() as patch:
        patch.setattr(Path, "stat", lambda *_, **__: device)
        with pytest.raises(FileUnwritable, match="it is a device"):
            Graph().save(path)
    assert path.read_text() == "old" and len(list(tmp_path.iterdir())) == 1


def test_a_long_name_can_be_saved(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 250 + ".tide")
    Graph().save(path)
    assert Graph.load(path).nodes == {}


@given(st.binary(max_size=200))
def test_any_bytes_are_written_as_they_are(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "bytes"
    write_atomically(path, data)
    assert path.read_bytes() == data
