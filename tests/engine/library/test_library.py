"""What holds for every node type of the library."""

from __future__ import annotations

import subprocess
import sys

import pytest

from engine import Node, catalog

LIBRARY = catalog.library()


@pytest.mark.parametrize("node_type", LIBRARY, ids=lambda t: t.__name__)
def test_it_says_what_it_is(node_type: type[Node]) -> None:
    assert node_type.__doc__ and node_type.__doc__.splitlines()[0].endswith(".")
    assert node_type.category != "Other" and node_type.icon
    assert catalog.resolve(catalog.path_of(node_type)) is node_type


@pytest.mark.parametrize("node_type", LIBRARY, ids=lambda t: t.__name__)
def test_every_parameter_has_help_and_every_number_limits(node_type: type[Node]) -> None:
    for name, parameter in node_type.node_parameters.items():
        assert parameter.doc.endswith("."), name
        if parameter.type in (int, float):
            assert parameter.minimum is not None and parameter.maximum is not None, name


def test_there_is_one_of_each_name() -> None:
    names = [node_type.__name__ for node_type in LIBRARY]
    assert len(names) == len(set(names)) == 38


def test_the_engine_and_the_whole_library_import_without_scipy() -> None:
    code = "import sys, engine; engine.catalog.library(); sys.exit('scipy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
