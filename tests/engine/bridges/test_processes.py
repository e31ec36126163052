"""The stream between two real processes, and what happens when one of them is killed."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from engine import Overflow
from engine.bridges.message import Message
from engine.bridges.stream import StreamReceiver, StreamSender, socket_pair
from tests.engine.bridges import child
from tests.engine.bridges.lines import Reader, put, turns, until

ROOT = Path(child.__file__).parents[3]


@contextmanager
def process(what: str, n_sockets: int) -> Iterator[tuple[subprocess.Popen[str], list[Any]]]:
    """A child at the other ends of some sockets; killed at the end if it still runs."""
    pairs = [socket_pair() for _ in range(n_sockets)]
    theirs = [pair[1].fileno() for pair in pairs]
    running = subprocess.Popen(
        [sys.executable, "-m", child.__name__, what, *map(str, theirs)],
        pass_fds=theirs,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    for pair in pairs:
        pair[1].close()
    try:
        yield running, [pair[0] for pair in pairs]
    finally:
        running.kill()
        running.communicate()


def all_of_it(streams: list[list[int]]) -> list[list[Any]]:
    return [[len(sizes), len(sizes), ""] for sizes in streams]


def test_all_that_is_sent_to_another_process_arrives_whole_and_in_order() -> None:
    with process("receive", len(child.STREAMS)) as (running, connections):
        asyncio.run(asyncio.wait_for(child.send_all(connections), 40))
        told, _ = running.communicate(timeout=20)
        assert json.loads(told) == all_of_it(child.STREAMS)
        assert running.returncode == 0


def test_all_that_comes_from_another_process_arrives_whole_and_in_order() -> None:
    with process("send", len(child.STREAMS)) as (running, connections):
        got = asyncio.run(asyncio.wait_for(child.receive_all(connections), 40))
        assert got == all_of_it(child.STREAMS)
        assert running.wait(20) == 0


def test_a_sender_that_is_killed_ends_its_stream_at_once_as_broken_behind_whole_messages() -> None:
    async def main(running: subprocess.Popen[str], connection: Any) -> None:
        receiver = StreamReceiver(connection, asyncio.get_running_loop())
        messages = []
        killed = 0.0
        async for message in Reader(receiver):
            messages.append(message)
            if len(messages) == 10:
                running.send_signal(signal.SIGKILL)
                killed = time.monotonic()
        assert time.monotonic() - killed < 1
        assert [message.tick for message in messages] == list(range(len(messages)))
        assert all(child.is_whole(message, 1_000_000) for message in messages)  # kept beyond its death
        assert receiver.ended and "without end of stream" in receiver.broken
        receiver.release()

    with process("send for ever", 1) as (running, connections):
        asyncio.run(main(running, connections[0]))


def test_a_receiver_that_is_killed_frees_its_sender_at_once_and_the_loss_is_known() -> None:
    async def main(running: subprocess.Popen[str], connection: Any) -> None:
        sender = StreamSender(connection, asyncio.get_running_loop(), 3, Overflow.BLOCK)
        for tick in range(3):
            await put(sender, child.payload(tick, 1_000_000), tick)
        waiting = asyncio.ensure_future(put(sender, child.payload(3, 1_000_000), 3))
        assert running.stdout is not None
        assert await asyncio.to_thread(running.stdout.readline) == "stuck\n"
        await turns(5)
        assert not waiting.done()
        running.send_signal(signal.SIGKILL)
        killed = time.monotonic()
        await asyncio.wait_for(waiting, 10)
        assert time.monotonic() - killed < 1
        assert sender.peer_lost and sender.under_way == 3 and sender.discarded == 1 and sender.put_count == 4
        sender.close()
        await sender.flushed()
        sender.release()

    with process("take none", 1) as (running, connections):
        asyncio.run(main(running, connections[0]))


def test_a_process_that_ends_while_it_is_spoken_to_is_no_error_here() -> None:
    async def main(running: subprocess.Popen[str], connection: Any) -> None:
        sender = StreamSender(connection, asyncio.get_running_loop(), 100, Overflow.DROP_OLDEST)
        running.kill()
        for tick in range(300):
            assert sender.try_put(Message(child.payload(tick, 50_000), tick, 0, 0))
            await turns(tick % 3)
        await until(lambda: sender.peer_lost)
        assert sender.put_count == 300 == sender.dropped + sender.discarded + sender.under_way
        sender.release()

    with process("take none", 1) as (running, connections):
        asyncio.run(main(running, connections[0]))
