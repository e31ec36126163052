"""Thread computers and the caller's own loop: they run their work to its end, show where they are, and come back."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

import pytest

from engine.computers.main import LoopComputer
from engine.computers.stacks import stack_of
from engine.computers.thread import ThreadComputer
from tests.engine.runtime.placements import until

pytestmark = pytest.mark.timeout(20)


class Job:
    """A piece of work made of one coroutine function."""

    def __init__(self, body: Any) -> None:
        self.body = body
        self.began = threading.Event()
        self.thread: threading.Thread | None = None

    async def run(self) -> None:
        self.thread = threading.current_thread()
        self.began.set()
        await self.body()


def test_work_runs_on_a_loop_in_a_daemon_thread_that_has_a_name_and_ends_with_it() -> None:
    done: list[object] = []

    async def body() -> None:
        await asyncio.sleep(0.01)
        done.append(asyncio.get_running_loop())

    computer, job = ThreadComputer("dsp"), Job(body)
    assert computer.join(0), "a thread that never began has ended"
    computer.start(job)
    assert computer.join(5)
    assert done[0].is_closed()  # type: ignore[attr-defined]
    assert job.thread is not None
    assert job.thread.daemon and "dsp" in job.thread.name and job.thread is not threading.current_thread()
    assert computer.stack() == ""
    computer.interrupt()


def test_a_loop_of_bytecode_is_interrupted_and_its_thread_ends() -> None:
    async def body() -> None:
        while True:
            pass

    computer, job = ThreadComputer("busy"), Job(body)
    computer.start(job)
    assert job.began.wait(5)
    until(lambda: "in body" in computer.stack())
    assert not computer.join(0.05)
    computer.interrupt()
    assert computer.join(2)


def test_a_blocking_call_is_not_interrupted_before_it_returns_and_its_stack_is_shown_meanwhile() -> None:
    async def body() -> None:
        time.sleep(0.6)  # noqa: ASYNC251 - what the test is about
        while True:
            pass

    computer, job = ThreadComputer("blocked"), Job(body)
    computer.start(job)
    until(lambda: "in body" in computer.stack())
    computer.interrupt()
    assert not computer.join(0.1)
    assert computer.join(3), "it comes back when the call returns"


def test_async_generators_that_the_work_left_open_are_closed() -> None:
    closed = threading.Event()

    async def generator() -> Any:
        try:
            yield 1
        finally:
            closed.set()

    kept = []

    async def body() -> None:
        one = generator()
        kept.append(one)
        await anext(one)

    computer = ThreadComputer("generators")
    computer.start(Job(body))
    assert computer.join(5)
    assert closed.is_set()


def test_on_the_callers_loop_work_is_a_task_that_interrupt_cancels() -> None:
    async def main() -> None:
        ended = asyncio.Event()

        async def body() -> None:
            try:
                await asyncio.sleep(60)
            finally:
                ended.set()

        computer, job = LoopComputer(asyncio.get_running_loop()), Job(body)
        await asyncio.to_thread(computer.start, job)
        await asyncio.to_thread(job.began.wait, 5)
        assert job.thread is threading.current_thread()
        assert "select" in computer.stack() or "test_thread" in computer.stack()
        await asyncio.to_thread(computer.interrupt)
        async with asyncio.timeout(2):
            await ended.wait()

    asyncio.run(main())


def test_the_stack_of_no_thread_is_empty() -> None:
    assert stack_of(-1) == ""
