"""A computer that is a child process: a plain one, in a session and process group of its own.

It inherits one socket, its control socket; everything else comes over that. Its end is noticed at once (a pid
descriptor), and with it goes all that it has spawned (its process group). What its interpreter has to say when it
cannot begin, crashes or is stuck, it writes to memory that it shares with us (`PulsePage`), not to our terminal.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from engine.bridges.frames import Frame, Kind, frame
from engine.bridges.socket_end import SocketEnd
from engine.computers.pulse import PulsePage
from engine.computers.stacks import last_words

_BOOTSTRAP = """
import faulthandler, gc, os, sys
gc.disable()
parent, life, page = int(sys.argv[2]), int(sys.argv[5]), int(sys.argv[6])
os.set_inheritable(life, False)
os.set_inheritable(page, False)
if sys.platform == "linux":
    import fcntl
    fcntl.fcntl(life, fcntl.F_SETOWN, -os.getpgrp())
    fcntl.fcntl(life, 10, 9)
    fcntl.fcntl(life, fcntl.F_SETFL, fcntl.fcntl(life, fcntl.F_GETFL) | os.O_ASYNC)
if os.getppid() != parent:
    os._exit(1)
faulthandler.enable(page)
if hasattr(faulthandler, "register"):
    import signal
    faulthandler.register(signal.SIGUSR1, page, all_threads=True, chain=False)
try:
    import json
    sys.path[:] = json.loads(sys.argv[3])
    from {module} import main
    gc.freeze()
    gc.enable()
    main()
except BaseException:
    import traceback
    os.write(page, traceback.format_exc().encode("utf-8", "backslashreplace"))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(1)
"""
# The first lines let the process and all that it spawns end when the parent does, however that ends and whatever runs
# here. The parent holds the other end of the pipe `life`. When that closes, the kernel itself sends SIGKILL (9) to the
# group (F_SETSIG, 10, see fcntl(2)), which needs neither a thread nor the interpreter lock.
# What is imported stays: to look for garbage in it would only delay the start, and later each full collection.
LEAVE_S = 5.0  # longer than a child itself gives to what keeps it (`engine.computers.leaving`)
_STOPPED, _TRACED = "T", "t"


class Condition(Enum):
    """What the system says of a process."""

    RUNS = auto()
    STOPPED = auto()  # by SIGSTOP or the like, until SIGCONT
    TRACED = auto()  # a debugger holds it


class ProcessComputer:
    """Owns a child process and its control socket. Lives on one loop.

    Args:
        name: the process's name in locations.
        module: the module whose `main()` the child runs.
        loop: where the callbacks are called.
        on_message: called with each message of the child.
        on_exit: called once, with the exit code as `subprocess` gives it, when the child has ended and was reaped; its
            pulses and `last_words` can be read until that returns.
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
        self._leaving: asyncio.TimerHandle | None = None
        self._on_message = on_message
        self._on_exit = on_exit
        child = started or start_child(module)
        self._process, ours = child.process, child.connection
        self._lifeline = child.lifeline
        self.page = child.page
        self.pid = self._process.pid
        self._end = SocketEnd(ours, loop, self._on_frames, self._on_control_closed)
        try:
            self._pid_descriptor = os.pidfd_open(self.pid)
        except OSError:  # no descriptor is left: nobody would hear of its end
            self._end.close()
            child.discard()
            raise
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
        """Nothing more to say: a child whose work has ended exits; one that does not, soon, is ended."""
        self._end.close()
        self._leaving = self._loop.call_later(LEAVE_S, self.kill)

    def terminate(self) -> None:
        """Ask the child to end, with SIGTERM to its group."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """End the child and all that it has spawned."""
        self._signal(signal.SIGKILL)

    @property
    def condition(self) -> Condition:
        """Does it run, or has somebody stopped it?"""
        state = _status(self.pid).get("State", "")[:1]
        return {_STOPPED: Condition.STOPPED, _TRACED: Condition.TRACED}.get(state, Condition.RUNS)

    def ask_for_stacks(self) -> None:
        """Have its interpreter write the stacks of all threads, which works while the interpreter lock is held.

        They are in `page.text()` soon after, for `stacks_in`. The signal goes to a thread that runs no node's code: it
        would cut a C function's sleep short. Where that code has put the handler away, nothing is asked for: the
        signal would end the child.
        """
        caught = int(_status(self.pid).get("SigCgt", "0"), 16)
        if self.exit_code is None and caught >> (signal.SIGUSR1 - 1) & 1:
            self.page.forget_text()
            send = getattr(ctypes.CDLL(None), "tgkill", None)
            if send is not None and self.page.listener:
                send(self.pid, self.page.listener, int(signal.SIGUSR1))
            else:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self.pid, signal.SIGUSR1)

    @property
    def is_locked_up(self) -> bool:
        """Does the thread that answers wait for a lock, the interpreter's? True too when that is unknown.

        Where it merely has not had its turn yet, on a busy machine, its answer is worth waiting for: to write stacks
        from a signal's handler while other threads run is not without danger.
        """
        task = self.page.listener
        if not task:
            return True
        is_running = _read(f"/proc/{self.pid}/task/{task}/stat").rpartition(") ")[2][:1] == "R"
        where = _read(f"/proc/{self.pid}/task/{task}/wchan")
        return not is_running and ("futex" in where or where in ("", "0"))

    def is_waiting_for_a_lock(self, task: int) -> bool:
        """Does the thread of this system number wait for a lock, such as the interpreter's? False when unknown."""
        return "futex" in _read(f"/proc/{self.pid}/task/{task}/wchan")

    @property
    def last_words(self) -> str:
        """Why it could not begin, or where it crashed, as its interpreter wrote it; else empty."""
        return last_words(self.page.text())

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
        if self._leaving is not None:
            self._leaving.cancel()
        os.close(self._lifeline)
        self._end.close()
        try:
            self._on_exit(self.exit_code)
        finally:
            self.page.close()


@dataclass(frozen=True)
class StartedChild:
    """A child process that waits for work, and our end of its control socket."""

    process: subprocess.Popen[bytes]
    connection: socket.socket
    lifeline: int  # the kernel ends the child's whole group when this descriptor closes
    page: PulsePage

    def kill(self) -> None:
        """End it, without waiting: `discard` has to follow."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def discard(self) -> None:
        """End it: it has no work."""
        self.connection.close()
        self.kill()
        self.process.wait()
        os.close(self.lifeline)
        self.page.close()


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
    with contextlib.ExitStack() as undo, contextlib.ExitStack() as theirs:
        page = PulsePage()
        undo.callback(page.close)
        ours, connection = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        undo.callback(ours.close)
        theirs.callback(connection.close)
        life, lifeline = os.pipe()
        undo.callback(os.close, lifeline)
        theirs.callback(os.close, life)
        inherited = [connection.fileno(), life, page.descriptor]
        arguments = [
            str(inherited[0]),
            str(os.getpid()),
            json.dumps(path),
            "warm" if warm else "",
            *map(str, inherited[1:]),
        ]
        process = subprocess.Popen(
            [sys.executable, *flags, "-c", _BOOTSTRAP.format(module=module), *arguments],
            pass_fds=inherited,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            env={**os.environ, "TIDEWIRE_MAIN_PID": os.environ.get("TIDEWIRE_MAIN_PID", str(os.getpid()))},
        )
        undo.pop_all()
    return StartedChild(process, ours, lifeline, page)


def _status(pid: int) -> dict[str, str]:
    """What the system tells of a process, by name; nothing where it does not tell."""
    lines = (line.partition(":") for line in _read(f"/proc/{pid}/status").splitlines())
    return {name: value.strip() for name, _, value in lines}


def _read(path: str) -> str:
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return ""


def describe_exit(code: int) -> str:
    """An exit code in words: `exit code 3`, `killed by SIGKILL, exit code -9`."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"killed by {signal.Signals(-code).name}, exit code {code}"
    except ValueError:
        return f"killed by signal {-code}, exit code {code}"
