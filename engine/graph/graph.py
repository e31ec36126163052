"""`Graph`: nodes and wires as plain data, and the edits that keep it valid.

What it holds are immutable values (`spec.py`, `wire.py`), so a snapshot is a shallow copy and undo is putting an old
one back.
"""

from __future__ import annotations

import copy
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Self

from engine.errors import ConnectionRefused, GraphError, UnknownNodeType
from engine.graph.location import MAIN, Location
from engine.graph.node_type import NodeTypes, port_of, snake_case, type_refusal_of, validated
from engine.graph.spec import ComputerSpec, NodeSpec, PlotSpec, Snapshot, refuse_long_text
from engine.graph.wire import NO_VALUE, Wire, is_node_id, split_end
from engine.overflow import Overflow

__all__ = ["DEATH_POLICIES", "ERROR_POLICIES", "ComputerSpec", "Graph", "NodeSpec", "PlotSpec", "Snapshot"]

ERROR_POLICIES = ("stop", "skip", "restart")
DEATH_POLICIES = ("leave", "restart", "stop")


class Graph:
    """Nodes and wires, with their positions and plots, in the order in which they were added.

    Every edit either leaves a graph whose wires all end at its own nodes, or raises and changes nothing.

    Attributes:
        nodes: specs by id. Read only; use the edits.
        wires: wires by key (`a.x -> b.y`). Read only; use the edits.
        positions: (x, y) of nodes on the canvas, by node id.
        plots: live plots by plot id.
        computers: settings of processes, by their location as text. Read only; use the edits.
        path: the file it was loaded from or saved to, or None.
    """

    types: ClassVar[NodeTypes]

    def __init__(self) -> None:
        self.nodes: dict[str, NodeSpec] = {}
        self.wires: dict[str, Wire] = {}
        self.positions: dict[str, tuple[float, float]] = {}
        self.plots: dict[str, PlotSpec] = {}
        self.computers: dict[str, ComputerSpec] = {}
        self.extra: dict[str, Any] = {}
        self.version: int | None = None
        self.path: Path | None = None

    # -- looking

    @property
    def folder(self) -> Path | None:
        """Where the graph file lies; its `nodes/` folder may hold node types."""
        return self.path.parent if self.path else None

    def type_of(self, node: str | NodeSpec) -> Any:
        """The node type of a node.

        Raises:
            UnknownNodeType: it cannot be found or imported.
        """
        spec = node if isinstance(node, NodeSpec) else self.node(node)
        return self.types.resolve(spec.type, self.folder)

    def node(self, id: str) -> NodeSpec:
        """The node of this id; raises `GraphError` when there is none."""
        try:
            return self.nodes[id]
        except KeyError:
            raise GraphError(f"there is no node {id!r} in this graph") from None

    def wires_of(self, id: str) -> list[Wire]:
        """The wires that begin or end at a node."""
        return [wire for wire in self.wires.values() if id in (wire.from_node, wire.to_node)]

    def snapshot(self) -> Snapshot:
        """The whole content, to be put back with `restore`."""
        return Snapshot(
            dict(self.nodes),
            dict(self.wires),
            dict(self.positions),
            dict(self.plots),
            dict(self.extra),
            self.version,
            dict(self.computers),
        )

    def restore(self, snapshot: Snapshot) -> None:
        """Put an earlier content back."""
        self.nodes = dict(snapshot.nodes)
        self.wires = dict(snapshot.wires)
        self.positions = dict(snapshot.positions)
        self.plots = dict(snapshot.plots)
        self.extra = dict(snapshot.extra)
        self.version = snapshot.version
        self.computers = dict(snapshot.computers)

    # -- nodes

    def add(
        self, node_type: Any, *, id: str | None = None, location: str | Location = MAIN, **parameters: Any
    ) -> NodeSpec:
        """Add a node.

        Args:
            node_type: a node type, or its import path `package.module:Class`.
            id: letters, digits, '_' and '-'; None makes one from the type.
            location: where it runs, for example `""`, `"dsp"`, `"ml:"`.
            **parameters: values of its parameters.

        Raises:
            GraphError: the id is taken or no id, or the type is no node type.
            ParameterError: a parameter that the type does not have, or a value it refuses.
            LocationError: the location is none.
        """
        type_path = node_type if isinstance(node_type, str) else self.types.path_of(node_type)
        refuse_long_text(type=type_path)
        place = Location.parse(location)
        try:
            known: Any = self.types.resolve(type_path, self.folder)
        except UnknownNodeType:
            known = None
        values = {name: validated(known, name, value) for name, value in parameters.items()}
        if id is None:
            name = type_path.rpartition(":")[2] if isinstance(node_type, str) else node_type.__name__
            id = self.unused_id(snake_case(name.rpartition(".")[2]))
        elif not is_node_id(id):
            raise GraphError(f"{id!r} is no node id: use 1 to 100 letters, digits, '_' or '-'")
        elif id in self.nodes:
            raise GraphError(f"there is a node {id!r} already: choose another id")
        spec = NodeSpec(id, type_path, values, place)
        self.nodes[id] = spec
        return spec

    def unused_id(self, wish: str) -> str:
        """An id that is free: the wish itself, or the wish with a number."""
        wish = re.sub(r"[^A-Za-z0-9_-]", "_", wish)[:90] or "node"
        if wish not in self.nodes:
            return wish
        stem = wish.rstrip("0123456789") or wish
        number = 2
        while f"{stem}{number}" in self.nodes:
            number += 1
        return f"{stem}{number}"

    def remove(self, id: str) -> None:
        """Remove a node with its wires, position and plots."""
        self.node(id)
        for wire in self.wires_of(id):
            del self.wires[wire.key]
        del self.nodes[id]
        self.positions.pop(id, None)
        for plot_id, plot in list(self.plots.items()):
            left = tuple(port for port in plot.ports if port.partition(".")[0] != id)
            if not left:
                del self.plots[plot_id]
            elif left != plot.ports:
                self.plots[plot_id] = replace(plot, port=left[0], also=left[1:])

    def set_parameter(self, id: str, name: str, value: Any) -> None:
        """Set a parameter of a node; raises `ParameterError` for an unknown name or a value that is refused."""
        spec = self.node(id)
        try:
            known: Any = self.type_of(spec)
        except UnknownNodeType:
            known = None
        self.nodes[id] = replace(spec, parameters={**spec.parameters, name: validated(known, name, value)})

    def unset_parameter(self, id: str, name: str) -> None:
        """Give a parameter its default back (or drop one that the type does not know)."""
        spec = self.node(id)
        self.nodes[id] = replace(spec, parameters={k: v for k, v in spec.parameters.items() if k != name})

    def set_location(self, id: str, location: str | Location) -> None:
        """Say where a node runs."""
        self.nodes[id] = replace(self.node(id), location=Location.parse(location))

    def rename(self, id: str, name: str) -> None:
        """Change what people call a node; its id and wires stay."""
        if not isinstance(name, str):
            raise GraphError(f"a name is text, not {type(name).__name__}")
        refuse_long_text(name=name)
        self.nodes[id] = replace(self.node(id), name=name)

    def set_error_policy(self, id: str, policy: str) -> None:
        """Say what follows an exception in a node: "stop", "skip", "restart", or "" for the run's default."""
        if policy and policy not in ERROR_POLICIES:
            raise GraphError(f"{policy!r} is no error policy: use one of {', '.join(ERROR_POLICIES)}")
        self.nodes[id] = replace(self.node(id), on_error=policy)

    def move(self, id: str, x: float, y: float) -> None:
        """Put a node at a place on the canvas; raises `GraphError` for coordinates that are not finite."""
        self.node(id)
        place = (float(x), float(y))
        if not all(math.isfinite(part) for part in place):
            raise GraphError(f"{id} cannot be put at {place}: a position is two finite numbers")
        self.positions[id] = place

    # -- computers

    def death_policy(self, process: str | Location) -> str:
        """What is set to follow the death of a process: one of `DEATH_POLICIES`, "" when its nodes decide."""
        spec = self.computers.get(str(Location.parse(process)))
        return spec.on_death if spec is not None else ""

    def set_computer(self, process: str | Location, *, on_death: str) -> None:
        """Say what follows the death of a process, for example of `"work:"`.

        Args:
            process: the location of the process's main loop; it holds for all of its threads too.
            on_death: "leave" its nodes dead, "restart" it, "stop" the run, or "" to let its nodes' policies decide.
        """
        place = Location.parse(process)
        if not place.process or place.thread:
            raise GraphError(f"{str(process)!r} is no process: write its name with a colon, for example 'work:'")
        if on_death and on_death not in DEATH_POLICIES:
            raise GraphError(f"{on_death!r} does not say what follows a death: use one of {', '.join(DEATH_POLICIES)}")
        old = self.computers.get(str(place), ComputerSpec(place))
        self.computers[str(place)] = replace(old, on_death=on_death)
        if not on_death and not old.extra:
            del self.computers[str(place)]

    # -- wires

    def connect(
        self,
        output: str,
        input: str,
        *,
        capacity: int = 16,
        overflow: str | Overflow = Overflow.BLOCK,
        feedback: bool = False,
        initial: Any = NO_VALUE,
    ) -> Wire:
        """Wire an output port to an input port, both written `node.port`.

        Args:
            output: where messages come from.
            input: where they go.
            capacity: how many messages the wire holds, 1 or more.
            overflow: what happens when it is full: "block", "drop_oldest", "drop_newest" or "latest".
            feedback: the wire closes a cycle: it delivers each message one tick later and keeps nothing alive.
            initial: the first message of a feedback wire (JSON data); without it the wire starts empty.

        Raises:
            ConnectionRefusedByType: the types do not fit.
            ConnectionRefused: no such node or port, the wire is there already, the input is taken, or it would
                close a cycle without being a feedback wire.
        """
        wire = Wire.between(output, input, capacity, overflow, feedback, initial)
        refusal = self.refusal(wire)
        if refusal is not None:
            raise refusal
        self.wires[wire.key] = wire
        return wire

    def refusal(self, wire: Wire) -> ConnectionRefused | None:
        """Why this wire cannot be added, as the error that `connect` would raise; None when it can."""
        for end in (wire.from_node, wire.to_node):
            if end not in self.nodes:
                return ConnectionRefused(f"cannot connect {wire.key}: there is no node {end!r}")
        if wire.key in self.wires:
            return ConnectionRefused(f"{wire.key} is connected already")
        problem = self.type_refusal(wire)
        if problem is not None:
            return problem
        if not self.accepts_many(wire):
            port, node = wire.to_port, wire.to_node
            taken = next((w for w in self.wires.values() if w.to_node == node and w.to_port == port), None)
            if taken is not None:
                return ConnectionRefused(
                    f"cannot connect {wire.key}: {wire.input} takes one wire and has {taken.key}; disconnect that first"
                )
        if not wire.feedback and self._reaches(wire.to_node, wire.from_node):
            return ConnectionRefused(
                f"cannot connect {wire.key}: it would close a cycle; make it a feedback wire (feedback=True)"
            )
        return None

    def type_refusal(self, wire: Wire) -> ConnectionRefused | None:
        """Why the two ports do not fit, when both node types are known; None when they do or one is unknown."""
        return type_refusal_of(wire, self._known_type(wire.from_node), self._known_type(wire.to_node))

    def _known_type(self, id: str) -> Any:
        try:
            return self.type_of(id)
        except UnknownNodeType:
            return None

    def accepts_many(self, wire: Wire) -> bool:
        """Does the wire end at an input that takes any number of wires (or whose type is unknown)?"""
        try:
            return bool(self.type_of(wire.to_node).node_inputs[wire.to_port].many)
        except UnknownNodeType:
            return True
        except KeyError:
            return False

    def disconnect(self, wire: str | Wire) -> None:
        """Remove a wire, given itself or its key `a.x -> b.y`; raises `GraphError` when there is none."""
        key = wire.key if isinstance(wire, Wire) else wire
        if key not in self.wires:
            raise GraphError(f"there is no wire {key}")
        del self.wires[key]

    def set_wire(self, key: str, **changes: Any) -> Wire:
        """Change `capacity`, `overflow`, `feedback` or `initial` of a wire; raises `GraphError`."""
        if key not in self.wires:
            raise GraphError(f"there is no wire {key}")
        old = self.wires[key]
        new = old.changed(**changes)
        if old.feedback and not new.feedback and self._reaches(new.to_node, new.from_node, ignoring=key):
            raise GraphError(f"{key} closes a cycle and must stay a feedback wire")
        self.wires[key] = new
        return new

    def _reaches(self, start: str, goal: str, ignoring: str = "") -> bool:
        """Is there a way from one node to another along wires that are not feedback?"""
        if start != goal and not any(wire.from_node == start for wire in self.wires.values()):
            return False  # as a rule, where a script or a hand builds a graph from its sources on
        following: dict[str, list[str]] = {}
        for key, wire in self.wires.items():
            if not wire.feedback and key != ignoring:
                following.setdefault(wire.from_node, []).append(wire.to_node)
        seen, todo = {start}, [start]
        while todo:
            node = todo.pop()
            if node == goal:
                return True
            for after in following.get(node, ()):
                if after not in seen:
                    seen.add(after)
                    todo.append(after)
        return False

    # -- plots

    def add_plot(self, port: str, kind: str, options: Mapping[str, Any] | None = None) -> str:
        """Show an output port (`node.port`) in a live plot; returns the plot's id. Raises `GraphError` for no port."""
        node, name = split_end(port)
        port_of(self._known_type(node), "output", name)
        number = 1
        while f"plot{number}" in self.plots:
            number += 1
        refuse_long_text(kind=kind)
        self.plots[f"plot{number}"] = PlotSpec(port, kind, copy.deepcopy(dict(options or {})))
        return f"plot{number}"

    def set_plot(
        self,
        plot_id: str,
        *,
        kind: str | None = None,
        options: Mapping[str, Any] | None = None,
        ports: Sequence[str] | None = None,
    ) -> None:
        """Change the kind, the options or the ports (at least one) of a plot. Raises `GraphError` for no such port."""
        plot = self._plot(plot_id)
        shown = plot.ports if ports is None else tuple(dict.fromkeys(ports))
        if not shown:
            raise GraphError(f"a plot shows at least one port: close {plot_id} instead")
        for port in shown:
            if port not in plot.ports:
                node, name = split_end(port)
                port_of(self._known_type(node), "output", name)
        self.plots[plot_id] = replace(
            plot,
            port=shown[0],
            also=shown[1:],
            kind=kind or plot.kind,
            options=plot.options if options is None else copy.deepcopy(dict(options)),
        )

    def remove_plot(self, plot_id: str) -> None:
        """Close a plot."""
        self._plot(plot_id)
        del self.plots[plot_id]

    def _plot(self, plot_id: str) -> PlotSpec:
        if plot_id not in self.plots:
            raise GraphError(f"there is no plot {plot_id!r} in this graph")
        return self.plots[plot_id]

    # -- files

    def save(self, path: str | Path) -> None:
        """Write the graph to a `.tide` file, whole or not at all.

        Raises:
            FileFormatError: the graph is larger than a file may be, or holds a value that is no plain data.
            FileUnwritable: no file can be there: a folder, a device, a pipe (a FileFormatError and an OSError).
            OSError: it cannot be written (a full disk, no permission); an old file is whole.
        """
        from engine.graph.file import save_graph

        save_graph(self, Path(path))

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a `.tide` file. Runs no code from it.

        Raises:
            FileFormatError: the file is no graph; the message names the place in it.
            FileUnreadable: the system does not give its content (a FileFormatError and an OSError); the message says
                why, and what to do.
        """
        from engine.graph.file import load_graph

        return load_graph(Path(path), cls)
