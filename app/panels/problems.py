"""The problems panel: what keeps the graph from starting, and what went wrong in its run. One row a problem."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QResizeEvent, QTextCursor
from PySide6.QtWidgets import (
    QHeaderView,
    QSplitter,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from app import RESOURCES, theme
from app.document.refusal import first_line, node_of
from app.document.source_file import open_source
from app.panels.run_problems import Row, RunProblems
from app.panels.traceback_view import TracebackView
from app.panels.wrapped_text import WrappedText
from app.workbench import Workbench
from engine import Problem

_CHECK_DELAY_MS = 150
_WIDE = 620
_MOST_LINES = 4  # of a problem in the list; its details have the whole text
_PADDING = 30
_HOME = f"{RESOURCES.parent}{os.sep}"  # files of Tidewire itself are named from here on
_MARKS = re.compile(r"^[ ]*[~^]+[ ]*\n", re.MULTILINE)  # below the lines of a traceback
_KEY = Qt.ItemDataRole.UserRole
_INK = {"error": "bad", "warning": "warn"}


class ProblemsPanel(QSplitter):
    """Problems of the document, of the last start, and failures of the run. A click selects the node."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._workbench = workbench
        self._run_problems = RunProblems()
        self._refusals: list[Row] = []
        self._document: list[Row] = []
        self._seen_run: object = None
        self._shown: list[tuple[str, str]] = []
        self.list = QTreeWidget()
        self.list.setAccessibleName("Problems")
        self.list.setHeaderLabels(["Problem", "Where", "Count"])
        self.list.setRootIsDecorated(False)
        self.list.setIconSize(QSize(16, 16))
        self.list.setWordWrap(True)
        self.list.setItemDelegateForColumn(0, WrappedText(self.list))
        header = self.list.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in (1, 2):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        header.sectionResized.connect(self.list.scheduleDelayedItemsLayout)  # rows wrap anew
        self.details = TracebackView()
        self.details.opened.connect(self._open_file)
        self.details.setAccessibleName("Details of the problem")
        self.details.setPlaceholderText("Select a problem to see where it comes from and what to do.")
        self.addWidget(self.list)
        self.addWidget(self.details)
        for part in range(2):
            self.setStretchFactor(part, 1)
        self._check = QTimer(self, interval=_CHECK_DELAY_MS, singleShot=True)
        self._check.timeout.connect(self.check)
        self.list.currentItemChanged.connect(self._show_details)
        self.list.itemClicked.connect(self._select_node)
        self.list.itemActivated.connect(self._select_node)
        workbench.document_changed.connect(self._document_changed)
        workbench.document_replaced.connect(self._forget)
        workbench.types_changed.connect(self._check.start)
        workbench.run_changed.connect(self._run_changed)
        workbench.statistics_changed.connect(self._take_failures)
        workbench.start_refused.connect(self._take_refusals)
        workbench.run_event.connect(self._take_event)
        theme.changed.connect(self._redraw)

    @property
    def rows(self) -> list[Row]:
        """What is shown, in order: failures of the run, what refused the start, problems of the document."""
        return [*self._run_problems.rows, *self._refusals, *self._document]

    # -- where problems come from -----------------------------------------------------------------------------

    def check(self) -> None:
        """Look at the document again."""
        has_nodes = bool(self._workbench.graph.nodes)
        self._document = [_row_of(found) for found in self._workbench.graph.problems()] if has_nodes else []
        self.refresh()

    def _document_changed(self) -> None:
        self._refusals = []
        self._check.start()

    def _forget(self) -> None:
        """Begin anew; the run before, which is looked at until the next one is there, has told what it had to."""
        run = self._workbench.run
        self._run_problems.forget(len(run.failures) if run else 0)
        self._refusals = []
        self._seen_run = run
        self._check.start()

    def _take_refusals(self, refusals: Iterable[object]) -> None:
        known = {(row.what, row.place) for row in self._document}
        rows = [_row_of(refusal) for refusal in refusals]
        self._refusals = [row for row in rows if (row.what, row.place) not in known]
        self.refresh()

    def _run_changed(self) -> None:
        if self._workbench.run_state == "preparing":
            self._forget()
        self._take_failures()
        if not self._workbench.is_running and self._run_problems.end():
            self.refresh()

    def _take_failures(self, statistics: Any = None) -> None:
        run = self._workbench.run
        if run is None or self._workbench.run_state == "preparing":
            return
        if self._seen_run is not run:
            self._seen_run = run
            self._run_problems.look_from(0)
        changed = self._run_problems.take_failures(run.failures, self._workbench.graph)
        if statistics is not None:
            changed |= self._run_problems.take_counts(statistics.nodes)
        if changed:
            self.refresh()

    def _take_event(self, event: Any) -> None:
        if self._run_problems.take_event(event, self._workbench.graph):
            self.refresh()

    # -- showing them -----------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Show what is wrong now; the chosen row stays chosen, and what has not changed is left as it is."""
        rows = self.rows
        keys = [row.identity for row in rows]
        current = self.list.currentItem()
        chosen = current.data(0, _KEY) if self.list.currentIndex().isValid() else None
        self.list.blockSignals(True)
        if set(self._shown) - set(keys):
            self.list.clear()
        for index, row in enumerate(rows):
            item = self.list.topLevelItem(index)
            if item is None or item.data(0, _KEY) != keys[index]:
                item = QTreeWidgetItem()
                self.list.insertTopLevelItem(index, item)
            self._show_row(item, row)
            if keys[index] == chosen:
                if not item.isSelected():
                    self.list.setCurrentItem(item)
                self._show_text(row.details)
        self._shown = keys
        self.list.blockSignals(False)
        if not self.list.currentIndex().isValid():
            self.details.clear()
        dock = self.parentWidget()
        if dock is not None:
            dock.setWindowTitle(f"Problems ({len(rows)})" if rows else "Problems")

    def _show_row(self, item: QTreeWidgetItem, row: Row) -> None:
        texts = (row.severity, row.what, self._place(row), row.count_text)
        item.setData(1, _KEY, row)
        if item.data(2, _KEY) == texts:
            return
        for column, text in enumerate(texts[1:]):
            item.setText(column, text)
        item.setIcon(0, theme.icon(row.severity, _INK[row.severity]))
        item.setToolTip(0, row.what)
        item.setData(0, Qt.ItemDataRole.AccessibleTextRole, f"{row.severity}: {row.what}")
        item.setData(0, _KEY, row.identity)
        item.setData(2, _KEY, texts)
        item.setTextAlignment(2, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)

    def _redraw(self) -> None:
        self.list.clear()
        self.refresh()

    def _place(self, row: Row) -> str:
        spec = self._workbench.graph.nodes.get(row.node)
        return row.place if spec is None or not spec.name else row.place.replace(row.node, spec.name, 1)

    def _show_details(self, current: QTreeWidgetItem | None, _previous: object = None) -> None:
        row = current.data(1, _KEY) if current is not None else None
        self._show_text(row.details if row is not None else "")

    def _show_text(self, text: str) -> None:
        """Show details; of a traceback or stack the end, which says what happens, without the marks below its lines."""
        text = _MARKS.sub("", text).replace(_HOME, "").rstrip()
        if text == self.details.toPlainText():
            return
        self.details.setPlainText(text)
        if text.lstrip().startswith(("Traceback", 'File "')):
            self.details.moveCursor(QTextCursor.MoveOperation.End)
            self.details.ensureCursorVisible()

    def _open_file(self, file: Any, line: int) -> None:
        refusal = open_source(str(file), line) if file.is_file() else f"{file} is not there any more."
        if refusal:
            self._workbench.message.emit("warning", refusal)

    def show_node(self, node: str) -> None:
        """Choose the first problem of a node, errors before warnings, so that its details are seen."""
        items = [item for index in range(self.list.topLevelItemCount()) if (item := self.list.topLevelItem(index))]
        its_own = [item for item in items if node in (item.data(1, _KEY).node, *item.data(1, _KEY).ids)]
        for item in sorted(its_own, key=lambda item: str(item.data(1, _KEY).severity) != "error")[:1]:
            self.list.setCurrentItem(item)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Details stand beside the list where there is room, else below it."""
        super().resizeEvent(event)
        is_wide = self.width() > _WIDE
        self.setOrientation(Qt.Orientation.Horizontal if is_wide else Qt.Orientation.Vertical)

    def _select_node(self, item: QTreeWidgetItem) -> None:
        row: Row = item.data(1, _KEY)
        ids = row.ids or (row.node,)
        if any(id in self._workbench.graph.nodes for id in ids):
            self._workbench.select(ids)


def _row_of(refusal: object) -> Row:
    what, node = first_line(refusal), node_of(refusal)
    ids = (node,) if node else ()
    if not isinstance(refusal, Problem):
        return Row("error", what, node, node or "start", str(refusal), 1, ids)
    details = f"{refusal.message}\n\nWhere: {refusal.where}"
    if refusal.remedy:
        details += f"\nRemedy: {refusal.remedy}"
    return Row(str(refusal.severity), what, node, refusal.where, details, 1, ids)
