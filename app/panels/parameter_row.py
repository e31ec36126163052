"""`ParameterRow`: one parameter of one node in the parameter panel."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QToolButton, QWidget

from app import theme
from app.panels.editors import editor_for
from app.workbench import Workbench
from engine import Parameter

RESET_WIDTH = 34
_MADE_ANEW = "While it runs, a change makes the node anew."


class ParameterRow(QWidget):
    """A label, the edit field, a button that brings the default back, and the reason when a value is refused."""

    def __init__(self, workbench: Workbench, node: str, parameter: Parameter, *, writes: bool) -> None:
        super().__init__()
        self._workbench = workbench
        self._node = node
        self._parameter = parameter
        self._shown: Any = None
        self._is_refused = False
        name = readable_name(parameter)
        self._label = QLabel(name)
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self._label.setMinimumWidth(84)
        self.editor = editor_for(parameter, writes=writes)
        self.editor.field.setAccessibleName(name)
        self.editor.field.setAccessibleDescription(parameter.doc)
        self.editor.entered.connect(self._enter)
        self.editor.unreadable.connect(self._refuse)
        self._label.setBuddy(self.editor.field)
        self._reset = QToolButton()
        self._reset.setProperty("flat", True)
        self._reset.setIcon(theme.icon("reset", "text_muted"))
        self._reset.setAccessibleName(f"Default of {name}")
        self._reset.setToolTip(f"Back to the default: {parameter.default!r}")
        self._reset.clicked.connect(lambda: workbench.reset_parameter(node, parameter.name))
        self._reason = QLabel()
        self._reason.setTextFormat(Qt.TextFormat.PlainText)
        self._reason.setWordWrap(True)
        self._reason.hide()
        for part in (self._label, self.editor):
            part.setToolTip(_tip(parameter))
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        self._reset.setFixedWidth(RESET_WIDTH - 8)
        grid.setVerticalSpacing(3)
        grid.addWidget(self._label, 0, 0)
        grid.addWidget(self.editor, 0, 1)
        grid.addWidget(self._reset, 0, 2)
        grid.addWidget(self._reason, 1, 0, 1, 3)
        grid.setColumnStretch(1, 1)
        self.refresh()

    @property
    def parameter(self) -> str:
        """The name of the parameter."""
        return self._parameter.name

    def refresh(self) -> None:
        """Show the value in the graph, and whether it may change now."""
        spec = self._workbench.graph.nodes[self._node]
        value = spec.parameters.get(self._parameter.name, self._parameter.default)
        if not (self._is_refused and value == self._shown):
            self._shown = value
            self._is_refused = False
            self.editor.show_value(value)
            self.editor.set_refused(False)
            self._explain("", "refusal")
        is_live = self._parameter.live or not self._workbench.is_running
        is_default = value == self._parameter.default
        self._reset.setIcon(theme.icon("" if is_default else "reset", "text_muted"))
        self._reset.setEnabled(not is_default)
        if not self._is_refused:
            self._explain("" if is_live else _MADE_ANEW, "muted")

    def _enter(self, value: Any) -> None:
        self._is_refused = False
        reason = self._workbench.set_parameter(self._node, self._parameter.name, value)
        if reason is not None:
            self._refuse(reason)
        else:
            self.refresh()

    def _refuse(self, reason: str) -> None:
        self._is_refused = True
        self.editor.set_refused(True)
        self._explain(f"Not taken: {reason}", "refusal")

    def _explain(self, text: str, role: str) -> None:
        self._reason.setText(text)
        self._reason.setVisible(bool(text))
        for name in ("refusal", "muted"):
            self._reason.setProperty(name, name == role)
        self._reason.style().polish(self._reason)


def readable_name(parameter: Parameter) -> str:
    """A parameter's name as people read it: `cutoff_hz` in Hz is "Cutoff", `block_size` "Block size"."""
    name = parameter.name
    if parameter.unit and name.endswith(f"_{parameter.unit.lower()}"):
        name = name[: -len(parameter.unit) - 1]
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:]


def _tip(parameter: Parameter) -> str:
    limits = []
    unit = f" {parameter.unit}" if parameter.unit else ""
    if parameter.minimum is not None:
        limits.append(f"at least {parameter.minimum:g}{unit}")
    if parameter.maximum is not None:
        limits.append(f"at most {parameter.maximum:g}{unit}")
    parts = [
        f"{parameter.name}: {parameter.doc}" if parameter.doc else parameter.name,
        ", ".join(limits),
        f"default {parameter.default!r}{unit}",
    ]
    return "\n".join(part for part in parts if part)
