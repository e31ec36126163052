"""Tidewire's engine: graphs of nodes that run where their user says. Headless; knows nothing of any window.

Everything an author, a file or a script may rely on is importable from here.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from engine.errors import (
    BridgeBroken,
    ConnectionRefused,
    ConnectionRefusedByType,
    EditRefused,
    FileFormatError,
    FileUnreadable,
    FileUnwritable,
    GraphError,
    GraphNotReady,
    LocationError,
    NodeError,
    ParameterError,
    ParameterRefused,
    RunError,
    StartError,
    TapClosed,
    TidewireError,
    UnknownNodeType,
)
from engine.graph.graph import NodeSpec, PlotSpec, Snapshot
from engine.graph.location import Location
from engine.graph.problems import Problem, Severity
from engine.graph.wire import NO_VALUE, Wire
from engine.node.catalog import catalog
from engine.node.node import Join, Node, Source
from engine.node.parameter import Parameter, param
from engine.node.port import Array, In, Out
from engine.node.signal import Signal
from engine.overflow import Overflow
from engine.runtime.events import Event, Failure
from engine.runtime.states import NodeState, RunState

if TYPE_CHECKING:
    from engine.bridges.choose import BridgeKind, choose_bridge
    from engine.runtime.coordinator import give_up_spare_worker, keep_spare_worker
    from engine.runtime.graph import Graph, open_graph
    from engine.runtime.run import Run, Waiting
    from engine.runtime.statistics import ComputerStatistics, NodeStatistics, RunStatistics, WireStatistics
    from engine.runtime.tap import Tap

__all__ = [
    "NO_VALUE",
    "Any",
    "Array",
    "BridgeBroken",
    "BridgeKind",
    "ComputerStatistics",
    "ConnectionRefused",
    "ConnectionRefusedByType",
    "EditRefused",
    "Event",
    "Failure",
    "FileFormatError",
    "FileUnreadable",
    "FileUnwritable",
    "Graph",
    "GraphError",
    "GraphNotReady",
    "In",
    "Join",
    "Location",
    "LocationError",
    "Node",
    "NodeError",
    "NodeSpec",
    "NodeState",
    "NodeStatistics",
    "Out",
    "Overflow",
    "Parameter",
    "ParameterError",
    "ParameterRefused",
    "PlotSpec",
    "Problem",
    "Run",
    "RunError",
    "RunState",
    "RunStatistics",
    "Severity",
    "Signal",
    "Snapshot",
    "Source",
    "StartError",
    "Tap",
    "TapClosed",
    "TidewireError",
    "UnknownNodeType",
    "Waiting",
    "Wire",
    "WireStatistics",
    "catalog",
    "choose_bridge",
    "give_up_spare_worker",
    "keep_spare_worker",
    "open_graph",
    "param",
]

# What conducts runs is imported when it is first asked for: a worker process, whose start is waited for, needs it not.
_CONDUCTING = {
    "BridgeKind": "plan",
    "ComputerStatistics": "statistics",
    "Graph": "graph",
    "NodeStatistics": "statistics",
    "Run": "run",
    "RunStatistics": "statistics",
    "Tap": "tap",
    "Waiting": "run",
    "WireStatistics": "statistics",
    "choose_bridge": "plan",
    "give_up_spare_worker": "coordinator",
    "keep_spare_worker": "coordinator",
    "open_graph": "graph",
}

if not TYPE_CHECKING:  # it would let every name pass

    def __getattr__(name: str) -> Any:
        if name not in _CONDUCTING:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(f"engine.runtime.{_CONDUCTING[name]}"), name)
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *_CONDUCTING})
