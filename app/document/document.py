"""`Document`: the open graph, its undo stack and its selection. Every edit goes through here, each one undo step."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from app.document.edit import GraphEdit, put_history
from app.document.grouping import place_all
from app.document.kept_work import KeptWork
from app.document.marks import remove_marks
from app.document.saved_groups import add_saved_group, is_saved_group, title_of
from app.document.tidy import tidy
from app.document.trust import EditorGraph, trusted_types
from app.document.whereabouts import Whereabouts
from app.document.wiring import connect_first, place_node, ports_of, put_into_wire, wire_of
from app.plots.kinds import TABLE, propose_kind
from engine import (
    Graph,
    GraphError,
    Location,
    Node,
    Snapshot,
    TidewireError,
    UnknownNodeType,
    Wire,
)

_MOVES_MERGE_S = 1.0


class Document(QObject):
    """The open graph. Views read `graph`, listen to the signals, and edit through the methods here.

    Edits raise nothing: a refusal is emitted as `message("warning", reason)` and returns None or False.
    """

    document_changed = Signal()
    document_replaced = Signal()
    types_changed = Signal()  # files of node types were loaded anew, others came or went; the document is the same
    path_changed = Signal()
    selection_changed = Signal()
    message = Signal(str, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.graph: Graph = EditorGraph()
        self.undo_stack = QUndoStack(self)
        self._selection: tuple[str, ...] = ()
        self._is_jumping = False
        self.whereabouts = Whereabouts(self)

    # -- looking ----------------------------------------------------------------------------------------------

    @property
    def path(self) -> Path | None:
        """The file of the graph, None while it has none."""
        return self.graph.path

    @property
    def is_modified(self) -> bool:
        """Are there edits that no file holds?"""
        return not self.undo_stack.isClean()

    @property
    def selection(self) -> tuple[str, ...]:
        """The ids of the selected nodes."""
        return self._selection

    def select(self, ids: Iterable[str]) -> None:
        """Select these nodes, and nothing else: no frames and comments."""
        self.whereabouts.select_marks(())
        self._select(ids)

    def _select(self, ids: Iterable[str]) -> None:
        wished = tuple(dict.fromkeys(id for id in ids if id in self.graph.nodes))
        if wished != self._selection:
            self._selection = wished
            self.selection_changed.emit()

    def select_all(self) -> None:
        """Select all that is seen on the level that is looked at."""
        self.select(self.whereabouts.nodes_here())
        self.whereabouts.select_marks(mark.id for mark in self.whereabouts.marks_here())

    def node_type(self, id: str) -> type[Node] | None:
        """The node type of a node; None when it is unknown or its code is not trusted: show a placeholder."""
        try:
            found: type[Node] = self.graph.type_of(id)
        except (UnknownNodeType, GraphError):
            return None
        return found

    def wire_refusal(self, output: str, input: str) -> str | None:
        """Why this wire (from `node.port` to `node.port`) cannot be; None when it can."""
        try:
            refusal = self.graph.refusal(Wire.between(output, input))
        except TidewireError as error:
            return str(error)
        return str(refusal) if refusal is not None else None

    def locations(self) -> list[Location]:
        """Main and every location of the graph, sorted."""
        return sorted({Location(), *(spec.location for spec in self.graph.nodes.values())})

    def unused_process(self) -> str:
        """The location of a process that no node runs in yet."""
        taken = {str(location.process_location) for location in self.locations()}
        return next(text for number in itertools.count(1) if (text := f"process{number}:") not in taken)

    # -- nodes ------------------------------------------------------------------------------------------------

    def add_node(
        self,
        type_path: str,
        position: tuple[float, float],
        connect_from: str | None = None,
        connect_to: str | None = None,
    ) -> str | None:
        """Add a node of a type, or a saved group, and wire it from an output and to an input (`node.port`).

        Returns:
            The id of the node, which is then the selection; None when it was refused.
        """
        added: list[str] = []

        def edit(graph: Graph) -> None:
            if is_saved_group(type_path):
                added.extend(add_saved_group(graph, type_path, position, connect_from, connect_to))
                return
            id = place_node(graph, type_path, position)
            added.append(id)
            if connect_from:
                connect_first(graph, [(connect_from, f"{id}.{port}") for port in ports_of(graph, id, "inputs")])
            if connect_to:
                connect_first(graph, [(f"{id}.{port}", connect_to) for port in ports_of(graph, id, "outputs")])

        if not self.edit(f"Add {self._title(type_path)}", edit):
            return None
        self.select(added)
        return added[0]

    def insert_on_wire(self, type_path: str, wire_key: str, position: tuple[float, float]) -> str | None:
        """Put a new node into a wire; its id, or None when it does not fit there."""
        added: list[str] = []

        def edit(graph: Graph) -> None:
            wire = wire_of(graph, wire_key)
            graph.disconnect(wire)
            if is_saved_group(type_path):
                added.extend(add_saved_group(graph, type_path, position, wire.output, wire.input))
                return
            added.append(place_node(graph, type_path, position))
            put_into_wire(graph, added[0], wire)

        if not self.edit(f"Insert {self._title(type_path)}", edit):
            return None
        self.select(added)
        return added[0]

    def _title(self, type_path: str) -> str:
        if is_saved_group(type_path):
            return title_of(type_path)
        try:
            return str(self.graph.types.resolve(type_path, self.graph.folder).title)
        except UnknownNodeType:
            return type_path.rpartition(":")[2]

    def remove(self, node_ids: Iterable[str], wire_keys: Iterable[str] = (), marks: Iterable[str] = ()) -> None:
        """Remove nodes with their wires and plots, single wires, and frames and comments."""
        nodes, wires, marks = list(node_ids), list(wire_keys), list(marks)

        def edit(graph: Graph) -> None:
            for key in wires:
                graph.disconnect(key)
            for id in nodes:
                graph.remove(id)
            remove_marks(graph, marks)

        self.edit("Delete", edit)

    def delete_selection(self) -> None:
        """Remove the selected nodes, frames and comments."""
        self.remove(self._selection, marks=self.whereabouts.marks)

    def move(self, positions: Mapping[str, tuple[float, float]]) -> None:
        """Put nodes, cards of groups, frames and comments at places on the canvas."""
        self.edit(
            "Move",
            lambda graph: place_all(graph, positions),
            merge=f"move {sorted(positions)}",
            merge_within_s=_MOVES_MERGE_S,
        )

    def rename(self, id: str, name: str) -> None:
        """Change what people call a node; empty shows its id."""
        self.edit("Rename", lambda graph: graph.rename(id, name), merge=f"rename {id}")

    def set_parameter(self, id: str, name: str, value: Any) -> str | None:
        """Set a parameter, live when the graph runs; the reason when the value is refused, else None."""
        return self.attempt(
            f"Change {name}", lambda graph: graph.set_parameter(id, name, value), merge=f"parameter {id}.{name}"
        )

    def reset_parameter(self, id: str, name: str) -> None:
        """Give a parameter its default back, or drop one that the type does not know."""
        self.edit(f"Reset {name}", lambda graph: graph.unset_parameter(id, name))

    def set_location(self, ids: Iterable[str], location: str) -> None:
        """Say where nodes run."""
        nodes = list(ids)

        def edit(graph: Graph) -> None:
            for id in nodes:
                graph.set_location(id, location)

        self.edit("Change location", edit)

    def set_error_policy(self, ids: Iterable[str], policy: str) -> None:
        """Say what follows an exception in nodes: "stop", "skip", "restart" or "" for the run's default."""
        nodes = list(ids)

        def edit(graph: Graph) -> None:
            for id in nodes:
                graph.set_error_policy(id, policy)

        self.edit("Change error policy", edit)

    def set_death_policy(self, process: str, policy: str) -> None:
        """Say what follows the death of a process: "leave", "restart", "stop" or "" to let its nodes decide."""
        self.edit("Change what follows a death", lambda graph: graph.set_computer(process, on_death=policy))

    # -- wires ------------------------------------------------------------------------------------------------

    def connect(self, output: str, input: str) -> bool:  # type: ignore[override]
        """Wire an output to an input (`node.port`); replaces nothing."""
        return self.edit("Connect", lambda graph: graph.connect(output, input))

    def reconnect(self, wire_key: str, output: str, input: str) -> bool:
        """Move an end of a wire; its capacity and policy stay."""

        def edit(graph: Graph) -> None:
            old = wire_of(graph, wire_key)
            graph.disconnect(old)
            connect_first(graph, [(output, input)], old)

        return self.edit("Reconnect", edit)

    def disconnect(self, wire_key: str) -> None:  # type: ignore[override]
        """Remove a wire."""
        self.edit("Disconnect", lambda graph: graph.disconnect(wire_key))

    def set_wire(self, key: str, **changes: Any) -> bool:
        """Change `capacity`, `overflow`, `feedback` or `initial` of a wire."""
        return self.edit("Change wire", lambda graph: graph.set_wire(key, **changes), merge=f"wire {key}")

    # -- plots ------------------------------------------------------------------------------------------------

    def add_plot(self, port: str, kind: str | None = None) -> str:
        """Show an output port in a live plot; returns the plot's id, "" when it was refused."""
        added: list[str] = []
        wished = kind or self._plot_kind(port)
        self.edit("Add plot", lambda graph: added.append(graph.add_plot(port, wished)))
        return added[0] if added else ""

    def set_plot(self, plot_id: str, kind: str | None = None, options: Mapping[str, Any] | None = None) -> None:
        """Change the kind or the options of a plot. Changes of one option that follow each other are one step."""
        plot = self.graph.plots.get(plot_id)
        before, after = (plot.options if plot else {}), options or {}
        changed = [name for name in sorted({*before, *after}) if before.get(name) != after.get(name)]
        self.edit(
            "Change plot",
            lambda graph: graph.set_plot(plot_id, kind=kind, options=options),
            merge="" if kind or len(changed) != 1 else f"plot {plot_id} {changed[0]}",
        )

    def remove_plot(self, plot_id: str) -> None:
        """Close a plot."""
        self.edit("Close plot", lambda graph: graph.remove_plot(plot_id))

    def _plot_kind(self, port: str) -> str:
        node, _, name = port.partition(".")
        node_type = self.node_type(node)
        known = node_type is not None and name in node_type.node_outputs
        return propose_kind(node_type.node_outputs[name].type) if node_type and known else TABLE

    # -- the one door -----------------------------------------------------------------------------------------

    def replace_content(self, text: str, after: Snapshot) -> None:
        """Put a whole new content as one undo step."""
        self.edit(text, lambda graph: graph.restore(after))

    def edit(
        self,
        text: str,
        edit: Callable[[Graph], object],
        merge: str = "",
        merge_within_s: float = float("inf"),
    ) -> bool:
        """Do an edit of the graph as one undo step; False, with a `message`, when it was refused."""
        refusal = self.attempt(text, edit, merge, merge_within_s)
        if refusal is not None:
            self.message.emit("warning", refusal)
        return refusal is None

    def attempt(
        self,
        text: str,
        edit: Callable[[Graph], object],
        merge: str = "",
        merge_within_s: float = float("inf"),
    ) -> str | None:
        """Do an edit of the graph as one undo step.

        Args:
            text: what the step is called in the history.
            edit: changes the graph it is given, and raises a `TidewireError` to refuse; it must replace what it finds
                in `graph.extra`, and not change it in place.
            merge: edits with the same text here that follow each other are one step.
            merge_within_s: how soon they must follow.

        Returns:
            Why it was refused, when nothing has changed; None when it was done.
        """
        before = self.graph.snapshot()
        try:
            edit(self.graph)
            tidy(self.graph, before, self.whereabouts.level)
        except TidewireError as error:
            self.graph.restore(before)
            return str(error)
        after = self.graph.snapshot()
        if after != before:
            self.undo_stack.push(GraphEdit(text, before, after, self._put, merge, merge_within_s))
        return None

    def _put(self, content: Snapshot) -> None:
        self.graph.restore(content)
        if not self._is_jumping:
            self._content_changed()

    @contextmanager
    def one_jump(self) -> Iterator[None]:
        """However many steps are undone or redone in here, views hear of the content at the end alone."""
        before, self._is_jumping = self.undo_stack.index(), True
        try:
            yield
        finally:
            self._is_jumping = False
            if self.undo_stack.index() != before:
                self._content_changed()

    def _content_changed(self) -> None:
        self.whereabouts.look_again()
        self._select(self._selection)
        self.document_changed.emit()

    def _replace_graph(self, graph: Graph, kept: KeptWork | None = None) -> None:
        """Show another graph; the undo stack starts anew, with the history of kept work, which no file holds."""
        self.graph = graph
        self.undo_stack.clear()
        if kept is not None:
            put_history(self.undo_stack, kept, self._put)
        self._selection = ()
        self.whereabouts.forget()
        self.document_replaced.emit()
        self.document_changed.emit()
        self.path_changed.emit()
        self.selection_changed.emit()
        self.whereabouts.complain()

    def trust_code(self) -> None:
        """Let the node code that came with the open graph be imported."""
        graph = self.graph
        trusted_types.trust([spec.type for spec in graph.nodes.values()], graph.folder)
        self.document_replaced.emit()
        self.document_changed.emit()
        self.selection_changed.emit()
