"""`tidewire new-node`: writes the file of a node type that works at once."""

from __future__ import annotations

from pathlib import Path

from engine.cli.exit_codes import ExitCode, WrongUse
from engine.cli.printable import printable
from engine.errors import GraphError
from engine.node.scaffold import Shape, new_node, write_new


def make_node(name: str, shape: Shape, folder: Path, *, with_test: bool) -> int:
    """Write `nodes/<name>.py` in a folder, and say what to do next.

    Args:
        name: what the node type is to be called.
        shape: with which ports it begins.
        folder: where the graphs lie that are to use it.
        with_test: write `tests/test_<name>.py` too.

    Raises:
        WrongUse: the name is none, such a file is there already, or it cannot be written.
    """
    if not folder.is_dir():
        raise WrongUse(f"there is no folder {folder}: make it first, or name another with --folder")
    try:
        new = new_node(name, shape)
        files = write_new(new, folder, with_test=with_test)
    except GraphError as error:
        raise WrongUse(str(error)) from None
    except OSError as error:
        raise WrongUse(f"the file was not written: {error.strerror} ({error.filename})") from None
    for file in files:
        print(f"written: {printable(str(file))}")
    place = "." if folder == Path() else str(folder)
    print(
        f"""
{new.class_name} works as it is. What to do next:
  edit   {printable(str(files[0]))}
  look   tidewire nodes {printable(place)}
  use    open a graph in {printable(place)} in the editor: it is in the palette under My nodes, and loads
         anew whenever you save the file. In a graph file its type is {new.type_path}"""
    )
    if with_test:
        print(f"  test   python -m pytest {printable(str(files[1]))}")
    return ExitCode.DONE
