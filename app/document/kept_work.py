"""What a journal tells: whose unsaved work it is, and that work with its history."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from engine import FileFormatError, Snapshot
from engine.graph.delta import EMPTY, applied

FORMAT = 1
_LOST_TEXT = "Edit"
_TAIL = 64 * 1024  # bytes at the end of a journal in which its last step is looked for


@dataclass(frozen=True)
class Step:
    """One step of a history."""

    text: str
    before: Snapshot
    after: Snapshot


@dataclass(frozen=True)
class KeptWork:
    """Unsaved work: the content, and the steps around it; so many of them lead to the content.

    `digest` is of the file that the work goes with, empty where that is not known.
    """

    path: Path | None
    content: Snapshot
    steps: list[Step]
    done: int
    digest: str = ""


@dataclass(frozen=True)
class Summary:
    """What people are told of unsaved work before it is read. `edits` is 0 where that is not known."""

    name: str
    when: datetime
    edits: int


def summary_of(file: Path) -> Summary:
    """What unsaved work this is; as much of it as can be read."""
    try:
        when = datetime.fromtimestamp(file.stat().st_mtime)
        with open(file, "rb") as journal:
            head = _data(journal.readline())
            journal.seek(max(0, file.stat().st_size - _TAIL))
            tail = [found for line in journal.read().splitlines() if "step" in (found := _data(line))]
    except OSError:
        return Summary("", datetime.now(), 0)
    path = head.get("path")
    last = tail[-1] if tail else head
    step, saved = last.get("step"), last.get("saved")
    edits = abs(step - max(0, saved)) if isinstance(step, int) and isinstance(saved, int) else 0
    return Summary(Path(path).name if isinstance(path, str) else "", when, edits)


def read_kept(file: Path) -> KeptWork:
    """Read a journal as far as it is whole.

    Raises:
        OSError: it cannot be read.
        FileFormatError: not even its beginning is whole.
    """
    lines = _lines(file.read_bytes())
    head = next(lines, {})
    if head.get("tidewire_journal") != FORMAT:
        raise FileFormatError("its beginning is not whole")
    states = _States(applied(EMPTY, head.get("content") or {}), _number(head, "step"))
    for line in lines:
        try:
            states.take(line)
        except FileFormatError:
            break  # what follows rests on this
    states.close()
    path = head.get("path")
    steps, done = states.history()
    place = Path(path) if isinstance(path, str) and path else None
    return KeptWork(place, states.content, steps, done, str(head.get("file", "")))


class _States:
    """The content, and what it was after each step, by the number of the step."""

    def __init__(self, content: Snapshot, number: int) -> None:
        self.content = content
        self._number = number
        self._after = {number: content}
        self._last = number  # no step after it is known
        self._texts: dict[int, str] = {}
        self._is_between = False

    def take(self, line: dict[str, Any]) -> None:
        """Follow a line: a change of the content, or where it stands in the history."""
        if "change" in line:
            self.content = applied(self.content, line["change"])
            self._is_between = True
        else:
            self._arrive(_number(line, "step"), _number(line, "of"), str(line.get("text", "")))

    def _arrive(self, number: int, count: int, text: str) -> None:
        for undone in range(count + 1, self._last + 1):
            self._after.pop(undone, None)
        self._after[number] = self.content
        self._last = max(number, count)
        self._texts[number] = text
        self._number = number
        self._is_between = False

    def close(self) -> None:
        """The last change may have no step of its own yet: the editor ended between the two lines."""
        if not self._is_between:
            return
        if self._after.get(self._number - 1) == self.content:
            self._number -= 1
        else:
            self._arrive(self._number + 1, self._number + 1, _LOST_TEXT)

    def history(self) -> tuple[list[Step], int]:
        """The steps around the content that are known without a gap, and how many of them lead to it."""
        first = last = self._number
        while first - 1 in self._after:
            first -= 1
        while last + 1 in self._after:
            last += 1
        steps = [
            Step(self._texts.get(number) or _LOST_TEXT, self._after[number - 1], self._after[number])
            for number in range(first + 1, last + 1)
        ]
        return steps, self._number - first


def _lines(data: bytes) -> Iterator[dict[str, Any]]:
    for line in data.split(b"\n")[:-1]:  # what follows the last line break is a torn line
        found = _data(line)
        if not found:
            return
        yield found


def _data(line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _number(line: dict[str, Any], name: str) -> int:
    found = line.get(name)
    if not isinstance(found, int):
        raise FileFormatError(f"{name}: {found!r} is no number of a step")
    return found
