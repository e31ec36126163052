"""What the user has agreed to let run: node code by its content, types elsewhere by name. Kept with the settings."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from app.document.settings import settings

MOST_KEPT = 500
_CODE, _TYPES = "agreed/code", "agreed/types"


def project_code(folder: Path) -> list[Path]:
    """Every file below `folder/nodes/`, links followed, sorted; without what Python keeps there for itself."""
    found: list[Path] = []
    seen: set[str] = set()
    for place, folders, files in os.walk(folder / "nodes", followlinks=True):
        real = os.path.realpath(place)
        if real in seen:  # a link back to where we have been
            folders.clear()
            continue
        seen.add(real)
        folders[:] = [name for name in folders if name != "__pycache__"]
        found += [Path(place, name) for name in files]
    return sorted(found)


def code_digest(folder: Path) -> str:
    """The hash of all that would run from a folder's `nodes/`; empty when there is nothing, or it cannot be read."""
    total = hashlib.sha256()
    files = project_code(folder)
    for file in files:
        try:
            content = hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else "none"
        except OSError:
            return ""
        total.update(f"{file.relative_to(folder).as_posix()}\0{content}\n".encode())
    return total.hexdigest() if files else ""


def displayed(file: Path, folder: Path) -> str:
    """A file below a folder as people are shown it: with where it really lies, when that is elsewhere."""
    name = file.relative_to(folder).as_posix()
    real = file.resolve()
    return name if real.is_relative_to(folder.resolve()) else f"{name} → {real}"


def has_agreed_to_code(digest: str) -> bool:
    """Has the user agreed to exactly this code?"""
    return bool(digest) and digest in _kept(_CODE)


def agree_to_code(digest: str) -> None:
    """Keep that the user has agreed to this code."""
    if digest:
        _keep(_CODE, [digest])


def has_agreed_to_type(type_path: str, folder: Path | None) -> bool:
    """Has the user agreed to this node type, for graphs in this folder?"""
    return _entry(type_path, folder) in _kept(_TYPES)


def agree_to_types(type_paths: list[str], folder: Path | None) -> None:
    """Keep that the user has agreed to these node types, for graphs in this folder."""
    _keep(_TYPES, [_entry(type_path, folder) for type_path in type_paths])


def _entry(type_path: str, folder: Path | None) -> str:
    return f"{type_path} in {folder or ''}"


def _kept(key: str) -> list[str]:
    stored = settings().value(key, [])
    return [stored] if isinstance(stored, str) else [str(entry) for entry in stored or []]


def _keep(key: str, entries: list[str]) -> None:
    known = [entry for entry in _kept(key) if entry not in entries]
    settings().setValue(key, [*dict.fromkeys(entries), *known][:MOST_KEPT])
