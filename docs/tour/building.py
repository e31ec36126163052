"""The first half of the tour: from an empty canvas to a wired graph whose nodes have their places."""

from __future__ import annotations

from scene import Scene


def second_start(scene: Scene) -> None:
    """The graph of the last time is there, stopped; a new one is begun."""
    scene.expect("hello, stopped", lambda s: s["is_ready"] and s["path"].endswith("hello.tide") and not s["run"])
    scene.picture("second-start")  # the window is as large as it was
    scene.menu("File")
    scene.picture("file-menu")
    scene.hand.key("Escape", "ctrl+n")
    scene.expect("an empty graph", lambda s: not s["nodes"] and not s["run"])
    scene.picture("empty-graph")


def add_nodes(scene: Scene) -> None:
    """Four nodes, by the search, the palette, a dragged port, and the search again."""
    hand, find = scene.hand, scene.editor.find
    hand.double_click(find("ground", 0.08, 0.16))
    scene.picture("search")
    hand.type("tone")
    scene.picture("search-tone")
    hand.key("Return")
    scene.expect("the tone", lambda s: list(s["nodes"]) == ["tone"])

    hand.drag(find("palette", "Band Pass"), find("ground", 0.45, 0.22), drop=False)
    scene.picture("palette-drag")
    hand.release()
    scene.expect("the filter", lambda s: "band_pass" in s["nodes"])
    scene.picture("two-nodes")

    tone, filter = find("port", "tone.signal", False), find("port", "band_pass.signal", True)
    hand.drag(tone, [filter[0] - 30, filter[1] + 20], drop=False)
    scene.picture("wire-in-flight")
    hand.move(filter)
    hand.release()
    scene.expect("a wire", lambda s: len(s["wires"]) == 1)

    hand.drag(find("port", "band_pass.filtered", False), find("ground", 0.75, 0.24))
    scene.picture("what-takes-a-signal")
    hand.type("window")
    hand.key("Return")
    scene.expect("the window, wired", lambda s: "window" in s["nodes"] and len(s["wires"]) == 2)

    hand.click(find("ground", 0.42, 0.68))
    hand.key("Tab")
    hand.type("spectrum")
    scene.picture("search-spectrum")
    hand.key("Return")
    scene.expect("the spectrum", lambda s: len(s["nodes"]) == 4)
    scene.picture("four-nodes")


def refused_wire(scene: Scene) -> None:
    """A wire that cannot be says why, at the mouse; then the right one is drawn."""
    hand, find = scene.hand, scene.editor.find
    spectrum = find("port", "spectrum.window", True)
    hand.drag(find("port", "spectrum.spectrum", False), find("port", "window.signal", True), drop=False)
    scene.expect("a reason", lambda s: s["reason"])
    scene.picture("refused-wire")
    hand.release()
    hand.move(find("ground", 0.6, 0.9))
    hand.drag(find("port", "window.window", False), spectrum)
    scene.expect("three wires", lambda s: len(s["wires"]) == 3)
    scene.picture("wired")


def set_locations(scene: Scene) -> None:
    """A new process for the filter; the window and the spectrum follow together."""
    hand, find = scene.hand, scene.editor.find
    hand.click(find("part", "band_pass", "chip"))
    scene.picture("location-menu")
    scene.walk("New process…")
    hand.type("dsp")
    scene.picture("new-process")
    hand.key("Return")
    scene.expect("the process", lambda s: s["nodes"]["band_pass"] == "dsp:")
    hand.click(find("part", "window", "title"))
    scene.screen.run("xdotool", "keydown", "shift")
    hand.click(find("part", "spectrum", "title"))
    scene.screen.run("xdotool", "keyup", "shift")
    scene.expect("two selected", lambda s: len(s["selection"]) == 2)
    hand.click(find("part", "window", "chip"))
    scene.picture("location-of-two")
    scene.walk("dsp")
    scene.expect("both follow", lambda s: s["nodes"]["window"] == s["nodes"]["spectrum"] == "dsp:")
    scene.picture("three-on-dsp")
    hand.click(find("part", "tone", "chip"))
    scene.walk("New thread…")
    hand.type("a b")
    hand.key("Return")
    scene.picture("refused-name")
    hand.key("Escape")
