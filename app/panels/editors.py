"""Edit fields for parameter values, one class a kind. A field reports what a person entered; it decides nothing."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QValidator, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QToolButton,
    QWidget,
)

from app import theme
from engine import Parameter, ParameterError


class Editor(QWidget):
    """A field for one value. `entered` carries a value to try; `unreadable` why what was typed is none."""

    entered = Signal(object)
    unreadable = Signal(str)

    def __init__(self, field: QWidget) -> None:
        super().__init__()
        self.field = field
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.addWidget(field, 1)
        self.setFocusProxy(field)

    def show_value(self, value: Any) -> None:
        """Show a value, without reporting it."""
        raise NotImplementedError

    def set_refused(self, refused: bool) -> None:
        """Mark the field as holding a value that was refused."""
        self.field.setProperty("refused", refused)
        self.field.style().unpolish(self.field)
        self.field.style().polish(self.field)


class BoolEditor(Editor):
    """A check box."""

    def __init__(self, parameter: Parameter) -> None:
        self._box = QCheckBox()
        super().__init__(self._box)
        self._box.clicked.connect(lambda: self.entered.emit(self._box.isChecked()))

    def show_value(self, value: Any) -> None:
        """Check or uncheck."""
        self._box.setChecked(bool(value))


class ChoiceEditor(Editor):
    """A list of the only values allowed; a value that is none of them is shown as such and kept."""

    def __init__(self, parameter: Parameter) -> None:
        self._box = _CalmCombo()
        super().__init__(self._box)
        for choice in parameter.choices or ():
            self._box.addItem(str(choice), choice)
        self._box.activated.connect(lambda index: self.entered.emit(self._box.itemData(index)))

    def show_value(self, value: Any) -> None:
        """Select the choice."""
        index = next((i for i in range(self._box.count()) if self._box.itemData(i) == value), -1)
        if index < 0:
            self._box.addItem(f"{value} (not allowed)", value)
            index = self._box.count() - 1
        self._box.setCurrentIndex(index)


class TextEditor(Editor):
    """One line of text; lists and dicts as JSON."""

    _shows_end = False

    def __init__(self, parameter: Parameter) -> None:
        self._line = QLineEdit()
        super().__init__(self._line)
        self._parameter = parameter
        self._shown = ""
        self._line.editingFinished.connect(self._finished)

    def show_value(self, value: Any) -> None:
        """Show the text, unless it is shown already (the cursor stays where it is)."""
        is_text = self._parameter.type is str
        self._shown = value if is_text and isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        if is_text and value is None:
            self._shown = ""
        if self._line.text() != self._shown:
            self._line.setText(self._shown)
            self._line.setCursorPosition(len(self._shown) if self._shows_end else 0)

    def _finished(self) -> None:
        if self._line.text() == self._shown:
            return
        try:
            value = self._parameter.parse(self._line.text())
        except ParameterError as error:
            self.unreadable.emit(str(error))
            return
        self.entered.emit(value)


class PathEditor(TextEditor):
    """A text with a button that asks for a file. Where it is too long its end is seen, the file's name."""

    _shows_end = True

    def __init__(self, parameter: Parameter, writes: bool) -> None:
        super().__init__(parameter)
        self._writes = writes
        button = QToolButton()
        button.setIcon(theme.icon("folder"))
        button.setAccessibleName(f"Choose a file for {parameter.name}")
        button.setToolTip("Choose a file")
        button.clicked.connect(self._choose)
        self._row.addWidget(button)

    def _choose(self) -> None:
        folder = str(Path(self._line.text()).expanduser().parent) if self._line.text() else ""
        dialog = QFileDialog(self.window(), "Choose a file", folder)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if self._writes:
            dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        else:
            dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda file: self.entered.emit(file))
        dialog.open()


class NumberEditor(Editor):
    """A spin box with unit and limits. What is typed is judged as it is, never silently bent to the limits."""

    def __init__(self, parameter: Parameter) -> None:
        self._box = NumberBox(parameter)
        super().__init__(self._box)
        self._box.entered.connect(self.entered)
        self._box.unreadable.connect(self.unreadable)

    def show_value(self, value: Any) -> None:
        """Show the number with its unit."""
        self._box.show_value(value)


class NumberBox(QAbstractSpinBox):
    """A spin box for an int or float parameter of any size."""

    entered = Signal(object)
    unreadable = Signal(str)

    def __init__(self, parameter: Parameter) -> None:
        super().__init__()
        self._parameter = parameter
        self._value: float | int = 0
        self._is_integer = parameter.type is int
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.lineEdit().setTextMargins(5, 0, 0, 0)  # style sheets do not reach it
        self.editingFinished.connect(self._finished)

    def show_value(self, value: Any) -> None:
        """Show a number, unless it is shown already."""
        self._value = value if isinstance(value, (int, float)) else 0
        text = self._text(value)
        if self.lineEdit().text() != text:
            self.lineEdit().setText(text)

    def _text(self, value: Any) -> str:
        number = repr(value) if not isinstance(value, float) else f"{value:.12g}"
        return f"{number} {self._parameter.unit}".rstrip()

    def _finished(self) -> None:
        text = self.lineEdit().text().strip()
        if text == self._text(self._value):
            return
        bare = text.removesuffix(self._parameter.unit).strip().replace(",", ".")
        try:
            value = self._parameter.parse(bare)
        except ParameterError as error:
            self.unreadable.emit(str(error))
            return
        if value == self._value:
            self.show_value(value)
        self.entered.emit(value)

    def stepBy(self, steps: int) -> None:
        """Step by about a tenth of the value (whole numbers: at least one), and stay within the limits."""
        value = self._value + steps * self._step()
        if not self._is_integer:
            value = float(f"{value:.10g}")
        if self._parameter.minimum is not None:
            value = max(value, self._parameter.minimum)
        if self._parameter.maximum is not None:
            value = min(value, self._parameter.maximum)
        if self._is_integer:
            value = int(value)
        if value != self._value:
            self.show_value(value)
            self.entered.emit(value)

    def _step(self) -> float | int:
        size = abs(self._value)
        if self._is_integer:
            return 10 ** max(0, len(str(int(size))) - 2) if size >= 100 else 1
        if size == 0:
            span = (self._parameter.maximum or 0) - (self._parameter.minimum or 0)
            return 10.0 ** math.floor(math.log10(span) - 2) if span > 0 else 0.1
        return float(10.0 ** (math.floor(math.log10(size)) - 1))

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:
        """Which arrows lead anywhere."""
        flags = QAbstractSpinBox.StepEnabledFlag.StepNone
        if self._parameter.maximum is None or self._value < self._parameter.maximum:
            flags |= QAbstractSpinBox.StepEnabledFlag.StepUpEnabled
        if self._parameter.minimum is None or self._value > self._parameter.minimum:
            flags |= QAbstractSpinBox.StepEnabledFlag.StepDownEnabled
        return flags

    def validate(self, text: str, position: int) -> object:
        """Anything may be typed; it is judged when it is finished."""
        return QValidator.State.Acceptable, text, position

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Select the number, not its unit."""
        super().focusInEvent(event)
        number = self.lineEdit().text().removesuffix(self._parameter.unit).rstrip()
        self.lineEdit().setSelection(0, len(number))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The wheel turns the value while the field has the focus; else it scrolls the panel."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class _CalmCombo(QComboBox):
    """A combo box that the wheel does not change in passing."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Change by wheel while the field has the focus only."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


def editor_for(parameter: Parameter, *, writes: bool = False) -> Editor:
    """The field that suits a parameter; `writes` says that a path is written to."""
    if parameter.choices is not None:
        return ChoiceEditor(parameter)
    if parameter.type is bool:
        return BoolEditor(parameter)
    if parameter.type in (int, float):
        return NumberEditor(parameter)
    if parameter.name == "path":
        return PathEditor(parameter, writes)
    return TextEditor(parameter)
