"""A process computer by itself: messages, what the child inherits, and its end, told once and with its code."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable

import pytest

from engine.computers.process import ProcessComputer, describe_exit
from tests.engine.runtime.placements import is_gone, until

pytestmark = pytest.mark.timeout(20)


class Watched:
    """A process computer and all that it tells."""

    def __init__(self) -> None:
        self.answers: asyncio.Queue[str] = asyncio.Queue()
        self.codes: list[int] = []
        self.ended = asyncio.Event()
        self.computer = ProcessComputer(
            "p",
            "tests.engine.computers.child_for_tests",
            asyncio.get_running_loop(),
            lambda message: self.answers.put_nowait(message.decode()),
            self._on_exit,
        )

    def _on_exit(self, code: int) -> None:
        self.codes.append(code)
        self.ended.set()

    async def ask(self, request: str) -> str:
        self.computer.send(request.encode())
        async with asyncio.timeout(5):
            return await self.answers.get()

    async def end(self, within: float = 5.0) -> None:
        async with asyncio.timeout(within):
            await self.ended.wait()


def with_child(test: Callable[[Watched], Awaitable[None]]) -> None:
    """Run a test with a child, which is gone afterwards."""

    async def main() -> None:
        watched = Watched()
        try:
            await test(watched)
        finally:
            watched.computer.kill()
            await watched.end()
            assert len(watched.codes) == 1, "the end is told once"
            assert is_gone(watched.computer.pid)

    asyncio.run(main())


def test_messages_go_both_ways_in_order_whatever_their_size() -> None:
    async def test(watched: Watched) -> None:
        sent = ["a", "b" * 300_000, "", "c" * 70_000, "d"]
        for text in sent:
            watched.computer.send(text.encode())
        async with asyncio.timeout(5):
            assert [await watched.answers.get() for _ in sent] == sent

    with_child(test)


def test_a_child_is_the_leader_of_a_session_and_group_of_its_own_with_the_parents_import_path() -> None:
    async def test(watched: Watched) -> None:
        assert (await watched.ask("groups")).split() == [str(watched.computer.pid)] * 3
        assert (await watched.ask("path")).splitlines() == path

    path = [os.path.abspath(entry) for entry in sys.path]
    with_child(test)


def test_a_child_inherits_its_control_socket_and_nothing_else_of_the_parents() -> None:
    async def test(watched: Watched) -> None:
        extra = os.pipe()
        try:
            other = Watched()
            seen = (await other.ask("descriptors")).splitlines()
            ours = {os.readlink(f"/proc/self/fd/{number}") for number in extra}
            assert not ours & set(seen)
            assert len([text for text in seen if text.startswith("socket")]) == 1
            other.computer.kill()
            await other.end()
        finally:
            for number in extra:
                os.close(number)

    with_child(test)


@pytest.mark.parametrize(
    ("how", "code", "words"),
    [
        ("exit 0", 0, "exit code 0"),
        ("exit 3", 3, "exit code 3"),
        ("raise oh", 1, "exit code 1"),
        ("SIGKILL", -9, "SIGKILL"),
        ("SIGSEGV", -11, "SIGSEGV"),
    ],
)
def test_the_end_of_a_child_is_noticed_at_once_and_told_with_its_code(how: str, code: int, words: str) -> None:
    async def test(watched: Watched) -> None:
        assert await watched.ask("hello") == "hello"
        began = time.monotonic()
        if how.startswith("SIG"):
            os.kill(watched.computer.pid, signal.Signals[how])
        else:
            watched.computer.send(how.encode())
        await watched.end(2.0)
        assert watched.codes == [code] == [watched.computer.exit_code]
        assert words in describe_exit(code)
        if how != "raise oh":
            assert time.monotonic() - began < 0.5

    with_child(test)


def test_what_a_child_said_before_its_end_is_heard() -> None:
    async def test(watched: Watched) -> None:
        for number in range(100):
            watched.computer.send(str(number).encode())
        watched.computer.send(b"exit 0")
        await watched.end()
        assert [watched.answers.get_nowait() for _ in range(100)] == [str(number) for number in range(100)]

    with_child(test)


def test_a_child_whose_parent_has_nothing_more_to_say_ends_by_itself() -> None:
    async def test(watched: Watched) -> None:
        assert await watched.ask("hello") == "hello"
        watched.computer.finish()
        await watched.end(3.0)
        assert watched.codes == [0]

    with_child(test)


@pytest.mark.parametrize("how", ["kill", "terminate", "exit"])
def test_what_a_child_has_spawned_goes_with_it(how: str) -> None:
    async def test(watched: Watched) -> None:
        spawned = int(await watched.ask("spawn"))
        assert not is_gone(spawned)
        if how == "exit":
            watched.computer.send(b"exit 0")
        else:
            getattr(watched.computer, how)()
        await watched.end()
        await asyncio.to_thread(until, lambda: is_gone(spawned), 2.0)

    with_child(test)


def test_a_child_that_does_not_listen_is_killed_all_the_same_and_killing_twice_is_fine() -> None:
    async def test(watched: Watched) -> None:
        assert await watched.ask("hello") == "hello"
        watched.computer.send(b"sleep 600")
        os.kill(watched.computer.pid, signal.SIGSTOP)
        watched.computer.terminate()
        watched.computer.kill()
        watched.computer.kill()
        await watched.end(1.0)
        assert watched.codes in ([-9], [-15])
        watched.computer.kill()
        watched.computer.terminate()
        watched.computer.send(b"too late")
        await watched.computer.flushed()

    with_child(test)


def test_an_unknown_signal_and_code_have_words_too() -> None:
    assert describe_exit(-99) == "killed by signal 99, exit code -99"
    assert describe_exit(127) == "exit code 127"
