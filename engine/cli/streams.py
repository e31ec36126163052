"""Who owns standard output and standard error while a graph runs: nodes print where they like, in any process.

With `--json`, what they print must not reach stdout; under a live table it must not tear the table. Both are done
with file descriptors, because worker processes inherit those and C code writes to them.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import select
import sys
import threading
from collections import deque
from types import TracebackType
from typing import TextIO

from engine.cli.exit_codes import OutputLost

_MOST_LINES = 2000
_LOOK_EVERY_S = 0.1
_PATIENCE_S = 1.0


class Lines:
    """Lines for people, from any thread, bounded: when they come faster than they are shown the oldest go, counted."""

    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=_MOST_LINES)
        self._left_out = 0
        self._lock = threading.Lock()

    def add(self, line: str) -> None:
        """Add a line."""
        with self._lock:
            self._left_out += len(self._lines) == _MOST_LINES
            self._lines.append(line)

    def take(self) -> list[str]:
        """All that came since the last call."""
        with self._lock:
            taken = [f"… {self._left_out} lines are not shown"] if self._left_out else []
            taken += self._lines
            self._lines.clear()
            self._left_out = 0
        return taken


class StdoutForReport:
    """Keeps stdout for one text: inside its `with` block, whatever is printed there goes to stderr.

    Attributes:
        stays: leave it so after the block, because something that prints cannot be ended.
    """

    stays = False

    def __enter__(self) -> StdoutForReport:
        _flush_all()
        self._python_stdout: TextIO = sys.stdout
        self._kept = os.dup(1)
        os.dup2(2, 1)
        sys.stdout = sys.stderr
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.stays:
            return
        _flush_all()
        os.dup2(self._kept, 1)
        os.close(self._kept)
        sys.stdout = self._python_stdout

    def write(self, text: str) -> None:
        """Write the text, a line, to the stdout that was.

        Raises:
            BrokenPipeError: nobody reads it any more.
            OutputLost: it cannot be written, because the disk is full for example.
        """
        self._python_stdout.flush()
        if _descriptor(self._python_stdout) != 1:  # somebody has put another object there, to read what we print
            self._python_stdout.write(f"{text}\n")
            return
        data = f"{text}\n".encode(self._python_stdout.encoding or "utf-8", "backslashreplace")
        try:
            while data:
                data = data[os.write(self._kept, data) :]
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OutputLost(f"stdout cannot be written: {error.strerror}") from error


class TerminalRelay:
    """Owns the terminal: inside its `with` block, what is printed to it comes line by line to `lines` instead.

    Printers see a terminal still (a pseudo terminal), so that they write their lines at once.

    Attributes:
        terminal: the real one, for whoever draws on it.
    """

    def __init__(self, lines: Lines) -> None:
        self._lines = lines

    def __enter__(self) -> TerminalRelay:
        _flush_all()
        kept = os.dup(2)
        self.terminal = open(kept, "w", encoding=sys.stderr.encoding, errors="backslashreplace", closefd=False)
        self._kept = {2: kept}
        if os.isatty(1) and os.fstat(1).st_rdev == os.fstat(2).st_rdev:
            self._kept[1] = os.dup(1)
        self._master, slave = _pseudo_terminal()
        for descriptor in self._kept:
            os.dup2(slave, descriptor)
        os.close(slave)
        self._is_closing = False
        self._reader = threading.Thread(target=self._read, name="tidewire-printed", daemon=True)
        self._reader.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _flush_all()
        for descriptor, kept in self._kept.items():
            os.dup2(kept, descriptor)
        self._is_closing = True
        self._reader.join(_PATIENCE_S)
        self.terminal.close()
        for kept in self._kept.values():
            os.close(kept)
        if not self._reader.is_alive():
            os.close(self._master)

    def _read(self) -> None:
        """Until nobody can print there any more, or nothing comes after the end of the block."""
        rest = b""
        while True:
            readable, _, _ = select.select([self._master], [], [], _LOOK_EVERY_S)
            if not readable:
                if self._is_closing:
                    break
                continue
            try:
                data = os.read(self._master, 1 << 16)
            except OSError as error:
                if error.errno != errno.EIO:  # the other side is closed
                    raise
                break
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                self._add(line)
        if rest:
            self._add(rest)

    def _add(self, line: bytes) -> None:
        last = line.rstrip(b"\r").rpartition(b"\r")[2]  # of a progress bar, what was to be seen at the end
        self._lines.add(last.decode("utf-8", "backslashreplace"))


def _pseudo_terminal() -> tuple[int, int]:
    import termios

    master, slave = os.openpty()
    attributes = termios.tcgetattr(slave)
    attributes[1] &= ~termios.OPOST  # line feeds stay line feeds
    attributes[3] &= ~termios.ECHO
    termios.tcsetattr(slave, termios.TCSANOW, attributes)
    return master, slave


def _descriptor(stream: TextIO) -> int:
    try:
        return stream.fileno()
    except (OSError, ValueError):
        return -1


def _flush_all() -> None:
    """What Python and C hold back goes out before the descriptors change."""
    for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.flush()  # type: ignore[union-attr]
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).fflush(None)
