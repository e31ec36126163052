"""The pulse of event loops, in memory that another process can read without asking: alive or not, and at which node.

Each loop has a few words of its own. It alone writes them, with plain assignments; whoever watches reads them. No lock
is needed, so that a process that is killed, stopped, or whose interpreter lock is held keeps nobody waiting.
"""

from __future__ import annotations

import contextlib
import fcntl
import mmap
import os
import threading

WORD = 8
PAGE_WORDS = 1 << 13  # memory that is not touched costs nothing
TEXT_SIZE = 1 << 16
_TEXT_AT = PAGE_WORDS * WORD
_BEATS, _WORKING, _THREAD, _TASK, _HELPERS = range(5)
_FLAGS = getattr(os, "MFD_CLOEXEC", 0) | getattr(os, "MFD_ALLOW_SEALING", 0)
_SEALS = getattr(fcntl, "F_SEAL_GROW", 0) | getattr(fcntl, "F_SEAL_SHRINK", 0)


class Pulse:
    """The words of one loop: its beats, the number of the node at work, its thread, and its nodes' helper threads.

    Nodes are numbered from 1 in the order in which the loop was told of them; 0 is none. A loop that has not begun, or
    has ended, has 0 beats.

    Attributes:
        working: one word, for whoever runs nodes: `working[0] = number` before a node's code runs, 0 after it.
    """

    def __init__(self, words: memoryview) -> None:
        self._words = words
        self.working = words[_WORKING : _WORKING + 1]

    @classmethod
    def size(cls, n_nodes: int) -> int:
        """How many words a loop with so many nodes needs."""
        return _HELPERS + 2 * n_nodes

    @classmethod
    def in_this_process(cls, n_nodes: int) -> Pulse:
        """A pulse that only this process reads."""
        return cls(memoryview(bytearray(cls.size(n_nodes) * WORD)).cast("Q"))

    def begin(self) -> None:
        """The loop begins, in the current thread."""
        self._words[_THREAD], self._words[_TASK] = threading.get_ident(), threading.get_native_id()
        self.beat()

    def beat(self) -> None:
        """The loop turns."""
        self._words[_BEATS] += 1

    def end(self) -> None:
        """The loop has ended."""
        self._words[_BEATS] = 0

    def begin_helper(self, number: int) -> None:
        """The current thread runs a node's code beside the loop. Unseen where there is no room for so many nodes."""
        at = _HELPERS + 2 * (number - 1)
        if at + 1 < len(self._words):
            self._words[at], self._words[at + 1] = threading.get_ident(), threading.get_native_id()

    def end_helper(self, number: int) -> None:
        """A node's helper thread has ended."""
        at = _HELPERS + 2 * (number - 1)
        if at + 1 < len(self._words):
            self._words[at] = self._words[at + 1] = 0

    # -- reading

    @property
    def beats(self) -> int:
        """How often the loop has beaten; 0 before its begin and after its end."""
        return int(self._words[_BEATS])

    @property
    def node(self) -> int:
        """The number of the node whose code runs on the loop now, or 0."""
        return int(self.working[0])

    @property
    def thread(self) -> tuple[int, int]:
        """The loop's thread: its `threading.get_ident()` and the system's number of it."""
        return int(self._words[_THREAD]), int(self._words[_TASK])

    @property
    def helpers(self) -> dict[int, tuple[int, int]]:
        """The helper threads, by the number of their node."""
        rest = self._words[_HELPERS:]
        return {at // 2 + 1: (int(rest[at]), int(rest[at + 1])) for at in range(0, len(rest), 2) if rest[at]}


class PulsePage:
    """Memory that a process shares with its parent: the pulses of its loops, and room for a text.

    The text is what the interpreter of the child writes when it is asked for its stacks, when it crashes, or when it
    cannot begin. It is bounded, and the memory has no name: nothing of it is left when both processes have gone.

    Raises:
        OSError: descriptors or memory are exhausted.
    """

    def __init__(self, descriptor: int | None = None) -> None:
        is_new = descriptor is None
        self.descriptor = os.memfd_create("tidewire-pulse", _FLAGS) if descriptor is None else descriptor
        try:
            if is_new:
                os.ftruncate(self.descriptor, _TEXT_AT + TEXT_SIZE)
                fcntl.fcntl(self.descriptor, fcntl.F_ADD_SEALS, _SEALS)  # the text cannot grow
                os.lseek(self.descriptor, _TEXT_AT, os.SEEK_SET)
            self._memory = mmap.mmap(self.descriptor, _TEXT_AT)
        except BaseException:
            os.close(self.descriptor)
            raise
        self._words = memoryview(self._memory).cast("Q")
        self._listener, self._loops = self._words[:1], self._words[1:]
        self._given: list[memoryview] = [self._listener, self._loops]

    def pulse(self, at: int, n_nodes: int) -> Pulse:
        """The pulse of a loop whose words begin at `at`.

        A process with so many nodes that the page has no room for them gets a pulse nobody else can read.
        """
        end = at + Pulse.size(n_nodes)
        if end > len(self._loops):
            return Pulse.in_this_process(n_nodes)
        words = self._loops[at:end]
        pulse = Pulse(words)
        self._given += [words, pulse.working]
        return pulse

    @property
    def listener(self) -> int:
        """The system's number of a thread of the child that runs no node's code, and takes signals; 0 for none."""
        return int(self._listener[0])

    @listener.setter
    def listener(self, task: int) -> None:
        self._listener[0] = task

    def forget_text(self) -> None:
        """Make room for a new text."""
        os.lseek(self.descriptor, _TEXT_AT, os.SEEK_SET)

    def text(self) -> str:
        """What was written since `forget_text`, as far as there was room; nothing once the memory is given back."""
        if self.descriptor < 0:
            return ""
        size = os.lseek(self.descriptor, 0, os.SEEK_CUR) - _TEXT_AT  # the child writes by the same file position
        return os.pread(self.descriptor, max(0, size), _TEXT_AT).decode("utf-8", "backslashreplace")

    def close(self) -> None:
        """Give the memory back. Pulses of this page cannot be read any more."""
        if self.descriptor < 0:
            return
        for words in self._given:
            words.release()
        self._words.release()
        with contextlib.suppress(BufferError):
            self._memory.close()
        os.close(self.descriptor)
        self.descriptor = -1
