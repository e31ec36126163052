"""What the soak's graph is made of, besides the library's nodes. Each keeps its book in a `Record`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

from bench.soak.payloads import number_of, numbered, wave
from bench.soak.record import Record
from engine import In, Join, Node, Out, Signal, Source, param
from engine.library.filters import HighPass, LowPass

MODULO = 1 << 31
SLOW_S = 0.001  # what a slow node waits at each message: so no more come than one in this time


class AskedToRaise(Exception):
    """The error of a node that was told to raise."""


class _WithRecord:
    """Opens the node's book when it starts and closes it when it stops."""

    record_path: str
    record: Record

    def on_start(self) -> None:
        self.record = Record(self.record_path)
        self.record.begin()

    def on_stop(self) -> None:
        if hasattr(self, "record"):
            self.record.close()


# -- sources: they go on where an instance that died has left off


class _Numbering(_WithRecord):
    def next_number(self) -> int:
        number = self.record["made"]
        self.record.took(number)
        self.record.handed_on(number)
        self.record["made"] = number + 1
        return number


class Numbered(_Numbering, Source):
    """Numbered messages of `size` bytes, as fast as they are taken or with a pause."""

    value = Out()
    record_path = param("")
    size = param(0, minimum=0, unit="B")
    interval = param(0.0, minimum=0.0, unit="s")

    async def produce(self) -> AsyncIterator[Any]:
        while not self.stopping:
            number = self.next_number()
            yield numbered(number, self.size)
            if self.interval:
                await self.sleep(self.interval)


class NumberedByDriver(_Numbering, Source):
    """The same from a call that blocks, as a driver's would."""

    blocking = True

    value = Out()
    record_path = param("")
    size = param(0, minimum=0, unit="B")
    interval = param(0.01, minimum=0.0, unit="s")

    def produce(self) -> Iterator[Any]:
        while not self.stopping:
            number = self.next_number()
            yield numbered(number, self.size)
            self.sleep(self.interval)


class Waves(_Numbering, Source):
    """Chunks of a signal, at the signal's own rate."""

    signal = Out(Signal)
    record_path = param("")
    interval = param(0.05, minimum=0.0, unit="s")

    async def produce(self) -> AsyncIterator[Signal]:
        while not self.stopping:
            number = self.next_number()
            yield wave(number)
            await self.sleep(self.interval)


# -- on the way


class Pass(_WithRecord, Node):
    """Hands on what it gets."""

    x = In()
    y = Out()
    record_path = param("")

    def process(self, x: Any) -> Any:
        self.record.took(number_of(x))
        self.record.handed_on(number_of(x))
        return x


class SlowPass(Pass):
    """Hands on what it gets after a while that leaves the loop to others."""

    delay = param(SLOW_S, minimum=0.0, unit="s")

    async def process(self, x: Any) -> Any:
        self.record.took(number_of(x))
        await asyncio.sleep(self.delay)
        self.record.handed_on(number_of(x))
        return x


class Sieve(Pass):
    """Filters every `every`th number out."""

    every = param(5, minimum=2)

    def should_process(self, x: Any) -> bool:
        self.record.took(x)
        if x % self.every:
            return True
        self.record.kept_back(x)
        return False


class Troubled(Pass):
    """Hands on what it gets; when told it raises, or holds its loop for a while, once."""

    raises = param(0, minimum=0, doc="Raise for so many messages, from now on.")
    hangs = param(0.0, minimum=0.0, unit="s", doc="Hold the loop at the next message.")
    busy = param(False, doc="Hold it by computing instead of waiting.")

    _raises = 0
    _hangs = 0.0

    def on_param(self, name: str, value: Any) -> None:
        if name == "raises":
            self._raises = value
        elif name == "hangs":
            self._hangs = value

    def process(self, x: Any) -> Any:
        self.record.took(x)
        if self._hangs:
            hold, self._hangs = self._hangs, 0.0
            self.record.add("hung")
            _hold(hold, self.busy)
        if self._raises:
            self._raises -= 1
            self.record.add("swallowed")
            self.record.kept_back(x)
            raise AskedToRaise("this node was asked to raise")
        self.record.handed_on(x)
        return x


def _hold(seconds: float, busy: bool) -> None:
    end = time.monotonic() + seconds
    while busy and time.monotonic() < end:
        pass
    time.sleep(max(0.0, end - time.monotonic()))


class Marker(_WithRecord, Node):
    """Puts a parameter that is changed live beside each number, and when it did."""

    x = In()
    marked = Out(tuple)
    record_path = param("")
    mark = param(0, minimum=0)

    def process(self, x: Any) -> tuple[Any, int, int]:
        self.record.took(x)
        self.record.handed_on(x)
        return (x, self.mark, time.monotonic_ns())


class Pair(_WithRecord, Node):
    """Both inputs of one tick."""

    a = In()
    b = In()
    both = Out(tuple)
    record_path = param("")

    def process(self, a: Any, b: Any) -> tuple[Any, Any]:
        self.record.took(a)
        self.record.handed_on(a)
        return (a, b)


class PairLatest(Pair):
    """Each `a` with the newest `b`."""

    join = Join.LATEST
    a = In(driving=True)
    b = In()


class Accumulate(_WithRecord, Node):
    """A feedback loop: what came so far, by adding each number to what comes back."""

    x = In(int)
    previous = In(int)
    total = Out(int)
    told = Out(tuple)
    record_path = param("")

    def process(self, x: int, previous: int) -> dict[str, Any]:
        self.record.took(x)
        self.record.handed_on(x)
        total = (previous + x) % MODULO
        return {"total": total, "told": (x, total)}


class BookedHighPass(_WithRecord, HighPass):
    """The library's filter, with a book."""

    record_path = param("")

    async def on_start(self) -> None:  # type: ignore[override]
        _WithRecord.on_start(self)
        await HighPass.on_start(self)

    def process(self, signal: Signal) -> Signal:
        self.record.took(number_of(signal))
        filtered = super().process(signal)
        self.record.handed_on(number_of(signal))
        return filtered


class BookedLowPass(_WithRecord, LowPass):
    """The library's filter, with a book."""

    record_path = param("")

    async def on_start(self) -> None:  # type: ignore[override]
        _WithRecord.on_start(self)
        await LowPass.on_start(self)

    def process(self, signal: Signal) -> Signal:
        self.record.took(number_of(signal))
        filtered = super().process(signal)
        self.record.handed_on(number_of(signal))
        return filtered


# -- on purpose wrong, to see that the soak finds it


class Wrong(Pass):
    """Does wrong to every `every`th number, and tells nobody: its book is that of a node that hands on."""

    every = param(20, minimum=2)
    how = param("lose", choices=("lose", "repeat", "swap", "damage"))

    _kept: Any = None

    def process(self, x: Any) -> Iterator[Any]:
        number = number_of(x)
        self.record.took(number)
        self.record.handed_on(number)
        if self._kept is not None:
            yield x
            yield self._kept
            self._kept = None
        elif (number + 1) % self.every:
            yield x
        elif self.how == "repeat":
            yield x
            yield x
        elif self.how == "swap":
            self._kept = x
        elif self.how == "damage":
            damaged = x.copy()
            damaged[-1] ^= 1
            yield damaged
