"""A project for tests of node files: a folder with a graph and one file of node types."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt

from app.window import MainWindow
from engine.node.project import PROJECT_PREFIX

NODE = '''\
from engine import In, Node, Out, param


class {name}(Node):
    """{doc}"""

    category = "My nodes"
    {inputs} = In(int)
    result = Out(int)
    gain = param(1.0)
    {more}

    def process(self, **inputs):
        return {result}
'''
PATIENCE_MS = 5000


def code(name: str = "Mine", **parts: str) -> str:
    """The code of a node type with an input `value`, an output `result` and a parameter `gain`."""
    return NODE.format(**{"doc": "One.", "inputs": "value", "more": "", "result": "0", "name": name, **parts})


class Project:
    """A folder on disk, and the window that shows its graph."""

    def __init__(self, folder: Path, window: MainWindow, qtbot: Any) -> None:
        self.folder = folder
        self.window = window
        self.bench = window.workbench
        self.qtbot = qtbot
        self.messages: list[str] = []
        self.bench.message.connect(lambda severity, text: self.messages.append(f"{severity}: {text}"))

    def write(self, file: str, text: str) -> Path:
        """Write a file below `nodes/`, in place."""
        path = self.folder / "nodes" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def save_by_renaming(self, file: str, text: str) -> None:
        """Write a file as many editors do: another one, which then takes its name."""
        other = self.write(f"{file}.part~", text)
        os.replace(other, self.folder / "nodes" / file)

    def graph(self, *types: str, wires: tuple[tuple[str, str], ...] = ()) -> Path:
        """Write the graph: nodes `a`, `b`, … of types in `nodes/mine.py`, unless a whole type path is given."""
        nodes = [
            {"id": chr(97 + index), "type": kind if ":" in kind else f"{PROJECT_PREFIX}mine:{kind}"}
            for index, kind in enumerate(types)
        ]
        path = self.folder / "g.tide"
        content = {"tidewire": 1, "nodes": nodes, "wires": [{"from": start, "to": end} for start, end in wires]}
        path.write_text(json.dumps(content))
        return path

    def open(self, *, load: bool = True) -> None:
        """Open the graph, and agree to its code."""
        assert self.bench.open(self.folder / "g.tide")
        if load and (bar := self.window.bars.bar("foreign")) is not None:
            self.qtbot.mouseClick(bar.buttons["Load"], Qt.MouseButton.LeftButton)

    def titles(self) -> list[str]:
        """The node types of the category that this project's have."""
        return [kind.title for kind in self.window.palette_panel.types if kind.category == "My nodes"]

    def broken(self) -> list[str]:
        """The rows of what could not be loaded."""
        root = self.window.palette_panel.tree.invisibleRootItem()
        return [
            root.child(index).child(row).text(0).replace("\n", "  ")
            for index in range(root.childCount())
            for row in range(root.child(index).childCount())
            if root.child(index).text(0) == "COULD NOT BE LOADED"
        ]

    def ports(self, node: str) -> list[str]:
        """The ports of a node's card, those that its type does not have with a question mark."""
        assert self.window.canvas is not None
        card = self.window.canvas.mirror.nodes[node].card
        return [port.name + "?" * (not port.is_known) for port in (*card.inputs, *card.outputs)]

    def until(self, is_so: Any) -> None:
        """Wait until something is so."""
        self.qtbot.waitUntil(is_so, timeout=PATIENCE_MS)
