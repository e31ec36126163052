"""`Journal`: the file that unsaved work is written to, a line at every command.

A line that was handed to the system outlives the editor, however that ends. A line that is torn is the last one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

SUFFIX = ".journal"
_AT_REST = ".at-rest"


class Journal:
    """Lines of JSON in a file, which has a second name while nothing is unsaved.

    Invariant: what the file holds is whole lines, all that were written since it was begun, or `is_begun` is False.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self.is_begun = False
        self.size = 0
        self._rest_file = file.with_suffix(_AT_REST)
        self._place = file

    def begin(self, lines: Iterable[Mapping[str, Any]]) -> None:
        """Write the file anew; what it held is there until the new content is."""
        data = b"".join(_line(line) for line in lines)
        new = self.file.with_suffix(".new")
        self.is_begun = False
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            new.write_bytes(data)
            new.replace(self._place)
        except OSError:  # a full disk must not disturb the work itself
            with suppress(OSError):
                new.unlink(missing_ok=True)
            return
        self.size, self.is_begun = len(data), True

    def append(self, line: Mapping[str, Any]) -> bool:
        """Add a line; was it written? If not, the file holds what it held, or it is to be begun anew."""
        data = _line(line)
        try:
            with open(self._place, "ab", buffering=0) as file:
                if file.tell() != self.size:  # somebody else was there
                    self.is_begun = False
                elif file.write(data) == len(data):
                    self.size += len(data)
                    return True
                else:
                    file.truncate(self.size)
        except OSError:
            with suppress(OSError):
                os.truncate(self._place, self.size)
        return False

    def show(self, is_unsaved: bool) -> None:
        """Let the next editor find the file, or not."""
        place = self.file if is_unsaved else self._rest_file
        if place != self._place:
            with suppress(FileNotFoundError):
                self._place.replace(place)
            self._place = place

    def forget(self) -> None:
        """Remove the file."""
        self.is_begun = False
        for place in (self.file, self._rest_file):
            with suppress(OSError):
                place.unlink(missing_ok=True)


def _line(content: Mapping[str, Any]) -> bytes:
    # Plain ASCII: no half of a surrogate pair makes it fail. What is no plain data cannot be saved to a file either.
    return json.dumps(content, separators=(",", ":"), default=repr).encode() + b"\n"
