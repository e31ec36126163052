"""The first half hour with the editor, by real mouse and keyboard on a virtual screen, with a picture of every step.

    .venv/bin/python docs/tour/tour.py --out DIR [--scale 1|2] [--theme dark|light] [--size 1440x900]

It fails when something does not come, and says what it saw instead. Needs Xvfb, openbox, xdotool and ImageMagick.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

import building
import knowing
import running
from editor import Editor, leftovers
from hand import Hand
from scene import Scene
from screen import Screen

_NEW = (
    knowing.tips,
    knowing.commands,
    knowing.probe_a_wire,
    knowing.edit_while_it_runs,
    knowing.group_nodes,
    knowing.insight,
    knowing.settings,
)
_FIRST = (
    building.first_start,
    building.add_nodes,
    building.refused_wire,
    building.set_locations,
    running.start,
    running.show_plots,
    running.change_parameter,
    running.stop_and_save,
)
_SECOND = (running.lose_a_process, running.break_it, running.switch_theme)


def main() -> int:
    """Take the tour; 0 when everything came."""
    options = _options()
    options.out.mkdir(parents=True, exist_ok=True)
    width, height = (round(int(side) * options.scale) for side in options.size.split("x"))
    with tempfile.TemporaryDirectory(prefix="tide-tour-") as folder, Screen(width, height, Path(folder)) as screen:
        prepare_home(Path(folder), options.theme)
        hand = Hand(screen)
        taken: list[str] = []
        for steps in (_NEW, _FIRST, _SECOND):
            with Editor(screen, options.scale) as editor:
                print(f"the window is there after {editor.appeared_s:.2f} s")
                scene = Scene(screen, hand, editor, options.out, options.scale, Path(folder), taken)
                _take(scene, steps)
                _close(scene)
        left = leftovers(screen.display)
    print("left running: " + (", ".join(left) or "nothing"))
    return 1 if left else 0


def prepare_home(home: Path, theme: str) -> None:
    """Make the settings of a new user who has chosen a theme."""
    settings = home / "config" / "Tidewire" / "Tidewire.ini"
    settings.parent.mkdir(parents=True)
    settings.write_text(f"[General]\ntheme={theme}\n", "utf-8")


def _take(scene: Scene, steps: tuple[object, ...]) -> None:
    scene.expect("the editor is ready", lambda s: s["is_ready"])
    for step in steps:
        begun = time.monotonic()
        assert callable(step)
        try:
            step(scene)
        except Exception:
            scene.picture("wrong")
            raise
        print(f"{step.__name__}: {time.monotonic() - begun:.1f} s")


def _close(scene: Scene) -> None:
    """Close the window as it is, with whatever runs."""
    if scene.editor.ask_if_open():
        is_modified = scene.state()["is_modified"]
        scene.hand.key("ctrl+q")
        if is_modified:
            scene.click("widget", "Discard")
    code, left = scene.editor.wait_for_end()
    if code or left:
        raise AssertionError(f"closed with exit code {code}; left running: {left}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="A tour of the editor, with a picture of every step.")
    parser.add_argument("--out", type=Path, required=True, help="folder for the pictures")
    parser.add_argument("--scale", type=float, default=1, help="pixels per unit: 1 or 2")
    parser.add_argument("--theme", choices=("dark", "light"), default="dark")
    parser.add_argument("--size", default="1440x900", help="of the screen, in units: WIDTHxHEIGHT")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
