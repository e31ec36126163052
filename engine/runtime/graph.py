"""The public `Graph`: the document, with node types looked up in the catalog, that can be started.

What conducts a run is imported with the first start: the editor paints its window before.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import GraphError, StartError
from engine.graph import graph as document
from engine.graph.check import problems_of
from engine.graph.packages import SECTION
from engine.graph.problems import Problem
from engine.node.catalog import catalog
from engine.runtime.events import Event

if TYPE_CHECKING:
    from engine.runtime.run import Run

START_TIMEOUT_S = 10.0


class Graph(document.Graph):
    """A graph that can be checked and started. See `engine.graph.graph.Graph` for its edits and files."""

    types = catalog
    _last_run: weakref.ref[Run] | None = None

    def save(self, path: str | Path) -> None:
        """Write the graph to a `.tide` file, with the packages that its node types come from; see the base class."""
        from engine.node.packages import is_foreign, sections_to_save

        if SECTION not in self.extra and not any(is_foreign(spec.type) for spec in self.nodes.values()):
            super().save(path)
            return
        content = self.snapshot()
        written = document.Graph()
        written.restore(replace(content, extra=sections_to_save(content.extra, [s.type for s in self.nodes.values()])))
        written.save(path)
        self.path = written.path

    def problems(self) -> list[Problem]:
        """What keeps this graph from starting; empty when it can start. Imports the node types it names."""
        return problems_of(self)

    def start(self, timeout: float = START_TIMEOUT_S, on_error: str = "stop") -> Run:
        """Run this graph. Returns when every node is running; never blocks longer than `timeout` and a little.

        Nodes at `main` run on a loop in a background thread of this process.

        Args:
            timeout: seconds within which every node must be ready.
            on_error: what follows an exception in a node that has no policy of its own: "stop" the graph, "skip"
                the tick and go on, "restart" the node.

        Raises:
            GraphError: the graph has problems (`.problems`).
            StartError: a computer or node could not start, or a run of this graph is going on; nothing is left behind.
        """
        from engine.runtime.run import Run

        self._check_start(on_error)
        run = Run.start(self, timeout, on_error)
        self._last_run = weakref.ref(run)
        return run

    async def astart(
        self,
        timeout: float = START_TIMEOUT_S,
        on_error: str = "stop",
        on_event: Callable[[Event], object] | None = None,
    ) -> Run:
        """Run this graph from inside a running asyncio (or qasync) loop; nodes at `main` run on that loop.

        See `start` for arguments and errors. Cancelling it takes down what was started. `on_event` is called in
        another thread with every event of the run, from the first on (`Run.subscribe` begins where it is called).
        """
        from engine.runtime.run import Run

        self._check_start(on_error)
        run = await Run.astart(self, timeout, on_error, on_event)
        self._last_run = weakref.ref(run)
        return run

    def _check_start(self, on_error: str) -> None:
        if on_error not in document.ERROR_POLICIES:
            raise GraphError(f"{on_error!r} is no error policy: use one of {', '.join(document.ERROR_POLICIES)}")
        last = self._last_run() if self._last_run is not None else None
        if last is not None and not last.state.is_over:
            raise StartError("this graph is running already: stop that run first")


def open_graph(path: str | Path) -> Graph:
    """Read a `.tide` file; the same as `Graph.load`. Runs no code from it.

    Raises:
        FileFormatError: the file is no graph; the message names the place in it.
        FileUnreadable: the system does not give its content (a FileFormatError and an OSError).
    """
    return Graph.load(path)
