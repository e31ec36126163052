"""The settings: look, canvas, files, and ways back to how things were at first. Each applies at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt, QTimer
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from app import appearance, theme
from app.canvas import grid
from app.document.autosave import MODES, autosave_mode, mode_text
from app.document.settings import settings
from app.document.source_file import EDITOR_COMMAND
from app.page import Page

if TYPE_CHECKING:
    from app.window import MainWindow

_THEMES = {"dark": "Dark", "light": "Light", appearance.SYSTEM: "As the system"}
_FONT_STEP = 10


class SettingsPage(Page):
    """One column of fields under headings. Nothing waits for a button: what is chosen holds."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window, "settings_page", "Settings", QSize(560, 640))
        self._editor = window
        content = QWidget()
        self._form = QFormLayout(content)
        self._form.setContentsMargins(18, 12, 18, 16)
        self._form.setHorizontalSpacing(16)
        self._form.setVerticalSpacing(8)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.DontWrapRows)
        self._form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self._add_look()
        self._add_canvas()
        self._add_files()
        self._add_ways_back()
        self._area = area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(content)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(area)
        grid.changed.connect(self._show_grid)
        theme.changed.connect(self._show_theme)
        self.theme.setFocus()
        self._widen()

    def changeEvent(self, event: QEvent) -> None:
        """Be wide enough for larger text."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            QTimer.singleShot(0, self, self._widen)

    def _widen(self) -> None:
        content = self._area.widget()
        if content is not None:
            bar = self._area.verticalScrollBar().sizeHint().width()
            self._area.setMinimumWidth(content.minimumSizeHint().width() + bar)

    # -- what there is to set ----------------------------------------------------------------------------------

    def _add_look(self) -> None:
        self._section("Look")
        self.theme = _choice("Theme", list(_THEMES.items()), appearance.chosen_theme())
        self.theme.activated.connect(lambda: appearance.choose_theme(str(self.theme.currentData())))
        self._form.addRow("Theme", self.theme)
        low, high = appearance.PERCENTS
        self.font_size = QSlider(Qt.Orientation.Horizontal)
        self.font_size.setAccessibleName("Text size")
        self.font_size.setRange(low // _FONT_STEP, high // _FONT_STEP)
        self.font_size.setPageStep(1)
        self.font_size.setValue(appearance.font_percent() // _FONT_STEP)
        self.font_size.setTickPosition(QSlider.TickPosition.TicksBelow)
        self.font_value = QLabel(f"{appearance.font_percent()} %")
        self.font_value.setMinimumWidth(self.fontMetrics().horizontalAdvance("150 %") + 8)
        self.font_size.valueChanged.connect(self._choose_font_size)
        row = QHBoxLayout()
        row.addWidget(self.font_size, 1)
        row.addWidget(self.font_value)
        self._form.addRow("Text size", row)
        self._note("The canvas has a zoom of its own: turn the wheel, or press Ctrl++ and Ctrl+-.")

    def _show_theme(self) -> None:
        self.theme.setCurrentIndex(self.theme.findData(appearance.chosen_theme()))

    def _choose_font_size(self, value: int) -> None:
        self.font_value.setText(f"{value * _FONT_STEP} %")
        appearance.choose_font_percent(value * _FONT_STEP)

    def _add_canvas(self) -> None:
        self._section("Canvas")
        self.grid_shown = QCheckBox("Show the grid")
        self.grid_shown.clicked.connect(lambda: grid.change(is_shown=self.grid_shown.isChecked()))
        self.snaps = QCheckBox("Snap moved nodes to the grid")
        self.snaps.clicked.connect(lambda: grid.change(snaps=self.snaps.isChecked()))
        for box in (self.grid_shown, self.snaps):
            box.setAccessibleName(box.text())
            self._form.addRow("", box)
        names = {12: "Narrow", 24: "Middle", 48: "Wide"}
        self.spacing = _choice("Grid spacing", [(step, names[step]) for step in grid.SPACINGS], 0)
        self.spacing.activated.connect(lambda: grid.change(spacing=int(self.spacing.currentData())))
        self._form.addRow("Grid spacing", self.spacing)
        self._show_grid()

    def _show_grid(self) -> None:
        now = grid.current()
        self.grid_shown.setChecked(now.is_shown)
        self.snaps.setChecked(now.snaps)
        self.spacing.setCurrentIndex(self.spacing.findData(now.spacing))

    def _add_files(self) -> None:
        self._section("Files")
        self.autosave = _choice("Autosave", [(mode, mode_text(mode)) for mode in MODES], autosave_mode())
        self.autosave.activated.connect(lambda: self._editor.autosave.choose(str(self.autosave.currentData())))
        self._form.addRow("Autosave", self.autosave)
        self._note("Work that is not saved is kept in any case, also when the editor or the computer fails.")
        self.command = QLineEdit(str(settings().value(EDITOR_COMMAND, "")))
        self.command.setAccessibleName("Command that opens code")
        self.command.setPlaceholderText("code --goto {file}:{line}")
        self.command.editingFinished.connect(self._choose_command)
        self._form.addRow("Open code with", self.command)
        self._note("Opens the code of a node or the place of an error. Empty: what the system opens it with.")

    def _choose_command(self) -> None:
        settings().setValue(EDITOR_COMMAND, self.command.text().strip())

    def _add_ways_back(self) -> None:
        self._section("As at first")
        self.reset_layout = _button("Reset panels", "Put every panel back where it was", self._editor.reset_layout)
        self.take_tour = _button("Take the tour", "Five tips on the example hello", self._take_tour)
        self.reset_all = _button("Reset settings", "Look, canvas and files as at first", self._reset_all)
        for label, button in (
            ("Panels", self.reset_layout),
            ("First steps", self.take_tour),
            ("All of this", self.reset_all),
        ):
            row = QHBoxLayout()
            row.addWidget(button)
            row.addStretch(1)
            self._form.addRow(label, row)

    def _take_tour(self) -> None:
        self.close()
        self._editor.guide.take_tour()

    def _reset_all(self) -> None:
        first = grid.Grid()
        grid.change(is_shown=first.is_shown, snaps=first.snaps, spacing=first.spacing)
        self.theme.setCurrentIndex(0)
        appearance.choose_theme(str(self.theme.currentData()))
        self.font_size.setValue(100 // _FONT_STEP)
        self.autosave.setCurrentIndex(0)
        self._editor.autosave.choose(str(self.autosave.currentData()))
        self.command.clear()
        self._choose_command()

    # -- making the column -------------------------------------------------------------------------------------

    def _section(self, title: str) -> None:
        heading = QLabel(title)
        heading.setProperty("heading", True)
        heading.setContentsMargins(0, 8 if self._form.rowCount() else 0, 0, 0)
        self._form.addRow(heading)

    def _note(self, text: str) -> None:
        note = QLabel(text)
        note.setProperty("muted", True)
        note.setWordWrap(True)
        self._form.addRow("", note)


def _choice(name: str, choices: Sequence[tuple[object, str]], current: object) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    for value, text in choices:
        box.addItem(text, value)
    box.setCurrentIndex(max(0, box.findData(current)))
    return box


def _button(text: str, tip: str, run: Callable[[], object]) -> QPushButton:
    button = QPushButton(text)
    button.setAccessibleName(text)
    button.setToolTip(tip)
    button.setAutoDefault(False)
    button.clicked.connect(lambda: run())
    return button
