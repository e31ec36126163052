"""A virtual screen for one process: Xvfb with a window manager where they are installed, else Qt's offscreen one."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SIZE = "1440x900x24"
WINDOW_MANAGERS = ("openbox", "metacity", "xfwm4", "icewm", "matchbox-window-manager")
_END_S = 5.0
_FOREIGN = ("XDG_", "QT_", "WAYLAND", "DISPLAY", "PYTEST", "PYTHON")


def kind() -> str:
    """What screens there are here, to be read."""
    manager = _manager()
    if shutil.which("Xvfb") is None:
        return "offscreen (Qt's own; no Xvfb here)"
    return f"Xvfb {SIZE} with {manager or 'no window manager'}"


def _manager() -> str | None:
    return next((name for name in WINDOW_MANAGERS if shutil.which(name)), None)


@contextmanager
def screen(home: Path, bytecode: Path) -> Iterator[dict[str, str]]:
    """A screen of its own, until the end of `with`.

    Args:
        home: an empty folder, for all that programs on the screen keep.
        bytecode: where Python keeps what it has compiled, as it does beside its modules where it is installed.

    Yields:
        The environment of programs on it: software drawing, and the settings of a new user.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
    runtime = home / "runtime"
    runtime.mkdir(mode=0o700)
    environment |= {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "XDG_RUNTIME_DIR": str(runtime),
        "PYTHONPYCACHEPREFIX": str(bytecode),
        "LIBGL_ALWAYS_SOFTWARE": "1",
        "QT_QPA_PLATFORM": "offscreen",
    }
    if shutil.which("Xvfb") is None:
        yield environment
        return
    started: list[subprocess.Popen[bytes]] = []
    try:
        environment |= {"DISPLAY": _start_server(started), "QT_QPA_PLATFORM": "xcb"}
        manager = _manager()
        if manager is not None:
            quiet = subprocess.DEVNULL
            started.append(subprocess.Popen([manager], env=environment, stdout=quiet, stderr=quiet))
        yield environment
    finally:
        for process in reversed(started):
            _end(process)


def _start_server(started: list[subprocess.Popen[bytes]]) -> str:
    """Start the X server on a free display; its name."""
    reader, writer = os.pipe()
    with os.fdopen(reader) as told:
        try:
            command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", SIZE, "-nolisten", "tcp", "-dpi", "96"]
            started.append(subprocess.Popen(command, pass_fds=[writer], stderr=subprocess.DEVNULL))
        finally:
            os.close(writer)
        number = told.readline().strip()
    if not number:
        raise RuntimeError("Xvfb did not start")
    return f":{number}"


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
