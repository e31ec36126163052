"""Going into groups and out of them: the way on top of the canvas, and each level seen as it was left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QPointF

from app.canvas.breadcrumbs import Breadcrumbs
from app.canvas.card import Card, CardKind
from app.canvas.name_field import NameField
from app.document import group_edits
from app.document.groups import TOP, read_groups
from app.document.saved_groups import name_refusal

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

_KEPT = "It is listed under Groups with the node types, and can be added to any graph from there."


class Levels(QObject):
    """The canvas's part in looking at the inside of groups."""

    def __init__(self, canvas: CanvasView) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._here = canvas.workbench.whereabouts
        self._level = TOP  # the one that is shown
        self._seen: dict[str, tuple[float, QPointF]] = {}  # zoom and middle of levels that were left
        self.breadcrumbs = Breadcrumbs(canvas)
        self.breadcrumbs.chosen.connect(self.go_to)
        self._here.level_changed.connect(self._level_changed)
        canvas.workbench.document_changed.connect(self.show_way)
        canvas.workbench.document_replaced.connect(self._forget)
        canvas.workbench.path_changed.connect(self.show_way)

    def enter_selected(self) -> bool:
        """Look at the inside of the first selected group; False when none is selected."""
        chosen = group_edits.selected_groups(self._canvas.workbench)
        if chosen:
            self._here.enter(chosen[0])
        return bool(chosen)

    def open_card(self, card: Card) -> bool:
        """What a double click on a card does: enter a group, or leave by the card of what is outside; else False."""
        if card.kind is CardKind.GROUP:
            self._here.enter(card.id)
        elif card.kind is CardKind.OUTSIDE:
            self.leave()
        return card.kind is not CardKind.NODE

    def leave(self) -> bool:
        """Look at what is around the group that is looked at; False when that was the whole."""
        return self._here.leave() != TOP

    def go_to(self, level: str) -> None:
        """Look at a level; when it lies around this one, the group that was left there is selected."""
        while self._here.level != level and self._here.leave() != TOP:
            pass
        self._canvas.viewer.setFocus()

    def show_node(self, node: str) -> None:
        """Look at the level on which a node is seen itself."""
        self._here.enter(read_groups(self._canvas.workbench.graph).level_of(node))

    def clear_or_leave(self) -> None:
        """What Escape does: select nothing, or when nothing is selected leave the group."""
        canvas = self._canvas
        if canvas.workbench.selection or canvas.mirror.selected_wires or self._here.marks:
            canvas.select(())
        else:
            self.leave()

    def group_selected(self) -> None:
        """Collapse the selection to a group, and ask for its name in place."""
        id = group_edits.group_selected(self._canvas.workbench)
        if id is not None:
            self._canvas.rename(id)

    def ungroup_selected(self) -> None:
        """Leave what is in the selected groups, without them."""
        group_edits.ungroup_selected(self._canvas.workbench)

    def keep_selected(self) -> NameField | None:
        """Ask for a name under which the selected group is kept for reuse."""
        canvas = self._canvas
        chosen = group_edits.selected_groups(canvas.workbench)
        if not chosen:
            return None
        name = read_groups(canvas.workbench.graph).by_id[chosen[0]].label
        field = NameField(canvas, "Save as reusable group", name_refusal, text=name, hint=_KEPT)
        field.accepted.connect(lambda text: group_edits.keep_for_reuse(canvas.workbench, chosen[0], text))
        chip = canvas.chip_rect(chosen[0])
        field.open_at(QPoint(chip.left(), chip.bottom() + 4), field.line)
        field.line.selectAll()
        return field

    def show_way(self) -> None:
        """Show the names of the groups that lead here."""
        path = self._canvas.workbench.path
        whole = path.stem if path is not None else "Untitled"
        self.breadcrumbs.show_way([(TOP, whole), *self._here.way()])

    def _level_changed(self) -> None:
        viewer = self._canvas.viewer
        self._seen[self._level] = (viewer.zoom, viewer.scene_center())
        self._level = self._here.level
        self.show_way()
        self._canvas.show_level()
        before = self._seen.pop(self._level, None)
        if before is None:
            self._canvas.fit()
        else:
            viewer.zoom_to(before[0])
            viewer.centerOn(before[1])
            viewer.view_moved.emit()

    def _forget(self) -> None:
        self._level, self._seen = TOP, {}
        self.show_way()
