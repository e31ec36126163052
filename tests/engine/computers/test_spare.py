"""Warm spares: children that wait with their imports done, handed out once, and never under other circumstances."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable

import pytest

from engine.computers import spare as spare_module
from engine.computers.process import ProcessComputer
from engine.computers.spare import MOST, Spares, most
from tests.engine.runtime.placements import is_gone, until

pytestmark = pytest.mark.timeout(20)
MODULE = "tests.engine.computers.child_for_tests"


def with_spare(test: Callable[[Spares], Awaitable[None]]) -> None:
    async def main() -> None:
        spare = Spares(MODULE, asyncio.get_running_loop())
        spare.keep()
        try:
            await test(spare)
        finally:
            spare.give_up()

    asyncio.run(main())


def _pid(spare: Spares) -> int:
    return spare._children[0].process.pid


def test_a_spare_is_handed_out_works_like_any_child_and_is_replaced() -> None:
    async def test(spare: Spares) -> None:
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
        await asyncio.to_thread(until, lambda: len(spare._children) == 1)
        computer.kill()
        async with asyncio.timeout(5):
            await ended.wait()

    with_spare(test)


def test_a_spare_that_was_started_under_other_circumstances_is_not_handed_out(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(spare: Spares) -> None:
        pid = _pid(spare)
        monkeypatch.setenv("TIDEWIRE_TEST_CIRCUMSTANCE", "changed")
        assert spare.take() is None
        assert is_gone(pid)

    with_spare(test)


def test_a_spare_that_has_died_is_not_handed_out() -> None:
    async def test(spare: Spares) -> None:
        pid = _pid(spare)
        os.kill(pid, 9)
        await asyncio.to_thread(until, lambda: is_gone(pid))
        assert spare.take() is None

    with_spare(test)


def test_nothing_is_left_when_no_spare_is_wanted_any_more() -> None:
    async def test(spare: Spares) -> None:
        pid = _pid(spare)
        spare.give_up()
        assert is_gone(pid)
        assert spare.take() is None

    with_spare(test)


@pytest.fixture
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Others are started at once."""
    monkeypatch.setattr(spare_module, "EACH_S", 0.001)
    monkeypatch.setattr(spare_module, "_REPLACE_AFTER_S", 0.001)
    monkeypatch.setattr(spare_module, "most", lambda: 4)


async def _waiting(spare: Spares, number: int) -> list[int]:
    """The processes that wait, once there are so many."""
    await asyncio.to_thread(until, lambda: len(spare._children) == number, 10.0)
    return [child.process.pid for child in spare._children]


def _start(spare: Spares, number: int) -> list[int]:
    """What a start with so many processes gets: the spares, which are ended."""
    taken = [child for child in (spare.take() for _ in range(number)) if child is not None]
    for child in taken:
        child.discard()
    return [child.process.pid for child in taken]


@pytest.mark.usefixtures("quickly")
def test_as_many_are_kept_as_the_largest_start_has_taken_and_the_oldest_is_handed_out_first() -> None:
    async def test(spare: Spares) -> None:
        first = await _waiting(spare, 1)
        assert _start(spare, 3) == first
        three = await _waiting(spare, 3)
        assert _start(spare, 1) == three[:1]
        three = await _waiting(spare, 3)
        assert _start(spare, 3) == three
        assert _start(spare, 9) == []
        await _waiting(spare, 4)  # the most
        await asyncio.sleep(0.05)
        await _waiting(spare, 4)

    with_spare(test)


@pytest.mark.usefixtures("quickly")
def test_a_process_that_dies_again_and_again_does_not_have_more_spares_kept() -> None:
    async def test(spare: Spares) -> None:
        for _ in range(5):  # each restart takes one
            assert len(_start(spare, 1)) == 1
            await _waiting(spare, 1)
        await asyncio.sleep(0.05)
        await _waiting(spare, 1)

    with_spare(test)


@pytest.mark.usefixtures("quickly")
def test_one_is_kept_again_where_no_start_took_many_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spare_module, "_MANY_FOR_S", 1.0)

    async def test(spare: Spares) -> None:
        _start(spare, 3)
        three = await _waiting(spare, 3)
        assert await _waiting(spare, 1) == three[:1]
        assert all(is_gone(pid) for pid in three[1:])

    with_spare(test)


@pytest.mark.usefixtures("quickly")
def test_all_that_wait_are_of_the_same_circumstances(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(spare: Spares) -> None:
        _start(spare, 3)
        old = await _waiting(spare, 3)
        monkeypatch.setenv("TIDEWIRE_TEST_CIRCUMSTANCE", "changed")
        spare._fill_up()
        assert all(is_gone(pid) for pid in old)
        new = await _waiting(spare, 3)
        assert _start(spare, 3) == new
        assert not set(new) & set(old)

    with_spare(test)


def test_there_is_room_for_one_spare_at_least_and_not_for_more_than_a_few() -> None:
    assert 1 <= most() <= MOST
