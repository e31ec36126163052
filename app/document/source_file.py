"""Opening a source file at a line: as the settings say, else $VISUAL or $EDITOR, else as the system does."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QProcess, QUrl
from PySide6.QtGui import QDesktopServices

from app.document.settings import settings

EDITOR_COMMAND = "editor/command"
"""The setting: a command with `{file}` and `{line}`, for example `code --goto {file}:{line}`; empty for none."""

_KNOWN = {
    "code": "-g {file}:{line}",
    "codium": "-g {file}:{line}",
    "cursor": "-g {file}:{line}",
    "subl": "{file}:{line}",
    "zed": "{file}:{line}",
    "kate": "-l {line} {file}",
    "gedit": "+{line} {file}",
    "gnome-text-editor": "+{line} {file}",
    "gvim": "+{line} {file}",
    "emacs": "+{line} {file}",
    "emacsclient": "-n +{line} {file}",
    "pycharm": "--line {line} {file}",
    "charm": "--line {line} {file}",
}


def command_of_environment(environment: Mapping[str, str] = os.environ) -> str:
    """The command of $VISUAL or $EDITOR, when that is an editor with a window; one for the terminal has none here."""
    for name in ("VISUAL", "EDITOR"):
        editor = environment.get(name, "").partition(" ")[0]
        if Path(editor).name in _KNOWN:
            return f"{editor} {_KNOWN[Path(editor).name]}"
    return ""


def open_source(file: str | Path, line: int = 1) -> str:
    """Open a file at a line; returns at once.

    Returns:
        Why it was not opened; empty when it was.
    """
    command = str(settings().value(EDITOR_COMMAND, "")).strip() or command_of_environment()
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
