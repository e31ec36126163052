"""Opening a source file at a line in the user's text editor: the one of the settings, else of $VISUAL or $EDITOR."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QProcess, QUrl
from PySide6.QtGui import QDesktopServices

from app.document.settings import settings

SETTING = "editor_command"  # for example `code -g {file}:{line}`
KNOWN = {
    "code": "{editor} -g {file}:{line}",
    "codium": "{editor} -g {file}:{line}",
    "cursor": "{editor} -g {file}:{line}",
    "subl": "{editor} {file}:{line}",
    "zed": "{editor} {file}:{line}",
    "kate": "{editor} -l {line} {file}",
    "gedit": "{editor} +{line} {file}",
    "gnome-text-editor": "{editor} +{line} {file}",
    "gvim": "{editor} +{line} {file}",
    "emacs": "{editor} +{line} {file}",
    "emacsclient": "{editor} -n +{line} {file}",
    "pycharm": "{editor} --line {line} {file}",
    "charm": "{editor} --line {line} {file}",
}


def command_for(file: Path, line: int, environment: Mapping[str, str] = os.environ) -> list[str]:
    """The program and its arguments; empty when none is set and none that has a window of its own is known.

    An editor for the terminal, such as `vi`, is not used: there is no terminal to show it in.
    """
    template = str(settings().value(SETTING, "") or "").strip()
    editor = ""
    if not template:
        for name in ("VISUAL", "EDITOR"):
            words = _split(environment.get(name, ""))
            if words and Path(words[0]).name in KNOWN:
                editor, template = words[0], KNOWN[Path(words[0]).name]
                break
    words = _split(template)
    if words and not any("{file}" in word for word in words):
        words.append("{file}")
    values = {"{editor}": editor, "{file}": str(file), "{line}": str(line)}
    return [_filled(word, values) for word in words]


def open_at_line(file: Path, line: int) -> str:
    """Open a file at a line, or, where no editor is known, in what the desktop opens such files with.

    Returns:
        Why it could not be opened; empty when it was handed over.
    """
    if not file.is_file():
        return f"{file} is not there any more."
    command = command_for(file, line)
    if command:
        is_started, _ = QProcess.startDetached(command[0], command[1:])
        if is_started:
            return ""
        return f"{command[0]} could not be started. Set the editor command in the settings."
    if QDesktopServices.openUrl(QUrl.fromLocalFile(str(file))):
        return ""
    return (
        f"No editor is known for {file}: set the editor command in the settings, for example code -g {{file}}:{{line}}"
    )


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:  # an open quote
        return []


def _filled(word: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        word = word.replace(name, value)
    return word
