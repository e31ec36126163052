"""Keeps the frames and comments on the canvas equal to the document, as the mirror does with cards and wires."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF

from app.canvas.comment_item import CommentItem
from app.canvas.frame_item import FrameItem
from app.canvas.mark_item import MarkItem
from app.document.marks import Frame, Mark

if TYPE_CHECKING:
    from app.canvas.viewer import Viewer
    from app.workbench import Workbench

_Z_FRAMES = -8.0  # below the wires
_Z_STEP = 0.001
_Z_COMMENT = 0.5  # above the wires, below the cards


class MarkMirror:
    """The items of the frames and comments of the level that is looked at."""

    def __init__(self, viewer: Viewer, workbench: Workbench) -> None:
        self._viewer = viewer
        self._workbench = workbench
        self.items: dict[str, MarkItem] = {}
        self._shown: dict[str, Mark] = {}

    def update(self) -> None:
        """Make the items equal to the document."""
        marks = {mark.id: mark for mark in self._workbench.whereabouts.marks_here()}
        for id in [id for id in self.items if id not in marks or type(marks[id]) is not type(self._shown[id])]:
            self._remove(id)
        for id, mark in marks.items():
            if self._shown.get(id) != mark:
                self._show(mark)
        frames = [item for item in self.items.values() if isinstance(item, FrameItem)]
        frames.sort(key=lambda item: -item.size.width() * item.size.height())
        for rank, item in enumerate(frames):
            item.setZValue(_Z_FRAMES + rank * _Z_STEP)

    def put_back(self) -> None:
        """Let every item lie where the document says, after a gesture that was given up."""
        for id, item in self.items.items():
            item.set_rect(self._shown[id].rect)

    def clear(self) -> None:
        """Take every item away."""
        for id in list(self.items):
            self._remove(id)

    def show_selection(self) -> None:
        """Select the items of the selected marks."""
        selected = set(self._workbench.whereabouts.marks)
        for id, item in self.items.items():
            if item.isSelected() != (id in selected):
                item.setSelected(id in selected)

    def area(self) -> QRectF:
        """The part of the scene that they cover."""
        area = QRectF()
        for item in self.items.values():
            area = area.united(item.scene_rect())
        return area

    def inside(self, rect: QRectF) -> list[str]:
        """The ids of those that lie wholly in a rectangle."""
        return [id for id, item in self.items.items() if rect.contains(item.scene_rect())]

    def touched(self, rect: QRectF) -> list[str]:
        """What a marquee selects: comments that it touches, frames that lie in it with all of their edges."""
        touched = (id for id, item in self.items.items() if isinstance(item, CommentItem) and _meets(item, rect))
        return list(dict.fromkeys([*touched, *self.inside(rect)]))

    def refresh(self) -> None:
        """Paint everything anew."""
        for item in self.items.values():
            item.refresh()

    def _show(self, mark: Mark) -> None:
        item = self.items.get(mark.id)
        if item is None:
            item = FrameItem(mark) if isinstance(mark, Frame) else CommentItem(mark)
            item.setZValue(_Z_FRAMES if isinstance(mark, Frame) else _Z_COMMENT)
            self._viewer.scene().addItem(item)
            self.items[mark.id] = item
        elif isinstance(item, FrameItem | CommentItem):
            item.show_mark(mark)
        self._shown[mark.id] = mark

    def _remove(self, id: str) -> None:
        item = self.items.pop(id)
        self._shown.pop(id)
        item.scene().removeItem(item)


def _meets(item: MarkItem, rect: QRectF) -> bool:
    return rect.intersects(item.scene_rect())


def things_in(frames: Iterable[FrameItem], cards: dict[str, QRectF], marks: MarkMirror) -> list[str]:
    """The ids of cards and marks that lie wholly in one of the frames."""
    found: dict[str, None] = {}
    for frame in frames:
        area = frame.scene_rect()
        found.update(dict.fromkeys(id for id, rect in cards.items() if area.contains(rect)))
        found.update(dict.fromkeys(id for id in marks.inside(area) if id != frame.mark_id))
    return list(found)
