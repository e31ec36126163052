"""The entry of the command `tidewire`: which command is meant, and what becomes of its errors."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
from collections.abc import Sequence
from typing import NoReturn, TextIO

from engine.cli import arguments
from engine.cli.exit_codes import ExitCode, OutputLost, WrongUse
from engine.cli.printable import printable_block


def entry() -> NoReturn:
    """The command as a process of its own: runs the words of this process and ends it, whatever still runs in it.

    Raises:
        SystemExit: the exit code.
    """
    code = main()
    if "engine.computers.thread" in sys.modules:  # nodes may have run here
        from engine.computers.leaving import flush_all, leave, leaves_threads

        if leaves_threads():
            leave(code, _say)
        flush_all()
    sys.exit(code)


def _say(line: str) -> None:
    with contextlib.suppress(OSError, ValueError):
        print(f"tidewire: {printable_block(line)}", file=sys.stderr)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        argv: the words after `tidewire`; None takes those of this process.

    Returns:
        The exit code, see `engine.cli.exit_codes`.

    Raises:
        SystemExit: help was asked for (0), or the words are wrong (2).
    """
    words = list(sys.argv[1:] if argv is None else argv)
    _open_missing_streams()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # no text fails for want of a letter in the locale
    try:
        code = _dispatch(words)
        sys.stdout.flush()
        return int(code)
    except WrongUse as error:
        sys.stdout.flush()
        print(f"tidewire: {printable_block(str(error))}", file=sys.stderr)
        return int(ExitCode.WRONG_USE)
    except OutputLost as error:
        print(f"tidewire: {printable_block(str(error))}", file=sys.stderr)
        return int(ExitCode.FAILED)
    except KeyboardInterrupt:
        return int(ExitCode.SIGNALLED) + signal.SIGINT
    except BrokenPipeError:
        return _reader_has_gone()
    finally:
        _forget_unwritable_stderr()


def _dispatch(words: list[str]) -> int:
    """Only what the command needs is imported: the editor is to be there soon."""
    match words[:1]:
        case ["run"]:
            from engine.cli.run import run_headless

            run = arguments.run_parser().parse_args(words[1:])
            return run_headless(run.file, run.limit_s, run.parameters, run.locations, as_json=run.json)
        case ["validate"]:
            from engine.cli.validate import validate

            return validate(arguments.validate_parser().parse_args(words[1:]).file)
        case ["diff"]:
            from engine.cli.diff import diff

            files = arguments.diff_parser().parse_args(words[1:])
            return diff(files.before, files.after, ignores_positions=files.no_positions, as_json=files.json)
        case ["nodes"]:
            from engine.cli.node_list import list_nodes

            nodes = arguments.nodes_parser().parse_args(words[1:])
            return list_nodes(nodes.place, as_json=nodes.json)
        case ["new-node"]:
            from engine.cli.new_node import make_node

            new = arguments.new_node_parser().parse_args(words[1:])
            return make_node(new.name, new.shape, new.folder, with_test=new.test)
        case _:
            from engine.cli.editor import open_editor

            editor = arguments.editor_parser().parse_args(words)
            return open_editor(editor.file, start=editor.start)


def _open_missing_streams() -> None:
    """Where a standard stream was closed (`2>&-`), the next socket would take its number and get what is printed."""
    for descriptor, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(descriptor)
        except OSError:
            opened = os.open(os.devnull, os.O_RDWR)  # takes the lowest free number, which is this one
            os.set_inheritable(opened, True)  # for the workers
        if getattr(sys, name) is None:
            setattr(sys, name, open(descriptor, mode, closefd=False))  # noqa: SIM115


def _reader_has_gone() -> int:
    """Whoever read our output (`tidewire nodes | head`) wants no more: end as the signal would have ended us."""
    with contextlib.suppress(OSError, ValueError):
        _send_nowhere(sys.stdout)
    return int(ExitCode.SIGNALLED) + int(getattr(signal, "SIGPIPE", 13))


def _forget_unwritable_stderr() -> None:
    """What the buffer of stderr still holds would be tried again at exit, and its failure become the exit code."""
    try:
        sys.stderr.flush()
    except (OSError, ValueError):
        with contextlib.suppress(OSError, ValueError):
            _send_nowhere(sys.stderr)


def _send_nowhere(stream: TextIO) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
