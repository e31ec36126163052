"""A computer that is a child process: a plain one, in a session and process group of its own.

It inherits one socket, its control socket; everything else comes over that. Its end is noticed at once (a pid
descriptor), and with it goes all that it has spawned (its process group).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass

from engine.bridges.frames import Frame, Kind, frame
from engine.bridges.socket_end import SocketEnd

_BOOTSTRAP = "import sys, json; sys.path[:] = json.loads(sys.argv[3]); from {module} import main; main()"


class ProcessComputer:
    """Owns a child process and its control socket. Lives on one loop.

    Args:
        name: the process's name in locations.
        module: the module whose `main()` the child runs.
        loop: where the callbacks are called.
        on_message: called with each message of the child.
        on_exit: called once, with the exit code as `subprocess` gives it, when the child has ended and was reaped.
        started: a child that was started before and waits for work; None starts one.
    """

    kind = "process"

    def __init__(
        self,
        name: str,
        module: str,
        loop: asyncio.AbstractEventLoop,
        on_message: Callable[[bytes], None],
        on_exit: Callable[[int], None],
        started: StartedChild | None = None,
    ) -> None:
        self.name = name
        self.exit_code: int | None = None
        self._loop = loop
        self._on_message = on_message
        self._on_exit = on_exit
        child = started or start_child(module)
        self._process, ours = child.process, child.connection
        self._lifeline = child.lifeline
        self.pid = self._process.pid
        self._end = SocketEnd(ours, loop, self._on_frames, self._on_control_closed)
        self._pid_descriptor = os.pidfd_open(self.pid)
        loop.add_reader(self._pid_descriptor, self._exited)

    def send(self, message: bytes) -> None:
        """Send a message to the child."""
        self._end.send(frame(Kind.MESSAGE, message))

    def send_socket(self, number: int, connection: socket.socket, *, is_tap: bool = False) -> None:
        """Send a socket to the child, under a number. Ours is to be closed after `flushed`."""
        self._end.send(frame(Kind.SOCKET, a=number, b=int(is_tap)), connection.fileno())

    async def flushed(self) -> None:
        """Wait until all that was sent has been handed to the system."""
        await self._end.flushed()

    def finish(self) -> None:
        """Nothing more to say: a child whose work has ended exits."""
        self._end.close()

    def terminate(self) -> None:
        """Ask the child to end, with SIGTERM to its group."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """End the child and all that it has spawned."""
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        if self.exit_code is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, number)

    def _on_frames(self, frames: list[Frame]) -> None:
        for one in frames:
            if one.kind == Kind.MESSAGE:
                self._on_message(one.body)

    def _on_control_closed(self) -> None:
        """The child closed its control socket: it is about to end, which `_exited` will see; else end it."""
        self._loop.call_later(1.0, self.kill)

    def _exited(self) -> None:
        self._loop.remove_reader(self._pid_descriptor)
        os.close(self._pid_descriptor)
        self.kill()  # what it spawned; before it is reaped its number cannot be another's
        self._end.read_rest()
        self.exit_code = self._process.wait()
        os.close(self._lifeline)
        self._end.close()
        self._on_exit(self.exit_code)


@dataclass(frozen=True)
class StartedChild:
    """A child process that waits for work, and our end of its control socket."""

    process: subprocess.Popen[bytes]
    connection: socket.socket
    lifeline: int  # the kernel ends the child's whole group when this descriptor closes

    def discard(self) -> None:
        """End it: it has no work."""
        self.connection.close()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        os.close(self.lifeline)


def start_child(module: str, *, warm: bool = False) -> StartedChild:
    """Start a child. It inherits the control socket, standard output and error, nothing else.

    Args:
        module: the module whose `main()` it runs.
        warm: it imports what most nodes need while it waits for work.

    Raises:
        OSError: processes or descriptors are exhausted.
    """
    path = [os.path.abspath(entry) for entry in sys.path]
    flags = subprocess._args_from_interpreter_flags()  # type: ignore[attr-defined]
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    life, lifeline = os.pipe()
    arguments = [str(theirs.fileno()), str(os.getpid()), json.dumps(path), "warm" if warm else "", str(life)]
    try:
        process = subprocess.Popen(
            [sys.executable, *flags, "-c", _BOOTSTRAP.format(module=module), *arguments],
            pass_fds=[theirs.fileno(), life],
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            env={**os.environ, "TIDEWIRE_MAIN_PID": os.environ.get("TIDEWIRE_MAIN_PID", str(os.getpid()))},
        )
    except BaseException:
        ours.close()
        os.close(lifeline)
        raise
    finally:
        theirs.close()
        os.close(life)
    return StartedChild(process, ours, lifeline)


def describe_exit(code: int) -> str:
    """An exit code in words: `exit code 3`, `killed by SIGKILL, exit code -9`."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"killed by {signal.Signals(-code).name}, exit code {code}"
    except ValueError:
        return f"killed by signal {-code}, exit code {code}"
