"""Node types that keep the main computer busy."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

from engine import In, Node, Out, Source, param


class Ticks(Source):
    """Numbers, so many a second; as fast as the graph takes them for 0."""

    category = "Bench"
    value = Out(int)
    rate_hz = param(200.0, minimum=0.0, maximum=1e6, unit="Hz")

    async def produce(self) -> AsyncIterator[int]:
        number = 0
        while True:
            yield number
            number += 1
            if self.rate_hz:
                await self.sleep(1 / self.rate_hz)


class Work(Node):
    """Passes numbers on, after so much work of the processor."""

    category = "Bench"
    value = In(int)
    passed = Out(int)
    seconds = param(0.0005, minimum=0.0, maximum=1.0, unit="s")

    def process(self, value: int) -> int:
        until = time.thread_time() + self.seconds
        while time.thread_time() < until:
            pass
        return value
