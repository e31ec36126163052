"""`Record`: the book of one node, in a small mapped file. It survives the death of the process that writes it."""

from __future__ import annotations

import json
import mmap
import os
import time
from pathlib import Path

NAMES = (
    "made",  # messages a source has made; the next has this number
    "received",  # messages a check has seen for the first time
    "next",  # the number that a check expects
    "missing",  # numbers that were passed over
    "duplicates",
    "misordered",
    "damaged",
    "swallowed",  # messages that a node lost by an error that it was told to raise
    "hung",  # times a node held its loop because it was told to
    "begun",  # instances of the node so far
    "resets",  # times a loop or a filter on the way began anew
    "mark",  # the newest live value that a message carried
    "marked_ns",  # and when its node put it there
)
_SIZE = 8 * len(NAMES)
_MOST_REMARKS = 200


class Record:
    """Named whole numbers that one writer changes and anybody reads.

    Numbers written just before a SIGKILL are in the file: the page belongs to the kernel, not to the process.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if os.fstat(descriptor).st_size < _SIZE:
                os.ftruncate(descriptor, _SIZE)
            self._map = mmap.mmap(descriptor, _SIZE)
        finally:
            os.close(descriptor)
        self._numbers = memoryview(self._map).cast("q")

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
        self._map.close()


_PLACES = {name: place for place, name in enumerate(NAMES)}
