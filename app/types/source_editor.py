"""Opening a source file at a line in the user's own editor."""

from __future__ import annotations

import shlex
from pathlib import Path

from PySide6.QtCore import QProcess, QUrl
from PySide6.QtGui import QDesktopServices

from app.document.settings import settings

COMMAND = "editor/command"
"""The setting: a command line in which `{file}` and `{line}` are put, for example `code --goto {file}:{line}`."""


def open_source(file: Path | str, line: int = 1) -> str:
    """Open a file with the command of the settings, else with what the system opens it with.

    Returns:
        Why it could not be opened; empty when it was.
    """
    template = str(settings().value(COMMAND, "") or "").strip()
    if not template:
        if QDesktopServices.openUrl(QUrl.fromLocalFile(str(file))):
            return ""
        return f"Nothing here opens {file} (line {line}). Set {COMMAND} to the command of your editor."
    try:
        words = shlex.split(template)
    except ValueError as error:
        return f"The setting {COMMAND} is no command line ({error}): {template}"
    if not any("{file}" in word for word in words):
        words.append("{file}")
    program, *arguments = (word.replace("{file}", str(file)).replace("{line}", str(max(1, line))) for word in words)
    if QProcess.startDetached(program, arguments)[0]:
        return ""
    return f"{program} could not be started: look at the setting {COMMAND}."
