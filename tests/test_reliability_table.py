"""`docs/reliability.md` names a test for every promise, and every test it names is there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "reliability.md"
_NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def rows() -> list[list[str]]:
    """The rows of all tables of promises: their cells."""
    found = []
    in_table = False
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("| Promise |"):
            in_table = True
        elif not line.startswith("|"):
            in_table = False
        elif in_table and not line.startswith("|---"):
            found.append([cell.strip() for cell in line.strip("|").split("|")])
    return found


@cache
def names_in(path: str) -> frozenset[str]:
    """The names of the tests in a file, those in classes too; empty when there is no such file."""
    file = ROOT / path
    if not file.exists():
        return frozenset()
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return frozenset(
        node.name
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name.startswith("test_")
    )


def missing(text: str) -> list[str]:
    """The tests that a text names and that are not there."""
    return [f"{path}::{name}" for path, name in _NAMED.findall(text) if name not in names_in(path)]


def test_every_test_that_the_page_names_is_there() -> None:
    assert missing(PAGE.read_text(encoding="utf-8")) == []


def test_every_promise_has_a_test_a_bound_a_figure_and_a_place() -> None:
    table = rows()
    assert len(table) > 40
    for row in table:
        assert len(row) == 5, row
        assert all(row), f"an empty cell: {row}"
        assert _NAMED.search(row[1]), f"no test is named for {row[0]!r}"


@pytest.mark.parametrize(
    "named", ["`tests/no_such_file.py::test_it`", "`tests/test_reliability_table.py::test_not_here`"]
)
def test_a_test_that_is_not_there_is_found(named: str) -> None:
    assert missing(f"| a promise | {named} |")
