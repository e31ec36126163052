"""Where nodes run: main, the threads and processes there are, and new ones, whose name is typed into a field."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from app import theme
from app.canvas.menus.menu import add, add_choice, add_heading, new_menu, submenu
from app.canvas.menus.type_to_filter import TypeToFilter
from app.canvas.name_field import NameField
from app.panels.death_policy import DEATH_POLICIES, common_process
from app.panels.location_box import dot
from engine import Location, LocationError

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

GIL_HINT = (
    "A thread of the app's own process shares Python's lock (the GIL) with this window: "
    "a busy node there makes the window stutter. A process does not."
)
MAIN_HINT = "the app's own loop, for light nodes only: one that does not return here freezes this window"


def location_menu(canvas: CanvasView, ids: Sequence[str]) -> QMenu:
    """The menu of the location chip, for all these nodes together."""
    menu = new_menu(canvas, "Runs on")
    menu.setObjectName("location_menu")
    fill_location_menu(canvas, menu, ids)
    return menu


def fill_location_menu(canvas: CanvasView, menu: QMenu, ids: Sequence[str]) -> None:
    """Put the locations into a menu, those of the nodes ticked."""
    workbench = canvas.workbench
    current = {workbench.graph.nodes[id].location for id in ids if id in workbench.graph.nodes}
    choices: list[QAction] = []
    groups: dict[str, list[Location]] = {"main": [Location()], "thread": [], "process": [], "host": []}
    for location in workbench.locations():
        if not location.is_main:
            groups[_kind(location)].append(location)

    def add_all(kind: str, note: str = "", tip: str = "") -> None:
        for location in groups[kind]:
            choice = add_choice(
                menu,
                location.label + note,
                location in current,
                partial(workbench.set_location, ids, str(location)),
                tip=tip or f"run on {location.label}",
                icon=dot(theme.location_color(location)),
            )
            choices.append(choice)

    add_all("main", tip=MAIN_HINT)
    if groups["thread"]:
        menu.addSeparator()
        add_heading(menu, "Threads of this app  ⚠ share its GIL", GIL_HINT)
        add_all("thread", "   ⚠", GIL_HINT)
    if groups["process"]:
        menu.addSeparator()
        add_heading(menu, "Processes")
        add_all("process")
    if groups["host"]:
        menu.addSeparator()
        add_heading(menu, "Other hosts")
        add_all("host")
    menu.addSeparator()
    add(menu, "New thread…", lambda: ask_new_thread(canvas, ids), tip=GIL_HINT)
    add(menu, "New process…", lambda: ask_new_process(canvas, ids), tip="a process of its own for these nodes")
    _add_death_policies(canvas, menu, ids)
    TypeToFilter(menu, choices, partial(_new_places, canvas, ids))


def _new_places(canvas: CanvasView, ids: Sequence[str], text: str) -> list[tuple[str, Callable[[], object]]]:
    """What a typed name could be the name of; nothing when it is none, or is one already."""
    offers: list[tuple[str, Callable[[], object]]] = []
    known = canvas.workbench.locations()
    for kind, location_text in (("process", f"{text.removesuffix(':')}:"), ("thread", text)):
        try:
            location = Location.parse(location_text)
        except LocationError:
            continue
        if location.is_main or location in known or (kind == "thread" and not location.thread):
            continue
        move = partial(canvas.workbench.set_location, ids, str(location))
        offers.append((f"New {kind} {location.label}", move))
    return offers


def _add_death_policies(canvas: CanvasView, menu: QMenu, ids: Sequence[str]) -> None:
    """For nodes that are in one process together: what follows when that dies."""
    graph = canvas.workbench.graph
    process = common_process(graph.nodes[id] for id in ids if id in graph.nodes)
    if process is None:
        return
    menu.addSeparator()
    later = "  (at the next start)" if canvas.workbench.is_running else ""
    policies = submenu(menu, f"When process {process} dies{later}")
    for policy, text, tip in DEATH_POLICIES:
        is_chosen = policy == graph.death_policy(process)
        change = partial(canvas.workbench.set_death_policy, str(process), policy)
        add_choice(policies, text, is_chosen, change, tip=tip)


def ask_new_thread(canvas: CanvasView, ids: Sequence[str]) -> NameField:
    """Ask for the name of a thread, of the app's process or (`process:name`) of another."""
    return _ask(canvas, ids, "New thread", "name, or process:name", "", f"⚠ {GIL_HINT}")


def ask_new_process(canvas: CanvasView, ids: Sequence[str]) -> NameField:
    """Ask for the name of a process."""
    return _ask(canvas, ids, "New process", "name", ":", "")


def _ask(canvas: CanvasView, ids: Sequence[str], title: str, placeholder: str, suffix: str, hint: str) -> NameField:
    def location_of(text: str) -> Location:
        location = Location.parse(text.removesuffix(":") + suffix)
        if location.is_main or (suffix and (location.thread or not location.process)):
            raise LocationError("type a name: letters, digits, '_' or '-'")
        return location

    def refusal(text: str) -> str | None:
        try:
            location_of(text)
        except LocationError as error:
            return str(error)
        return None

    field = NameField(canvas, title, refusal, placeholder=placeholder, hint=hint)
    field.accepted.connect(lambda text: canvas.workbench.set_location(ids, str(location_of(text))))
    chip = canvas.chip_rect(ids[0])
    field.open_at(QPoint(chip.left(), chip.bottom() + 4), field.line)
    return field


def _kind(location: Location) -> str:
    if location.host:
        return "host"
    return "process" if location.process else "thread"
