"""A program that opens files with every door watched: `python -m tests.properties.audited engine|editor FOLDER`.

A process of its own, as an audit hook (PEP 578) stays for good. Prints what became of each file, and what happened
meanwhile that loading has no business to do.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from engine import FileFormatError, Graph, UnknownNodeType, catalog

FORBIDDEN = (
    "import", "exec", "compile", "subprocess.", "socket.", "ctypes.", "pickle.", "marshal.", "shutil.", "webbrowser.",
    "urllib.", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.remove", "os.rename", "os.mkdir",
    "os.rmdir", "os.link", "os.symlink", "os.chmod", "os.truncate", "os.putenv", "os.kill", "code.__new__",
)  # fmt: skip
_WRITING = 0o3 | 0o100 | 0o1000  # O_WRONLY, O_RDWR, O_CREAT, O_TRUNC

seen: list[str] = []
_is_watching = False


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if not _is_watching:
        return
    writes = event == "open" and isinstance(arguments[2], int) and bool(arguments[2] & _WRITING)
    if event == "import" and str(arguments[0]).startswith("engine.library."):
        return  # the library is the editor's own: a name in it may be looked for
    if writes or event.startswith(FORBIDDEN):
        seen.append(f"{event} {arguments!r:.200}")


@contextmanager
def watching() -> Iterator[None]:
    global _is_watching
    _is_watching = True
    try:
        yield
    finally:
        _is_watching = False


def load_in_engine(path: Path) -> str:
    try:
        graph = Graph.load(path)
    except (FileFormatError, OSError) as error:
        return f"refused: {error}"
    return f"read: {len(graph.nodes)} nodes"


def load_in_editor(path: Path) -> str:
    """What the editor does with a graph before its user trusts it: look up types, ports, wires, what code it brings."""
    from app.document.trust import EditorGraph, foreign_code

    try:
        graph = EditorGraph.load(path)
    except (FileFormatError, OSError) as error:
        return f"refused: {error}"
    for id in graph.nodes:
        try:
            graph.type_of(id)
        except UnknownNodeType:
            continue
    for wire in graph.wires.values():
        graph.type_refusal(wire)
    graph.problems()
    return f"read: {len(graph.nodes)} nodes, foreign {foreign_code(graph)}"


def main(kind: str, folder: Path) -> None:
    load: Callable[[Path], str] = {"engine": load_in_engine, "editor": load_in_editor}[kind]
    files = sorted(folder.glob("*.tide"))
    for file in files[:2]:  # what the first good and the first bad file import of our own
        load(file)
    if kind == "editor":
        catalog.library()
    sys.addaudithook(_hook)
    told = {}
    for file in files:
        with watching():
            try:
                what = load(file)
            except BaseException as error:
                what = f"escaped: {error!r}"
        told[file.name] = what
    print(json.dumps({"files": told, "seen": seen}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
