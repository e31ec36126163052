"""Opening a source file at a line: with the command that people chose in the settings, else as the system does."""

from __future__ import annotations

import shlex
from pathlib import Path

from PySide6.QtCore import QProcess, QUrl
from PySide6.QtGui import QDesktopServices

from app.document.settings import settings

EDITOR_COMMAND = "editor/command"
"""The setting: a command with `{file}` and `{line}`, for example `code --goto {file}:{line}`; empty for none."""


def open_source(file: str | Path, line: int = 1) -> str:
    """Open a file at a line; returns at once.

    Returns:
        Why it was not opened; empty when it was.
    """
    command = str(settings().value(EDITOR_COMMAND, "")).strip()
    if not command:
        opened = QDesktopServices.openUrl(QUrl.fromLocalFile(str(file)))
        return "" if opened else f"Nothing here opens {file}. Settings has a field for a command that does."
    try:
        words = shlex.split(command)
    except ValueError as error:
        return f"The command that opens code cannot be read: {error}. Look at it in the settings."
    if "{file}" not in command:
        words.append("{file}")
    program, *arguments = [word.replace("{file}", str(file)).replace("{line}", str(max(1, line))) for word in words]
    is_started, _ = QProcess.startDetached(program, arguments)
    return "" if is_started else f"{program} was not started: look at the command that opens code in the settings."
