"""What the machine allows: one copy into warm shared memory, one wake-up of another process, and no way at all."""

from __future__ import annotations

import mmap
import os
import select
import socket
import time

import numpy as np

from bench.performance.ways.book import Book, write
from bench.performance.ways.payload import at_rate, saturated
from bench.performance.ways.task import Task, answer

_SLOTS = 2


def memcpy(task: Task) -> None:
    """Copies of arrays such as sources send, into slots of shared memory that are in use again and again."""
    memory = mmap.mmap(-1, _SLOTS * task.size)
    slots = [np.frombuffer(memory, np.int64, task.size // 8, index * task.size) for index in range(_SLOTS)]
    arrays = [array for array, _ in zip(saturated(task.size, task.seconds), range(4), strict=False)]
    for slot in slots:
        slot[:] = 1
    took = []
    until = time.perf_counter() + task.seconds
    while time.perf_counter() < until:
        batch = max(4, (1 << 18) // task.size)
        began = time.perf_counter()
        for number in range(batch):
            np.copyto(slots[number & 1], arrays[number & 3])
        took.append((time.perf_counter() - began) / batch)
    middle = float(np.median(took))
    write(task, rate=1 / middle, copy_us=middle * 1e6, gb_per_s=task.size / middle / 1e9)


def alone(task: Task) -> None:
    """A source and a sink with no way between them: what making and checking a message takes of every figure."""
    book = Book(task)
    for array in saturated(task.size, task.seconds):
        book.take(array)
        if book.is_done:
            return


def wake_up(task: Task) -> None:
    """A byte through a socket pair to a process that waits in epoll, at a rate."""
    ours, theirs = socket.socketpair()
    child = os.fork()
    if child == 0:
        _wait_for_bytes(theirs, task)
        os._exit(0)
    for number, wait_s in at_rate(task.seconds, task.rate_hz):
        if number == _wanted(task):
            break
        time.sleep(wait_s)
        ours.send(time.monotonic_ns().to_bytes(8, "little"))
    ours.close()
    theirs.close()
    os.waitpid(child, 0)


def _wanted(task: Task) -> int:
    return int(task.seconds * task.rate_hz)


def _wait_for_bytes(end: socket.socket, task: Task) -> None:
    waiting = select.epoll()
    waiting.register(end, select.EPOLLIN)
    late_us: list[float] = []
    while len(late_us) < _wanted(task):
        waiting.poll()
        sent = int.from_bytes(end.recv(8), "little")
        late_us.append((time.monotonic_ns() - sent) / 1e3)
    p50, p99 = np.percentile(late_us, [50, 99])
    write(task, p50_us=float(p50), p99_us=float(p99))


def measure(task: Task) -> None:
    """Do a task."""
    {"memcpy": memcpy, "wake": wake_up, "alone": alone}[task.kind](task)


if __name__ == "__main__":
    answer(measure)
