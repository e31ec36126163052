"""The parameter panel: what can be set on the selected nodes. The form comes from the node type."""

from __future__ import annotations

import json

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QFrame,
    QLabel,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.document.groups import read_groups
from app.document.placeholders import placeholder_of
from app.panels.death_policy import DeathPolicyBox, common_process
from app.panels.location_box import LocationBox
from app.panels.parameter_row import RESET_WIDTH, ParameterRow
from app.workbench import Workbench
from engine import NodeSpec

_NAMED = 12  # of several nodes
_POLICIES = (
    ("", "as the run does"),
    ("stop", "stop the graph"),
    ("skip", "skip and go on"),
    ("restart", "restart the node"),
)


class ParameterPanel(QScrollArea):
    """Name, location, error policy and parameters of the selection; of several nodes what they have in common."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._built_for: object = None
        self._rows: list[ParameterRow] = []
        self._name: QLineEdit | None = None
        self._heading: QLabel | None = None
        self._location: LocationBox | None = None
        self._policy: QComboBox | None = None
        self._death: DeathPolicyBox | None = None
        self._form: QFormLayout | None = None
        self.setAccessibleName("Parameters of the selection")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        workbench.selection_changed.connect(self.refresh)
        workbench.document_changed.connect(self.refresh)
        workbench.document_replaced.connect(self._forget)
        workbench.types_changed.connect(self._rebuild)
        workbench.run_changed.connect(self.refresh)
        theme.changed.connect(self._rebuild)
        self.refresh()

    def refresh(self) -> None:
        """Show the selection as it is now; fields stay the same while the same nodes are selected."""
        specs = self._specs()
        wanted = tuple((spec.id, spec.type) for spec in specs)
        if wanted != self._built_for:
            self._build(specs)
            self._built_for = wanted
        if self._heading is None or self._location is None or self._policy is None:
            return
        self._heading.setText(self._title(specs))
        if self._name is not None and self._name.text() != specs[0].name and not self._name.hasFocus():
            self._name.setText(specs[0].name)
        self._location.show_locations({spec.location for spec in specs})
        policies = {spec.on_error for spec in specs}
        self._policy.setCurrentIndex(self._policy.findData(policies.pop()) if len(policies) == 1 else -1)
        self._show_death_policy(specs)
        for row in self._rows:
            row.refresh()

    def row(self, parameter: str) -> QWidget | None:
        """The row of a parameter of the selected node; None when it is not shown."""
        return next((row for row in self._rows if row.parameter == parameter), None)

    def _title(self, specs: list[NodeSpec]) -> str:
        """What is selected: a node, a group, or several."""
        cards = self._workbench.whereabouts.selected_cards()
        group = read_groups(self._workbench.graph).by_id.get(cards[0]) if len(cards) == 1 else None
        if group is not None:
            return group.label
        return specs[0].label if len(specs) == 1 else f"{len(specs)} nodes"

    def _show_death_policy(self, specs: list[NodeSpec]) -> None:
        process = common_process(specs)
        if self._death is not None and self._form is not None:
            self._form.setRowVisible(self._death, process is not None)
            if process is not None:
                self._death.show_process(process)

    def _specs(self) -> list[NodeSpec]:
        nodes = self._workbench.graph.nodes
        return [nodes[id] for id in self._workbench.selection if id in nodes]

    def _forget(self) -> None:
        self._built_for = None

    def _rebuild(self) -> None:
        self._forget()
        self.refresh()

    # -- making the form --------------------------------------------------------------------------------------

    def _build(self, specs: list[NodeSpec]) -> None:
        self._rows = []
        self._name = self._heading = self._location = self._policy = self._death = self._form = None
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(12, 12, 12, 12)
        layout.setSpacing(9)
        if not specs:
            layout.addWidget(_muted("Select a node to see and change what it does."))
        else:
            self._add_heading(layout, specs)
            layout.addLayout(self._common_form(specs))
            if len(specs) == 1:
                self._add_parameters(layout, specs[0])
        layout.addStretch(1)
        old = self.takeWidget()
        if old is not None:
            old.deleteLater()
        self.setWidget(content)

    def _add_heading(self, layout: QVBoxLayout, specs: list[NodeSpec]) -> None:
        heading = QLabel(self._title(specs))
        heading.setTextFormat(Qt.TextFormat.PlainText)
        heading.setProperty("heading", True)
        heading.setWordWrap(True)
        layout.addWidget(heading)
        self._heading = heading
        if len(specs) > 1:
            more = f" and {len(specs) - _NAMED} more" if len(specs) > _NAMED else ""
            layout.addWidget(_muted(", ".join(spec.label for spec in specs[:_NAMED]) + more))
            return
        node_type = self._workbench.node_type(specs[0].id)
        layout.addWidget(_muted(specs[0].type))
        if node_type is not None and node_type.__doc__:
            help_text = QLabel(node_type.__doc__.strip().partition("\n")[0])
            help_text.setTextFormat(Qt.TextFormat.PlainText)
            help_text.setWordWrap(True)
            layout.addWidget(help_text)

    def _common_form(self, specs: list[NodeSpec]) -> QFormLayout:
        ids = [spec.id for spec in specs]
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setHorizontalSpacing(8)
        form.setContentsMargins(0, 0, RESET_WIDTH, 0)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        if len(specs) == 1:
            form.addRow("Name", self._name_field(specs[0]))
        location = LocationBox(self._workbench)
        location.chosen.connect(lambda text: self._workbench.set_location(ids, text))
        reason = QLabel()
        reason.setProperty("refusal", True)
        reason.setTextFormat(Qt.TextFormat.PlainText)
        reason.setWordWrap(True)
        location.refused.connect(reason.setText)
        location.refused.connect(reason.show)
        location.chosen.connect(reason.hide)
        form.addRow("Runs on", location)
        form.addRow(reason)
        reason.hide()
        policy = QComboBox()
        policy.setAccessibleName("On error")
        policy.setPlaceholderText("several")
        policy.setToolTip("What follows when the node raises an exception")
        for value, text in _POLICIES:
            policy.addItem(text, value)
        policy.activated.connect(lambda index: self._workbench.set_error_policy(ids, policy.itemData(index)))
        form.addRow("On error", policy)
        self._location, self._policy = location, policy
        self._death, self._form = DeathPolicyBox(self._workbench), form
        form.addRow("On crash", self._death)
        for row in range(form.rowCount()):
            item = form.itemAt(row, QFormLayout.ItemRole.LabelRole)
            label = item.widget() if item is not None else None
            if label is not None:
                label.setMinimumWidth(84)
        return form

    def _name_field(self, spec: NodeSpec) -> QLineEdit:
        field = QLineEdit(spec.name)
        field.setPlaceholderText(spec.id)
        field.setAccessibleName("Name")
        field.setMaxLength(200)
        field.editingFinished.connect(lambda: self._rename(spec.id, field.text()))
        self._name = field
        return field

    def _rename(self, id: str, name: str) -> None:
        spec = self._workbench.graph.nodes.get(id)
        if spec is not None and spec.name != name:
            self._workbench.rename(id, name)

    def _add_parameters(self, layout: QVBoxLayout, spec: NodeSpec) -> None:
        node_type = self._workbench.node_type(spec.id)
        known = node_type.node_parameters if node_type is not None else {}
        if known:
            layout.addWidget(_rule())
        writes = node_type is not None and not node_type.node_outputs
        for parameter in known.values():
            row = ParameterRow(self._workbench, spec.id, parameter, writes=writes)
            self._rows.append(row)
            layout.addWidget(row)
        strangers = {name: value for name, value in spec.parameters.items() if name not in known}
        if node_type is None:
            reason = placeholder_of(self._workbench.graph, spec)
            text = "The code of this node type is not here. Its data are kept as they are."
            layout.addWidget(_muted(f"{text}\n\n{reason.text}" if reason is not None else text))
        if strangers:
            text = "\n".join(f"{name} = {json.dumps(value)[:200]}" for name, value in strangers.items())
            layout.addWidget(_muted(f"Parameters this type does not know:\n{text}" if node_type else text))


def _muted(text: str) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setProperty("muted", True)
    label.setWordWrap(True)
    return label


def _rule() -> QFrame:
    line = QFrame()
    line.setFrameShape(QFrame.Shape.NoFrame)
    line.setObjectName("rule")
    line.setFixedHeight(1)
    return line
