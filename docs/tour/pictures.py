"""Take the pictures of the README: `hello` and `heart` running in the dark theme, `break it` in the light one.

    .venv/bin/python docs/tour/pictures.py

Writes docs/pictures/*.png. Needs Xvfb, openbox, xdotool and ImageMagick.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from editor import Editor
from hand import Hand
from scene import Scene
from screen import Screen
from tour import prepare_home

_ROOT = Path(__file__).parents[2]
_OUT = _ROOT / "docs" / "pictures"
_SCALE = 1.25
_SIZE = (1440, 900)
_LARGEST = 300_000  # bytes


def main() -> int:
    """Take them; 0 when they are written."""
    _OUT.mkdir(exist_ok=True)
    for name, theme, prepare in (
        ("hello", "dark", _hello),
        ("break_it", "light", _break_it),
        ("heart", "dark", _heart),
    ):
        width, height = (round(side * _SCALE) for side in _SIZE)
        with tempfile.TemporaryDirectory(prefix="tide-") as folder, Screen(width, height, Path(folder)) as screen:
            prepare_home(Path(folder), theme)
            graph = str(_ROOT / "resources" / "graphs" / f"{name}.tide")
            with Editor(screen, _SCALE, "--start", graph) as editor:
                scene = Scene(screen, Hand(screen), editor, Path(folder), _SCALE, Path(folder))
                scene.expect("it runs", lambda s: s["is_ready"] and s["run"] == "running" and len(s["drawn"]) >= 3)
                scene.fill_screen()
                prepare(scene)
                _write(scene, _OUT / f"{name}.png")
    return 0


def _hello(scene: Scene) -> None:
    """The filter is selected, and all traces are as long as their plots."""
    scene.click("part", "band_pass", "title")
    scene.hand.move(scene.editor.ask("ground", 0.5, 0.9))
    time.sleep(6.0)


def _heart(scene: Scene) -> None:
    """What the heart rate is made of is a group; a wire is probed, and the panel says whether anything is slow."""
    hand, find = scene.hand, scene.editor.find
    hand.click(find("part", "r_peaks", "title"))
    scene.screen.run("xdotool", "keydown", "shift")
    hand.click(find("part", "heart_rate", "title"))
    scene.screen.run("xdotool", "keyup", "shift")
    hand.key("ctrl+g")
    time.sleep(0.5)
    hand.type("Beats")
    hand.key("Return")
    scene.click("tab", "Performance")
    scene.click("widget", "Why is it slow?")
    hand.click(find("wire", "ecg.signal -> band_pass.signal"))
    hand.move(find("ground", 0.5, 0.95))
    time.sleep(12.0)


def _break_it(scene: Scene) -> None:
    """Two nodes have failed, one hangs, and the traceback of the first is open."""
    scene.expect("errors", lambda s: s["errors"]["raises"] and s["errors"]["dies"])
    time.sleep(3.0)
    scene.click("part", "raises", "error")
    scene.hand.move(scene.editor.ask("ground", 0.5, 0.95))
    time.sleep(2.0)


def _write(scene: Scene, file: Path) -> None:
    """Write the screen with 256 colours: the pictures are part of the repository."""
    whole = scene.out / "whole.png"
    scene.screen.picture(whole)
    subprocess.run(["convert", whole, "-dither", "None", "-colors", "256", f"PNG8:{file}"], check=True)
    size = file.stat().st_size
    print(f"{file.relative_to(_ROOT)}: {size // 1000} kB")
    if size > _LARGEST:
        raise AssertionError(f"{file} is larger than {_LARGEST} bytes")


if __name__ == "__main__":
    sys.exit(main())
