"""The command `tidewire` as people start it: a process of its own, with real pipes or a real terminal."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from engine import Graph

ROOT = Path(__file__).parents[3]
PATIENCE_S = 40.0
# Ctrl+C reaches the processes of a session through its controlling terminal.
_ON_ITS_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
)
_WORDS = [sys.executable, "-m", "engine.cli"]


def tidewire(*words: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run(
        [*_WORDS, *map(str, words)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=PATIENCE_S,
        stdin=subprocess.DEVNULL,
        env={**os.environ, **environment},
    )


def report_of(done: subprocess.CompletedProcess[str]) -> Any:
    """The report on stdout, which holds one line and nothing else."""
    assert done.stdout.count("\n") == 1, f"{done.stdout}{done.stderr}"
    return json.loads(done.stdout)


class Going:
    """A command that is under way; what it says on stderr can be waited for."""

    def __init__(self, *words: str | Path) -> None:
        self.said = ""
        self.process = subprocess.Popen(
            [*_WORDS, *map(str, words)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
        )
        self._news = threading.Condition()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            with self._news:
                self.said += line
                self._news.notify_all()

    def until(self, text: str) -> None:
        """Wait until it has said this."""
        with self._news:
            if not self._news.wait_for(lambda: text in self.said, PATIENCE_S):
                raise AssertionError(f"it never said {text!r}; it said:\n{self.said}")

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def end(self, timeout: float = PATIENCE_S) -> tuple[int, str]:
        """Wait for its end; the exit code and what was on stdout."""
        assert self.process.stdout is not None
        code = self.process.wait(timeout)
        out = self.process.stdout.read()
        self._reader.join(PATIENCE_S)
        return code, out

    def close(self) -> None:
        self.process.kill()
        self.process.wait(PATIENCE_S)
        self._reader.join(PATIENCE_S)
        for pipe in (self.process.stdout, self.process.stderr):
            assert pipe is not None
            pipe.close()


@contextlib.contextmanager
def going(*words: str | Path) -> Iterator[Going]:
    """A command under way, ended by force at the end of the block if it is there still."""
    command = Going(*words)
    try:
        yield command
    finally:
        command.close()


class Terminal:
    """The command on a terminal of its own."""

    def __init__(self, *words: str | Path, rows: int = 30, columns: int = 110) -> None:
        self.shown = b""
        self.draws: list[float] = []
        self._terminal, theirs = os.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self._process = subprocess.Popen(
            [sys.executable, "-c", _ON_ITS_TERMINAL, *_WORDS, *map(str, words)],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            cwd=ROOT,
            env={**os.environ, "TERM": "xterm-256color"},
        )
        os.close(theirs)

    def press(self, keys: bytes) -> None:
        os.write(self._terminal, keys)

    def until(self, text: str) -> None:
        """Wait until it has shown this."""
        deadline = time.monotonic() + PATIENCE_S
        while text.encode() not in self.shown:
            assert time.monotonic() < deadline and self._read(), f"never shown: {text!r} in\n{self.text}"

    def end(self) -> int:
        """Wait for its end; the exit code."""
        while self._read():
            pass
        return self._process.wait(PATIENCE_S)

    @property
    def text(self) -> str:
        return self.shown.decode("utf-8", "backslashreplace")

    def _read(self) -> bool:
        readable, _, _ = select.select([self._terminal], [], [], PATIENCE_S)
        assert readable, f"nothing more was shown after\n{self.text}"
        try:
            data = os.read(self._terminal, 1 << 16)
        except OSError:  # the command has closed its side
            return False
        self.shown += data
        self.draws += [time.monotonic()] * data.count(b"Ctrl+C stops")
        return bool(data)

    def close(self) -> None:
        self._process.kill()
        self._process.wait(PATIENCE_S)
        os.close(self._terminal)


@contextlib.contextmanager
def terminal(*words: str | Path, rows: int = 30, columns: int = 110) -> Iterator[Terminal]:
    """A command on a terminal, ended by force at the end of the block if it is there still."""
    command = Terminal(*words, rows=rows, columns=columns)
    try:
        yield command
    finally:
        command.close()


def chain_file(folder: Path, *nodes: tuple[str, Any, Mapping[str, Any]], **locations: str) -> Path:
    """The file of a graph of nodes in a row, each wired by its first ports to the next."""
    graph = Graph()
    graph.path = folder / "chain.tide"  # so that types in `nodes/` beside it are found
    before = ""
    for id, node_type, parameters in nodes:
        graph.add(node_type, id=id, location=locations.get(id, ""), **parameters)
        found = graph.type_of(id)
        if before:
            graph.connect(before, f"{id}.{next(iter(found.node_inputs))}")
        before = f"{id}.{next(iter(found.node_outputs))}" if found.node_outputs else ""
    graph.save(graph.path)
    return graph.path
