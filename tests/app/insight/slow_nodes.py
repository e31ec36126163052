"""Nodes that are slow on purpose."""

from __future__ import annotations

import time

from engine import In, Node, Out


class Spin(Node):
    """Works for so many milliseconds a message."""

    category = "Tests"
    value = In(int)
    done = Out(int)

    def process(self, value):
        until = time.perf_counter() + 0.02
        while time.perf_counter() < until:
            pass
        return value


SPIN = f"{__name__}:Spin"
