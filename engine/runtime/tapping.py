"""The taps of a run, on the coordinator's loop: attaching, filling and detaching them wherever their ports are."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from engine.bridges.stream import StreamReceiver, socket_pair
from engine.overflow import Overflow
from engine.runtime import control
from engine.runtime.coordinator import Coordinator
from engine.runtime.events import EventBus
from engine.runtime.failing import one_line
from engine.runtime.sites import Site, Sites
from engine.runtime.tap import Tap, TapSender


class TapDesk:
    """Keeps the taps of one run, over restarts of the processes in which their ports are.

    Invariant: after `end_all` no tap has a socket, and every tap has ended.
    """

    def __init__(self, sites: Sites, coordinator: Coordinator, bus: EventBus) -> None:
        self._sites = sites
        self._coordinator = coordinator
        self._bus = bus
        self._taps: dict[int, tuple[Tap, Site, StreamReceiver | None]] = {}
        self._is_over = False

    def attach(self, number: int, tap: Tap) -> None:
        """Begin to fill a tap."""
        site = self._sites.of_node(tap.port.partition(".")[0])
        if self._is_over or site.is_over:
            tap.end()
            return
        if site.worker is not None:
            self._taps[number] = (tap, site, None)
            site.send(self._command(number, tap, site), TapSender(tap))
            return
        try:
            ours, theirs = socket_pair()
        except OSError as error:  # no descriptor is left
            self._bus.tell(f"tap:{tap.port}", "", "note", f"it cannot be attached: {error}")
            tap.end()
            return
        receiver = StreamReceiver(
            ours,
            self._coordinator.loop,
            restarts=self._sites.plan.death_policies[site.location.process] == "restart",
        )
        receiver.on_news = lambda: self._pump(tap, receiver)
        if tap.policy is not Overflow.LATEST:  # with that, what comes next does not wait for room
            tap.on_room = lambda: self._coordinator.call(self._pump, tap, receiver)
        self._taps[number] = (tap, site, receiver)
        self._hand_over(number, tap, site, theirs)

    def came_back(self, site: Site) -> None:
        """The site's process has died and was started again: attach its taps there."""
        for number, (tap, where, receiver) in self._taps.items():
            if where is not site or receiver is None or tap.ended:
                continue
            try:
                ours, theirs = socket_pair()
            except OSError as error:
                self._bus.tell(f"tap:{tap.port}", "", "note", f"it cannot be attached again: {error}")
                receiver.part(is_final=True)
                continue
            receiver.reconnect(ours)
            self._hand_over(number, tap, site, theirs)

    def is_gone(self, site: Site) -> None:
        """The site has died for good: its taps end."""
        for _, where, receiver in list(self._taps.values()):
            if where is site and receiver is not None:
                receiver.part(is_final=True)

    def _command(self, number: int, tap: Tap, site: Site) -> control.AttachTap:
        node, port = tap.port.split(".")
        return control.AttachTap(site.location_text, number, node, port, tap.policy, tap.capacity)

    def _hand_over(self, number: int, tap: Tap, site: Site, connection: Any) -> None:
        """Give a tap's socket to the process in which its port is; while that is away, nobody takes it."""
        if site.is_away or site.process is None:
            connection.close()
            return
        site.process.send_socket(number, connection, is_tap=True)
        site.send(self._command(number, tap, site))
        self._close_when_sent(site, connection)

    def _close_when_sent(self, site: Site, connection: Any) -> None:
        async def close() -> None:
            try:
                if site.process is not None:
                    await site.process.flushed()
            finally:
                connection.close()

        task = asyncio.ensure_future(close())
        task.add_done_callback(lambda _: None)

    def _pump(self, tap: Tap, receiver: StreamReceiver, is_last: bool = False) -> None:
        """Move what has arrived into a tap. As credit goes back with each message, this bounds what a tap costs.

        With "latest" a message is taken every few milliseconds while somebody reads, else a few times a second;
        with other policies as far as the tap has room.
        """
        is_latest = tap.policy is Overflow.LATEST and not is_last
        if is_latest and receiver.queued:
            pause = tap.next_take_at - time.monotonic()
            if pause > 0:
                self._coordinator.loop.call_later(pause, self._pump_if_attached, tap, receiver)
                return
        while receiver.queued and (is_latest or tap.has_room or is_last):
            try:
                message = receiver.take()
            except BaseException as error:  # SystemExit too: it would end the coordinator's loop
                self._bus.tell(f"tap:{tap.port}", "", "note", f"a value could not be read here: {one_line(error)}")
                continue
            if message is not None:
                tap.push(message)
        if receiver.ended:
            tap.end()

    def _pump_if_attached(self, tap: Tap, receiver: StreamReceiver) -> None:
        if not tap.ended:
            self._pump(tap, receiver)

    def detach(self, number: int) -> None:
        """End a tap."""
        tap, site, receiver = self._taps.pop(number, (None, None, None))
        if site is not None and tap is not None:
            site.send(control.DetachTap(site.location_text, number))
            tap.on_room = None  # it holds the tap: what nobody read would stay until the garbage is collected
            if receiver is not None:
                receiver.stop_receiving()
                receiver.release()

    def end_all(self) -> None:
        """The run is over: give the taps what has arrived for them, and end them."""
        self._is_over = True
        for tap, _, receiver in self._taps.values():
            if receiver is not None:
                self._pump(tap, receiver, is_last=True)
                tap.on_room = None
                receiver.release()
            tap.end()
        self._taps.clear()
