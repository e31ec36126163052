"""`tidewire convert`: a graph file as something else: a script."""

from __future__ import annotations

from pathlib import Path

from engine.cli.exit_codes import ExitCode, OutputLost
from engine.cli.graph_file import read_graph
from engine.graph.as_python import python_of


def convert(path: Path, target: Path | None) -> int:
    """Write a graph as a Python script, on stdout or into a file; raises `WrongUse` when it cannot be read.

    Runs no code of the graph.

    Raises:
        OutputLost: the file cannot be written, or is there already.
    """
    text = python_of(read_graph(path))
    if target is None:
        print(text, end="")
        return ExitCode.DONE
    try:
        with target.open("x", encoding="utf-8") as opened:
            opened.write(text)
    except FileExistsError:
        raise OutputLost(f"{target} is there already, and was left as it is") from None
    except OSError as error:
        raise OutputLost(f"{target} cannot be written: {error.strerror}") from None
    return ExitCode.DONE
