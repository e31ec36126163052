"""Frames and comments: what people draw and write around the nodes. Together they are the marks of a graph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from app.document.groups import TOP, Groups
from app.document.sections import numbers_of, others, read_section, short, text_of, unused_id, write_section
from engine import Graph, GraphError

FRAMES = "frames"
COMMENTS = "comments"
COLORS = ("", "blue", "green", "amber", "red", "violet")
SMALLEST = (96.0, 56.0)
LONGEST_COMMENT = 20_000
Rect = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Frame:
    """A rectangle with a title behind the nodes. `group` is the level it lies on; `rect` is x, y, width, height."""

    id: str
    rect: Rect
    title: str = ""
    color: str = ""
    group: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """What people call it."""
        return self.title or "Frame"

    def fields(self) -> dict[str, Any]:
        """Its entry in the file."""
        entry: dict[str, Any] = {"id": self.id, "title": self.title, "rect": [short(part) for part in self.rect]}
        for name in ("color", "group"):
            if getattr(self, name):
                entry[name] = getattr(self, name)
        return {**entry, **self.extra}


@dataclass(frozen=True, slots=True)
class Comment:
    """A text in Markdown on the canvas. `group` is the level it lies on; `rect` is x, y, width, height."""

    id: str
    rect: Rect
    text: str = ""
    group: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """Its first words."""
        line = next((line for line in self.text.splitlines() if line.strip()), "").strip("#*_>- `")
        return f"{line[:40]}…" if len(line) > 40 else line or "Comment"

    def fields(self) -> dict[str, Any]:
        """Its entry in the file."""
        entry: dict[str, Any] = {"id": self.id, "text": self.text, "rect": [short(part) for part in self.rect]}
        if self.group:
            entry["group"] = self.group
        return {**entry, **self.extra}


Mark = Frame | Comment


@dataclass(frozen=True, slots=True)
class Marks:
    """All marks of a graph by id, frames first, with what could not be read."""

    by_id: Mapping[str, Mark]
    unread_frames: tuple[Any, ...] = ()
    unread_comments: tuple[Any, ...] = ()
    complaint: str = ""

    def on_level(self, level: str, groups: Groups) -> list[Mark]:
        """The marks that are seen on a level; on the outermost also those of groups that are not there."""
        return [mark for mark in self.by_id.values() if (mark.group if mark.group in groups.by_id else TOP) == level]


class _LastReading:
    """Kept while the graph has the same sections: it is asked for at every change."""

    def __init__(self) -> None:
        self.sections: tuple[object, object] = (None, None)
        self.marks = Marks({})


_last = _LastReading()


def read_marks(graph: Graph) -> Marks:
    """The frames and comments of a graph, whatever is written in its file."""
    sections = (graph.extra.get(FRAMES), graph.extra.get(COMMENTS))
    if sections[0] is not _last.sections[0] or sections[1] is not _last.sections[1]:
        frames, comments = read_section(graph, FRAMES, _frame), read_section(graph, COMMENTS, _comment)
        by_id: dict[str, Mark] = {**frames.entries}
        by_id |= {id: comment for id, comment in comments.entries.items() if id not in by_id}
        complaint = frames.complaint or comments.complaint
        _last.marks = Marks(by_id, frames.unread, comments.unread, complaint)
        _last.sections = sections
    return _last.marks


def write_marks(graph: Graph, marks: Iterable[Mark]) -> None:
    """Replace the marks of a graph; raises `GraphError` when what is there cannot be read."""
    before, all_marks = read_marks(graph), list(marks)
    frames = [mark.fields() for mark in all_marks if isinstance(mark, Frame)]
    comments = [mark.fields() for mark in all_marks if isinstance(mark, Comment)]
    if FRAMES in graph.extra or frames:
        write_section(graph, FRAMES, frames, before.unread_frames)
    if COMMENTS in graph.extra or comments:
        write_section(graph, COMMENTS, comments, before.unread_comments)


# -- edits, to be done inside `Document.edit`


def add_frame(graph: Graph, rect: Rect, title: str, group: str) -> str:
    """Draw a frame; returns its id."""
    marks = read_marks(graph).by_id
    made = Frame(unused_id("frame", marks), _sized(rect), title, group=group)
    write_marks(graph, [*marks.values(), made])
    return made.id


def add_comment(graph: Graph, rect: Rect, text: str, group: str) -> str:
    """Write a comment; returns its id."""
    marks = read_marks(graph).by_id
    made = Comment(unused_id("comment", marks), _sized(rect), _checked(text), group)
    write_marks(graph, [*marks.values(), made])
    return made.id


def remove_marks(graph: Graph, ids: Iterable[str]) -> None:
    """Take marks away; what lies in a frame stays."""
    gone = set(ids)
    if gone:
        write_marks(graph, [mark for mark in read_marks(graph).by_id.values() if mark.id not in gone])


def moved_mark(graph: Graph, id: str, x: float, y: float) -> Mark:
    """A mark with its corner somewhere else; raises `GraphError` when there is none of this id."""
    mark = mark_of(graph, id)
    return replace(mark, rect=_sized((x, y, mark.rect[2], mark.rect[3])))


def resize_mark(graph: Graph, id: str, rect: Rect) -> None:
    """Give a mark another rectangle."""
    _replace(graph, replace(mark_of(graph, id), rect=_sized(rect)))


def rename_frame(graph: Graph, id: str, title: str) -> None:
    """Change the title of a frame."""
    mark = mark_of(graph, id)
    if isinstance(mark, Frame):
        _replace(graph, replace(mark, title=title[:1000]))


def color_frame(graph: Graph, id: str, color: str) -> None:
    """Change the colour of a frame, one of `COLORS`."""
    mark = mark_of(graph, id)
    if isinstance(mark, Frame):
        _replace(graph, replace(mark, color=color))


def rewrite_comment(graph: Graph, id: str, text: str) -> None:
    """Change what a comment says."""
    mark = mark_of(graph, id)
    if isinstance(mark, Comment):
        _replace(graph, replace(mark, text=_checked(text)))


def mark_of(graph: Graph, id: str) -> Mark:
    """The mark of this id; raises `GraphError` when there is none."""
    try:
        return read_marks(graph).by_id[id]
    except KeyError:
        raise GraphError(f"there is no frame or comment {id!r} in this graph") from None


def _replace(graph: Graph, changed: Mark) -> None:
    write_marks(graph, [changed if mark.id == changed.id else mark for mark in read_marks(graph).by_id.values()])


def _sized(rect: Rect) -> Rect:
    x, y, width, height = (float(short(part)) for part in rect)
    return (x, y, max(SMALLEST[0], width), max(SMALLEST[1], height))


def _checked(text: str) -> str:
    if len(text) > LONGEST_COMMENT:
        raise GraphError(f"a comment has at most {LONGEST_COMMENT} characters, and this one {len(text)}")
    return text


def _rect_of(fields: Mapping[str, Any]) -> Rect:
    x, y, width, height = numbers_of(fields, "rect", 4)
    return _sized((x, y, width, height))


def _frame(fields: Mapping[str, Any]) -> Frame:
    color = text_of(fields, "color")
    return Frame(
        fields["id"],
        _rect_of(fields),
        text_of(fields, "title"),
        color,
        text_of(fields, "group"),
        others(fields, ("id", "title", "rect", "color", "group")),
    )


def _comment(fields: Mapping[str, Any]) -> Comment:
    return Comment(
        fields["id"],
        _rect_of(fields),
        text_of(fields, "text", LONGEST_COMMENT),
        text_of(fields, "group"),
        others(fields, ("id", "text", "rect", "group")),
    )
