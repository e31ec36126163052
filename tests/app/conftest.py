"""Shared by the tests of the editor: settings in a temporary folder, node types to draw graphs with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings

from app.workbench import Workbench


@pytest.fixture(autouse=True)
def settings_in_a_temporary_folder(tmp_path: Path) -> Iterator[None]:
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path / "settings"))
    yield


@pytest.fixture
def workbench(qapp) -> Iterator[Workbench]:
    bench = Workbench()
    yield bench
    bench.deleteLater()
