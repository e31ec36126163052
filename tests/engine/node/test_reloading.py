"""Files of node types that change while they are loaded."""

from __future__ import annotations

import gc
import sys
import weakref
from pathlib import Path

import pytest

from engine import UnknownNodeType, catalog
from engine.node.reloading import edition_of

NODE = """
from engine import In, Node, Out, param
{imports}

class {name}(Node):
    "{doc}"
    value = In(int)
    result = Out(int)
    {more}
    def process(self, value):
        return value * {factor}
"""


def write(folder: Path, file: str, name: str = "Mine", factor: str = "2", **parts: str) -> Path:
    path = folder / "nodes" / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(NODE.format(**{"imports": "", "doc": "One.", "more": "", "name": name, "factor": factor, **parts}))
    return path


def mine(folder: Path) -> type:
    return catalog.resolve("nodes.mine:Mine", folder)


def times(kind: type) -> int:
    result: int = kind().process(1)
    return result


def test_what_has_changed_is_another_class_and_what_has_not_stays_the_same(tmp_path: Path) -> None:
    write(tmp_path, "mine.py")
    write(tmp_path, "other.py", "Other")
    before, other = mine(tmp_path), catalog.resolve("nodes.other:Other", tmp_path)
    assert catalog.reload(tmp_path).modules == ()
    write(tmp_path, "mine.py", factor="3", more="gain = param(1.0)")
    done = catalog.reload(tmp_path)
    assert (done.modules, done.removed, done.failures) == (("nodes.mine",), (), ())
    after = mine(tmp_path)
    assert after is not before and (times(before), times(after)) == (2, 3)
    assert list(after.node_parameters) == ["gain"]
    assert catalog.resolve("nodes.other:Other", tmp_path) is other
    assert catalog.project(tmp_path)[0] == [after, other]


def test_an_old_class_that_is_asked_for_its_path_does_not_come_back(tmp_path: Path) -> None:
    write(tmp_path, "mine.py")
    before = mine(tmp_path)
    write(tmp_path, "mine.py", factor="3")
    catalog.reload(tmp_path)
    after = mine(tmp_path)
    assert catalog.path_of(before) == catalog.path_of(after) == "nodes.mine:Mine"
    assert mine(tmp_path) is after


@pytest.mark.parametrize(
    "line",
    ["from .helpers.gain import FACTOR", "from .helpers import gain\nFACTOR = gain.FACTOR", "from .via import *"],
)
def test_what_imports_a_changed_file_is_loaded_anew_with_it(tmp_path: Path, line: str) -> None:
    helpers = tmp_path / "nodes" / "helpers"
    helpers.mkdir(parents=True)
    (helpers / "gain.py").write_text("FACTOR = 5")
    (tmp_path / "nodes" / "via.py").write_text("from .helpers.gain import FACTOR")
    write(tmp_path, "mine.py", imports=line, factor="FACTOR")
    assert times(mine(tmp_path)) == 5
    (helpers / "gain.py").write_text("FACTOR = 7")
    assert "nodes.mine" in catalog.reload(tmp_path).modules
    assert times(mine(tmp_path)) == 7


def test_a_file_that_breaks_keeps_its_types_and_says_where_until_it_is_mended(tmp_path: Path) -> None:
    file = write(tmp_path, "mine.py")
    before, edition = mine(tmp_path), edition_of(tmp_path)
    file.write_text(file.read_text() + "\n\ndef broken(:\n")
    for _ in range(2):
        (failure,) = catalog.reload(tmp_path).failures
        assert (failure.file, failure.line, failure.reason[:12]) == (file, 14, "SyntaxError:")
        assert catalog.project(tmp_path) == ([before], [failure])
        assert mine(tmp_path) is before and edition_of(tmp_path) == edition
    write(tmp_path, "mine.py", factor="4")
    assert catalog.reload(tmp_path).modules == ("nodes.mine",)
    assert catalog.project(tmp_path)[1] == [] and times(mine(tmp_path)) == 4
    assert edition_of(tmp_path) == edition + 1


def test_a_file_that_is_put_back_as_it_was_is_no_failure_any_more(tmp_path: Path) -> None:
    file = write(tmp_path, "mine.py")
    before, text = mine(tmp_path), file.read_text()
    file.write_text("raise RuntimeError('no')")
    assert catalog.reload(tmp_path).failures
    file.write_text(text)
    assert catalog.reload(tmp_path).failures == () and catalog.project(tmp_path) == ([before], [])


def test_a_broken_helper_names_its_own_line_and_leaves_all_as_it_was(tmp_path: Path) -> None:
    helper = tmp_path / "nodes" / "helper.py"
    write(tmp_path, "mine.py", imports="from .helper import FACTOR", factor="FACTOR")
    helper.write_text("FACTOR = 2")
    before = mine(tmp_path)
    helper.write_text("FACTOR = 2\n1 / 0")
    failures = catalog.reload(tmp_path).failures
    assert {(failure.file, failure.line) for failure in failures} == {(helper, 2)}
    assert mine(tmp_path) is before and times(before) == 2
    helper.write_text("FACTOR = 3")
    catalog.reload(tmp_path)
    assert times(mine(tmp_path)) == 3 and catalog.project(tmp_path)[1] == []


def test_types_whose_file_or_class_is_gone_are_unknown(tmp_path: Path) -> None:
    file = write(tmp_path, "mine.py")
    mine(tmp_path)
    write(tmp_path, "mine.py", name="Renamed")
    catalog.reload(tmp_path)
    with pytest.raises(UnknownNodeType, match="no such class"):
        mine(tmp_path)
    file.unlink()
    assert catalog.reload(tmp_path).removed == ("nodes.mine",)
    with pytest.raises(UnknownNodeType):
        mine(tmp_path)
    assert catalog.project(tmp_path) == ([], [])
    write(tmp_path, "mine.py", factor="9")
    assert times(mine(tmp_path)) == 9


def test_classes_that_nobody_uses_any_more_are_not_kept(tmp_path: Path) -> None:
    write(tmp_path, "mine.py")
    seen = [weakref.ref(mine(tmp_path))]
    for factor in range(3, 40):
        write(tmp_path, "mine.py", factor=str(factor))
        catalog.reload(tmp_path)
        seen.append(weakref.ref(mine(tmp_path)))
    gc.collect()
    assert len([found for found in seen if found() is not None]) == 1
    assert len([name for name in sys.modules if name.endswith(".mine") and name.startswith("tidewire_project")]) < 20


def test_a_process_that_is_behind_catches_up_once(tmp_path: Path) -> None:
    write(tmp_path, "mine.py")
    before, edition = mine(tmp_path), edition_of(tmp_path)
    catalog.bring_up_to(tmp_path, edition)
    assert mine(tmp_path) is before
    write(tmp_path, "mine.py", factor="3")
    catalog.bring_up_to(tmp_path, edition + 1)
    after = mine(tmp_path)
    assert times(after) == 3 and edition_of(tmp_path) == edition + 1
    write(tmp_path, "mine.py", factor="4")
    catalog.bring_up_to(tmp_path, edition + 1)
    assert mine(tmp_path) is after
