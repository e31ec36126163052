"""The catalog: where node types are found, that one class is found once, and what is said of those that are not."""

from __future__ import annotations

import importlib
import importlib.metadata
import pickle
import sys
import textwrap
import threading
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine import Graph, GraphError, Node, Out, Source, UnknownNodeType
from engine.node import catalog as catalog_module
from engine.node.catalog import ENTRY_POINT_GROUP, Catalog
from engine.node.project import project_files

NODES = """
    from engine import In, Node, Out, Source, param

    class Beat(Source):
        value = Out(int)

    class Payload:
        pass

    class Outer:
        class Inner(Source):
            value = Out(int)

    class _Hidden(Node):
        pass

    NOT_A_NODE = 5
"""


@pytest.fixture
def catalog() -> Catalog:
    return Catalog()


@pytest.fixture(autouse=True)
def modules_of_the_test_go_with_it(tmp_path: Path) -> Iterator[None]:
    yield
    for name in [name for name, module in sys.modules.items() if _lies_in(module, tmp_path)]:
        del sys.modules[name]


def _lies_in(module: Any, folder: Path) -> bool:
    places = [getattr(module, "__file__", None), *(getattr(module, "__path__", None) or [])]
    return any(str(place).startswith(str(folder)) for place in places)


def write(folder: Path, name: str, text: str = NODES) -> None:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(textwrap.dedent(text))


# -- import paths


def test_a_type_is_found_by_its_import_path_and_is_always_the_same(
    catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "my_nodes.py")
    monkeypatch.syspath_prepend(tmp_path)
    assert catalog.known("my_nodes:Beat") is None and "my_nodes" not in sys.modules
    beat = catalog.resolve("my_nodes:Beat")
    assert beat is sys.modules["my_nodes"].Beat
    assert catalog.resolve("my_nodes:Beat", tmp_path) is catalog.known("my_nodes:Beat") is beat
    assert catalog.path_of(beat) == "my_nodes:Beat"
    inner = catalog.resolve("my_nodes:Outer.Inner")
    assert catalog.path_of(inner) == "my_nodes:Outer.Inner"
    assert Catalog().known("my_nodes:Beat") is beat  # its module is imported: nothing need be


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("", ["''", "package.module:Class"]),
        ("rubbish", ["'rubbish'", "package.module:Class"]),
        ("os", ["'os'"]),
        (":Beat", ["':Beat'"]),
        ("os:", ["'os:'"]),
        ("os.:x", ["'os.:x'"]),
        ("..os:x", ["'..os:x'"]),
        ("os;x:y", ["os;x:y"]),
        ("/etc/passwd:x", ["/etc/passwd"]),
        ("os:system()", ["os:system()"]),
        ("os:\x1b[31m", [r"\x1b"]),
        ("no.such.package:Thing", ["no.such.package:Thing", "No module named 'no'"]),
        ("os:system", ["os:system", "is no node type"]),
        ("os:nothing", ["os:nothing", "no node types are in os"]),
        ("antigravity:x", ["no node types are in antigravity"]),
        ("engine.cli.__main__:x", ["no node types are in engine.cli.__main__"]),
        ("engine:nothing", ["has no such class"]),
        ("os.path:join.__call__", ["is no node type"]),
        ("builtins:int", ["is no node type"]),
        ("engine:Node", ["is no node type"]),
        ("engine:Source", ["is no node type"]),
        ("m:f.<locals>.C", ["inside a function"]),
    ],
)
def test_what_is_no_node_type_is_refused_with_the_reason(catalog: Catalog, path: str, words: list[str]) -> None:
    with pytest.raises(UnknownNodeType) as caught:
        catalog.resolve(path)
    assert all(word in str(caught.value) for word in words) and str(caught.value).isprintable()
    assert catalog.known(path) is None


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        ("1 / 0", "ZeroDivisionError"),
        ("import no_such_library", "no_such_library"),
        ("def broken(:", "SyntaxError"),
        ("raise SystemExit(3)", "SystemExit"),
        ("class Beat(", "SyntaxError"),
    ],
)
def test_a_module_that_does_not_import_is_named_with_the_cause_and_can_be_mended(
    catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, cause: str
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    write(tmp_path, "breaks.py", code)
    with pytest.raises(UnknownNodeType, match=cause) as caught:
        catalog.resolve("breaks:Beat")
    assert "breaks:Beat" in str(caught.value) and caught.value.__cause__ is not None
    write(tmp_path, "breaks.py")
    importlib.invalidate_caches()
    assert catalog.resolve("breaks:Beat").__name__ == "Beat"


def test_ctrl_c_while_a_module_is_imported_is_not_swallowed(
    catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    write(tmp_path, "interrupted.py", "raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        catalog.resolve("interrupted:Beat")


def test_classes_of_a_function_are_found_and_not_mistaken_for_one_another(catalog: Catalog) -> None:
    def make(number: int) -> type[Node]:
        class Made(Source):
            value = Out(int)
            which = number

        return Made

    first, second = make(1), make(2)
    paths = [catalog.path_of(kind) for kind in (first, second, first)]
    assert paths[0] == paths[2] != paths[1]
    assert [catalog.resolve(path) for path in paths] == [first, second, first]
    graph = Graph()
    assert [graph.type_of(graph.add(kind)) for kind in (first, second)] == [first, second]
    assert list(graph.nodes) == ["made", "made2"]
    with pytest.raises(UnknownNodeType, match="inside a function"):
        Catalog().resolve(paths[0])


def test_a_class_of_a_script_that_is_defined_again_is_the_newest(catalog: Catalog) -> None:
    kinds = [type("Mine", (Source,), {"__module__": "__main__", "value": Out(int)}) for _ in range(2)]
    paths = [catalog.path_of(kind) for kind in kinds]
    assert paths == ["__main__:Mine", "__main__:Mine"]
    assert catalog.resolve("__main__:Mine") is kinds[1]


@pytest.mark.parametrize("wrong", [int, 5, None, Node, Source, "engine:Node"])
def test_only_node_types_have_a_path(catalog: Catalog, wrong: Any) -> None:
    with pytest.raises(GraphError, match="no node type"):
        catalog.path_of(wrong)


def test_threads_that_ask_at_once_get_the_same_class(
    catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "slowly_imported.py", "import time\ntime.sleep(0.05)\n" + textwrap.dedent(NODES))
    monkeypatch.syspath_prepend(tmp_path)
    found: list[type[Node]] = []
    threads = [threading.Thread(target=lambda: found.append(catalog.resolve("slowly_imported:Beat"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(found) == 8 and len(set(found)) == 1


# -- a project's nodes


def test_the_nodes_of_a_project_are_found_beside_its_graph(catalog: Catalog, tmp_path: Path) -> None:
    write(tmp_path, "nodes/mine.py")
    write(tmp_path, "nodes/my-other.py", "from .mine import Beat\nclass More(Beat):\n    pass\n")
    write(tmp_path, "nodes/deeper/down.py")
    write(tmp_path, "nodes/__init__.py", "raise Exception('is not a module of nodes')")
    found, failures = catalog.project(tmp_path)
    assert [kind.__name__ for kind in found] == ["Beat", "More"] and not failures
    assert [file.name for file in project_files(tmp_path)] == ["mine.py", "my-other.py"]
    for kind, path in zip(found, ["nodes.mine:Beat", "nodes.my-other:More"], strict=True):
        assert catalog.path_of(kind) == path
        assert catalog.resolve(path, tmp_path) is Catalog().resolve(path, tmp_path) is kind
    down = catalog.resolve("nodes.deeper.down:Beat", tmp_path)
    assert catalog.path_of(down) == "nodes.deeper.down:Beat"
    assert catalog.all_types(tmp_path)[0][-2:] == found


def test_two_projects_have_each_their_own(catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("one", "two"):
        write(tmp_path, f"{name}/nodes/mine.py", NODES + f"\n    WHERE = {name!r}\n")
    one, two = (catalog.resolve("nodes.mine:Beat", tmp_path / name) for name in ("one", "two"))
    assert one is not two
    assert [sys.modules[kind.__module__].WHERE for kind in (one, two)] == ["one", "two"]
    with pytest.raises(UnknownNodeType):
        catalog.resolve("nodes.mine:Beat")
    # A package that is called `nodes` too takes nothing from them, nor they from it.
    write(tmp_path, "path/nodes/mine.py", NODES + "\n    WHERE = 'path'\n")
    monkeypatch.syspath_prepend(tmp_path / "path")
    shared = catalog.resolve("nodes.mine:Beat")
    assert sys.modules[shared.__module__].WHERE == "path"
    assert catalog.resolve("nodes.mine:Beat", tmp_path / "one") is one
    assert catalog.resolve("nodes.mine:Beat", tmp_path / "elsewhere") is shared


def test_a_project_module_that_the_script_has_imported_is_the_same_one(
    catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "nodes/mine.py")
    monkeypatch.syspath_prepend(tmp_path)
    beat = importlib.import_module("nodes.mine").Beat
    assert catalog.path_of(beat) == "nodes.mine:Beat"
    assert catalog.resolve("nodes.mine:Beat", tmp_path) is beat
    assert Catalog().resolve("nodes.mine:Beat", tmp_path) is beat
    assert catalog.project(tmp_path) == ([beat], [])


def test_a_project_file_that_breaks_is_named_and_the_others_are_found(catalog: Catalog, tmp_path: Path) -> None:
    write(tmp_path, "nodes/a_breaks.py", "import no_such_library")
    write(tmp_path, "nodes/b_exits.py", "raise SystemExit('no licence')")
    write(tmp_path, "nodes/c_fine.py")
    found, failures = catalog.project(tmp_path)
    assert [kind.__name__ for kind in found] == ["Beat"]
    assert ["a_breaks.py" in str(failures[0]), "no_such_library" in str(failures[0])] == [True, True]
    assert ["b_exits.py" in str(failures[1]), "no licence" in str(failures[1])] == [True, True]
    with pytest.raises(UnknownNodeType, match=r"nodes\.a_breaks:Beat.*no_such_library"):
        catalog.resolve("nodes.a_breaks:Beat", tmp_path)


def test_a_file_added_while_the_app_is_open_is_found(catalog: Catalog, tmp_path: Path) -> None:
    for number in range(20):
        write(tmp_path, f"nodes/file{number}.py")
        assert catalog.resolve(f"nodes.file{number}:Beat", tmp_path).__module__.endswith(f".file{number}")
    with pytest.raises(UnknownNodeType):
        catalog.resolve("nodes.file20:Beat", tmp_path)


@pytest.mark.parametrize("path", ["nodes.../secret:Beat", "nodes.../../x:Beat", "nodes./etc/x:Beat", "nodes.:Beat"])
def test_no_path_leads_out_of_the_projects_folder(catalog: Catalog, tmp_path: Path, path: str) -> None:
    write(tmp_path, "secret.py")
    (tmp_path / "project" / "nodes").mkdir(parents=True)
    with pytest.raises(UnknownNodeType):
        catalog.resolve(path, tmp_path / "project")


def test_payloads_of_a_projects_classes_can_be_read_once_any_node_of_its_graph_was_looked_for(
    tmp_path: Path,
) -> None:
    write(tmp_path, "nodes/mine.py")
    beat = Catalog().resolve("nodes.mine:Beat", tmp_path)
    data = pickle.dumps(sys.modules[beat.__module__].Payload())
    for name in [name for name in sys.modules if name.startswith("tidewire_project_")]:
        del sys.modules[name]  # as in a process that has only nodes of the library
    Catalog().resolve("engine.library.arithmetic:Gain", tmp_path)
    assert type(pickle.loads(data)).__name__ == "Payload"


def test_a_folder_without_nodes_has_none(catalog: Catalog, tmp_path: Path) -> None:
    assert catalog.project(tmp_path) == ([], []) and project_files(tmp_path) == []


# -- installed packages


class FakeEntryPoint:
    """As `importlib.metadata` gives them."""

    def __init__(self, name: str, loaded: Any) -> None:
        self.name = name
        self.value = f"package_{name}"
        self._loaded = loaded

    def load(self) -> Any:
        if isinstance(self._loaded, BaseException):
            raise self._loaded
        return self._loaded


def install(monkeypatch: pytest.MonkeyPatch, *entries: FakeEntryPoint) -> None:
    def entry_points(*, group: str) -> list[FakeEntryPoint]:
        return list(entries) if group == ENTRY_POINT_GROUP else []

    monkeypatch.setattr(importlib.metadata, "entry_points", entry_points)


def test_installed_packages_offer_classes_modules_and_packages(
    catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(
        tmp_path, "offered/__init__.py", "from offered.first import Beat\nfrom engine.library.arithmetic import Gain\n"
    )
    write(tmp_path, "offered/first.py")
    write(tmp_path, "offered/second.py", "from offered.first import Beat\nclass Own(Beat):\n    pass\n")
    monkeypatch.syspath_prepend(tmp_path)
    package, second = (importlib.import_module(name) for name in ("offered", "offered.second"))
    entries = [
        FakeEntryPoint("package", package),
        FakeEntryPoint("module", second),
        FakeEntryPoint("class", package.Beat),
    ]
    install(monkeypatch, *entries)
    found, failures = catalog.installed()
    assert found == [package.Beat, second.Own] and not failures  # each once, and not what others have made
    assert catalog.path_of(found[0]) == "offered.first:Beat"
    assert catalog.resolve("offered:Beat") is catalog.resolve("offered.first:Beat") is package.Beat
    everything, failures = catalog.all_types()
    assert everything == [*catalog.library(), *found] and not failures


def test_an_installed_package_that_breaks_or_offers_nothing_is_named(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken: list[BaseException] = [ImportError("no driver"), SystemExit(1), AttributeError("gone"), ValueError("x")]
    odd: list[Any] = [5, "text", int, Node, Source]
    install(monkeypatch, *(FakeEntryPoint(f"e{number}", loaded) for number, loaded in enumerate([*broken, *odd])))
    found, failures = catalog.installed()
    assert found == [] and len(failures) == 9
    assert "package_e0" in str(failures[0]) and "no driver" in str(failures[0])
    assert all("neither a node type nor a module" in str(failure) for failure in failures[4:])


def test_a_real_entry_point_is_found(catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "real_package.py")
    write(tmp_path, "real_package-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: real-package\nVersion: 1.0\n")
    write(tmp_path, "real_package-1.0.dist-info/entry_points.txt", "[tidewire.nodes]\nbeats = real_package\n")
    monkeypatch.syspath_prepend(tmp_path)
    found, failures = catalog.installed()
    assert "real_package" in {kind.__module__ for kind in found} and not failures


def test_the_library_is_found_without_failure(catalog: Catalog) -> None:
    library = catalog.library()
    assert len(library) > 20 and len(set(library)) == len(library)
    for kind in library:
        assert catalog.resolve(catalog.path_of(kind)) is kind and kind.__doc__ and kind.category
    assert all(isinstance(kind, type) and issubclass(kind, Node) for kind in library)


def test_a_type_that_came_by_value_is_known(catalog: Catalog) -> None:
    kind = types.new_class("Travelled", (Source,), exec_body=lambda body: body.update(value=Out(int)))
    catalog.remember("__main__:Travelled", kind)
    assert catalog.resolve("__main__:Travelled") is kind
    assert catalog.resolve("__main__:Travelled", Path("/anywhere")) is kind


def test_there_is_one_catalog_for_all() -> None:
    assert Graph.types is catalog_module.catalog
