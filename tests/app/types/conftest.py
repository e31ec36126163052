"""A project in a temporary folder, shown in a window."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.document.trust import trusted_types
from app.window import MainWindow
from tests.app.types.project import Project


@pytest.fixture
def project(window: MainWindow, tmp_path: Path, qtbot) -> Iterator[Project]:
    folder = tmp_path / "project"
    folder.mkdir()
    yield Project(folder, window, qtbot)
    trusted_types.forget_verdicts()
