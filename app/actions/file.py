"""The File menu, as records."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from app.actions.action import Action, Submenu
from app.actions.file_flow import FileFlow, example_files
from app.document.autosave import MODES, Autosave, autosave_mode, mode_text
from app.document.settings import forget_recent_files
from app.workbench import Workbench


def file_actions(
    workbench: Workbench,
    flow: FileFlow,
    autosave: Autosave,
    more: list[Action | Submenu],
    quit: Callable[[], object],
) -> list[Action | Submenu]:
    """The commands of the File menu, with `more` of them at the ends of their sections."""

    def opens(path: Path, index: int, group: str, text: str) -> Action:
        return Action(f"{group}.{index}", text, lambda: flow.open(path), tip=str(path), icon="file")

    def recent() -> list[Action]:
        files = workbench.recent_files()
        found = [opens(path, index, "recent", recent_text(path, index, files)) for index, path in enumerate(files)]
        clear = Action("recent.clear", "&Clear this list", forget_recent_files, icon="delete", tip="The files stay")
        return [*found, clear] if found else []

    def examples() -> list[Action]:
        return [opens(path, index, "example", _title(path)) for index, path in enumerate(example_files())]

    def saves_itself(mode: str) -> Action:
        return Action(
            f"autosave.{mode}",
            mode_text(mode),
            lambda: autosave.choose(mode),
            is_checked=lambda: autosave_mode() == mode,
        )

    return [
        Action("file.new", "&New", flow.new, "File", "Ctrl+N", "new", "Open an empty graph", 1),
        Action("file.open", "&Open…", flow.choose_and_open, "File", "Ctrl+O", "open", "Open a graph file", 1),
        Submenu("File/Open recent", recent, 1),
        Submenu("File/Examples", examples, 1),
        *(action for action in more if action.section == 1),
        Action("file.save", "&Save", flow.save, "File", "Ctrl+S", "save", "Write the graph to its file", 2),
        Action(
            "file.save_as",
            "Save &as…",
            flow.choose_and_save,
            "File",
            "Ctrl+Shift+S",
            tip="Write the graph to another file",
            section=2,
        ),
        *(action for action in more if action.section == 2),
        Submenu("File/Autosave", lambda: [saves_itself(mode) for mode in MODES], 2),
        Action("file.quit", "&Quit", quit, "File", "Ctrl+Q", tip="Close the editor", section=3),
    ]


def recent_text(path: Path, index: int, files: list[Path]) -> str:
    """An entry of the recent files: its number is its key; where two have one name, their folders tell them apart."""
    name = path.name
    if sum(other.name == name for other in files) > 1:
        name = f"{name} — {path.parent.name or path.parent}"
    return f"&{(index + 1) % 10}  {name.replace('&', '&&')}"


def _title(path: Path) -> str:
    return path.stem.replace("_", " ").replace("-", " ").capitalize().replace("&", "&&")
