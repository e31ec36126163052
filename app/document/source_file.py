"""Opening a source file at a line: with the command that people chose in the settings, else as the system does."""

from __future__ import annotations

import shlex

from PySide6.QtCore import QProcess, QUrl
from PySide6.QtGui import QDesktopServices

from app.document.settings import settings

EDITOR_COMMAND = "editor/command"
"""The setting: a command with `{file}` and `{line}`, for example `code --goto {file}:{line}`; empty for none."""


def open_source(file: str, line: int) -> str:
    """Open a file at a line; returns at once.

    Returns:
        Why it was not opened; empty when it was.
    """
    command = str(settings().value(EDITOR_COMMAND, "")).strip()
    if not command:
        opened = QDesktopServices.openUrl(QUrl.fromLocalFile(file))
        return "" if opened else f"Nothing here opens {file}. Settings has a field for a command that does."
    try:
        words = shlex.split(command)
    except ValueError as error:
        return f"The command that opens code cannot be read: {error}. Look at it in the settings."
    if "{file}" not in command:
        words.append("{file}")
    program, *arguments = [word.replace("{file}", file).replace("{line}", str(line)) for word in words]
    is_started, _ = QProcess.startDetached(program, arguments)
    return "" if is_started else f"{program} was not started: look at the command that opens code in the settings."
