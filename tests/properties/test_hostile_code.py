"""Node packages and `nodes/` folders that misbehave when they are imported, and graphs that want it done."""

from __future__ import annotations

import json
import os
import py_compile
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QSettings

from app.document.trust import EditorGraph, known_types
from app.workbench import Workbench
from engine import Graph, UnknownNodeType
from engine.node.catalog import Catalog
from tests.properties.profiles import everyday

ROOT = Path(__file__).parents[2]
GOOD = (
    "from engine import Source, Out\nclass {name}(Source):\n    y = Out(int)\n    def produce(self):\n        yield 1\n"
)
BROKEN = {
    "syntax": ("x = 1\nclass Broken(:\n", "SyntaxError", "line 2"),
    "missing": ("\n\nimport no_such_driver\n", "no_such_driver", "line 3"),
    "exits": ("import sys\nsys.exit(3)\n", "SystemExit: 3", "line 2"),
    "oddity": ("class Odd(BaseException):\n    pass\nraise Odd('text\\nof lines')\n", "Odd: text", "line 3"),
    "mute": ("class Mute(Exception):\n    __str__ = None\nraise Mute\n", "Mute", "line 3"),
    "generator": ("raise GeneratorExit\n", "GeneratorExit", "line 1"),
    "deep": ("def f():\n    f()\nf()\n", "RecursionError", "line 2"),
    "clash": ("from engine import Node, In\nclass N(Node):\n    process = In(int)\n", "process", "line 2"),
    "bytes": ("\0", "SyntaxError", "null bytes"),
    "latin": ("x = '\xe9'", "SyntaxError", "latin.py"),
}


@pytest.fixture(autouse=True)
def nothing_stays_imported(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = set(sys.modules)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield
    for name in set(sys.modules) - before:
        if name.startswith(("tidewire_project_", "hostile_")):
            del sys.modules[name]


def write_all(folder: Path, prefix: str = "") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, (text, _, _) in BROKEN.items():
        (folder / f"{prefix}{name}.py").write_bytes(text.encode("latin-1"))
    for name in ("aaa", "zzz"):
        (folder / f"{prefix}{name}.py").write_text(f"print('at import')\n{GOOD.format(name=name.title())}")


def check_told(failures: list[str]) -> None:
    assert len(failures) == len(BROKEN)
    for name, (_, why, where) in BROKEN.items():
        told = next(failure for failure in failures if name in failure)
        assert why in told and where in told and told.isprintable(), told


def test_a_folder_of_broken_nodes_gives_the_whole_ones_and_says_in_which_line_the_others_fail(tmp_path: Path) -> None:
    write_all(tmp_path / "nodes")
    found, failures = Catalog().project(tmp_path)
    assert [kind.__name__ for kind in found] == ["Aaa", "Zzz"]
    check_told([str(failure) for failure in failures])


def test_broken_installed_packages_leave_the_others_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_all(tmp_path, "hostile_")
    info = tmp_path / "hostile-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: hostile\nVersion: 1.0\n")
    names = [file.stem for file in sorted(tmp_path.glob("*.py"))]
    (info / "entry_points.txt").write_text("[tidewire.nodes]\n" + "".join(f"{name} = {name}\n" for name in names))
    monkeypatch.syspath_prepend(tmp_path)
    found, failures = Catalog().installed()
    assert {"Aaa", "Zzz"} <= {kind.__name__ for kind in found}
    check_told([str(failure).replace("hostile_", "") for failure in failures])
    everything, _ = Catalog().all_types()
    assert len(everything) > 20


def test_the_command_lists_what_can_be_used_and_says_what_cannot(tmp_path: Path) -> None:
    write_all(tmp_path / "nodes")
    words = [sys.executable, "-B", "-m", "engine.cli", "nodes", "--json", str(tmp_path)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    listed = {entry["type"] for entry in json.loads(done.stdout)}  # what is printed at import does not get in between
    assert {"nodes.aaa:Aaa", "nodes.zzz:Zzz"} <= listed
    for name, (_, why, _) in BROKEN.items():
        assert f"{name}.py" in done.stderr and why in done.stderr


@pytest.mark.parametrize("command", ["validate", "run", "nodes"])
def test_an_import_that_never_ends_is_ended_by_ctrl_c(tmp_path: Path, command: str) -> None:
    nodes = tmp_path / "nodes"
    nodes.mkdir()
    (nodes / "loops.py").write_text(
        "import sys\nsys.stderr.write('it began\\n')\nsys.stderr.flush()\nwhile True: pass\n"
    )
    graph = tmp_path / "g.tide"
    graph.write_text('{"tidewire": 1, "nodes": [{"id": "a", "type": "nodes.loops:T"}]}')
    words = [sys.executable, "-B", "-m", "engine.cli", command, str(graph)]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        try:
            assert program.stderr is not None
            assert program.stderr.readline() == "it began\n"
            os.kill(program.pid, signal.SIGINT)
            assert program.wait(timeout=10) == 130
        finally:
            program.kill()


def test_byte_code_that_came_with_a_folder_is_not_run_in_the_place_of_its_source(tmp_path: Path) -> None:
    (tmp_path / "nodes" / "sub").mkdir(parents=True)
    for source in (tmp_path / "nodes" / "own.py", tmp_path / "nodes" / "sub" / "deep.py"):
        hostile, honest = "x = 'hostile text'\n", "x = 'honest words'\n"  # of the same length
        source.write_text(hostile + GOOD.format(name="Own"))
        py_compile.compile(str(source), doraise=True)
        times = source.stat()
        source.write_text(honest + GOOD.format(name="Own"))
        os.utime(source, ns=(times.st_atime_ns, times.st_mtime_ns))
        assert list(source.parent.glob("__pycache__/*.pyc"))
    for path in ("nodes.own:Own", "nodes.sub.deep:Own"):
        kind = Catalog().resolve(path, tmp_path)
        assert sys.modules[kind.__module__].x == "honest words"


# -- type paths

ODD_PATHS = (
    "antigravity:x", "this:x", "os:system", "subprocess:Popen", "builtins:exec", "idlelib.idle:x",
    "turtledemo.__main__:x", "engine.cli.__main__:entry", "pip.__main__:x", "nodes.../../etc:x",
    "nodes.hostile/../../x:T", "..hostile:T", "/tmp/x:T", "nodes." + "a" * 300 + ":T", "a" * 900 + ":T",
    ".".join("a" * 400) + ":T", "hostile_mark:T", "nodes.hostile:T", "nodes.sub.hostile:T", "nodes:T",
    "hostile\u202e:T", "hostile\0:T", "h:T.__init__.__globals__",
)  # fmt: skip


def hostile_folder(folder: Path) -> Path:
    """A folder with a graph, where everything that is imported leaves a mark."""
    mark = f"open({str(folder / 'it-ran')!r}, 'w').close()\n"
    for place in (folder, folder / "nodes", folder / "nodes" / "sub"):
        place.mkdir(exist_ok=True)
        for name in ("hostile", "hostile_mark", "__init__"):
            (place / f"{name}.py").write_text(mark + GOOD.format(name="T"))
    nodes = [{"id": f"n{number}", "type": path} for number, path in enumerate(ODD_PATHS)]
    wires = [{"from": "n17.y", "to": "n18.x"}]
    (folder / "g.tide").write_text(json.dumps({"tidewire": 1, "nodes": nodes, "wires": wires}))
    return folder / "g.tide"


@pytest.mark.parametrize("path", [path for path in ODD_PATHS if "hostile" not in path or "." in path[:2]], ids=ascii)
def test_a_path_that_is_no_node_type_is_refused_and_imports_nothing(tmp_path: Path, path: str) -> None:
    hostile_folder(tmp_path)
    before = set(sys.modules)
    with pytest.raises(UnknownNodeType) as caught:
        Catalog().resolve(path, tmp_path)
    assert str(caught.value).isprintable() and len(str(caught.value)) < 2500
    assert not {name for name in set(sys.modules) - before if not name.startswith("tidewire_project_")}
    assert not (tmp_path / "it-ran").exists() or path.startswith("nodes.")


@everyday(200)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.from_regex(r"[a-z._:]{0,12}:[A-Z.]{0,6}"))
def test_any_text_is_a_node_type_or_none_and_nothing_else_happens(path: str) -> None:
    for look in (Catalog().resolve, EditorGraph.types.resolve):
        try:
            look(path, ROOT)
        except UnknownNodeType as error:
            assert str(error)


def test_problems_of_a_hostile_graph_are_told_and_none_of_pythons_modules_is_imported(tmp_path: Path) -> None:
    graph = Graph.load(hostile_folder(tmp_path))
    before = set(sys.modules)
    wheres = {problem.where for problem in graph.problems()}
    assert {f"n{number}" for number, path in enumerate(ODD_PATHS) if "hostile" not in path} <= wheres
    assert not {"antigravity", "this", "turtledemo", "idlelib"} & (set(sys.modules) - before)


# -- the editor


@pytest.fixture
def workbench(qapp, tmp_path: Path) -> Iterator[Workbench]:
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path / "settings"))
    bench = Workbench()
    yield bench
    bench.deleteLater()


def test_the_editor_opens_a_downloaded_graph_and_nothing_of_it_runs_before_it_is_trusted(
    workbench: Workbench, tmp_path: Path
) -> None:
    folder = tmp_path / "downloaded"
    folder.mkdir()
    asked: list[list[str]] = []
    workbench.foreign_code_found.connect(asked.append)
    before = set(sys.modules)
    assert workbench.open(hostile_folder(folder))
    graph = workbench.graph
    for id in graph.nodes:
        assert workbench.node_type(id) is None
    workbench.select_all()
    workbench.duplicate()
    workbench.rename("n1", "x")
    workbench.undo_stack.undo()
    assert workbench.wire_refusal("n1.y", "n2.x") is None
    graph.problems()
    known_types(graph.folder)
    assert workbench.save_as(folder / "again.tide")
    assert not (folder / "it-ran").exists()
    assert not {name for name in set(sys.modules) - before if "hostile" in name}
    assert len(asked) == 1  # once, and what would run is named
    assert {"nodes/hostile.py", "nodes.hostile:T", "os:system"} <= set(asked[0])
    assert workbench.foreign_code


def test_what_is_pasted_into_a_trusted_graph_is_not_trusted_with_it(workbench: Workbench, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    (folder / "nodes").mkdir(parents=True)
    (folder / "nodes" / "own.py").write_text(GOOD.format(name="Own"))
    (folder / "g.tide").write_text('{"tidewire": 1, "nodes": [{"id": "a", "type": "nodes.own:Own"}]}')
    assert workbench.open(folder / "g.tide") and workbench.node_type("a") is None
    workbench.trust_code()
    assert workbench.node_type("a") is not None and not workbench.foreign_code
    (tmp_path / "hostile_pasted.py").write_text(f"open({str(tmp_path / 'it-ran')!r}, 'w').close()")
    sys.path.insert(0, str(tmp_path))
    try:
        content = workbench.graph.snapshot()
        other = Graph()
        other.restore(content)
        with pytest.raises(UnknownNodeType):
            workbench.graph.types.resolve("hostile_pasted:T", folder)
        workbench.add_node("hostile_pasted:T", (0, 0))
    finally:
        sys.path.remove(str(tmp_path))
    assert not (tmp_path / "it-ran").exists() and "hostile_pasted" not in sys.modules
