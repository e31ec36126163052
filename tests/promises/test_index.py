"""Every promise has a test that is there, and every test of this folder holds a promise."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.promises.index import PROMISES

TESTS = Path(__file__).parents[1]


def _tests_of(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def test_every_test_that_holds_a_promise_is_there() -> None:
    for section, promises in PROMISES.items():
        for promise, homes in promises.items():
            assert homes, f"{section}: nobody holds {promise!r}"
            for home in homes:
                path, _, name = home.partition("::")
                assert (TESTS / path).is_file(), home
                assert not name or name in _tests_of(TESTS / path), home


def test_every_test_of_this_folder_holds_a_promise() -> None:
    named = {home for promises in PROMISES.values() for homes in promises.values() for home in homes}
    for path in sorted((TESTS / "promises").glob("test_*.py")):
        if path.name == Path(__file__).name:
            continue
        missing = {name for name in _tests_of(path) if f"promises/{path.name}::{name}" not in named}
        assert not missing, f"{path.name}: in no promise of index.py: {missing}"
