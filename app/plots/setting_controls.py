"""The controls of a kind's settings: made from its `Setting` records, in the toolbar and in a popup behind it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QFrame,
    QLineEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app.plots.settings import Setting

_LARGEST = 2_000_000_000


class Control(QWidget):
    """The field of one setting. It says what was chosen, and shows what it is told to."""

    chosen = Signal(str, object)

    def __init__(self, setting: Setting, *, names_itself: bool) -> None:
        """`names_itself` when no label stands beside it."""
        super().__init__()
        self.setting = setting
        self.field = self._field(names_itself)
        self.field.setAccessibleName(setting.label)
        self.field.setToolTip(setting.tip)
        self.setFocusProxy(self.field)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.field)

    def _field(self, names_itself: bool) -> QWidget:
        setting = self.setting
        if isinstance(setting.default, bool):
            switch = QCheckBox(setting.label if names_itself else "")
            switch.clicked.connect(lambda: self._say(switch.isChecked()))
            return switch
        if setting.choices:
            choice = QComboBox()
            for value, label in setting.choices:
                choice.addItem(label, value)
            choice.activated.connect(lambda index: self._say(choice.itemData(index)))
            return choice
        if isinstance(setting.default, int):
            whole = QSpinBox()
            whole.setRange(int(max(setting.minimum, -_LARGEST)), int(min(setting.maximum, _LARGEST)))
            whole.setKeyboardTracking(False)
            whole.setSuffix(f" {setting.unit}" if setting.unit else "")
            whole.setPrefix(f"{setting.label} " if names_itself else "")
            whole.valueChanged.connect(self._say)
            return whole
        if isinstance(setting.default, float):
            number = QDoubleSpinBox()
            number.setDecimals(setting.decimals)
            number.setRange(max(setting.minimum, -1e12), min(setting.maximum, 1e12))
            number.setStepType(QDoubleSpinBox.StepType.AdaptiveDecimalStepType)
            number.setKeyboardTracking(False)
            number.setSuffix(f" {setting.unit}" if setting.unit else "")
            number.setPrefix(f"{setting.label} " if names_itself else "")
            number.valueChanged.connect(self._say)
            return number
        text = QLineEdit()
        text.setPlaceholderText(setting.label if names_itself else "")
        text.editingFinished.connect(lambda: self._say(text.text()))
        return text

    def _say(self, value: Any) -> None:
        self.chosen.emit(self.setting.name, value)

    def show_value(self, value: Any) -> None:
        """Show what is set; says nothing of it."""
        field = self.field
        field.blockSignals(True)
        if isinstance(field, QCheckBox):
            field.setChecked(bool(value))
        elif isinstance(field, QComboBox):
            field.setCurrentIndex(field.findData(value))
        elif isinstance(field, (QSpinBox, QDoubleSpinBox)):
            field.setValue(value if math.isfinite(value) else 0)
        elif isinstance(field, QLineEdit) and not field.hasFocus():
            field.setText(str(value))
        field.blockSignals(False)


class SettingsPopup(QFrame):
    """A form of settings that stands below its button until one clicks elsewhere or presses Escape."""

    chosen = Signal(str, object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAccessibleName("Settings of the plot")
        self.controls: dict[str, Control] = {}
        self._form = QFormLayout(self)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)

    def offer(self, settings: Sequence[Setting]) -> None:
        """Make the form anew, of these settings."""
        while self._form.rowCount():
            self._form.removeRow(0)
        self.controls = {}
        for setting in settings:
            control = Control(setting, names_itself=False)
            control.chosen.connect(self.chosen)
            self.controls[setting.name] = control
            self._form.addRow(setting.label, control)

    def show_values(self, values: Mapping[str, Any]) -> None:
        """Show what is set; what means nothing beside it is dimmed."""
        for name, control in self.controls.items():
            control.show_value(values[name])
            control.setEnabled(control.setting.is_in_force(values))

    def open_below(self, widget: QWidget) -> None:
        """Show the form below a widget, within its screen."""
        self.adjustSize()
        place = widget.mapToGlobal(QPoint(0, widget.height()))
        room = widget.screen().availableGeometry()
        x = max(room.left(), min(place.x(), room.right() - self.width()))
        above = widget.mapToGlobal(QPoint(0, 0)).y() - self.height()
        y = place.y() if place.y() + self.height() <= room.bottom() or above < room.top() else above
        self.move(x, y)
        self.show()
        first = next(iter(self.controls.values()), None)
        if first is not None:
            first.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape closes it."""
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
        else:
            super().keyPressEvent(event)
