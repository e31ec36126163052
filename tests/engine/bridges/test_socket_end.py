"""One end of a bridge's socket: whole frames, descriptors, and the other side's end."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.bridges import socket_end
from engine.bridges.frames import Frame, FrameReader, Kind, frame
from engine.bridges.socket_end import CALM_S, PREEMPTED_S, SocketEnd
from tests.engine.bridges.lines import small_pair, turns, until


class Heard:
    """What an end has told."""

    def __init__(self, connection: socket.socket) -> None:
        self.frames: list[Frame] = []
        self.ends = 0
        self.end = SocketEnd(connection, asyncio.get_running_loop(), self.frames.extend, self._ended)

    def _ended(self) -> None:
        self.ends += 1

    @property
    def bodies(self) -> list[bytes]:
        return [one.body for one in self.frames]


@pytest.fixture(params=["as it comes", "narrow"])
def pair(request: pytest.FixtureRequest) -> Iterator[tuple[socket.socket, socket.socket]]:
    ends = socket.socketpair() if request.param == "as it comes" else small_pair()
    yield ends
    for end in ends:
        end.close()


def test_frames_of_all_sizes_arrive_whole_and_in_order_in_both_directions(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    async def main() -> None:
        one, other = (Heard(end) for end in pair)
        bodies = [bytes([index % 251]) * (index * 997 % 40_000) for index in range(120)]
        for index, body in enumerate(bodies):
            one.end.send(frame(Kind.MESSAGE, body))
            other.end.send(frame(Kind.MESSAGE, body[::-1]))
            await turns(index % 3)
        await one.end.flushed()
        await until(lambda: len(other.frames) == len(one.frames) == 120)
        assert other.bodies == bodies and one.bodies == [body[::-1] for body in bodies]
        one.end.close()
        await until(lambda: other.ends == 1)
        other.end.close()
        other.end.close()
        assert one.ends == 0 and other.ends == 1

    asyncio.run(main())


def test_a_frame_of_which_a_part_has_left_is_not_replaced_by_a_newer_one(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    async def main() -> None:
        one, other = (Heard(end) for end in pair)
        newest = 0
        for size in range(0, 600_000, 60_000):
            for _ in range(3):
                newest += 1
                one.end.send_newest(frame(Kind.TICK, bytes(size), a=newest))
            await turns(size // 60_000 % 3)
        await until(lambda: bool(other.frames) and other.frames[-1].a == newest)
        ticks = [one.a for one in other.frames]
        assert ticks == sorted(ticks) and all(one.kind == Kind.TICK for one in other.frames)
        one.end.close()
        other.end.close()

    asyncio.run(main())


def test_after_a_calm_while_a_frame_leaves_at_once_and_those_behind_it_together(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    async def main() -> None:
        one, other = (Heard(end) for end in pair)
        for _ in range(3):
            await asyncio.sleep(2 * CALM_S)
            one.end.send(frame(Kind.MESSAGE, b"now"))
            assert len(pair[1].recv(1000, socket.MSG_PEEK)) == 35, "it waits for the end of the turn"
            one.end.send(frame(Kind.MESSAGE, b"later"))
            one.end.send(frame(Kind.MESSAGE, b"later"))
            assert len(pair[1].recv(1000, socket.MSG_PEEK)) == 35
            await until(lambda: len(other.frames) == 3)
            other.frames.clear()
        one.end.close()
        other.end.close()

    asyncio.run(main())


def test_descriptors_arrive_with_their_frames_and_are_not_inherited(pair: tuple[socket.socket, socket.socket]) -> None:
    async def main() -> None:
        one, other = (Heard(end) for end in pair)
        pipes = [os.pipe() for _ in range(20)]
        for index, (readable, _) in enumerate(pipes):
            one.end.send(frame(Kind.MESSAGE, b"x" * 3000 * (index % 4)))
            one.end.send(frame(Kind.SOCKET, a=index), readable)
        await until(lambda: len(other.frames) == 40)
        await one.end.flushed()
        for one_frame in other.frames:
            if one_frame.kind == Kind.SOCKET:
                got = other.end.next_descriptor()
                assert not os.get_inheritable(got)
                os.write(pipes[one_frame.a][1], b"%d" % one_frame.a)
                assert os.read(got, 10) == b"%d" % one_frame.a
                os.close(got)
        with pytest.raises(IndexError):
            other.end.next_descriptor()
        # What nobody asked for is closed with the end.
        one.end.send(frame(Kind.SOCKET), pipes[0][0])
        await until(lambda: len(other.frames) == 41)
        one.end.close()
        other.end.close()
        for descriptor in [descriptor for ends in pipes for descriptor in ends]:
            os.close(descriptor)

    asyncio.run(main())


def test_flushed_waits_until_the_system_has_all_and_no_longer_than_the_other_side_lives(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    async def main() -> None:
        one = Heard(pair[0])
        await one.end.flushed()  # nothing to wait for
        one.end.send(frame(Kind.MESSAGE, bytes(3_000_000)))
        waiting = asyncio.ensure_future(one.end.flushed())
        await turns(10)
        assert not waiting.done()
        pair[1].close()
        await asyncio.wait_for(waiting, 10)
        assert not one.end.is_connected and one.ends == 1
        one.end.send(frame(Kind.MESSAGE))  # no harm
        await one.end.flushed()
        one.end.close()
        assert one.ends == 1

    asyncio.run(main())


def test_what_the_other_side_said_before_it_went_is_heard() -> None:
    async def main() -> None:
        ours, theirs = small_pair()
        one = Heard(ours)
        one.end.send(frame(Kind.MESSAGE, bytes(1_000_000)))
        await turns(5)
        theirs.sendall(frame(Kind.MESSAGE, b"last words") + frame(Kind.MESSAGE, b"cut off")[:-2])
        theirs.close()
        await until(lambda: one.ends)
        assert one.bodies == [b"last words"]
        one.end.close()

    asyncio.run(main())


def test_a_long_backlog_leaves_in_time_by_its_size_alone() -> None:
    """It took time that grew with the square of the size."""

    async def main() -> None:
        one, other = (Heard(end) for end in small_pair())
        began = time.process_time()
        one.end.send(frame(Kind.MESSAGE, bytes(20_000_000)))
        for _ in range(1000):
            one.end.send(frame(Kind.MESSAGE, bytes(20_000)))
        await until(lambda: len(other.frames) == 1001)
        assert time.process_time() - began < 6
        one.end.close()
        other.end.close()

    asyncio.run(main())


def test_a_newest_frame_takes_the_place_of_the_one_before_it_and_of_no_other() -> None:
    async def main() -> None:
        ours, theirs = small_pair()
        one = Heard(ours)
        one.end.send(frame(Kind.MESSAGE, bytes(100_000)))
        one.end.send_newest(frame(Kind.TICK, a=1))
        one.end.send_newest(frame(Kind.TICK, a=2))
        one.end.send(frame(Kind.MESSAGE, b"between"))
        for tick in range(3, 5000):
            one.end.send_newest(frame(Kind.TICK, a=tick))
            if tick % 100 == 0:
                await turns(1)
        theirs.setblocking(False)
        reader, got = FrameReader(), []
        loop = asyncio.get_running_loop()
        while not got or got[-1].a != 4999:
            got += reader.feed(await asyncio.wait_for(loop.sock_recv(theirs, 1 << 16), 10))
        assert [(one.kind, one.a or one.body) for one in got[1:4]][:2] == [(Kind.TICK, 2), (Kind.MESSAGE, b"between")]
        ticks = [one.a for one in got if one.kind == Kind.TICK]
        assert ticks == sorted(ticks) and len(ticks) < 10
        one.end.close()
        theirs.close()

    asyncio.run(main())


def waiting_for(connection: socket.socket) -> int:
    """How many frames without a body can be read there now."""
    try:
        return len(connection.recv(1 << 16, socket.MSG_PEEK | socket.MSG_DONTWAIT)) // len(frame(Kind.END))
    except BlockingIOError:
        return 0


def test_lots_leave_before_the_turn_is_over_and_the_rest_with_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket_end, "PREEMPTED_S", 60.0)  # however busy this machine is

    async def main() -> None:
        ours, theirs = socket.socketpair()
        one = Heard(ours)
        one.end.lot = 4
        one.end.send(frame(Kind.END))  # after a calm: at once
        left = []
        for _ in range(10):
            one.end.send(frame(Kind.END))
            left.append(waiting_for(theirs))
        assert left == [1, 1, 1, 5, 5, 5, 5, 9, 9, 9]
        await turns(1)
        assert waiting_for(theirs) == 11
        one.end.close()
        theirs.close()

    asyncio.run(main())


def test_whoever_is_stopped_for_what_it_sent_early_does_so_ever_more_rarely(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        ours, theirs = socket.socketpair()
        one = Heard(ours)
        loop = asyncio.get_running_loop()
        now, lasts = 100.0, [2 * PREEMPTED_S]

        def time_of_loop() -> float:  # each look at the clock is so much later than the one before
            nonlocal now
            now += lasts[0]
            return now

        def early(times: int) -> list[bool]:
            went = []
            for _ in range(times):
                before = waiting_for(theirs)
                one.end.send(frame(Kind.END))
                one.end.send_early()
                went.append(waiting_for(theirs) > before)
            return went

        one.end.send(frame(Kind.END))
        monkeypatch.setattr(loop, "time", time_of_loop)
        assert early(12) == [True, False, True, False, False, True, False, False, False, False, True, False]
        lasts[0] = PREEMPTED_S / 10
        went = early(40)
        assert went.count(False) == 7 and all(went[7:]), went  # what was left of eight, and then always
        monkeypatch.undo()
        one.end.close()
        theirs.close()

    asyncio.run(main())


def test_whoever_sends_early_to_one_that_has_gone_hears_of_it_afterwards() -> None:
    async def main() -> None:
        ours, theirs = socket.socketpair()
        one = Heard(ours)
        one.end.lot = 2
        theirs.sendall(frame(Kind.MESSAGE, b"last words"))
        theirs.close()
        for _ in range(9):
            one.end.send(frame(Kind.MESSAGE))
            one.end.send_early()
        assert not one.ends and not one.frames and one.end.is_connected
        await turns(2)
        assert one.ends == 1 and one.bodies == [b"last words"] and not one.end.is_connected
        one.end.close()

    asyncio.run(main())


def test_a_look_reads_what_is_there_before_the_loop_does_and_nothing_is_read_twice() -> None:
    async def main() -> None:
        ours, theirs = socket.socketpair()
        one = Heard(ours)
        one.end.look()
        assert not one.frames
        theirs.sendall(frame(Kind.MESSAGE, b"now") + frame(Kind.MESSAGE, b"cut")[:-1])
        one.end.look()
        assert one.bodies == [b"now"]
        theirs.sendall(b"t")
        await until(lambda: len(one.frames) == 2)
        theirs.close()
        one.end.look()
        assert one.ends == 1
        one.end.look()
        one.end.close()
        one.end.look()
        assert one.bodies == [b"now", b"cut"] and one.ends == 1

    asyncio.run(main())


def test_where_there_is_no_memory_to_join_frames_they_leave_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """They were lost, though the sender had been told that they were on their way."""

    def no_memory(parts: object) -> bytes:
        raise MemoryError

    async def main() -> None:
        ours, theirs = small_pair()
        one, other = Heard(ours), Heard(theirs)
        monkeypatch.setattr(socket_end, "_join", no_memory)
        for number in range(40):
            one.end.send(frame(Kind.MESSAGE, bytes(number * 1000), a=number))
            one.end.send_early()
        await until(lambda: len(other.frames) == 40)
        assert [(got.a, len(got.body)) for got in other.frames] == [(number, number * 1000) for number in range(40)]
        one.end.close()
        other.end.close()

    asyncio.run(main())


def test_what_cannot_be_sent_now_for_whatever_reason_is_still_there(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        ours, theirs = socket.socketpair()
        one, other = Heard(ours), Heard(theirs)
        for number in range(5):
            one.end.send(frame(Kind.MESSAGE, a=number))
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(SocketEnd, "_first_piece", interrupted)
            one.end.send_early()
        await until(lambda: len(other.frames) == 5)
        assert [got.a for got in other.frames] == list(range(5))
        one.end.close()
        other.end.close()

    def interrupted(end: SocketEnd) -> tuple[bytes, int]:
        raise KeyboardInterrupt

    asyncio.run(main())


@given(
    st.lists(
        st.one_of(
            st.tuples(st.sampled_from(["send", "large", "newest", "descriptor", "early"]), st.just(0)),
            st.tuples(st.just("turns"), st.integers(1, 4)),
        ),
        max_size=60,
    ),
    st.integers(0, 5),
)
def test_frames_arrive_in_order_and_once_whatever_leaves_early(steps: list[tuple[str, int]], lot: int) -> None:
    async def main() -> None:
        one, other = (Heard(end) for end in small_pair())
        one.end.lot = lot
        number = 0
        needed: list[int] = []
        for what, count in steps:
            if what == "turns":
                await turns(count)
            elif what == "early":
                one.end.send_early()
            elif what == "newest":
                number += 1
                one.end.send_newest(frame(Kind.TICK, a=number))
            else:
                number += 1
                needed.append(number)
                body = bytes(30_000) if what == "large" else b""
                one.end.send(frame(Kind.MESSAGE, body, a=number), 0 if what == "descriptor" else -1)
        one.end.send(frame(Kind.END, a=number + 1))
        await until(lambda: bool(other.frames) and other.frames[-1].kind == Kind.END)
        numbers = [got.a for got in other.frames]
        assert numbers == sorted(set(numbers))
        assert [got.a for got in other.frames if got.kind == Kind.MESSAGE] == needed
        for what, _ in steps:
            if what == "descriptor":
                os.close(other.end.next_descriptor())
        one.end.close()
        other.end.close()

    asyncio.run(main())
