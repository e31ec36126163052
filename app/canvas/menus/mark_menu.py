"""The context menu of a frame and of a comment."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QMenu

from app.canvas.comment_item import CommentItem
from app.canvas.frame_item import FrameItem, frame_color
from app.canvas.gestures.moving import things_of
from app.canvas.mark_item import MarkItem
from app.canvas.menus.menu import add, add_choice, new_menu, submenu
from app.document import group_edits
from app.document.marks import COLORS

if TYPE_CHECKING:
    from app.canvas.view import CanvasView


def mark_menu(canvas: CanvasView, item: MarkItem, place: QPointF) -> QMenu:
    """What can be done with a frame or a comment; `place` of the scene is where it was asked for."""
    workbench = canvas.workbench
    is_frame = isinstance(item, FrameItem)
    menu = new_menu(canvas, "Frame" if is_frame else "Comment")
    menu.setObjectName("mark_menu")
    add(menu, "Rename" if is_frame else "Edit text", partial(canvas.marking.edit, item.mark_id), keys="F2")
    link = item.link_at(place) if isinstance(item, CommentItem) else ""
    if link:
        add(menu, f"Open {link[:60]}", lambda: QDesktopServices.openUrl(QUrl(link)), tip=link)
    if isinstance(item, FrameItem):
        colors = submenu(menu, "Colour")
        for color in COLORS:
            change = partial(group_edits.set_color, workbench, item.mark_id, color)
            is_chosen = color == item.frame.color
            add_choice(colors, (color or "grey").capitalize(), is_chosen, change, icon=_square(color))
        add(menu, "Select what is inside", lambda: canvas.select(*things_of(canvas, item)))
    menu.addSeparator()
    add(menu, "Duplicate", workbench.duplicate, keys="Ctrl+D")
    add(menu, "Copy", workbench.copy, keys="Ctrl+C")
    tip = "the nodes stay" if is_frame else ""
    add(menu, "Delete", canvas.delete_selected, keys="Del", tip=tip)
    return menu


def _square(color: str) -> QIcon:
    picture = QPixmap(16, 16)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(frame_color(color))
    painter.drawRoundedRect(QRectF(2, 2, 12, 12), 3, 3)
    painter.end()
    return QIcon(picture)
