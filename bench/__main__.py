"""`python -m bench`: one subcommand for each kind of run."""

from __future__ import annotations

import argparse
import sys

from bench import figures
from bench.gui import command as gui
from bench.soak import command as soak


def main(arguments: list[str] | None = None) -> int:
    """Run a subcommand; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    soak.add_to(commands)
    figures.add_to(commands)
    gui.add_to(commands)
    chosen = parser.parse_args(arguments)
    code: int = chosen.run(chosen)
    return code


if __name__ == "__main__":
    sys.exit(main())
