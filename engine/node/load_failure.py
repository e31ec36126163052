"""Why a file of node types cannot be loaded, and at which line of which file."""

from __future__ import annotations

import importlib
import traceback
from dataclasses import dataclass
from pathlib import Path

# Where the line at fault is not: the import system, and what checks a node type when its class is made.
_NOT_THEIRS = ("<frozen", str(Path(importlib.__file__).parent), str(Path(__file__).parent))


@dataclass(frozen=True, slots=True)
class LoadFailure:
    """A file or package of node types that cannot be loaded.

    Attributes:
        what: which one.
        reason: the exception, in one line.
        file: where it was raised; None when that is no file of theirs.
        line: at which line; 0 when it is not known.
    """

    what: str
    reason: str
    file: Path | None = None
    line: int = 0

    @classmethod
    def of(cls, what: str, error: BaseException) -> LoadFailure:
        """What an exception says that importing it has raised."""
        file, line = place_of(error)
        return cls(what, said_by(error), file, line)

    def __str__(self) -> str:
        place = f" ({self.file.name}, line {self.line})" if self.file is not None else ""
        return f"{self.what} cannot be loaded: {self.reason}{place}"


def said_by(error: BaseException) -> str:
    """An exception in one line, without the place that a syntax error names."""
    try:
        text = str(error.msg) if isinstance(error, SyntaxError) else str(error)
        lines = text.strip().splitlines()
    except Exception:  # its own `__str__`
        lines = []
    said = f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
    return said if said.isprintable() else ascii(said)


def place_of(error: BaseException) -> tuple[Path | None, int]:
    """The file and line at which an exception was raised: the innermost that is not the import system's."""
    if isinstance(error, SyntaxError) and error.filename and error.lineno and not error.filename.startswith("<"):
        return Path(error.filename), error.lineno
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith(_NOT_THEIRS) and frame.filename != __file__
    ]
    return (Path(frames[-1].filename), frames[-1].lineno or 0) if frames else (None, 0)
