"""The View menu, as records."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from PySide6.QtWidgets import QDockWidget

from app import theme
from app.actions.action import Action

_ZOOM_STEP = 1.25


class Zoomable(Protocol):
    """What the View menu asks of the canvas."""

    @property
    def zoom(self) -> float:
        """The zoom in use; 1 is 100 %."""

    def fit(self) -> None:
        """Show the whole graph."""

    def zoom_to(self, factor: float) -> None:
        """Zoom around the middle."""


def view_actions(
    canvas: Callable[[], Zoomable | None],
    docks: list[QDockWidget],
    switch_theme: Callable[[], None],
    look: Sequence[Action] = (),
) -> list[Action]:
    """The commands of the View menu: zoom, and after that `look`, docks, theme."""

    def fit() -> None:
        view = canvas()
        if view is not None:
            view.fit()

    def zoom(factor: float) -> None:
        view = canvas()
        if view is not None:
            view.zoom_to(view.zoom * factor if factor else 1.0)

    return [
        Action("view.fit", "&Fit", fit, "View", "Ctrl+9", "fit", "Show the whole graph", 1),
        Action("view.zoom_in", "Zoom &in", lambda: zoom(_ZOOM_STEP), "View", "Ctrl++; Ctrl+=", "zoom-in", section=1),
        Action("view.zoom_out", "Zoom &out", lambda: zoom(1 / _ZOOM_STEP), "View", "Ctrl+-", "zoom-out", section=1),
        Action("view.zoom_reset", "Zoom 1:1", lambda: zoom(0), "View", "Ctrl+0", section=1),
        *look,
        *[_dock_action(dock) for dock in docks],
        Action(
            "view.theme",
            "&Theme",
            switch_theme,
            "View",
            "Ctrl+Shift+T",
            "theme",
            "Switch between the dark and the light theme",
            3,
            label=lambda: "&Light theme" if theme.tokens.theme == "dark" else "&Dark theme",
        ),
    ]


def _dock_action(dock: QDockWidget) -> Action:
    def toggle() -> None:
        dock.setVisible(dock.isHidden())
        if not dock.isHidden():
            dock.raise_()

    title = dock.windowTitle()
    return Action(
        f"view.{dock.objectName()}",
        title,
        toggle,
        "View",
        tip=f"Show or hide {title}",
        section=2,
        is_checked=lambda: not dock.isHidden(),
    )
