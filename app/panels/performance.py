"""The performance panel: computers, nodes, and why it is slow."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QIcon, QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.canvas.figures import milliseconds_text, rate_text
from app.document.remedies import apply_remedy
from app.insight.costs import bridge_costs
from app.insight.diagnosis import all_clear, diagnose
from app.insight.measured import ms_each, ms_each_text, percent, worst_of
from app.panels.figure_table import Column, FigureModel, FigureTable
from app.panels.findings import Findings
from app.panels.location_box import dot
from app.workbench import Workbench

MOST_FINDINGS = 8  # the worst: what is behind them is hardly the cause
_LOOK_BACK = 10  # updates: a second
_SORT_EVERY = 10  # updates: rows that trade places ten times a second cannot be read
NOTHING_RUNS = "Nothing runs. Start the graph to measure it."


@dataclass(frozen=True, slots=True)
class Entry:
    """A node or a computer with its figures."""

    id: str
    name: str
    location: str
    figures: Any


NODE_COLUMNS = (
    Column("Node", "The node and, as the colour, where it runs", lambda e: e.name, lambda e: e.name.casefold()),
    Column(
        "Loop",
        "The share of its loop's time that it works",
        lambda e: percent(e.figures.load),
        lambda e: e.figures.load,
        lambda e: float(e.figures.load),
    ),
    Column("Each", "Time in process for one message", lambda e: ms_each_text(e.figures), lambda e: ms_each(e.figures)),
    Column("Rate", "Messages a second", lambda e: rate_text(e.figures.rate_hz), lambda e: e.figures.rate_hz),
)
COMPUTER_COLUMNS = (
    Column("Computer", "Main, a thread or a process", lambda e: e.name, lambda e: e.name.casefold()),
    Column(
        "CPU",
        "The share of one core that its loop has",
        lambda e: percent(e.figures.cpu),
        lambda e: e.figures.cpu,
        lambda e: float(e.figures.cpu),
    ),
    Column(
        "Lag", "How late its loop was last", lambda e: milliseconds_text(e.figures.lag_ms), lambda e: e.figures.lag_ms
    ),
    Column("Memory", "Of its whole process", lambda e: memory_text(e.figures), lambda e: e.figures.memory_bytes),
)


def memory_text(figures: Any) -> str:
    """What a computer's process has in memory: `85 MB`; empty when unknown."""
    return f"{figures.memory_bytes / 1e6:,.0f} MB" if figures.memory_bytes else ""


class PerformancePanel(QWidget):
    """Two tables, and the findings when they are asked for. It follows the run while it can be seen.

    `node_chosen` carries the node of a row that was activated.
    """

    node_chosen = Signal(str)

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._statistics: Any = None
        self._while_it_ran: deque[Any] = deque(maxlen=_LOOK_BACK)  # at the end of a run all loads are 0
        self._updates = 0
        self.why = QPushButton("Why is it slow?")
        self.why.setToolTip("Name what holds the run up, from what was measured, and what would help (Ctrl+Shift+W)")
        self.why.clicked.connect(self.explain)
        self.sort = QComboBox()
        self.sort.setAccessibleName("Sort the nodes by")
        self.sort.setToolTip("Sort the nodes by")
        self.sort.addItems([f"by {title}" for title in ("name", "share of loop", "time each", "rate")])
        self.sort.setCurrentIndex(1)
        self.sort.currentIndexChanged.connect(self._sort_by)
        top = QHBoxLayout()
        top.addWidget(self.why)
        top.addStretch(1)
        top.addWidget(self.sort)
        self.findings = Findings()
        self.findings.asked.connect(self._apply)
        self.findings.chosen.connect(workbench.select)
        self._close = QToolButton()
        self._close.setProperty("flat", True)
        self._close.setToolTip("Back to the figures")
        self._close.setAccessibleName("Back to the figures")
        self._close.clicked.connect(self.close_findings)
        self._found = self._answer()
        self.computers = FigureModel(COMPUTER_COLUMNS, self._dot)
        self.nodes = FigureModel(NODE_COLUMNS, self._dot)
        self.computer_table = FigureTable(self.computers, "Computers")
        self.node_table = FigureTable(self.nodes, "Nodes by their share of the loop")
        self.nodes.sorted_by = 1
        self.node_table.horizontalHeader().sectionClicked.connect(self.sort.setCurrentIndex)
        self.node_table.clicked.connect(self._select)
        self.node_table.activated.connect(self._activate)
        self.tables = QSplitter(Qt.Orientation.Vertical)
        self.tables.addWidget(self.computer_table)
        self.tables.addWidget(self.node_table)
        self.tables.setStretchFactor(0, 2)
        self.tables.setStretchFactor(1, 3)
        self.tables.setChildrenCollapsible(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 6, 8, 8)
        layout.addLayout(top)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.tables)
        self._pages.addWidget(self._found)
        layout.addWidget(self._pages, 1)
        workbench.statistics_changed.connect(self._take)
        workbench.run_changed.connect(self._run_changed)
        workbench.document_changed.connect(self.refresh)
        theme.changed.connect(self._restyle)
        self._restyle()

    def _answer(self) -> QWidget:
        answer = QWidget()
        heading = QLabel("Why is it slow?")
        heading.setStyleSheet("font-weight: 600;")
        head = QHBoxLayout()
        head.addWidget(heading, 1)
        head.addWidget(self._close)
        box = QVBoxLayout(answer)
        box.setContentsMargins(0, 0, 0, 0)
        box.addLayout(head)
        box.addWidget(self.findings, 1)
        return answer

    # -- figures

    def _take(self, statistics: Any) -> None:
        self._statistics = statistics
        if self._workbench.run_state == "running":
            self._while_it_ran.append(statistics)
        self.refresh()

    def _run_changed(self) -> None:
        if self._workbench.run_state == "preparing" or self._workbench.run is None:
            self._statistics = None
            self._while_it_ran.clear()
            self._updates = 0
            self.refresh()

    def refresh(self) -> None:
        """Show the newest figures, when anybody can see them."""
        if not self.tables.isVisible():
            return
        nodes, statistics = self._workbench.graph.nodes, self._statistics
        in_order = self._updates % _SORT_EVERY == 0
        self._updates += 1
        computers, workers = [], []
        if statistics is not None:
            computers = [
                Entry(label, label, computer.location, computer) for label, computer in statistics.computers.items()
            ]
            workers = [
                Entry(id, nodes[id].label, figures.location, figures)
                for id, figures in statistics.nodes.items()
                if id in nodes
            ]
        self.computers.show_entries(computers, in_order=True)
        self.nodes.show_entries(workers, in_order=in_order)

    def _sort_by(self, column: int) -> None:
        self.nodes.sorted_by = column
        self.node_table.setAccessibleName(f"Nodes {self.sort.currentText()}")
        self._updates = 0
        self.refresh()

    def _dot(self, entry: Entry) -> QIcon:
        return dot(theme.location_color(entry.location), 16)

    def _select(self, index: QModelIndex) -> None:
        self._workbench.select(self.node_table.selected_ids())

    def _activate(self, index: QModelIndex) -> None:
        self.node_chosen.emit(self.nodes.entries[index.row()].id)

    # -- why it is slow

    def explain(self) -> None:
        """Say what holds the run up."""
        self._pages.setCurrentWidget(self._found)
        if not self._while_it_ran:
            self.findings.show_text(NOTHING_RUNS)
            return
        statistics, graph = worst_of(self._while_it_ran), self._workbench.graph
        findings = diagnose(graph, statistics, bridge_costs())
        if findings:
            self.findings.show_findings(findings[:MOST_FINDINGS])
        else:
            self.findings.show_text(all_clear(graph, statistics))

    def close_findings(self) -> None:
        """Show the tables alone."""
        self._pages.setCurrentWidget(self.tables)
        self._updates = 0
        self.refresh()
        self.why.setFocus()

    def _apply(self, remedy: Any) -> None:
        if apply_remedy(self._workbench, remedy):
            for button in self.findings.buttons:
                if button.text() == remedy.label.replace("&", "&&"):
                    button.setEnabled(False)
                    button.setText(f"{button.text()} ✓")
            self._workbench.message.emit("info", f"Done: {remedy.label}. Undo takes it back.")

    # -- looks

    def showEvent(self, event: QShowEvent) -> None:
        """Begin with the newest figures."""
        super().showEvent(event)
        self._updates = 0
        self.refresh()

    def _restyle(self) -> None:
        self._close.setIcon(theme.icon("close"))
        if self._found.isVisible():
            self.explain()
