"""`python -m bench`: the way from node to node beside its peers; a subcommand for each other kind of run."""

from __future__ import annotations

import argparse
import sys

from bench import costs, figures
from bench.gui import command as gui
from bench.performance import command as performance
from bench.performance import profile
from bench.soak import command as soak


def main(arguments: list[str] | None = None) -> int:
    """Run what is asked for; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    performance.add_to(parser)
    commands = parser.add_subparsers(dest="command", title="other kinds of run")
    soak.add_to(commands)
    figures.add_to(commands)
    costs.add_to(commands)
    gui.add_to(commands)
    profile.add_to(commands)
    chosen = parser.parse_args(arguments)
    code: int = chosen.run(chosen)
    return code


if __name__ == "__main__":
    sys.exit(main())
