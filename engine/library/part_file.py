"""`PartFile`: a file that grows beside its final name and gets that name only when it is complete."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

from engine.errors import NodeError
from engine.graph.disk import kind_of


class PartFile:
    """Written as `NAME.part`, renamed to `NAME` by `finish`; until then an older `NAME` stays as it was.

    After a kill the part stays, with all that was written; a later part gets a name of its own (`NAME.part2`).
    Nothing is buffered: when `append` returns, the system has the data. A failed `append` leaves the part as it was.

    Invariant: the file ends after the last append that succeeded, at `size`.
    """

    def __init__(self, target: Path) -> None:
        """Begin a file; raises `NodeError` when it cannot be made there."""
        self.target = target
        self.size = 0
        if not target.parent.is_dir():
            raise NodeError(f"{target} cannot be written: there is no folder {target.parent}")
        if trouble := self._what_is_no_file():
            raise NodeError(f"{target} cannot be written: {trouble}: choose another name")
        number = 1
        while True:
            self.path = target.with_name(f"{target.name}.part{number if number > 1 else ''}")
            try:
                self._file = open(self.path, "x+b", buffering=0)  # noqa: SIM115 - finish and close end it
                return
            except FileExistsError:
                number += 1
            except OSError as error:
                raise NodeError(f"{target} cannot be written: {error.strerror}") from None

    def append(self, data: bytes) -> None:
        """Write at the end, all or nothing; raises `NodeError` (a full disk, for example)."""
        try:
            self._write(self.size, data)
        except OSError as error:
            with suppress(OSError):
                self._file.truncate(self.size)
            raise NodeError(f"{self.target} cannot be written on: {error.strerror}") from error
        self.size += len(data)

    def patch(self, offset: int, data: bytes) -> None:
        """Write over bytes that are there already; raises `NodeError`."""
        try:
            self._write(offset, data)
        except OSError as error:
            raise NodeError(f"{self.target} cannot be written on: {error.strerror}") from error

    def finish(self, replacement: Path | None = None) -> None:
        """Give the file its name, or give that to a replacement made of it.

        Raises:
            NodeError: it cannot be done; the part stays.
        """
        if trouble := self._what_is_no_file():  # it has come there meanwhile
            if replacement is not None:
                replacement.unlink(missing_ok=True)
            raise NodeError(f"{self.target} cannot be completed: {trouble}; what was written is in {self.path.name}")
        try:
            os.fsync(self._file.fileno())
            self._file.close()
            os.replace(replacement or self.path, self.target)
            if replacement is not None:
                self.path.unlink()
        except OSError as error:
            raise NodeError(
                f"{self.target} cannot be completed: {error.strerror}; what was written is in {self.path.name}"
            ) from error

    def discard(self) -> None:
        """Remove the file: there was nothing to write."""
        self._file.close()
        self.path.unlink(missing_ok=True)

    def close(self) -> None:
        """Close the part and leave it where it is."""
        self._file.close()

    def _what_is_no_file(self) -> str:
        """That a folder, a device or a pipe has the name, which a file must not replace; empty when none has."""
        try:
            status = self.target.stat()
        except OSError:  # nothing is there; anything else is said when the file is made
            return ""
        return "" if stat.S_ISREG(status.st_mode) else f"it is {kind_of(status)}"

    def _write(self, offset: int, data: bytes) -> None:
        self._file.seek(offset)
        view = memoryview(data)
        while view:
            written = self._file.write(view)
            view = view[written or 0 :]
