"""Frames and comments by keyboard, menu and double click: added, named, written, coloured, resized."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRectF, QSizeF
from PySide6.QtWidgets import QWidget

from app.canvas.comment_editor import CommentEditor
from app.canvas.comment_item import CommentItem
from app.canvas.frame_item import TITLE, FrameItem
from app.canvas.mark_item import Edge, MarkItem, resized_rect
from app.document import group_edits

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

_AROUND = 24.0  # from what is framed to the frame
_FRAME = (360.0, 220.0)
_COMMENT = (240.0, 96.0)


class Marking:
    """The canvas's part in frames and comments."""

    def __init__(self, canvas: CanvasView) -> None:
        self._canvas = canvas
        self._workbench = canvas.workbench

    @property
    def items(self) -> dict[str, MarkItem]:
        """The items by id."""
        return self._canvas.mirror.marks.items

    def selected(self) -> list[MarkItem]:
        """The selected ones that are seen."""
        return [self.items[id] for id in self._workbench.whereabouts.marks if id in self.items]

    def frame_selected(self) -> None:
        """Draw a frame around what is selected, or with nothing selected in the middle, and ask for its title."""
        mirror = self._canvas.mirror
        cards = mirror.selected_cards()
        area = mirror.area(cards) if cards else QRectF()
        for item in self.selected():
            area = area.united(item.scene_rect())
        if area.isEmpty():
            center = self._canvas.viewer.scene_center()
            area = QRectF(center - QPointF(*_FRAME) / 2, center + QPointF(*_FRAME) / 2)
        else:
            area = area.adjusted(-_AROUND, -_AROUND - TITLE, _AROUND, _AROUND)
        id = group_edits.frame_area(self._workbench, _whole(area))
        if id is not None:
            self._canvas.rename(id)

    def add_comment(self, position: QPoint | None = None) -> None:
        """Put a comment at a position of the viewport, else where room is in the middle, and open it for writing."""
        viewer = self._canvas.viewer
        if position is None:
            area = self._free(QRectF(viewer.scene_center() - QPointF(*_COMMENT) / 2, QSizeF(*_COMMENT)))
            if not viewer.visible_area().contains(area):
                viewer.bring_into_view(area)
        else:
            area = QRectF(viewer.mapToScene(position), QSizeF(*_COMMENT))
        id = group_edits.comment_at(self._workbench, _whole(area))
        if id is not None:
            self.edit(id)

    def _free(self, wished: QRectF) -> QRectF:
        """The wished area, or the nearest above it that covers no card and no comment."""
        mirror = self._canvas.mirror
        taken = [node.card_rect() for node in mirror.nodes.values()]
        taken += [item.scene_rect() for item in mirror.marks.items.values()]
        area = QRectF(wished)
        grown = [rect.adjusted(-_AROUND, -_AROUND, _AROUND, _AROUND) for rect in taken]
        while covered := [rect for rect in grown if rect.intersects(area)]:
            area.moveBottom(min(rect.top() for rect in covered) - 1)
        return area

    def edit(self, id: str) -> QWidget | None:
        """Open the title of a frame or the text of a comment for typing."""
        item = self.items.get(id)
        if isinstance(item, CommentItem):
            return CommentEditor(self._canvas, item)
        return self._canvas.rename(id) if isinstance(item, FrameItem) else None

    def edit_selected(self) -> bool:
        """Open the first selected one for typing; False when none is selected."""
        chosen = self.selected()
        if chosen:
            self.edit(chosen[0].mark_id)
        return bool(chosen)

    def resize_selected(self, x: float, y: float) -> None:
        """Make the first selected one larger or smaller by its right and lower edge."""
        for item in self.selected()[:1]:
            rect = resized_rect(item.scene_rect(), Edge.RIGHT | Edge.BOTTOM, QPointF(x, y))
            group_edits.resize(self._workbench, item.mark_id, _whole(rect), by_key=True)

    def show(self, id: str) -> None:
        """Select one and bring it into view."""
        self._canvas.select((), (), [id])
        self._canvas.viewer.centerOn(self.items[id].scene_rect().center())
        self._canvas.viewer.setFocus()


def _whole(rect: QRectF) -> tuple[float, float, float, float]:
    return (round(rect.x()), round(rect.y()), round(rect.width()), round(rect.height()))
