"""Nodes that tell what is imported in their process. This file imports no more than a user's does."""

from __future__ import annotations

import gc
import sys
from collections.abc import AsyncIterator

from engine import In, Node, Out, Source


class Once(Source):
    value = Out()

    async def produce(self) -> AsyncIterator[int]:
        yield 1


class Tells(Node):
    """What is imported where it runs, and whether garbage in cycles is looked for there."""

    x = In()

    def __init__(self) -> None:
        self.told: tuple[list[str], bool] = ([], False)

    def process(self, x: int) -> None:
        self.told = (sorted(sys.modules), gc.isenabled())

    def result(self) -> tuple[list[str], bool]:
        return self.told
