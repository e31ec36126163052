"""`tidewire [FILE]`: the editor is asked for by name, and its absence is explained."""

from __future__ import annotations

import importlib.util
import socket
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from engine.cli import main
from engine.cli.editor import has_display
from tests.engine.cli.command import ROOT, tidewire

HELLO = ROOT / "resources" / "graphs" / "hello.tide"
NO_DISPLAY = {"QT_QPA_PLATFORM": "", "DISPLAY": "", "WAYLAND_DISPLAY": ""}
has_qt = importlib.util.find_spec("PySide6") is not None


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str | None, bool]]:
    """An editor that only writes down how it was opened; it was closed with exit code 0."""
    calls: list[tuple[str | None, bool]] = []
    editor = ModuleType("app.main")

    def open_editor(path: str | None = None, start: bool = False) -> int:
        calls.append((path, start))
        return 0

    editor.open_editor = open_editor  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "app.main", editor)
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    return calls


@pytest.mark.skipif(not has_qt, reason="the editor is not installed")
def test_a_file_and_the_wish_to_start_it_reach_the_editor(opened: list[tuple[str | None, bool]]) -> None:
    assert main([]) == 0
    assert main([str(HELLO)]) == 0
    assert main(["--start", str(HELLO)]) == 0
    assert main([str(HELLO), "--start"]) == 0
    assert opened == [(None, False), (str(HELLO), False), (str(HELLO), True), (str(HELLO), True)]


@pytest.mark.skipif(not has_qt, reason="the editor is not installed")
@pytest.mark.parametrize("platform", ["", "xcb", "wayland;xcb"])
def test_without_a_display_it_says_so_and_what_to_do(platform: str) -> None:
    done = tidewire(HELLO, **{**NO_DISPLAY, "QT_QPA_PLATFORM": platform})
    assert (done.returncode, done.stdout) == (2, "")
    assert "there is no display" in done.stderr and f"tidewire run {HELLO}" in done.stderr


@pytest.mark.skipif(not has_qt, reason="the editor is not installed")
def test_a_display_that_does_not_answer_is_none(tmp_path: Path) -> None:
    done = tidewire(**{**NO_DISPLAY, "DISPLAY": ":9731"})
    assert done.returncode == 2
    assert "there is no display" in done.stderr


@pytest.mark.parametrize("missing", ["PySide6", "NodeGraphQt", "app"])
def test_without_its_packages_it_says_what_to_install(missing: str) -> None:
    code = f"import sys; sys.modules[{missing!r}] = None; from engine.cli import main; sys.exit(main([]))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    assert missing in done.stderr and "pip install 'tidewire[app]'" in done.stderr and "tidewire run" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_command_that_is_misspelt_is_not_taken_for_a_graph() -> None:
    done = tidewire("vaildate")
    assert (done.returncode, done.stdout) == (2, "")
    assert "no file vaildate" in done.stderr and "validate" in done.stderr


def test_the_headless_commands_import_no_qt() -> None:
    code = (
        f"import sys; from engine.cli import main; main(['validate', {str(HELLO)!r}]); main(['nodes'])\n"
        "print([m for m in sys.modules if m.split('.')[0] in ('PySide6', 'NodeGraphQt', 'pyqtgraph', 'app')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert done.stdout.splitlines()[-1] == "[]"


def test_help_names_every_command_and_exit_code() -> None:
    done = tidewire("--help")
    assert (done.returncode, done.stderr) == (0, "")
    for text in ("tidewire run", "tidewire validate", "tidewire nodes", "--start", "--version", "130"):
        assert text in done.stdout


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="displays are named by the environment on Unix")
def test_a_display_is_one_that_answers(tmp_path: Path) -> None:
    assert has_display({"QT_QPA_PLATFORM": "offscreen"})
    assert not has_display({})
    assert not has_display({"DISPLAY": "nonsense"})
    assert not has_display({"DISPLAY": ":9731.0"})
    assert not has_display({"WAYLAND_DISPLAY": "wayland-0", "XDG_RUNTIME_DIR": str(tmp_path)})
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "wayland-0"))
        server.listen()
        assert has_display({"WAYLAND_DISPLAY": "wayland-0", "XDG_RUNTIME_DIR": str(tmp_path)})
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("\0/tmp/.X11-unix/X9731")
        server.listen()
        assert has_display({"DISPLAY": ":9731.0"})
        assert has_display({"DISPLAY": "unix:9731", "QT_QPA_PLATFORM": "xcb"})
