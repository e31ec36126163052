"""The second half of the tour: the graph runs, is watched and changed, is saved, loses a process, and is stopped."""

from __future__ import annotations

import os
import signal
import time

from scene import Scene


def start(scene: Scene) -> None:
    """Start by the button."""
    scene.click("widget", "start")
    scene.expect("it runs", lambda s: s["run"] == "running" and set(s["states"].values()) == {"running"})
    scene.picture("running")


def show_plots(scene: Scene) -> None:
    """The context menu of an output puts it into a plot."""
    hand, find = scene.hand, scene.editor.find
    hand.click(find("port", "band_pass.filtered", False), 3)
    scene.picture("port-menu")
    scene.click("entry", "Show in plot")
    scene.picture("plot-kinds")
    scene.walk("Scope")
    scene.expect("a plot that draws", lambda s: len(s["drawn"]) == 1)
    scene.picture("first-plot")
    for port, kind in (("tone.signal", "Scope"), ("spectrum.spectrum", "Spectrum")):
        hand.click(find("port", port, False), 3)
        scene.walk("Show in plot", kind)
    state = scene.expect("three plots that draw", lambda s: len(s["drawn"]) == 3)
    time.sleep(2.0)
    scene.picture("three-plots")
    for plot in state["plots"]:
        if not scene.is_moving(plot):
            raise AssertionError(f"{plot} stands still")


def change_parameter(scene: Scene) -> None:
    """A parameter changes while the graph runs, and the traces follow; undo and redo reach the run too."""
    hand, find = scene.hand, scene.editor.find
    hand.click(find("part", "tone", "title"))
    scene.picture("tone-selected")
    hand.click(find("widget", "Frequency"))
    hand.key("ctrl+a")
    hand.type("3")
    hand.key("Return")
    scene.expect("3 Hz", lambda s: s["parameters"]["tone"].get("frequency_hz") == 3.0)
    time.sleep(2.0)
    scene.picture("slower-tone")
    hand.click(find("widget", "Frequency"))
    hand.key("ctrl+a")
    hand.type("-5")
    hand.key("Return")
    scene.picture("refused-value")
    hand.key("Escape")
    hand.click(find("ground", 0.65, 0.93))
    hand.key("ctrl+z")
    scene.expect("undone", lambda s: s["parameters"]["tone"].get("frequency_hz") != 3.0)
    hand.key("ctrl+shift+z")
    scene.expect("redone", lambda s: s["parameters"]["tone"].get("frequency_hz") == 3.0)
    hand.move(find("wire", next(iter(scene.state()["wires"]))))
    time.sleep(1.0)
    scene.picture("wire-tip")
    hand.click(find("part", "band_pass", "title"))
    hand.click(find("part", "band_pass", "title"), 3)
    scene.picture("node-menu")
    hand.key("Escape")


def stop_and_save(scene: Scene) -> None:
    """Stop, save under a typed name, change something, close with the question, keep it."""
    hand, find = scene.hand, scene.editor.find
    scene.click("widget", "stop")
    scene.expect("stopped", lambda s: s["run"] in ("stopped", "finished"))
    scene.picture("stopped")
    hand.key("ctrl+shift+s")
    time.sleep(1.0)
    scene.picture("save-as")
    hand.type(str(scene.files / "first"))
    hand.key("Return")
    scene.expect("saved", lambda s: s["path"].endswith("first.tide") and not s["is_modified"])
    scene.picture("saved")
    x, y = find("part", "spectrum", "title")
    hand.drag([x, y], [x + round(40 * scene.scale), y])
    scene.expect("modified", lambda s: s["is_modified"])
    hand.key("alt+F4")
    scene.editor.find("widget", "Save")
    scene.picture("unsaved-question")
    scene.click("widget", "Save")


def lose_a_process(scene: Scene) -> None:
    """`kill -9` of the process: its nodes turn red with the exit code, the rest goes on, and it starts again."""
    hand, find = scene.hand, scene.editor.find
    hand.key("F5")
    state = scene.expect("it runs", lambda s: s["run"] == "running" and len(s["drawn"]) == 3)
    worker = next(pid for label, pid in state["pids"].items() if "dsp" in label)
    killed = time.monotonic()
    os.kill(worker, signal.SIGKILL)
    scene.expect("red nodes", lambda s: s["errors"]["band_pass"] and s["errors"]["spectrum"])
    print(f"  red {time.monotonic() - killed:.2f} s after the kill: {scene.state()['errors']['band_pass']}")
    scene.picture("process-killed")
    hand.click(find("part", "band_pass", "error"))
    scene.picture("why-it-died")
    hand.key("shift+F5")
    scene.expect("stopped", lambda s: s["run"] in ("stopped", "finished", "failed"))
    scene.picture("stopped-after-the-kill")
    hand.key("F5")
    scene.expect("it runs again", lambda s: s["run"] == "running" and not any(s["errors"].values()))
    scene.picture("running-again")


def break_it(scene: Scene) -> None:
    """The example that breaks on purpose: errors in place, a stop that must wait, and the end by force."""
    hand, find = scene.hand, scene.editor.find
    scene.menu("File", "Examples")
    scene.picture("examples")
    scene.walk("Break it")
    scene.expect("break it", lambda s: "hangs" in s["nodes"] and not s["run"])
    scene.picture("break-it")
    hand.key("F5")
    scene.expect("two errors", lambda s: s["run"] == "running" and s["errors"]["raises"] and s["errors"]["dies"])
    time.sleep(2.0)
    scene.picture("broken")
    hand.click(find("part", "raises", "error"))
    scene.picture("traceback")
    scene.click("tab", "Log")
    scene.picture("log")
    scene.click("tab", "Problems")
    scene.click("widget", "stop")
    scene.expect("stopping", lambda s: s["run"] == "draining")
    scene.editor.find("widget", "Force stop (Ctrl+.)")
    scene.picture("stop-waits")
    forced = time.monotonic()
    hand.key("ctrl+period")
    scene.expect("ended", lambda s: s["run"] in ("killed", "stopped", "failed"))
    print(f"  ended {time.monotonic() - forced:.2f} s after Force stop")
    scene.picture("forced")


def switch_theme(scene: Scene) -> None:
    """The other theme, with a graph running."""
    scene.menu("File", "Examples", "Heart")
    scene.expect("heart", lambda s: "Heart" in s["title"] or "heart" in s["title"])
    scene.hand.key("F5")
    scene.expect("it runs", lambda s: s["run"] == "running")
    time.sleep(3.0)
    scene.picture("heart")
    before = scene.state()["theme"]
    scene.click("widget", "view.theme")
    scene.expect("the other theme", lambda s: s["theme"] != before)
    time.sleep(1.0)
    scene.picture("other-theme")
    scene.menu("File", "Examples", "Machine")
    scene.expect("machine", lambda s: "machine" in s["title"])
    scene.hand.key("F5")
    scene.expect("it runs", lambda s: s["run"] == "running")
    time.sleep(3.0)
    scene.picture("machine")
