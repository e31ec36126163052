"""`tidewire validate`: everything that keeps a graph from starting."""

from __future__ import annotations

from pathlib import Path

from engine.cli.exit_codes import ExitCode
from engine.cli.graph_file import problem_line, read_graph
from engine.cli.printable import printable, printable_block
from engine.graph.problems import Severity


def validate(path: Path) -> int:
    """Print the problems of a graph file on stdout; raises `WrongUse` when it cannot be read.

    Imports the node types that the graph names, the project's own in `nodes/` too.
    """
    graph = read_graph(path)
    problems = graph.problems()
    for problem in problems:
        print(f"{printable(str(path))}: {printable_block(problem_line(problem)).strip()}")
    if any(problem.severity is Severity.ERROR for problem in problems):
        return ExitCode.WRONG_USE
    print(f"{printable(str(path))}: can start ({len(graph.nodes)} nodes, {len(graph.wires)} wires)")
    return ExitCode.DONE
