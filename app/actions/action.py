"""`Action`: one command as a record, and `ActionSet`, which makes Qt's actions and menus from records."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from app import theme


@dataclass(frozen=True)
class Action:
    """One command.

    Attributes:
        id: its name in code, for example "file.save".
        text: what menus and buttons say.
        run: what it does.
        menu: the menu it stands in, submenus after a slash: "File/Export"; empty for none.
        shortcut: keys, as Qt writes them; several are separated by "; ".
        icon: name in `resources/icons`.
        tip: one line of help; the text where it is empty.
        section: a separator stands between different sections of a menu.
        is_enabled: may it run now?
        is_checked: makes it a switch.
        label: a text that changes, for example "Undo Move"; `text` where it is None.
        on_canvas_only: its shortcut works while the canvas has the focus only.
        why_not: what it needs, for when it may not run: "Select a node first".
    """

    id: str
    text: str
    run: Callable[[], object]
    menu: str = ""
    shortcut: str = ""
    icon: str = ""
    tip: str = ""
    section: int = 0
    is_enabled: Callable[[], bool] | None = None
    is_checked: Callable[[], bool] | None = None
    label: Callable[[], str] | None = None
    on_canvas_only: bool = False
    why_not: str = ""

    @property
    def title(self) -> str:
        """Its text without the marks for the keyboard."""
        return plain_text(self.text)


def plain_text(text: str) -> str:
    """The text of a menu entry without its mark: "Cu&t" is "Cut", "A && B" is "A & B"."""
    return "&".join(part.replace("&", "") for part in text.split("&&"))


@dataclass(frozen=True)
class Submenu:
    """A menu whose entries are made anew each time it opens, such as the recent files."""

    menu: str
    entries: Callable[[], list[Action]]
    section: int = 0


class ActionSet(QObject):
    """Qt's actions for a list of records, kept up to date by `refresh_soon`."""

    def __init__(self, records: Iterable[Action | Submenu], window: QWidget, canvas_area: QWidget) -> None:
        super().__init__(window)
        self.records = list(records)
        self._window = window
        self._menus: dict[str, QMenu] = {}
        self._sections: dict[str, int] = {}
        self._actions: dict[str, tuple[Action, QAction]] = {}
        self._refresh = QTimer(self, interval=0, singleShot=True)
        self._refresh.timeout.connect(self.refresh)
        for record in self.records:
            if isinstance(record, Action):
                made = self._make(record, self)
                self._actions[record.id] = (record, made)
                (canvas_area if record.on_canvas_only else window).addAction(made)
        theme.changed.connect(self._recolor)
        self.refresh()

    def __getitem__(self, id: str) -> QAction:
        record, action = self._actions[id]
        _give_icon(record, action)
        return action

    def complete(self) -> None:
        """Draw the icons that the menus have; called once the window is painted, which they would hold up."""
        for record, action in self._actions.values():
            _give_icon(record, action)

    def refresh_soon(self) -> None:
        """Look again at what is enabled, once the present event is through."""
        self._refresh.start()

    def refresh(self) -> None:
        """Look again at what is enabled and checked, and at the texts that change."""
        for record, action in self._actions.values():
            if record.is_enabled is not None:
                action.setEnabled(record.is_enabled())
            if record.is_checked is not None:
                action.setChecked(record.is_checked())
            if record.label is not None:
                action.setText(record.label())

    def fill(self, bar: QMenuBar) -> None:
        """Make the menus."""
        for record in self.records:
            if isinstance(record, Submenu):
                self._fill_submenu(record, bar)
            elif record.menu:
                menu = self._menu(record.menu, bar)
                self._separate(menu, record.menu, record.section)
                menu.addAction(self._actions[record.id][1])

    def _fill_submenu(self, record: Submenu, bar: QMenuBar) -> None:
        parent = record.menu.rpartition("/")[0]
        self._separate(self._menu(parent, bar), parent, record.section)
        menu = self._menu(record.menu, bar)

        def refill() -> None:
            for action in menu.actions():
                menu.removeAction(action)
                action.deleteLater()
            for entry in record.entries():
                made = self._make(entry, menu)
                _give_icon(entry, made)
                menu.addAction(made)
            if menu.isEmpty():
                menu.addAction("None").setEnabled(False)

        menu.aboutToShow.connect(refill)

    def _menu(self, path: str, bar: QMenuBar) -> QMenu:
        if path not in self._menus:
            parent, _, title = path.rpartition("/")
            self._menus[path] = (self._menu(parent, bar) if parent else bar).addMenu(f"&{title}")
        return self._menus[path]

    def _separate(self, menu: QMenu, path: str, section: int) -> None:
        if self._sections.setdefault(path, section) != section:
            menu.addSeparator()
            self._sections[path] = section

    def _make(self, record: Action, parent: QObject) -> QAction:
        action = QAction(record.text, parent)
        action.setObjectName(record.id)
        keys = [QKeySequence(keys) for keys in record.shortcut.split("; ") if keys]
        action.setShortcuts(keys)
        shown = f" ({keys[0].toString(QKeySequence.SequenceFormat.NativeText)})" if keys else ""
        action.setToolTip((record.tip or record.text.replace("…", "")) + shown)
        if record.on_canvas_only:
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        if record.is_enabled is not None:
            action.setEnabled(record.is_enabled())
        if record.is_checked is not None:
            action.setCheckable(True)
            action.setChecked(record.is_checked())
        action.triggered.connect(lambda: record.run())
        action.triggered.connect(self.refresh_soon)
        return action

    def _recolor(self) -> None:
        for record, action in self._actions.values():
            action.setIcon(theme.icon(record.icon))


def _give_icon(record: Action, action: QAction) -> None:
    if record.icon and action.icon().isNull():
        action.setIcon(theme.icon(record.icon))
