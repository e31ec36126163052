"""What people do with groups, frames and comments, each one undo step of a document."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from app.document import saved_groups
from app.document.document import Document
from app.document.grouping import collapse, dissolve, put_into, rename_group
from app.document.groups import TOP, read_groups
from app.document.marks import (
    Rect,
    add_comment,
    add_frame,
    color_frame,
    mark_of,
    remove_marks,
    rename_frame,
    resize_mark,
    rewrite_comment,
)
from app.document.sections import MARK_OF_IDS
from engine import FileFormatError, Graph, GraphError

FIRST_TEXT = "**Comment**\n\nDouble-click to write. *Markdown* works."


def group_selected(document: Document) -> str | None:
    """Collapse what is selected to a group, which is then the selection; its id, None when it was refused."""
    here = document.whereabouts
    cards, marks, level = here.selected_cards(), here.marks, here.level
    made: list[str] = []
    if not document.edit("Group", lambda graph: made.append(collapse(graph, cards, marks, level))):
        return None
    document.select(read_groups(document.graph).nodes_below(made[0]))
    return made[0]


def ungroup_selected(document: Document) -> bool:
    """Take the selected groups away and leave what was in them, which is then the selection."""
    chosen = selected_groups(document)
    nodes = document.selection

    def edit(graph: Graph) -> None:
        if not chosen:
            raise GraphError("select a group to ungroup it")
        for id in chosen:
            dissolve(graph, id)

    if not document.edit("Ungroup", edit):
        return False
    document.select(nodes)
    return True


def selected_groups(document: Document) -> list[str]:
    """The ids of the selected groups."""
    return [id for id in document.whereabouts.selected_cards() if is_group(id)]


def is_group(card: str) -> bool:
    """Is this the id of a group, not of a node?"""
    return card.startswith(MARK_OF_IDS)


def move_into_group(document: Document, cards: Iterable[str], group: str) -> bool:
    """Move cards of the level that is looked at into one of its groups."""
    moved = list(cards)
    name = read_groups(document.graph).by_id[group].label
    if not document.edit(f"Move into {name}", lambda graph: put_into(graph, moved, group)):
        return False
    document.select(read_groups(document.graph).nodes_below(group))
    return True


def move_out_of_group(document: Document) -> bool:
    """Move what is selected out of the group that is looked at, to the level around it."""
    here = document.whereabouts
    cards = here.selected_cards()

    def edit(graph: Graph) -> None:
        if here.level == TOP:
            raise GraphError("this is not inside a group")
        put_into(graph, cards, read_groups(graph).by_id[here.level].parent)

    return document.edit("Move out of the group", edit)


def rename(document: Document, id: str, name: str) -> None:
    """Change what people call a node, a group or a frame."""
    if not is_group(id):
        document.rename(id, name)
    elif id in read_groups(document.graph).by_id:
        document.edit("Rename group", lambda graph: rename_group(graph, id, name), merge=f"rename {id}")
    else:
        document.edit("Rename frame", lambda graph: rename_frame(graph, id, name), merge=f"rename {id}")


def keep_for_reuse(document: Document, group: str, name: str) -> bool:
    """Save a group under a name, to be added like a node type; the graph stays as it is."""
    try:
        path = saved_groups.save_group(document.graph, group, name)
    except (GraphError, FileFormatError) as error:
        document.message.emit("warning", f"The group was not saved: {error}")
        return False
    document.message.emit("info", f"Saved the group {name} for reuse: {path}")
    document.whereabouts.saved_groups_changed.emit()
    return True


def set_aside(document: Document, path: Path) -> bool:
    """Take a saved group from the list; its file is kept, and told of."""
    try:
        kept = saved_groups.set_aside(path)
    except GraphError as error:
        document.message.emit("warning", str(error))
        return False
    document.message.emit("info", f"{path.stem} is no longer listed; its file was moved to {kept}")
    document.whereabouts.saved_groups_changed.emit()
    return True


def names_of(document: Document, id: str) -> tuple[str, str]:
    """The name of a node, a group or a frame, and what it is called while it has none."""
    spec = document.graph.nodes.get(id)
    if spec is not None:
        return spec.name, spec.id
    group = read_groups(document.graph).by_id.get(id)
    if group is not None:
        return group.name, group.id.removeprefix(MARK_OF_IDS)
    mark = mark_of(document.graph, id)
    return getattr(mark, "title", ""), "Frame"


# -- frames and comments


def frame_area(document: Document, rect: Rect) -> str | None:
    """Draw a frame, which is then selected; its id."""
    level, made = document.whereabouts.level, list[str]()
    if not document.edit("Add frame", lambda graph: made.append(add_frame(graph, rect, "Frame", level))):
        return None
    document.select(())
    document.whereabouts.select_marks(made)
    return made[0]


def comment_at(document: Document, rect: Rect) -> str | None:
    """Put a comment on the canvas, which is then selected; its id."""
    level, made = document.whereabouts.level, list[str]()
    if not document.edit("Add comment", lambda graph: made.append(add_comment(graph, rect, FIRST_TEXT, level))):
        return None
    document.select(())
    document.whereabouts.select_marks(made)
    return made[0]


def resize(document: Document, id: str, rect: Rect, *, by_key: bool = False) -> None:
    """Give a frame or comment another rectangle; steps by a key that follow each other are one."""
    document.edit("Resize", lambda graph: resize_mark(graph, id, rect), f"resize {id}" if by_key else "", 1.0)


def rewrite(document: Document, id: str, text: str, height: float = 0.0) -> bool:
    """Change what a comment says, and make it at least so high; one without a text goes."""

    def edit(graph: Graph) -> None:
        if not text.strip():
            remove_marks(graph, [id])
            return
        rewrite_comment(graph, id, text)
        x, y, width, before = mark_of(graph, id).rect
        if height > before:
            resize_mark(graph, id, (x, y, width, height))

    return document.edit("Edit comment", edit)


def set_color(document: Document, id: str, color: str) -> None:
    """Change the colour of a frame."""
    document.edit("Change colour", lambda graph: color_frame(graph, id, color))
