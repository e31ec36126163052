"""The pulse of loops in memory: written without a lock, read from another process, bounded, and gone afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from engine.computers.pulse import PAGE_WORDS, TEXT_SIZE, Pulse, PulsePage
from engine.computers.stacks import last_words, stack_of, stacks_in
from tests.engine.runtime.placements import until

pytestmark = pytest.mark.timeout(20)


@pytest.fixture
def page() -> Iterator[PulsePage]:
    page = PulsePage()
    yield page
    page.close()
    page.close()
    assert page.text() == ""


def test_a_pulse_tells_beats_the_node_at_work_the_thread_and_helper_threads() -> None:
    pulse = Pulse.in_this_process(3)
    assert (pulse.beats, pulse.node, pulse.helpers) == (0, 0, {})
    pulse.begin()
    pulse.beat()
    pulse.working[0] = 2
    assert (pulse.beats, pulse.node) == (2, 2)
    assert pulse.thread == (threading.get_ident(), threading.get_native_id())
    pulse.begin_helper(3)
    assert pulse.helpers == {3: pulse.thread}
    pulse.end_helper(3)
    pulse.end()
    assert (pulse.beats, pulse.helpers) == (0, {})


def test_pulses_of_one_page_do_not_touch_each_other_and_one_without_room_is_only_not_watched(page: PulsePage) -> None:
    first, second = page.pulse(0, 2), page.pulse(Pulse.size(2), 1)
    for number in (1, 2):
        first.begin_helper(number)
    first.working[0] = 7
    assert (second.beats, second.node, second.thread, second.helpers) == (0, 0, (0, 0), {})
    page.listener = 99
    assert page.listener == 99 and first.beats == 0
    page.pulse(PAGE_WORDS - 8, 100).begin()


CHILD = """
import faulthandler, os, signal, sys, threading
sys.path[:0] = [sys.argv[2]]
from engine.computers.pulse import PulsePage
descriptor = int(sys.argv[1])
faulthandler.enable(descriptor)
faulthandler.register(signal.SIGUSR1, descriptor, all_threads=True, chain=False)
pulse = PulsePage(descriptor).pulse(0, 1)

def innermost():
    pulse.begin()
    sys.stdin.readline()
    os.write(descriptor, b"x" * 200_000)
    sys.stdin.readline()
    os.abort()

innermost()
"""


def test_another_process_is_seen_and_its_stack_its_bounded_text_and_its_crash_are_read(page: PulsePage) -> None:
    command = [sys.executable, "-c", CHILD, str(page.descriptor), os.getcwd()]
    os.set_inheritable(page.descriptor, True)
    with subprocess.Popen(command, stdin=subprocess.PIPE, pass_fds=[page.descriptor]) as child:
        assert child.stdin is not None
        pulse = page.pulse(0, 1)
        until(lambda: pulse.beats, what="the child's loop beats")
        child.send_signal(signal.SIGUSR1)
        stacks = until(lambda: stacks_in(page.text()), what="its stacks")
        assert stacks[pulse.thread[0]].rstrip().endswith("in innermost")
        child.stdin.write(b"\n")
        child.stdin.flush()
        until(lambda: len(page.text()) == TEXT_SIZE, what="as much text as there is room for")
        assert os.fstat(page.descriptor).st_size <= 2 * TEXT_SIZE
        page.forget_text()
        assert page.text() == ""
        child.stdin.write(b"\n")
        child.stdin.close()
        assert child.wait(5) == -signal.SIGABRT
    words = last_words(page.text())
    assert words.startswith("Fatal Python error: Aborted\n") and words.rstrip().endswith("in innermost")


def test_stacks_are_written_as_tracebacks_are_innermost_last_with_their_source() -> None:
    line = stack_of.__code__.co_firstlineno
    dump = (
        "Thread 0x000000000000002a (most recent call first):\n"
        f'  File "{stack_of.__code__.co_filename}", line {line} in stack_of\n'
        '  File "nowhere.py", line 3 in <module>\n\n'
        "Current thread 0x0000000000000007 (most recent call first):\n  <no Python frame>\n"
    )
    assert stacks_in(dump) == {
        42: '  File "nowhere.py", line 3, in <module>\n'
        f'  File "{stack_of.__code__.co_filename}", line {line}, in stack_of\n    def stack_of(thread: int) -> str:\n',
        7: "  (no Python code)\n",
    }
    assert stacks_in("") == {} and last_words("") == "" and last_words(dump) == ""
    assert last_words("x\nTraceback (most recent call last):\n  E\n") == "Traceback (most recent call last):\n  E\n"
