"""Opening the computers of a run: one site for each location, sockets for wires between processes."""

from __future__ import annotations

import asyncio
import itertools
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from engine.bridges.choose import BridgeKind
from engine.bridges.stream import socket_pair
from engine.computers.computer import LocalComputer
from engine.computers.process import ProcessComputer
from engine.computers.pulse import Pulse
from engine.computers.spare import Spares
from engine.computers.thread import ThreadComputer
from engine.graph.location import Location
from engine.runtime import control
from engine.runtime.classes import classes_by_value
from engine.runtime.control import CommandMessage, ReportMessage
from engine.runtime.coordinator import CHILD_MODULE
from engine.runtime.orders import Order
from engine.runtime.plan import Plan
from engine.runtime.wiring import Wiring
from engine.runtime.worker import Worker

_SPARE_NODES = 16  # that edits may bring and whose helper threads can be watched


@dataclass
class Site:
    """One location of a run: its worker, wherever that is, and what is known of it.

    A site is over when its worker has said `Done`, or when it has died or was abandoned.

    Attributes:
        nodes: all nodes of the location.
        built: those that its worker was told to build, in that order.
        is_away: its process has died and is being started again: nobody there hears a command.
    """

    location: Location
    nodes: list[str]
    pulse_at: int = 0
    pulse_room: int = 0
    worker: Worker | None = None
    computer: LocalComputer | None = None
    process: ProcessComputer | None = None
    has_begun: bool = False
    is_ready: bool = False
    is_done: bool = False
    is_dead: bool = False
    is_away: bool = False
    late: bool = False
    label: str = field(init=False)
    built: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.label = self.location.label
        self.built = self.nodes

    @property
    def is_over(self) -> bool:
        """Will nothing more come from it?"""
        return self.is_done or self.is_dead

    @property
    def kind(self) -> str:
        """main, thread or process."""
        if self.location.is_main:
            return "main"
        return "thread" if self.location.thread else "process"

    @property
    def pid(self) -> int:
        """The process it is in."""
        return self.process.pid if self.process is not None else os.getpid()

    def send(self, command: CommandMessage, extra: Any = None) -> None:
        """Send a command to the worker (nothing when it is over or away)."""
        if self.is_over or self.is_away:
            return
        if self.worker is not None:
            self.worker.command(command, extra)
        elif self.process is not None:
            self.process.send(control.encode(command))

    @property
    def location_text(self) -> str:
        """Its location as reports and commands name it."""
        return str(self.location)

    def pulse(self) -> Pulse | None:
        """The pulse of its loop; None when there is nothing to look at yet, or no more."""
        if self.worker is not None:
            return self.worker.pulse
        if self.process is None or self.process.exit_code is not None:
            return None
        return self.process.page.pulse(self.pulse_at, self.pulse_room)

    def node_of_number(self, number: int) -> str:
        """The id of the node that has this number in the pulse of its loop; empty for none."""
        return self.built[number - 1] if 0 < number <= len(self.built) else ""

    def stack(self) -> str:
        """Where its thread is, when it is in this process."""
        return self.computer.stack() if self.computer is not None else ""


class Sites:
    """All sites of a run, their processes and the wiring of this process. `close` leaves nothing behind."""

    def __init__(self, plan: Plan, loop: asyncio.AbstractEventLoop, main: LocalComputer | None, spares: Spares) -> None:
        self.plan = plan
        self._spares = spares
        self.by_location: dict[str, Site] = {}
        self.processes: dict[str, ProcessComputer] = {}
        self._loop = loop
        self._main = main
        self._wiring = Wiring()
        self._in_transit: list[socket.socket] = []
        self._handing: set[asyncio.Task[None]] = set()
        self._socket_numbers = itertools.count(1)
        self._classes = b""
        self._words: dict[str, int] = {}  # of each process's memory that are taken
        self._on_report: Callable[[ReportMessage], None]
        self._on_exit: Callable[[str, int], None]
        self._on_message: Callable[[str, bytes], None]

    def open(
        self,
        on_report: Callable[[ReportMessage], None],
        on_exit: Callable[[str, int], None],
        on_message: Callable[[str, bytes], None],
    ) -> None:
        """Start a computer for each location and hand each its order.

        Raises:
            OSError: descriptors or processes are exhausted.
            StartError: a class cannot travel to another process.
        """
        self._on_exit, self._on_message = on_exit, on_message
        if any(location.process for location in self.plan.orders):
            self._classes = classes_by_value(self.plan.types)
        self._on_report = on_report
        for location, order in self.plan.orders.items():
            self._make_site(location, order)
            if location.process and location.process not in self.processes:
                self._start_process(location.process)
        self._make_sockets()
        for order in self.plan.orders.values():
            self.begin(self.by_location[order.location], order)

    def _make_site(self, location: Location, order: Order) -> Site:
        order.pulse_at = self._words.get(location.process, 0)
        order.pulse_room = len(order.nodes) + _SPARE_NODES
        self._words[location.process] = order.pulse_at + Pulse.size(order.pulse_room)
        site = Site(location, [node.id for node in order.nodes], order.pulse_at, order.pulse_room)
        self.by_location[order.location] = site
        return site

    def begin(self, site: Site, order: Order) -> None:
        """Start the computer of a site, or use its process, and hand it its order. It has got its sockets."""
        if site.location.process:
            self._prepare(site, order)
            return
        site.worker = Worker(order, self._wiring, self._on_report)
        site.computer = self._local_computer(site.location)
        site.computer.start(site.worker)
        site.has_begun = True

    def _start_process(self, name: str) -> None:
        self.processes[name] = ProcessComputer(
            name,
            CHILD_MODULE,
            self._loop,
            lambda message: self._on_message(name, message),
            lambda code: self._on_exit(name, code),
            self._spares.take(),
        )

    def _prepare(self, site: Site, order: Order) -> None:
        site.process = self.processes[site.location.process]
        site.built = [node.id for node in order.nodes]
        site.process.send(control.encode(control.Prepare(order.location, order, self._classes)))
        site.has_begun = True

    def _local_computer(self, location: Location) -> LocalComputer:
        if location.thread:
            return ThreadComputer(location.thread)
        return self._main or ThreadComputer("main", kind="main")

    def _make_sockets(self) -> None:
        ends: dict[str, dict[str, tuple[str, Any]]] = {}
        for location, order in self.plan.orders.items():
            for role, wires in (("sender", order.outgoing), ("receiver", order.incoming)):
                for wire in wires:
                    if wire.kind is BridgeKind.STREAM:
                        ends.setdefault(wire.key, {})[role] = (location.process, wire)
        for pair in ends.values():
            for (process, wire), connection in zip((pair["sender"], pair["receiver"]), socket_pair(), strict=True):
                number = wire.descriptor = self.socket_number()
                if process:
                    self.processes[process].send_socket(number, connection)
                    self._in_transit.append(connection)
                else:
                    self._wiring.add_socket(number, connection)

    # -- edits of the graph while it runs

    def add(self, location: Location, order: Order, types: dict[str, type]) -> Site:
        """Make a site for a location at which nothing runs, and a process where there is none; `begin` starts it.

        It takes the place of a site at that location that is over.

        Raises:
            OSError: descriptors or processes are exhausted.
            StartError: a class cannot travel to another process.
        """
        process = self.processes.get(location.process) if location.process else None
        if location.process:
            self._classes = classes_by_value(types)
            if process is None or process.exit_code is not None:
                self._words.pop(location.process, None)
                self._start_process(location.process)
        site = self._make_site(location, order)
        if location.process:
            site.process = self.processes[location.process]
        return site

    def give_socket(self, site: Site, number: int, connection: socket.socket) -> None:
        """Give a worker a socket that an order calls by a number; it is owned there from now on."""
        if site.process is not None:
            self._hand_over(site.process, number, connection)
        else:
            self._wiring.add_socket(number, connection)

    # -- processes that are started again

    def start_again(self, name: str, orders: dict[str, Order], sockets: dict[int, socket.socket]) -> None:
        """Start a process that has died once more, and hand it orders for its sites and the sockets these name.

        Raises:
            OSError: descriptors or processes are exhausted; nothing was started, the sockets are as they were.
        """
        self._start_process(name)
        for number, connection in sockets.items():
            self._hand_over(self.processes[name], number, connection)
        for location, order in orders.items():
            self._prepare(self.by_location[location], order)

    def socket_number(self) -> int:
        """A number for a socket that no other has in this run."""
        return next(self._socket_numbers)

    def rewire(self, site: Site, key: str, connection: socket.socket) -> None:
        """Give a wire's end at a worker its new socket, owned from now on."""
        command = control.Rewire(site.location_text, key, self.socket_number())
        if site.is_over or site.is_away:
            connection.close()
        elif site.process is not None:
            self._hand_over(site.process, command.descriptor, connection)
            site.send(command)
        else:
            site.send(command, connection)

    def _hand_over(self, process: ProcessComputer, number: int, connection: socket.socket) -> None:
        """Send a socket to a process, and close ours when it has gone."""
        process.send_socket(number, connection)
        self._in_transit.append(connection)

        async def close() -> None:
            await process.flushed()
            connection.close()
            if connection in self._in_transit:
                self._in_transit.remove(connection)

        task = asyncio.ensure_future(close())
        self._handing.add(task)
        task.add_done_callback(self._handing.discard)

    def give_up_unbegun(self) -> None:
        """The start has failed in the middle: nothing is to be heard of what has not begun, nor of its processes."""
        for site in self.by_location.values():
            site.is_dead = site.is_dead or not site.has_begun
        for name, process in self.processes.items():
            if all(site.is_over for site in self.of_process(name)):
                process.kill()

    async def handed_over(self) -> None:
        """Wait until the processes have their sockets, then close our copies: a copy would hide their end."""
        try:
            await asyncio.gather(*(process.flushed() for process in self.processes.values()))
        finally:
            for connection in self._in_transit:
                connection.close()
            self._in_transit.clear()

    def of_process(self, name: str) -> list[Site]:
        """The sites in a process."""
        return [site for site in self.by_location.values() if site.location.process == name]

    def of_node(self, id: str) -> Site:
        """The site at which a node runs."""
        return self.by_location[str(self.plan.locations[id])]

    @property
    def all_over(self) -> bool:
        """Has every worker ended, and was every process reaped?"""
        return all(site.is_over for site in self.by_location.values()) and all(
            process.exit_code is not None for process in self.processes.values()
        )

    def close(self) -> None:
        """Close what is left: sockets nobody took, processes nobody ended."""
        for connection in self._in_transit:
            connection.close()
        self._in_transit.clear()
        for process in self.processes.values():
            if process.exit_code is None:
                process.kill()
        self._wiring.close()
