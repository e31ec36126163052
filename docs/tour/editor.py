"""`Editor`: the running editor as the tour sees it: its process, the answers of its eyes, and what it leaves behind."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

import psutil
from screen import Screen

_EYES = Path(__file__).with_name("eyes.py")
_ROOT = Path(__file__).parents[2]
_PATIENCE_S = 20.0


class Editor:
    """One start of the editor on a screen, from `with` to its end.

    Args:
        screen: where it opens.
        scale: pixels per unit: 1, or 2 as on dense displays.
        arguments: what `tidewire` takes: a file, `--start`.

    Attributes:
        window: the X id of the window.
        appeared_s: from the start of the process to the window on the screen.
    """

    def __init__(self, screen: Screen, scale: float, *arguments: str) -> None:
        self._screen = screen
        self._scale = scale
        self._arguments = arguments
        self.window = ""
        self.appeared_s = 0.0

    def __enter__(self) -> Editor:
        ours, theirs = socket.socketpair()
        environment = {**self._screen.environment(), "QT_SCALE_FACTOR": str(self._scale)}
        begun = time.monotonic()
        self._process = subprocess.Popen(
            [sys.executable, str(_EYES), str(theirs.fileno()), *self._arguments],
            env=environment,
            pass_fds=[theirs.fileno()],
            cwd=_ROOT,
        )
        theirs.close()
        self._socket = ours
        self._answers = ours.makefile("r")
        self.window = self._screen.wait_for_window("Tidewire")
        self.appeared_s = time.monotonic() - begun
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._answers.close()
        self._socket.close()
        if self._process.poll() is None:
            children = psutil.Process(self._process.pid).children(recursive=True)
            self._process.terminate()
            try:
                self._process.wait(_PATIENCE_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            for child in children:
                if child.is_running():
                    child.kill()

    @property
    def pid(self) -> int:
        """The process of the editor."""
        return self._process.pid

    def ask_if_open(self) -> bool:
        """Is the editor still there a moment after it was told to close?"""
        try:
            self._process.wait(3.0)
        except subprocess.TimeoutExpired:
            return True
        return False

    def ask(self, question: str, *arguments: object) -> Any:
        """Ask the eyes; the answer may be None: not there."""
        self._socket.sendall((json.dumps([question, *arguments]) + "\n").encode())
        return json.loads(self._answers.readline())

    def find(self, question: str, *arguments: object) -> Any:
        """Ask until the thing is there and stays where it is.

        Raises:
            TimeoutError: it does not come.
        """

        def look() -> Any:
            first = self.ask(question, *arguments)
            time.sleep(0.12)
            return first if first == self.ask(question, *arguments) else None

        return self._wait(look, f"{question} {arguments}")

    def until(self, what: str, holds: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
        """Wait until something is true of the state, and return that state.

        Raises:
            TimeoutError: it does not come true; the message has the state.
        """

        def look() -> dict[str, Any] | None:
            state: dict[str, Any] = self.ask("state")
            return state if holds(state) else None

        state: dict[str, Any] = self._wait(look, what)
        return state

    def wait_for_end(self) -> tuple[int, list[str]]:
        """Wait until the editor has ended: its exit code, and the commands of what it left running."""
        code = self._process.wait(_PATIENCE_S)
        return code, leftovers(self._screen.display)

    def _wait(self, look: Callable[[], Any], what: str) -> Any:
        end = time.monotonic() + _PATIENCE_S
        while time.monotonic() < end:
            seen = look()
            if seen:
                return seen
            time.sleep(0.05)
        raise TimeoutError(f"not within {_PATIENCE_S:.0f} s: {what}\n{json.dumps(self.ask('state'), indent=1)}")


def leftovers(display: str) -> list[str]:
    """The commands of Python processes that were started on a display and still run."""
    left = []
    for process in psutil.process_iter():
        try:
            is_ours = process.environ().get("DISPLAY") == display and "python" in process.name()
            if is_ours and process.status() != psutil.STATUS_ZOMBIE:
                left.append(f"{process.pid}: {' '.join(process.cmdline())}")
        except (psutil.Error, OSError):
            continue
    return left
