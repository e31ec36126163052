"""A tour as data: the files in `resources/tours`, checked as they are read."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

from app import RESOURCES

FIRST_STEPS = RESOURCES / "tours" / "first_steps.json"


class Anchor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a tip points at: a parameter of the selected node, a port `node.port`, a wire, a node or its location."""

    kind: Literal["parameter", "port", "wire", "location", "node"]
    of: str


class Done(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The event that a tip waits for; `of` is a parameter `node.name` where the event is about one."""

    event: Literal["parameter_changed", "node_wired", "wire_clicked", "process_given", "node_failed"]
    of: str = ""


class Button(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something that a tip can do; `of` is the output `node.port` that it is done to."""

    text: str
    does: Literal["break", "heal"]
    of: str = ""


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One tip. `select` is a node to select first; `praise` is said when it is done."""

    title: str
    text: str
    anchor: Anchor
    done: Done
    praise: str
    select: str = ""
    button: Button | None = None


class End(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is said last."""

    title: str
    text: str
    button: Button | None = None


class Tour(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A tour of an example graph, named by its file without suffix."""

    title: str
    graph: str
    steps: tuple[Step, ...]
    end: End


def read_tour(path: Path = FIRST_STEPS) -> Tour:
    """Read a tour.

    Raises:
        msgspec.ValidationError: the file is no tour; names the place.
        OSError: it cannot be read.
    """
    return msgspec.json.decode(path.read_bytes(), type=Tour)
