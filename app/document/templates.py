"""Templates: graphs to begin with. Some come with the editor, people save their own beside the settings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app import RESOURCES
from app.document.settings import settings
from app.document.trust import EditorGraph
from app.workbench import Workbench
from engine import FileFormatError, Graph
from engine.graph.disk import shown_name, write_atomically
from engine.graph.file import format_graph

ABOUT = "about"  # the section of a template's file that says in a line what it is for
LONGEST_NAME = 60
_SUFFIX = ".tide"
_FORBIDDEN = '<>:"/\\|?*'


@dataclass(frozen=True)
class Template:
    """A graph to begin with. `is_own`: this user has saved it."""

    file: Path
    is_own: bool

    @property
    def title(self) -> str:
        """What people call it."""
        return self.file.stem if self.is_own else self.file.stem.replace("_", " ").capitalize()


def folder_of_own() -> Path:
    """Where people's own templates lie: beside the settings."""
    return Path(settings().fileName()).parent / "templates"


def templates() -> list[Template]:
    """All templates: those that come with the editor, then people's own."""
    given = [Template(file, False) for file in sorted((RESOURCES / "templates").glob(f"*{_SUFFIX}"))]
    own = sorted(folder_of_own().glob(f"*{_SUFFIX}"), key=lambda file: file.stem.casefold())
    return [*given, *(Template(file, True) for file in own)]


def begin_with(workbench: Workbench, template: Template) -> bool:
    """Show what a template holds as a graph without a file; False, with a `message`, when it cannot be read."""
    try:
        graph = EditorGraph.load(template.file)
    except FileFormatError as error:
        workbench.message.emit("error", f"The template {template.title} was not opened: {error}")
        return False
    graph.path = None
    graph.extra.pop(ABOUT, None)
    workbench.show_untitled(graph)
    return True


def name_refusal(name: str) -> str:
    """Why a template cannot be called so; empty when it can."""
    wished = name.strip()
    if not wished:
        return "A template needs a name."
    if len(wished) > LONGEST_NAME:
        return f"A name has at most {LONGEST_NAME} characters."
    if wished.startswith("."):
        return "A name does not begin with a dot."
    odd = next((char for char in wished if char in _FORBIDDEN or not char.isprintable()), "")
    return f"{odd!r} cannot be in the name of a file: leave it out." if odd else ""


def file_for(name: str) -> Path:
    """Where a template of this name lies."""
    return folder_of_own() / f"{name.strip()}{_SUFFIX}"


def save_template(workbench: Workbench, name: str) -> bool:
    """Keep the open graph as a template; the graph and its file stay what they are.

    Returns:
        False, with a `message`, when it was not written.
    """
    refusal = name_refusal(name)
    if refusal:
        workbench.message.emit("warning", refusal)
        return False
    file = file_for(name)
    copy = Graph()
    copy.restore(workbench.graph.snapshot())
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(file, format_graph(copy).encode())
    except (OSError, FileFormatError) as error:
        workbench.message.emit("error", f"The template {shown_name(file)} was not saved: {error}")
        return False
    workbench.message.emit("info", f"Saved the template {name.strip()}.")
    return True
