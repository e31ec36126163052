"""`Example`: an example graph with what its file says about it, and its picture."""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import dataclass
from pathlib import Path

import msgspec

from app import RESOURCES
from app.actions.file_flow import example_files

PICTURES = RESOURCES / "pictures" / "examples"
CONTENT_KEY = "graph"  # the text in a picture that says which content it shows


class About(msgspec.Struct, frozen=True):
    """The section "about" of a graph file: what people read of it before they open it."""

    title: str = ""
    text: str = ""
    shows: str = ""


class _File(msgspec.Struct):
    about: msgspec.Raw = msgspec.Raw(b"{}")


@dataclass(frozen=True)
class Example:
    """One example. `text` is one line; `shows` says what there is to see."""

    path: Path
    title: str
    text: str
    shows: str

    def picture(self, theme: str) -> Path:
        """Its picture in a theme."""
        return PICTURES / f"{self.path.stem}-{theme}.png"


def examples() -> list[Example]:
    """All examples that come with the editor, `hello` first."""
    return sorted(map(example_of, example_files()), key=lambda example: (example.path.stem != "hello", example.title))


def example_of(path: Path) -> Example:
    """An example by what its file says; by its name where it says nothing that can be read."""
    about = About()
    with contextlib.suppress(OSError, msgspec.MsgspecError):
        about = msgspec.json.decode(msgspec.json.decode(path.read_bytes(), type=_File).about, type=About)
    name = path.stem.replace("_", " ").replace("-", " ").capitalize()
    return Example(path, about.title or name, about.text, about.shows)


def content_of(path: Path) -> str:
    """What a picture of a graph file depends on, as a short text: its content but for what is said about it."""
    whole = msgspec.json.decode(path.read_bytes())
    whole.pop("about", None)
    return hashlib.sha256(msgspec.json.encode(whole, order="sorted")).hexdigest()[:16]
