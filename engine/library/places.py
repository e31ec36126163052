"""Where files named in parameters lie: plain paths, the home folder, the folder of recordings, the bundled examples."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from engine.errors import NodeError

RECORDINGS = "recordings:"
EXAMPLES = "examples:"


def place(path: str) -> Path:
    """The file a parameter names.

    Args:
        path: relative to the current folder, absolute, `~/…` in the home folder, `recordings:…` in this user's folder
            of recordings, or `examples:…` beside the example graphs.

    Raises:
        NodeError: the path is empty, or `recordings:`/`examples:` points outside its folder.
    """
    if not path.strip():
        raise NodeError("no file is named: set the parameter path")
    if path.startswith(RECORDINGS):
        return _inside(_recordings_folder(), path.removeprefix(RECORDINGS), path)
    if path.startswith(EXAMPLES):
        folder = Path(__file__).resolve().parents[2] / "resources" / "graphs"
        return _inside(folder, path.removeprefix(EXAMPLES), path)
    return Path(path).expanduser()


def _inside(folder: Path, rest: str, path: str) -> Path:
    found = folder / rest
    if not rest or not found.resolve().is_relative_to(folder.resolve()):
        raise NodeError(f"{path!r} names no file in its folder: write for example {RECORDINGS}name.csv")
    return found


def _recordings_folder() -> Path:
    """The folder of recordings among this user's data; made when it is missing."""
    if sys.platform == "win32":
        data = os.environ.get("LOCALAPPDATA") or "~/AppData/Local"
    elif sys.platform == "darwin":
        data = "~/Library/Application Support"
    else:
        data = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    folder = Path(data).expanduser() / "tidewire" / "recordings"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NodeError(f"the folder of recordings {folder} cannot be made: {error.strerror}") from None
    return folder
