"""What a new user finds in the first half hour beside building and running: the tips, the search for commands, help, the
probe, groups, edits of a running graph, the panels of insight, and settings."""

from __future__ import annotations

import time

from scene import Scene


def tips(scene: Scene) -> None:
    """The first tip of the tour waits for its parameter; Esc ends the tour for good."""
    hand = scene.hand
    scene.expect("hello runs", lambda s: s["is_ready"] and s["run"] == "running" and len(s["drawn"]) == 3)
    scene.fill_screen()
    scene.picture("first-tip")
    hand.click(scene.editor.find("widget", "Frequency"))
    hand.key("ctrl+a")
    hand.type("4")
    hand.key("Return")
    scene.expect("4 Hz", lambda s: s["parameters"]["tone"].get("frequency_hz") == 4.0)
    time.sleep(1.0)
    scene.picture("second-tip")
    hand.click(scene.editor.find("ground", 0.5, 0.85))
    hand.key("Escape")
    scene.picture("after-the-tips")


def commands(scene: Scene) -> None:
    """Everything by typing: the command palette, help on a node, the shortcuts."""
    hand = scene.hand
    hand.key("ctrl+p")
    scene.picture("command-palette")
    hand.type("lay")
    scene.picture("commands-with-lay")
    hand.key("Escape")
    hand.click(scene.editor.find("part", "band_pass", "title"))
    hand.key("F1")
    scene.picture("help-on-a-node")
    hand.click(scene.editor.find("ground", 0.5, 0.85))
    hand.key("F1")
    scene.picture("shortcuts")
    hand.key("Escape")


def probe_a_wire(scene: Scene) -> None:
    """A click on a wire shows what is on it."""
    hand = scene.hand
    hand.click(scene.editor.find("wire", "tone.signal -> band_pass.signal"))
    time.sleep(1.5)
    scene.picture("probe")
    hand.key("Escape")
    hand.click(scene.editor.find("ground", 0.5, 0.85))


def edit_while_it_runs(scene: Scene) -> None:
    """A node that is added runs at once; a move to another process makes it anew; undo takes both back."""
    hand, find = scene.hand, scene.editor.find
    hand.drag(find("port", "tone.signal", False), find("ground", 0.3, 0.8))
    hand.type("rms")
    scene.picture("what-fits")
    hand.key("Return")
    scene.expect("it runs", lambda s: s["states"].get("rms") == "running")
    scene.picture("added-while-it-runs")
    hand.click(find("part", "rms", "chip"))
    scene.walk("New process…")
    hand.type("loud")
    hand.key("Return")
    scene.expect("it moved", lambda s: s["nodes"]["rms"] == "loud:" and "loud:" in s["pids"])
    scene.expect("it runs there", lambda s: s["states"].get("rms") == "running")
    scene.picture("moved-while-it-runs")
    hand.click(find("ground", 0.5, 0.92))
    hand.key("ctrl+z", "ctrl+z")
    scene.expect("taken back", lambda s: "rms" not in s["nodes"] and "rms" not in s["states"])


def group_nodes(scene: Scene) -> None:
    """Two nodes become one card; inside, and out again; a frame and a comment."""
    hand, find = scene.hand, scene.editor.find
    hand.click(find("part", "window", "title"))
    scene.screen.run("xdotool", "keydown", "shift")
    hand.click(find("part", "spectrum", "title"))
    scene.screen.run("xdotool", "keyup", "shift")
    hand.key("ctrl+g")
    time.sleep(0.5)
    hand.type("Analysis")
    hand.key("Return")
    time.sleep(1.0)
    scene.picture("group")
    hand.key("ctrl+Down")
    scene.picture("inside-the-group")
    hand.key("ctrl+Up")
    hand.key("ctrl+shift+g")
    scene.picture("ungrouped")
    hand.key("ctrl+a")
    hand.key("ctrl+shift+f")
    time.sleep(0.5)
    hand.type("First steps")
    hand.key("Return")
    scene.picture("frame")
    hand.click(find("ground", 0.5, 0.92))


def insight(scene: Scene) -> None:
    """Performance, why it is slow, locations, the history."""
    hand = scene.hand
    scene.click("tab", "Performance")
    time.sleep(1.0)
    scene.picture("performance")
    hand.key("ctrl+shift+w")
    scene.picture("why-is-it-slow")
    hand.key("Escape")
    scene.click("tab", "Locations")
    scene.picture("locations")
    scene.click("tab", "History")
    scene.picture("history")
    scene.click("tab", "Nodes")
    scene.click("tab", "Parameters")


def settings(scene: Scene) -> None:
    """Settings apply at once; the gallery shows the examples."""
    hand = scene.hand
    hand.key("ctrl+comma")
    scene.picture("settings")
    hand.key("Escape")
    scene.menu("Help", "Examples")
    scene.picture("gallery")
    hand.key("Escape")
