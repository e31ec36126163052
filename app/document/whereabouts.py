"""`Whereabouts`: inside which group the document is looked at, and which frames and comments are selected there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.document.groups import TOP, read_groups
from app.document.marks import Mark, read_marks

if TYPE_CHECKING:
    from app.document.document import Document


class Whereabouts(QObject):
    """The level is a group that is there, or `TOP`. None of this is an edit: it is not saved and not undone."""

    level_changed = Signal()
    marks_changed = Signal()
    saved_groups_changed = Signal()  # a group was kept for reuse, or one is gone

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self._document = document
        self._level = TOP
        self._way: list[str] = []  # of groups to the level, as it was when that was entered
        self._marks: tuple[str, ...] = ()

    # -- the level ---------------------------------------------------------------------------------------------

    @property
    def level(self) -> str:
        """The id of the group whose inside is looked at; `TOP` for none."""
        return self._level

    def way(self) -> list[tuple[str, str]]:
        """(id, name) of the groups from the outermost to the one that is looked at."""
        groups = read_groups(self._document.graph)
        return [(id, groups.by_id[id].label) for id in groups.way_to(self._level)]

    def enter(self, level: str) -> None:
        """Look at the inside of a group, or with `TOP` at the whole; what was selected elsewhere is no more."""
        if level == self._level or (level != TOP and level not in read_groups(self._document.graph).by_id):
            return
        self._level, self._way = level, read_groups(self._document.graph).way_to(level)
        self._let_go()
        self.level_changed.emit()

    def leave(self) -> str:
        """Look at the level around, and select the group that was left; its id, `TOP` when it was the whole."""
        left = self._level
        if left != TOP:
            groups = read_groups(self._document.graph)
            self.enter(groups.by_id[left].parent)
            self._document.select(groups.nodes_below(left))
        return left

    def nodes_here(self) -> list[str]:
        """The nodes of this level and those inside its groups: what is seen here, as themselves or in a group."""
        graph = self._document.graph
        return list(graph.nodes) if self._level == TOP else read_groups(graph).nodes_below(self._level)

    def cards_here(self) -> list[str]:
        """The ids of the nodes and groups of this level."""
        return read_groups(self._document.graph).cards(self._document.graph, self._level)

    def nodes_of(self, ids: Iterable[str]) -> list[str]:
        """The nodes that some nodes and groups stand for."""
        return read_groups(self._document.graph).nodes_of_cards(ids)

    def selected_cards(self) -> list[str]:
        """Those of them that are selected: a group is when all nodes in it are."""
        groups, selection = read_groups(self._document.graph), set(self._document.selection)
        own = [id for id in self._document.selection if groups.level_of(id) == self._level]
        inner = groups.inside.get(self._level, ())
        return [*own, *(id for id in inner if selection.issuperset(groups.nodes_below(id)))]

    # -- frames and comments -----------------------------------------------------------------------------------

    def marks_here(self) -> list[Mark]:
        """The frames and comments of this level."""
        graph = self._document.graph
        return read_marks(graph).on_level(self._level, read_groups(graph))

    @property
    def marks(self) -> tuple[str, ...]:
        """The ids of the selected frames and comments."""
        return self._marks

    def select_marks(self, ids: Iterable[str]) -> None:
        """Select these frames and comments, and no others; the selection of nodes stays."""
        here = {mark.id for mark in self.marks_here()}
        wished = tuple(dict.fromkeys(id for id in ids if id in here))
        if wished != self._marks:
            self._marks = wished
            self.marks_changed.emit()

    # -- told by the document ----------------------------------------------------------------------------------

    def look_again(self) -> None:
        """The content has changed: go out of groups that are gone, and let go of marks that are."""
        groups = read_groups(self._document.graph)
        if self._level != TOP and self._level not in groups.by_id:
            self.enter(next((id for id in reversed(self._way) if id in groups.by_id), TOP))
        self.select_marks(self._marks)

    def forget(self) -> None:
        """Another document is shown from now on, as its `document_replaced` tells."""
        self._level, self._way, self._marks = TOP, [], ()

    def complain(self) -> None:
        """Tell of what the file has in its sections and cannot be read."""
        graph = self._document.graph
        groups, marks = read_groups(graph), read_marks(graph)
        unread = len(groups.unread) + len(marks.unread_frames) + len(marks.unread_comments)
        if unread:
            what = "An entry" if unread == 1 else f"{unread} entries"
            self._tell(f"{what} of groups, frames or comments in this file cannot be read: kept, and not shown.")
        for complaint in (groups.complaint, marks.complaint):
            if complaint:
                self._tell(complaint)

    def _tell(self, text: str) -> None:
        self._document.message.emit("warning", text)

    def _let_go(self) -> None:
        self._document.select(())
        self.select_marks(())
