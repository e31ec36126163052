"""Where files named in parameters lie: plain paths, the home folder, the temporary folder, the bundled examples."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from engine.errors import NodeError

TEMPORARY = "temp:"
EXAMPLES = "examples:"


def place(path: str) -> Path:
    """The file a parameter names.

    Args:
        path: relative to the current folder, absolute, `~/…` in the home folder, `temp:…` in this user's folder for
            recordings nobody asked to keep, or `examples:…` beside the example graphs.

    Raises:
        NodeError: the path is empty, or `temp:`/`examples:` points outside its folder.
    """
    if not path.strip():
        raise NodeError("no file is named: set the parameter path")
    if path.startswith(TEMPORARY):
        return _inside(_temporary_folder(), path.removeprefix(TEMPORARY), path)
    if path.startswith(EXAMPLES):
        folder = Path(__file__).resolve().parents[2] / "resources" / "graphs"
        return _inside(folder, path.removeprefix(EXAMPLES), path)
    return Path(path).expanduser()


def _inside(folder: Path, rest: str, path: str) -> Path:
    found = folder / rest
    if not rest or not found.resolve().is_relative_to(folder.resolve()):
        raise NodeError(f"{path!r} names no file in its folder: write for example {TEMPORARY}name.csv")
    return found


def _temporary_folder() -> Path:
    """A folder of this user's own in the system's temporary folder; made when it is missing."""
    user = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
    folder = Path(tempfile.gettempdir()) / f"tidewire-{user}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if hasattr(os, "getuid") and (folder.is_symlink() or folder.stat().st_uid != os.getuid()):
        raise NodeError(f"{folder} belongs to somebody else: remove it or name another place")
    return folder
