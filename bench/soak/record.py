"""`Record`: the book of one node, in a mapped file. It survives the death of the process that writes it.

Besides its counts it says of the message of each number which instance of the node took it and which handed it on.
"""

from __future__ import annotations

import json
import mmap
import os
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

NAMES = (
    "made",  # messages a source has made; the next has this number
    "received",  # messages a check has seen for the first time
    "next",  # the number that a check expects
    "duplicates",
    "misordered",
    "damaged",
    "swallowed",  # messages that a node lost by an error that it was told to raise
    "hung",  # times a node held its loop because it was told to
    "instance",  # the newest; nodes that one process makes anew are one instance, so a new one follows a death
    "pid",  # of its process
    "resets",  # times a loop or a filter on the way began anew
    "mark",  # the newest live value that a message carried
    "marked_ns",  # and when its node put it there
)
_COUNTS_SIZE = 8 * len(NAMES)
_PER_NUMBER = 4  # bytes: who took it, who handed it on
_FIRST_NUMBERS = 1 << 14  # for which there is room at first
_MOST_REMARKS = 200
KEPT_BACK = 0xFFFF  # in the place of who handed it on: nobody, as the node was told


class Record:
    """Named whole numbers, and two of each message, that one writer changes and anybody reads.

    Numbers written just before a SIGKILL are in the file: the page belongs to the kernel, not to the process.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._instance = 0
        self._map_file()

    def _map_file(self, least_numbers: int = 0) -> None:
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            held = (os.fstat(descriptor).st_size - _COUNTS_SIZE) // _PER_NUMBER
            if held < max(1, least_numbers):
                held = max(_FIRST_NUMBERS, held)
                while held < least_numbers:
                    held *= 2
                os.ftruncate(descriptor, _COUNTS_SIZE + held * _PER_NUMBER)
            self._map = mmap.mmap(descriptor, _COUNTS_SIZE + held * _PER_NUMBER)
        finally:
            os.close(descriptor)
        whole = memoryview(self._map)
        self._numbers, self._way = whole[:_COUNTS_SIZE].cast("q"), whole[_COUNTS_SIZE:].cast("H")
        whole.release()

    def begin(self) -> None:
        """A node begins to write: a new instance, if its process is another than before."""
        if self["pid"] != os.getpid():
            self["pid"] = os.getpid()
            self.add("instance")
        self._instance = self["instance"]

    def took(self, number: int) -> None:
        """The node has got the message of this number."""
        self._mark(2 * number, self._instance)

    def handed_on(self, number: int) -> None:
        """The node hands the message of this number on now."""
        self._mark(2 * number + 1, self._instance)

    def kept_back(self, number: int) -> None:
        """The node does not hand it on, as it was told."""
        self._mark(2 * number + 1, KEPT_BACK)

    def _mark(self, place: int, value: int) -> None:
        if place >= len(self._way):
            self.close()
            self._map_file(place // 2 + 1)
        self._way[place] = value

    def way(self, count: int) -> tuple[NDArray[np.uint16], NDArray[np.uint16]]:
        """Which instance took and which handed on each of the first `count` numbers; 0 for none."""
        pairs = np.zeros((count, 2), np.uint16)
        held = min(count, len(self._way) // 2)
        pairs[:held] = np.array(self._way[: 2 * held]).reshape(-1, 2)
        return pairs[:, 0], pairs[:, 1]

    def __getitem__(self, name: str) -> int:
        return self._numbers[_PLACES[name]]

    def __setitem__(self, name: str, value: int) -> None:
        self._numbers[_PLACES[name]] = value

    def add(self, name: str, count: int = 1) -> None:
        """Count something."""
        self._numbers[_PLACES[name]] += count

    def remark(self, **what: object) -> None:
        """Write down a rare thing with its time, in a file beside; a broken node cannot fill the disk with them."""
        path = self.path.with_suffix(".remarks")
        if path.exists() and path.stat().st_size > _MOST_REMARKS * 120:
            return
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"at": time.monotonic(), **what}) + "\n")

    def remarks(self) -> list[dict[str, object]]:
        """What was written down; a line cut short by a crash is left out."""
        path = self.path.with_suffix(".remarks")
        if not path.exists():
            return []
        found = []
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                found.append(json.loads(line))
            except json.JSONDecodeError:
                continue
        return found

    def as_dict(self) -> dict[str, int]:
        """All numbers."""
        return dict(zip(NAMES, self._numbers, strict=True))

    def close(self) -> None:
        """Let the file go. Idempotent."""
        self._numbers.release()
        self._way.release()
        self._map.close()


_PLACES = {name: place for place, name in enumerate(NAMES)}
