"""The command line's words: one parser for each command, and one for the editor, which needs no word."""

from __future__ import annotations

import argparse
import importlib.metadata
import math
import re
from pathlib import Path

from engine.node.scaffold import Shape

_UNITS = {"ms": 0.001, "": 1.0, "s": 1.0, "min": 60.0, "m": 60.0, "h": 3600.0}
_DURATION = re.compile(r"\s*(?P<number>[0-9.]+(?:[eE][+-]?[0-9]+)?)\s*(?P<unit>[a-z]*)\s*")

_COMMANDS_HELP = """\
commands:
  tidewire [FILE]         open the editor
  tidewire run FILE       run a graph without a screen
  tidewire validate FILE  print what keeps a graph from starting
  tidewire nodes          list the node types
  tidewire new-node NAME  write the file of a node type of your own
  tidewire diff A B       print what differs between two graphs
  tidewire COMMAND --help says more about each

exit codes of run:
  0 the graph finished or its time was up, 1 a node or a computer failed,
  2 wrong command line or a graph that cannot start, 130 interrupted (143 by SIGTERM)
"""


def version() -> str:
    """The installed version of Tidewire."""
    try:
        return importlib.metadata.version("tidewire")
    except importlib.metadata.PackageNotFoundError:
        return "(not installed)"


def editor_parser() -> argparse.ArgumentParser:
    """`tidewire [FILE]`."""
    parser = argparse.ArgumentParser(
        prog="tidewire",
        description="Edit and run real-time dataflow graphs.",
        epilog=_COMMANDS_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("file", nargs="?", metavar="FILE", help="the graph to open in the editor")
    parser.add_argument("--start", action="store_true", help="start the graph at once")
    parser.add_argument("--version", action="version", version=f"tidewire {version()}")
    return parser


def run_parser() -> argparse.ArgumentParser:
    """`tidewire run`."""
    parser = _parser("run", "Run a graph without a screen. Status goes to stderr; Ctrl+C stops, twice by force.")
    parser.add_argument("file", type=Path, metavar="FILE", help="the graph")
    parser.add_argument(
        "--for", dest="limit_s", type=duration, metavar="SECONDS", help="stop after so long: 10, 10s, 500ms, 5min, 2h"
    )
    parser.add_argument(
        "--set", dest="parameters", action="append", default=[], metavar="NODE.PARAM=VALUE", help="set a parameter"
    )
    parser.add_argument(
        "--location",
        dest="locations",
        action="append",
        default=[],
        metavar="NODE=LOCATION",
        help="say where a node runs: 'dsp' a thread, 'ml:' a process, 'ml:io' a thread in it, empty the main loop",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object on stdout at the end")
    return parser


def validate_parser() -> argparse.ArgumentParser:
    """`tidewire validate`."""
    parser = _parser(
        "validate",
        "Print what keeps a graph from starting. Exit code 0: it can start, 2: it cannot. Imports, and so runs, the "
        "modules of the node types that the graph names: those in the nodes/ folder beside it too.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="the graph")
    return parser


def diff_parser() -> argparse.ArgumentParser:
    """`tidewire diff`."""
    parser = _parser(
        "diff",
        "Print what differs between two graph files: + added, − removed, ~ changed, ↔ moved. Exit code 0: nothing "
        "does, 1: something does, 2: a file cannot be read. For git: git difftool -x 'tidewire diff'.",
    )
    parser.add_argument("before", type=Path, metavar="A", help="the graph as it was")
    parser.add_argument("after", type=Path, metavar="B", help="the graph as it is")
    parser.add_argument("--no-positions", action="store_true", help="leave out where nodes lie")
    parser.add_argument("--json", action="store_true", help="print one JSON array on stdout")
    return parser


def nodes_parser() -> argparse.ArgumentParser:
    """`tidewire nodes`."""
    parser = _parser(
        "nodes",
        "List the node types with their ports and parameters. Imports, and so runs, the installed node packages and "
        "the modules in the nodes/ folder of the place.",
    )
    parser.add_argument(
        "place", type=Path, nargs="?", metavar="FILE", help="a graph or folder whose nodes/ folder is listed too"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON array on stdout")
    return parser


def new_node_parser() -> argparse.ArgumentParser:
    """`tidewire new-node`."""
    parser = _parser(
        "new-node",
        "Write nodes/<name>.py: a node type that works at once, in one file. Nothing is overwritten.",
    )
    parser.add_argument("name", metavar="NAME", help='what it is called: MovingAverage, or "moving average"')
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument(
        "--source", dest="shape", action="store_const", const=Shape.SOURCE, help="a node that has no inputs"
    )
    shape.add_argument(
        "--sink", dest="shape", action="store_const", const=Shape.SINK, help="a node that has no outputs"
    )
    parser.set_defaults(shape=Shape.FILTER)
    parser.add_argument(
        "--folder", type=Path, default=Path(), metavar="DIR", help="where your graphs lie; this folder by default"
    )
    parser.add_argument("--test", action="store_true", help="write tests/test_<name>.py too")
    return parser


def _parser(command: str, description: str) -> argparse.ArgumentParser:
    return argparse.ArgumentParser(prog=f"tidewire {command}", description=description, allow_abbrev=False)


def duration(text: str) -> float:
    """Seconds from text such as `10`, `2.5s`, `500ms`, `5min`, `2h`; raises `ArgumentTypeError`."""
    read = _DURATION.fullmatch(text)
    unit = _UNITS.get(read["unit"]) if read is not None else None
    try:
        seconds = float(read["number"]) * unit if read is not None and unit is not None else math.nan
    except ValueError:
        seconds = math.nan
    if not (math.isfinite(seconds) and seconds > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is no time: write more than 0, for example 10, 2.5s, 500ms, 5min")
    return seconds
