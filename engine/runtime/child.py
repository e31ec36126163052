"""The inside of a process computer: its control socket, its threads, and the workers of its locations.

A thread of its own reads the control socket, so that the parent's end is noticed whatever the loops do: the process
then kills itself with all that it has spawned. Never imports Qt.
"""

from __future__ import annotations

import array
import asyncio
import contextlib
import ctypes
import gc
import importlib
import os
import pickle
import queue
import signal
import socket
import sys
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from engine.bridges.frames import Frame, FrameReader, Kind, frame
from engine.bridges.socket_end import received_descriptors
from engine.computers.leaving import leave
from engine.computers.pulse import PulsePage
from engine.computers.stacks import stack_of
from engine.computers.thread import ThreadComputer, run_on_loop
from engine.graph.location import Location
from engine.node.catalog import catalog
from engine.runtime import control
from engine.runtime.failing import one_line, traceback_of
from engine.runtime.wiring import Wiring
from engine.runtime.worker import Worker

_PR_SET_PDEATHSIG = 1
WARM_STEPS = (  # what takes longest, and most graphs need: `scipy.signal` with all that it imports, in steps
    "scipy.linalg",
    "scipy.special",
    "scipy.spatial.transform",
    "scipy.optimize",
    "scipy.interpolate",
    "scipy.stats.distributions",
    "scipy.stats",
    "scipy.signal",
)
_CLOSE_ON_EXEC = getattr(socket, "MSG_CMSG_CLOEXEC", 0)  # what a node starts must not inherit our sockets


class Child:
    """Runs the workers of one process.

    Invariant: the process lives no longer than its parent's end of the control socket is open.
    """

    def __init__(self, connection: socket.socket, page: PulsePage) -> None:
        self._socket = connection
        self._page = page
        self._wiring = Wiring()
        self._workers: dict[str, Worker] = {}
        self._tap_sockets: dict[int, socket.socket] = {}
        self._descriptors: list[int] = []
        self._main_work: queue.SimpleQueue[Worker | None] = queue.SimpleQueue()
        self._outbox: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._warming = threading.Lock()  # held during each step
        self._is_wanted = False
        self._writer = threading.Thread(target=self._write, name="tidewire-reports", daemon=True)

    def run(self, warm: bool) -> None:
        """The main thread: runs the worker of the process's main loop, if it has one, and else waits."""
        self._writer.start()
        threading.Thread(target=self._read, name="tidewire-control", daemon=True).start()
        if warm:
            self._warm_up()
        while (worker := self._main_work.get()) is not None:
            with contextlib.suppress(KeyboardInterrupt):
                run_on_loop(asyncio.new_event_loop(), worker)
        self._outbox.put(None)
        self._writer.join(1.0)

    def _warm_up(self) -> None:
        """Import what nodes will need, until there is work: that waits for one step at most, and begins behind it."""
        gc.disable()
        imports = [partial(importlib.import_module, name) for name in WARM_STEPS]
        steps: list[Callable[[], object]] = [*imports, catalog.library, gc.freeze]
        for step in steps:
            with self._warming:
                if self._is_wanted:
                    break
                step()
        gc.enable()

    def _report(self, report: control.Report) -> None:
        try:
            data = frame(Kind.MESSAGE, control.encode(report))
        except Exception as error:  # a result of more than 4 GiB, for example
            data = frame(Kind.MESSAGE, control.encode(self._untold(report, error)))
        self._outbox.put(data)

    def _untold(self, report: control.Report, error: Exception) -> control.NodeFailure:
        """What is said in place of a report that cannot be sent, so that silence is not taken for success."""
        node = getattr(report, "node", "") or self._workers[report.location].order.nodes[0].id
        words = f"a report ({type(report).__name__}) could not be sent: {one_line(error)}"
        return control.NodeFailure(report.location, node, words, traceback_of(error), True, "report")

    def _write(self) -> None:
        with contextlib.suppress(OSError):
            while (data := self._outbox.get()) is not None:
                self._socket.sendall(data)

    # -- the control thread

    def _read(self) -> None:
        self._page.listener = threading.get_native_id()
        reader = FrameReader()
        ancillary_size = socket.CMSG_SPACE(16 * array.array("i").itemsize)
        while True:
            try:
                data, ancillary, _, _ = self._socket.recvmsg(1 << 16, ancillary_size, _CLOSE_ON_EXEC)
            except OSError:
                data, ancillary = b"", []
            self._descriptors.extend(received_descriptors(ancillary))
            if not data:
                self._parent_closed()
                return
            for one in reader.feed(data):
                self._on_frame(one)

    def _on_frame(self, one: Frame) -> None:
        if one.kind == Kind.SOCKET:
            connection = socket.socket(fileno=self._descriptors.pop(0))
            if one.b:
                self._tap_sockets[one.a] = connection
            else:
                self._wiring.add_socket(one.a, connection)
            return
        command = control.decode_command(one.body)
        if isinstance(command, control.Prepare):
            self._is_wanted = True
            try:
                with self._warming:
                    self._prepare(command)
            except BaseException as error:
                self._tell_unprepared(command, error)
            return
        worker = self._workers.get(command.location)
        if isinstance(command, control.GiveStack):
            self._give_stack(worker)
            return
        extra: Any = None
        if isinstance(command, control.PrepareEdit) and command.classes:
            take_classes(command.classes)
        if isinstance(command, control.AttachTap):
            extra = self._tap_sockets.pop(command.tap)
        elif isinstance(command, control.Rewire):
            extra = self._wiring.take_socket(command.descriptor)
        if worker is not None:
            worker.command(command, extra)
        elif extra is not None:
            extra.close()

    def _prepare(self, command: control.Prepare) -> None:
        if command.classes:
            take_classes(command.classes)
        pulse = self._page.pulse(command.order.pulse_at, command.order.pulse_room)
        worker = Worker(command.order, self._wiring, self._report, pulse)
        self._workers[command.location] = worker
        location = Location.parse(command.location)
        if location.thread:
            ThreadComputer(location.thread).start(worker)
        else:
            self._main_work.put(worker)

    def _tell_unprepared(self, command: control.Prepare, error: BaseException) -> None:
        """A worker that could not even be made: a class cannot be read here, or there is no thread for it."""
        node = command.order.nodes[0].id
        text = traceback_of(error)
        self._report(control.NodeFailure(command.location, node, one_line(error), text, True, "start"))
        self._report(control.Done(command.location))

    def _give_stack(self, worker: Worker | None) -> None:
        """Where a worker's loop is: looked up here where that can be, which is safer than from a signal's handler."""
        if worker is not None:
            stack = stack_of(worker.pulse.thread[0])
            self._report(control.StackGiven(worker.location, worker.pulse.node, stack))

    def _parent_closed(self) -> None:
        """The parent has nothing more to say: a clean end when the work is done, else it has died."""
        if all(worker.is_done for worker in self._workers.values()):
            self._main_work.put(None)
        else:
            kill_own_group()


def take_classes(data: bytes) -> None:
    """Make classes that travel by value known here: those of the parent's `__main__`, and of no importable place."""
    main, local = pickle.loads(data)
    module: Any = sys.modules["__main__"]
    for name, value in main.items():
        setattr(module, name, pickle.loads(value))
    for type_path, value in local.items():
        catalog.remember(type_path, pickle.loads(value) if isinstance(value, bytes) else getattr(module, value))


def kill_own_group() -> None:
    """End this process and all that it has spawned, at once."""
    os.killpg(os.getpgrp(), signal.SIGKILL)


def main() -> None:
    """Entry of a worker process: arguments as `engine.computers.process.start_child` gives them."""
    descriptor, parent = int(sys.argv[1]), int(sys.argv[2])
    _die_with_parent(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's Ctrl+C is the parent's to handle
    warm, page = sys.argv[4] == "warm", int(sys.argv[6])
    sys.argv[:] = [""]
    os.set_inheritable(descriptor, False)
    Child(socket.socket(fileno=descriptor), PulsePage(page)).run(warm)
    leave(0)


def _die_with_parent(parent: int) -> None:
    """Let this process and all that it spawned end by the parent-death signal too.

    On top of the pipe that its bootstrap watches, for the case that a forked copy of the parent keeps that open. It
    must not be SIGKILL, or it would take this process away before the group hears of it.
    """
    if sys.platform == "linux":
        signal.signal(signal.SIGUSR2, lambda *_: kill_own_group())
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGUSR2, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)
