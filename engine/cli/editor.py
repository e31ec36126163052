"""`tidewire [FILE]`: opens the editor, or says why it cannot be opened here and what to do about it.

The engine does not import the app: it is looked up by name when this command asks for it, and may not be installed.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import re
import socket
import sys
from collections.abc import Mapping
from typing import Any

from engine.cli.exit_codes import ExitCode, WrongUse

_NEEDED = ("app", "PySide6", "NodeGraphQt", "qasync", "pyqtgraph")
_PROBE_S = 2.0


def open_editor(file: str | None, *, start: bool) -> int:
    """Open the editor and stay until it is closed.

    Args:
        file: the graph to open.
        start: start the graph at once.

    Raises:
        WrongUse: there is no such file, no display, or a part of the editor is missing.
    """
    if file is not None and not os.path.lexists(file):
        raise WrongUse(
            f"there is no file {file}; `tidewire --help` lists the commands: run, validate, nodes and others"
        )
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise WrongUse(
            f"the editor is not installed ({', '.join(missing)} missing): pip install 'tidewire[app]'\n"
            f"Without it graphs run all the same: tidewire run {file or 'FILE'}"
        )
    if not has_display(os.environ):
        raise WrongUse(
            "there is no display for the editor: neither DISPLAY nor WAYLAND_DISPLAY names one that answers.\n"
            f"Without one graphs run all the same: tidewire run {file or 'FILE'}"
        )
    try:
        importlib.import_module("PySide6.QtWidgets")
        editor: Any = importlib.import_module("app.main")
    except ImportError as error:
        raise WrongUse(
            f"the editor cannot be loaded: {error}\n"
            "If a library of the system is missing, install what Qt needs; on Debian `make run` does that."
        ) from None
    code: int = editor.open_editor(file, start)
    return code or ExitCode.DONE


def has_display(environment: Mapping[str, str]) -> bool:
    """Can Qt open windows here? It would end the process by `abort` where the display does not answer."""
    if sys.platform in ("win32", "darwin"):
        return True
    platforms = environment.get("QT_QPA_PLATFORM", "")
    if platforms and not platforms.startswith(("xcb", "wayland")):
        return True
    return _wayland_answers(environment) or _x11_answers(environment.get("DISPLAY", ""))


def _wayland_answers(environment: Mapping[str, str]) -> bool:
    name = environment.get("WAYLAND_DISPLAY", "")
    return bool(name) and _answers(socket.AF_UNIX, os.path.join(environment.get("XDG_RUNTIME_DIR", ""), name))


def _x11_answers(display: str) -> bool:
    """Does the X server that `host:number.screen` names answer? Without a host it is on this machine."""
    named = re.fullmatch(r"(?:unix)?(?P<host>.*?):(?P<number>\d{1,4})(?:\.\d+)?", display)
    if named is None:
        return False
    if named["host"]:
        return _answers(socket.AF_INET, (named["host"], 6000 + int(named["number"])))
    path = f"/tmp/.X11-unix/X{named['number']}"
    return _answers(socket.AF_UNIX, path) or _answers(socket.AF_UNIX, f"\0{path}")


def _answers(family: int, address: Any) -> bool:
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.settimeout(_PROBE_S)
        try:
            probe.connect(address)
        except OSError:
            return False
    return True
