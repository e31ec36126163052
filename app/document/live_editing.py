"""Bringing edits of the graph into its run while it goes on; one at a time, the newest state of the graph wins."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from app.document.new_code import CodeInUse
from app.document.trust import code_has_changed
from engine import EditRefused, Graph, GraphError, RunError, TidewireError, UnknownNodeType
from engine.graph.runnable import runnable_part

if TYPE_CHECKING:
    import asyncio

    from engine import Run

_NAMED = 3


class Told(Protocol):
    """Who is told of edits: Qt's side of the run."""

    changed: Any
    edited: Any
    message: Any

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run a coroutine on the app's loop."""


class LiveEditing:
    """Keeps a run in step with the document: live parameters at once, everything else as edits of the run.

    Attributes:
        waits_for_start: why the graph is another than what runs, and will be until the next start; empty while it is
            not.
        left_out: nodes that are not in the run, and why: they lack a wire, for example.
        is_applying: is an edit under way?
        code: the classes that the run uses, where those in the files are others.
    """

    def __init__(self, told: Told) -> None:
        self.code = CodeInUse()
        self.waits_for_start = ""
        self.left_out: dict[str, str] = {}
        self.is_applying = False
        self._told = told
        self._run: Run | None = None
        self._shape: object = None
        self._wished: Graph | None = None
        self._values: dict[str, Any] = {}
        self._waiting: dict[str, dict[str, Any]] = {}

    def begin(self, run: Run, graph: Graph) -> None:
        """A run of this graph has begun."""
        self._run, self._shape, self._values = run, _shape(graph), _live_values(graph)
        self._wished = None
        self.waits_for_start, self.left_out = "", {}
        self.code.begin(graph)

    def apply(self, graph: Graph) -> None:
        """Bring what has changed into the run.

        Args:
            graph: as it is now; it is not changed any more.
        """
        if self._run is None or self._run.state.is_over:
            return
        self.code.bind(graph)
        for key, value in _live_values(graph).items():
            if key in self._values and self._values[key] != value:
                self._send(key, value)
            self._values[key] = value
        shape = _shape(graph)
        if shape == self._shape:
            return
        self._shape = shape
        self._wished = graph
        if not self.is_applying:
            self._told.spawn(self._apply_all(self._run))

    # -- structure

    async def _apply_all(self, run: Run) -> None:
        self.is_applying = True
        self._told.changed.emit()
        try:
            while self._wished is not None and self._run is run and not run.state.is_over:
                graph, self._wished = self._wished, None
                await self._apply_one(run, graph)
        finally:
            self.is_applying = False
            self._told.changed.emit()

    async def _apply_one(self, run: Run, graph: Graph) -> None:
        part, problems = runnable_part(graph)
        reasons: dict[str, str] = {}
        for problem in problems:
            node = problem.where.partition(".")[0]
            if node in graph.nodes:
                reasons.setdefault(node, f"{problem.where.partition('.')[2] or node}: {problem.message}")
        reasons = {
            id: reasons.get(id, "what it reads from is not in the run") for id in graph.nodes if id not in part.nodes
        }
        reason = ""
        try:
            if code_has_changed(part):
                raise EditRefused("the node code beside this graph has changed and has to be loaded first")
            done = await run.aedit(part)
        except (EditRefused, GraphError) as error:
            reason = str(error)
        except RunError as error:
            if not run.state.is_over:
                self._told.message.emit("warning", f"The change is in the graph, not in its run: {error}")
            return
        else:
            if done.changes_structure:
                self._told.edited.emit(done)
                self._told.message.emit("info", f"The run has taken up the change ({done.summary}).")
        told = reason and self.waits_for_start != reason
        self.waits_for_start = reason
        new = {id: why for id, why in reasons.items() if id not in self.left_out}
        self.left_out = reasons
        if told:
            self._told.message.emit("info", f"This takes effect at the next start: {reason}.")
        elif new and not reason:
            names = ", ".join(graph.nodes[id].label for id in list(new)[:_NAMED]) + ("…" if len(new) > _NAMED else "")
            why = next(iter(new.values()))
            self._told.message.emit("info", f"Not in the run yet: {names} ({why}).")

    # -- parameters

    def _send(self, key: str, value: Any) -> None:
        """Queue a value; only the newest of a parameter is sent, and a node that hangs holds up its own alone."""
        node = key.partition(".")[0]
        if node in self.left_out or self._run is None:
            return
        if node in self._waiting:
            self._waiting[node][key] = value
        else:
            self._waiting[node] = {key: value}
            self._told.spawn(self._send_all(self._run, node))

    async def _send_all(self, run: Run, node: str) -> None:
        waiting = self._waiting[node]
        try:
            while waiting and not run.state.is_over:
                key = next(iter(waiting))
                await run.aset(key, waiting.pop(key))
        except TidewireError as error:
            if not run.state.is_over:
                self._told.message.emit("warning", f"The change is in the graph, not yet in its run: {error}")
        finally:
            del self._waiting[node]


def _live_values(graph: Graph) -> dict[str, Any]:
    """Every parameter that may change live, `node.parameter` -> value, defaults included."""
    values: dict[str, Any] = {}
    for id, spec in graph.nodes.items():
        try:
            parameters: Mapping[str, Any] = graph.type_of(spec).node_parameters
        except UnknownNodeType:
            continue
        for name, parameter in parameters.items():
            if parameter.live:
                values[f"{id}.{name}"] = spec.parameters.get(name, parameter.default)
    return values


def _shape(graph: Graph) -> object:
    """What a run takes up as an edit: nodes with type, code, place and policy, wires, processes, fixed parameters."""
    nodes: dict[str, tuple[object, ...]] = {}
    for id, spec in graph.nodes.items():
        code: Any = None
        try:
            code = graph.type_of(spec)
            parameters: Mapping[str, Any] = code.node_parameters
        except UnknownNodeType:
            parameters = {}
        fixed = {
            name: value for name, value in spec.parameters.items() if name in parameters and not parameters[name].live
        }
        nodes[id] = (spec.type, code, spec.location, spec.on_error, fixed)
    return nodes, dict(graph.wires), dict(graph.computers)
