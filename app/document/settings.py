"""What the editor remembers between sessions: one ini file in the user's configuration folder."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSettings

MAX_RECENT = 10


def settings() -> QSettings:
    """The settings of this user. `QSettings.setPath` moves them elsewhere, as the tests do."""
    return QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, "Tidewire", "Tidewire")


def recent_files() -> list[Path]:
    """Graph files opened or saved lately, the newest first; those that are gone are left out."""
    stored = settings().value("recent_files", [])
    texts = [stored] if isinstance(stored, str) else list(stored or [])
    return [path for path in map(Path, texts) if path.is_file()]


def remember_file(path: Path) -> None:
    """Put a file at the head of the recent ones."""
    others = [known for known in recent_files() if known != path]
    settings().setValue("recent_files", [str(known) for known in [path, *others][:MAX_RECENT]])


def forget_recent_files() -> None:
    """Empty the list of recent files; the files stay."""
    settings().setValue("recent_files", [])


def is_first_start() -> bool:
    """Has this user never closed the editor before?"""
    return not settings().contains("last_graph")


def last_graph() -> Path | None:
    """The file that was open when the editor was closed, if it is still there."""
    text = settings().value("last_graph", "")
    path = Path(str(text)) if text else None
    return path if path is not None and path.is_file() else None


def remember_last_graph(path: Path | None) -> None:
    """Note what is open when the editor closes."""
    settings().setValue("last_graph", str(path) if path else "")
