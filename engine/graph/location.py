"""Where a node runs: `host:process:thread`, each part optional, right-aligned like the words of a path."""

from __future__ import annotations

import re
from dataclasses import dataclass

from engine.errors import LocationError

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")


@dataclass(frozen=True, order=True, slots=True)
class Location:
    """A place for nodes. All parts empty is `main`, the main loop of the main process.

    Attributes:
        host: name of another machine; empty is this one.
        process: name of a process on that host; empty is the main process.
        thread: name of a thread in that process; empty is its main loop.
    """

    host: str = ""
    process: str = ""
    thread: str = ""

    def __post_init__(self) -> None:
        for kind in ("host", "process", "thread"):
            name = getattr(self, kind)
            if not isinstance(name, str) or (name and not _NAME.match(name)):
                raise LocationError(
                    f"{name!r} is no name for a {kind}: use 1 to 64 letters, digits, '_' or '-' "
                    f"(a location is written host:process:thread, for example 'dsp', 'ml:' or 'ml:io')"
                )
        if (self.host, self.process, self.thread) == ("", "", "main"):
            raise LocationError("'main' is the name of the main loop: give the thread another name")

    @classmethod
    def parse(cls, text: str | Location) -> Location:
        """Read `""` or `"main"` (main), `"dsp"` (thread), `"ml:"` (process), `"ml:io"`, `"lab2:ml:"` or `"lab2:ml:io"`.

        Raises:
            LocationError: the text has too many parts or a part is no name.
        """
        if isinstance(text, Location):
            return text
        if not isinstance(text, str):
            raise LocationError(f"a location is text such as 'ml:io', not {type(text).__name__}")
        if text.strip() == "main":
            return cls()
        parts = text.strip().split(":")
        if len(parts) > 3:
            raise LocationError(f"{text!r} has {len(parts)} parts; a location has three: host:process:thread")
        return cls(*[""] * (3 - len(parts)), *parts)

    def __str__(self) -> str:
        if self.host:
            return f"{self.host}:{self.process}:{self.thread}"
        if self.process:
            return f"{self.process}:{self.thread}"
        return self.thread

    @property
    def label(self) -> str:
        """The name people see: `main` for the empty location, else the text itself."""
        return str(self) or "main"

    @property
    def is_main(self) -> bool:
        """Is this the main loop of the main process?"""
        return not (self.host or self.process or self.thread)

    @property
    def process_location(self) -> Location:
        """The main loop of the process this location lies in."""
        return Location(self.host, self.process)


MAIN = Location()
