"""`Screen`: a virtual X server with a window manager, and pictures of what it shows."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path
from types import TracebackType

_END_S = 5.0


class Screen:
    """Xvfb and openbox, from `with` to the end of it.

    Args:
        width: pixels.
        height: pixels.
        home: a folder for what the window manager keeps.
    """

    def __init__(self, width: int, height: int, home: Path) -> None:
        self.width, self.height = width, height
        self._home = home
        self._started: list[subprocess.Popen[bytes]] = []
        self.display = ""

    def __enter__(self) -> Screen:
        size = f"{self.width}x{self.height}x24"
        reader, writer = os.pipe()
        server = ["Xvfb", "-displayfd", str(writer), "-screen", "0", size, "-nolisten", "tcp", "-dpi", "96"]
        self._started.append(subprocess.Popen(server, pass_fds=[writer], stderr=subprocess.DEVNULL))
        os.close(writer)
        with os.fdopen(reader) as told:
            self.display = f":{told.readline().strip()}"
        self._started.append(
            subprocess.Popen(["openbox"], env=self.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in reversed(self._started):
            process.terminate()
            try:
                process.wait(_END_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def environment(self) -> dict[str, str]:
        """The environment of programs on this screen; their settings lie in the temporary home."""
        runtime = self._home / "runtime"
        runtime.mkdir(mode=0o700, exist_ok=True)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "QT_", "WAYLAND"))}
        return {
            **kept,
            "DISPLAY": self.display,
            "HOME": str(self._home),
            "XDG_CONFIG_HOME": str(self._home / "config"),
            "XDG_DATA_HOME": str(self._home / "data"),
            "XDG_CACHE_HOME": str(self._home / "cache"),
            "XDG_RUNTIME_DIR": str(runtime),
            "QT_QPA_PLATFORM": "xcb",
        }

    def run(self, *command: str) -> str:
        """Run a short program on this screen; its output, stripped."""
        done = subprocess.run(command, env=self.environment(), capture_output=True, text=True, check=False, timeout=30)
        return done.stdout.strip()

    def picture(self, file: Path, area: tuple[int, int, int, int] | None = None) -> None:
        """Write what the screen shows, or an area of it (x, y, width, height), as a PNG."""
        crop = ["-crop", "{2}x{3}+{0}+{1}".format(*area), "+repage"] if area else []
        self.run("import", "-window", "root", *crop, str(file))

    def pixels(self, area: tuple[int, int, int, int]) -> bytes:
        """The pixels of an area (x, y, width, height), to compare with others."""
        crop = ["-crop", "{2}x{3}+{0}+{1}".format(*area), "+repage"]
        command = ["import", "-window", "root", *crop, "-depth", "8", "rgb:-"]
        return subprocess.run(command, env=self.environment(), capture_output=True, check=True, timeout=30).stdout

    def wait_for_window(self, title: str, timeout_s: float = 30.0) -> str:
        """Wait until a window whose title has `title` is on the screen; its id."""
        end = time.monotonic() + timeout_s
        while time.monotonic() < end:
            found = self.run("xdotool", "search", "--onlyvisible", "--name", title)
            if found:
                return found.splitlines()[0]
            time.sleep(0.02)
        raise TimeoutError(f"no window {title!r} after {timeout_s} s")
