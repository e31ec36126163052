"""Build the example `heart` from an empty canvas by mouse and keyboard alone, without a dialog, and take the time.

    .venv/bin/python docs/tour/heart.py [--scale 1|2] [--theme dark|light] [--out DIR]

It fails when the graph is another than `resources/graphs/heart.tide`, when its heart rate is not shown, or when it took
90 seconds or more. Needs Xvfb, openbox, xdotool and ImageMagick.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from editor import Editor, leftovers
from hand import Hand
from scene import Scene
from screen import Screen
from tour import prepare_home

from engine import Graph

_HEART = Path(__file__).parents[2] / "resources" / "graphs" / "heart.tide"
_AT_MOST_S = 90.0
_SIZE = (1440, 900)


def main() -> int:
    """Build it; 0 when it is the example, runs, and took less than 90 seconds."""
    parser = argparse.ArgumentParser(description="Build the example heart by mouse and keyboard, and take the time.")
    parser.add_argument("--scale", type=float, default=1, help="pixels per unit: 1 or 2")
    parser.add_argument("--theme", choices=("dark", "light"), default="dark")
    parser.add_argument("--out", type=Path, help="folder for a picture of the end")
    options = parser.parse_args()
    width, height = (round(side * options.scale) for side in _SIZE)
    with tempfile.TemporaryDirectory(prefix="tide-heart-") as folder, Screen(width, height, Path(folder)) as screen:
        prepare_home(Path(folder), options.theme)
        out = options.out or Path(folder)
        out.mkdir(parents=True, exist_ok=True)
        with Editor(screen, options.scale) as editor:
            scene = Scene(screen, Hand(screen), editor, out, options.scale, Path(folder))
            scene.expect("hello runs", lambda s: s["is_ready"] and s["run"] == "running")
            scene.fill_screen()
            scene.hand.key("ctrl+n")
            scene.expect("an empty graph", lambda s: not s["nodes"] and not s["run"])
            begun = time.monotonic()
            build(scene)
            took_s = time.monotonic() - begun
            scene.picture("heart")
            dialogs = scene.state()["dialogs"]
            scene.hand.key("ctrl+z", "ctrl+shift+z")  # the keyboard is with the canvas still
        left = leftovers(screen.display)
    print(f"heart was built in {took_s:.1f} s; dialogs: {dialogs}; left running: {', '.join(left) or 'nothing'}")
    return 0 if took_s < _AT_MOST_S and not dialogs and not left else 1


def build(scene: Scene) -> None:
    """From the empty canvas to a heart rate on the screen."""
    hand, find = scene.hand, scene.editor.find
    hand.double_click(find("ground", 0.06, 0.3))
    hand.type("ecg")
    hand.key("Return")
    scene.expect("the source", lambda s: "ecg_generator" in s["nodes"] or "ecg" in s["nodes"])
    before = next(iter(scene.state()["nodes"]))
    for port, wish, across, id in (
        ("signal", "band pass", 0.3, "band_pass"),
        ("filtered", "r peaks", 0.54, "r_peaks"),
        ("peak", "heart rate", 0.78, "heart_rate"),
    ):
        hand.drag(find("port", f"{before}.{port}", False), find("ground", across, 0.34))
        hand.type(wish)
        hand.key("Return")
        scene.expect(f"the node {id}, wired", lambda s, id=id: id in s["nodes"])
        before = id
    source = next(iter(scene.state()["nodes"]))
    for node, field, value in ((source, "Noise", "0.05"), ("band_pass", "Low", "0.5"), ("band_pass", "High", "40")):
        hand.click(find("part", node, "title"))
        if node == source:
            hand.wheel(find("widget", "Block size"), -8)  # the field is further down
        hand.click(find("widget", field))
        hand.key("ctrl+a")
        hand.type(value)
        hand.key("Return")
    scene.click("part", source, "chip")
    scene.walk("main")
    _place(scene, "band_pass", "New thread…", "filter")
    hand.click(find("part", "r_peaks", "title"))
    scene.screen.run("xdotool", "keydown", "shift")
    hand.click(find("part", "heart_rate", "title"))
    scene.screen.run("xdotool", "keyup", "shift")
    scene.expect("two selected", lambda s: len(s["selection"]) == 2)
    _place(scene, "r_peaks", "New process…", "heart")
    for port, kind in (
        (f"{source}.signal", "Scope"),
        ("band_pass.filtered", "Scope"),
        ("heart_rate.bpm", "Number"),
        ("r_peaks.peak", "Table"),
    ):
        hand.click(find("port", port, False), 3)
        scene.walk("Show in plot", kind)
    hand.key("F5")
    scene.expect("the heart rate", lambda s: s["run"] == "running" and len(s["drawn"]) >= 3)
    made = scene.expect("data everywhere", lambda s: set(s["states"].values()) == {"running"})
    compare(made, Graph.load(_HEART), source)


def _place(scene: Scene, node: str, entry: str, name: str) -> None:
    scene.click("part", node, "chip")
    scene.walk(entry)
    scene.hand.type(name)
    scene.hand.key("Return")
    scene.expect(f"{node} on {name}", lambda s: name in s["nodes"][node])


def compare(made: dict[str, Any], example: Graph, source: str) -> None:
    """Raise when what was built is another graph than the example, under its own ids."""
    ids = {id: source if id == "ecg" else id for id in example.nodes}
    wires = {
        f"{ids[wire.from_node]}.{wire.from_port} -> {ids[wire.to_node]}.{wire.to_port}"
        for wire in example.wires.values()
    }
    wished = {ids[id]: _values(example, id, spec.parameters) for id, spec in example.nodes.items()}
    found = {ids[id]: _values(example, id, made["parameters"][ids[id]]) for id in example.nodes}
    for what, expected, seen in (
        ("locations", {ids[id]: str(spec.location) for id, spec in example.nodes.items()}, made["nodes"]),
        ("parameters", wished, found),
        ("wires", wires, set(made["wires"])),
        ("plots", len(example.plots), len(made["plots"])),
    ):
        if expected != seen:
            raise AssertionError(f"{what} are another: {seen}, not {expected}")


def _values(graph: Graph, id: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    known = graph.type_of(id).node_parameters
    return {name: parameters.get(name, parameter.default) for name, parameter in known.items()}


if __name__ == "__main__":
    sys.exit(main())
