"""The warm spare: a child that waits with its imports done, handed out once, and never under other circumstances."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable

import pytest

from engine.computers.process import ProcessComputer
from engine.computers.spare import Spare
from tests.engine.runtime.placements import is_gone, until

pytestmark = pytest.mark.timeout(20)
MODULE = "tests.engine.computers.child_for_tests"


def with_spare(test: Callable[[Spare], Awaitable[None]]) -> None:
    async def main() -> None:
        spare = Spare(MODULE, asyncio.get_running_loop())
        spare.keep()
        try:
            await test(spare)
        finally:
            spare.give_up()

    asyncio.run(main())


def _pid(spare: Spare) -> int:
    assert spare._child is not None
    return spare._child.process.pid


def test_a_spare_is_handed_out_works_like_any_child_and_is_replaced() -> None:
    async def test(spare: Spare) -> None:
        pid = _pid(spare)
        answers: asyncio.Queue[bytes] = asyncio.Queue()
        ended = asyncio.Event()
        computer = ProcessComputer(
            "p", MODULE, asyncio.get_running_loop(), answers.put_nowait, lambda code: ended.set(), spare.take()
        )
        assert computer.pid == pid
        assert spare.take() is None, "it is handed out once"
        computer.send(b"hello")
        async with asyncio.timeout(5):
            assert await answers.get() == b"hello"
        await asyncio.to_thread(until, lambda: spare._child is not None)
        computer.kill()
        async with asyncio.timeout(5):
            await ended.wait()

    with_spare(test)


def test_a_spare_that_was_started_under_other_circumstances_is_not_handed_out(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(spare: Spare) -> None:
        pid = _pid(spare)
        monkeypatch.setenv("TIDEWIRE_TEST_CIRCUMSTANCE", "changed")
        assert spare.take() is None
        assert is_gone(pid)

    with_spare(test)


def test_a_spare_that_has_died_is_not_handed_out() -> None:
    async def test(spare: Spare) -> None:
        pid = _pid(spare)
        os.kill(pid, 9)
        await asyncio.to_thread(until, lambda: is_gone(pid))
        assert spare.take() is None

    with_spare(test)


def test_nothing_is_left_when_no_spare_is_wanted_any_more() -> None:
    async def test(spare: Spare) -> None:
        pid = _pid(spare)
        spare.give_up()
        assert is_gone(pid)
        assert spare.take() is None

    with_spare(test)
