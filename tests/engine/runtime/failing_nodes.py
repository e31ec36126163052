"""A node type that raises whatever it is told to."""

from __future__ import annotations

from typing import Any

from engine import In, Node, Out, param


class Unpicklable(Exception):
    """Holds what cannot be pickled, and does not unpickle either: it wants two arguments."""

    def __init__(self, number: int, lock: Any) -> None:
        super().__init__(f"number {number}")
        self.lock = lock


class Raising(Node):
    """Raises at the numbers it is told to."""

    x = In(int)
    y = Out(int)
    at = param([], type=list)
    kind = param("ValueError")

    def process(self, x: int) -> int:
        if x in self.at:
            self.fail(x)
        return x

    def fail(self, x: int) -> None:
        if self.kind == "Unpicklable":
            import threading

            raise Unpicklable(x, threading.Lock())
        if self.kind == "GeneratorExit":
            raise GeneratorExit(f"number {x}")
        if self.kind == "CancelledError":
            import asyncio

            raise asyncio.CancelledError(f"number {x}")
        raise {"SystemExit": SystemExit, "KeyboardInterrupt": KeyboardInterrupt}.get(self.kind, ValueError)(
            f"number {x}"
        )
