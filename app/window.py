"""`MainWindow`: toolbar, menus, docks and bars around the canvas.

It is painted first with an empty centre; the canvas and the plots are imported and put in afterwards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QPaintEvent
from PySide6.QtWidgets import (
    QDockWidget,
    QMainWindow,
    QSizePolicy,
    QToolBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app import appearance, theme
from app.actions.action import ActionSet
from app.actions.arrange import arrange_actions
from app.actions.compare import Comparison, compare_actions
from app.actions.edit import edit_actions
from app.actions.file import file_actions
from app.actions.file_flow import FileFlow
from app.actions.groups import group_actions
from app.actions.guide import guide_actions
from app.actions.insight import insight_actions
from app.actions.navigate import find_actions, look_actions
from app.actions.run import run_actions
from app.actions.templates import template_actions
from app.actions.types import type_actions
from app.actions.view import view_actions
from app.document.autosave import Autosave
from app.document.settings import settings
from app.guide import Guide
from app.help.panel import HelpPanel
from app.panels.bars import Bars, WorkbenchBars
from app.panels.changes import ChangesPanel
from app.panels.file_bars import FileBars
from app.panels.file_drop import FileDrop
from app.panels.history import HistoryPanel
from app.panels.insight import InsightDocks
from app.panels.log import LogPanel
from app.panels.missing_bar import MissingBar
from app.panels.new_code_bar import NewCodeBar
from app.panels.palette import Palette
from app.panels.parameters import ParameterPanel
from app.panels.problems import ProblemsPanel
from app.panels.run_controls import LocationLegend, RunButtons, RunState
from app.panels.saved_group_list import SavedGroupList
from app.panels.status import StatusLine
from app.stale_tabs import hide_stale_tabs
from app.types.new_type import NewType
from app.workbench import Workbench

if TYPE_CHECKING:
    from app.canvas.view import CanvasView
    from app.plots.area import PlotArea
    from app.types.listing import TypeListing

_LAYOUT_VERSION = 2  # another one when there are other docks
_SIZE = QSize(1280, 800)
_LARGEST_SHARE = 0.95  # of the screen, at the first start
_PROBLEM_HEIGHT = 400  # when an error is looked at: a traceback has many lines
_STEP_ASIDE = 36.0  # from a node that lies just where another is added
_AREA = Qt.DockWidgetArea


class MainWindow(QMainWindow):
    """The editor's window. `painted` is emitted once, when the shell is on the screen."""

    painted = Signal()
    closed = Signal()
    ended_unasked = Signal()

    def __init__(self, workbench: Workbench) -> None:
        super().__init__()
        self.workbench = workbench
        self.canvas: CanvasView | None = None
        self.plots: PlotArea | None = None
        self.flow = FileFlow(workbench, self)
        self.autosave = Autosave(workbench)
        self.guide = Guide(self)
        self._may_close = False
        self.types: TypeListing | None = None
        self.setWindowIcon(theme.icon("tidewire"))
        self.setDockOptions(
            QMainWindow.DockOption.AnimatedDocks
            | QMainWindow.DockOption.AllowTabbedDocks
            | QMainWindow.DockOption.AllowNestedDocks
        )
        self.centre = _Centre()
        self.bars = Bars()
        self.centre.box.addWidget(self.bars)
        self._empty = QWidget()
        self.centre.box.addWidget(self._empty, 1)
        self.setCentralWidget(self.centre)
        self.palette_panel = Palette()
        self.parameters = ParameterPanel(workbench)
        self.problems = ProblemsPanel(workbench)
        self.log = LogPanel(workbench)
        self.docks: list[QDockWidget] = []
        self.history = HistoryPanel(workbench)
        self.changes = ChangesPanel(workbench)
        self.help_panel = HelpPanel(workbench, lambda: self.palette_panel.types)
        self._add_docks()
        self.actions_by_id = ActionSet(
            [
                *file_actions(
                    workbench,
                    self.flow,
                    self.autosave,
                    [
                        *template_actions(workbench, self.bars, self.flow.guard),
                        *compare_actions(workbench, self.flow, self.changes),
                    ],
                    self.close,
                ),
                *edit_actions(workbench, self._delete, self._paste),
                *find_actions(lambda: self.canvas),
                *arrange_actions(lambda: self.canvas),
                *group_actions(workbench, lambda: self.canvas),
                *type_actions(workbench, NewType(self)),
                *run_actions(workbench),
                *insight_actions(workbench, lambda: self.canvas, self.insight),
                *view_actions(lambda: self.canvas, self.docks, self._switch_theme, look_actions(lambda: self.canvas)),
                *guide_actions(self.guide),
            ],
            self,
            self.centre,
        )
        self.actions_by_id.fill(self.menuBar())
        self._add_toolbar()
        self.status = StatusLine(workbench)
        self.setStatusBar(self.status)
        self._workbench_bars = WorkbenchBars(workbench, self.bars)
        self._file_bars = FileBars(workbench, self.bars, self.changes.compare_with)
        self._comparison = Comparison(self, self.changes)
        self._new_code_bar = NewCodeBar(workbench, self.bars)
        self._missing_bar = MissingBar(workbench, self.bars, self._list_types)
        self.file_drop = FileDrop(self, lambda: self.palette_panel.types)
        self._connect()
        self.centre.painted.connect(lambda: QTimer.singleShot(0, self.painted.emit))
        self._retitle()
        self._restore_layout()

    def _add_docks(self) -> None:
        self.palette_dock = self._dock("palette", "Nodes", self.palette_panel, _AREA.LeftDockWidgetArea)
        self.history_dock = self._dock("history", "History", self.history, _AREA.LeftDockWidgetArea)
        self.parameter_dock = self._dock("parameters", "Parameters", self.parameters, _AREA.RightDockWidgetArea)
        self.problem_dock = self._dock("problems", "Problems", self.problems, _AREA.RightDockWidgetArea)
        self.log_dock = self._dock("log", "Log", self.log, _AREA.RightDockWidgetArea)
        self.tabifyDockWidget(self.problem_dock, self.log_dock)
        self.tabifyDockWidget(self.palette_dock, self.history_dock)
        self.insight = InsightDocks(self, self._dock)
        self.help_dock = self._dock("help", "Help", self.help_panel, _AREA.RightDockWidgetArea)
        self.tabifyDockWidget(self.parameter_dock, self.help_dock)
        self.help_dock.hide()
        self.changes_dock = self._dock("changes", "Changes", self.changes, _AREA.RightDockWidgetArea)
        self.tabifyDockWidget(self.parameter_dock, self.changes_dock)
        self.changes_dock.hide()
        for dock in (self.palette_dock, self.parameter_dock, self.problem_dock):
            dock.raise_()
        self.setCorner(Qt.Corner.BottomRightCorner, _AREA.RightDockWidgetArea)  # the bottom is for plots
        self.resizeDocks([self.palette_dock, self.parameter_dock], [210, 300], Qt.Orientation.Horizontal)
        self.resizeDocks([self.parameter_dock, self.problem_dock], [440, 260], Qt.Orientation.Vertical)

    def _dock(self, name: str, title: str, content: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
        dock = QDockWidget(title, self)
        dock.setObjectName(name)
        dock.setWidget(content)
        self.addDockWidget(area, dock)
        self.docks.append(dock)
        return dock

    def _add_toolbar(self) -> None:
        actions = self.actions_by_id
        bar = QToolBar("Toolbar")
        bar.setObjectName("toolbar")
        bar.setMovable(False)
        bar.setIconSize(QSize(16, 16))
        self.addToolBar(bar)
        self.run_buttons = RunButtons(self.workbench, actions["run.start"], actions["run.stop"], actions["run.force"])
        self.run_state = RunState(self.workbench)
        self.legend = LocationLegend(self.workbench)
        bar.addWidget(self.run_buttons)
        bar.addWidget(self.run_state)
        bar.addSeparator()
        for id in ("edit.undo", "edit.redo", "view.fit", "arrange.layout", "view.theme"):
            button = QToolButton()
            button.setDefaultAction(actions[id])
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setAccessibleName(actions[id].text().replace("&", ""))
            bar.addWidget(button)
        spacer = QWidget()
        spacer.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        bar.addWidget(spacer)
        bar.addWidget(self.legend)

    def _connect(self) -> None:
        bench, refresh = self.workbench, self.actions_by_id.refresh_soon
        for signal in (
            bench.document_changed,
            bench.selection_changed,
            bench.whereabouts.marks_changed,
            bench.whereabouts.level_changed,
            bench.run_changed,
            bench.undo_stack.indexChanged,
            bench.undo_stack.cleanChanged,
        ):
            signal.connect(refresh)
        for signal in (bench.undo_stack.canUndoChanged, bench.undo_stack.canRedoChanged):
            signal.connect(self.actions_by_id.refresh)
        for dock in self.docks:
            dock.visibilityChanged.connect(refresh)
        bench.path_changed.connect(self._retitle)
        bench.undo_stack.cleanChanged.connect(self._retitle)
        bench.start_refused.connect(self.problem_dock.raise_)
        self.palette_panel.chosen.connect(self._add_at_centre)
        self.help_panel.action_wanted.connect(lambda id: self.actions_by_id[id].trigger())
        self.help_panel.node_wanted.connect(self.guide.show_node)
        self.help_panel.source_wanted.connect(self.guide.show_source)

    # -- what is put in after the first paint -----------------------------------------------------------------

    def load_canvas(self) -> None:
        """Import the canvas and put it into the centre."""
        from app.canvas.view import CanvasView

        self.canvas = CanvasView(self.workbench)
        self.centre.box.replaceWidget(self._empty, self.canvas)
        self.centre.box.setStretchFactor(self.canvas, 1)
        self._empty.deleteLater()
        self.canvas.error_clicked.connect(self._show_problem)
        self.canvas.command_wanted.connect(lambda id: self.actions_by_id[id].trigger())
        self.canvas.gesture_told.connect(self.status.show_gesture)
        self.canvas.show()
        self.canvas.setFocus()
        hide_stale_tabs(self)

    def load_palette(self) -> None:
        """Import the library and the installed node packages, and list them; a project's own as they come and go."""
        self.actions_by_id.complete()
        from app.types.listing import TypeListing

        self.types = TypeListing(self.workbench, self.palette_panel, lambda: self.canvas, self.bars)
        SavedGroupList(self.workbench, self.palette_panel)

    def _list_types(self) -> None:
        if self.types is not None:
            self.types.list_types()

    def load_plots(self) -> None:
        """Import what draws plots, and show those of the graph in docks of their own."""
        from app.plots.area import PlotArea

        self.plots = PlotArea(self.workbench, self)

    def _add_at_centre(self, type_path: str) -> None:
        if self.canvas is not None:
            taken = set(self.workbench.graph.positions.values())
            x, y = self.canvas.center_position()
            while (x, y) in taken:
                x, y = x + _STEP_ASIDE, y + _STEP_ASIDE
            self.workbench.add_node(type_path, (x, y))

    def _show_problem(self, node: str) -> None:
        self.problem_dock.show()
        self.problem_dock.raise_()
        self.problems.show_node(node)
        wished = min(_PROBLEM_HEIGHT, self.height() // 2)
        if not self.problem_dock.isFloating() and self.problem_dock.height() < wished:
            self.resizeDocks([self.problem_dock], [wished], Qt.Orientation.Vertical)

    def _delete(self) -> None:
        """Remove what is selected on the canvas: nodes, and wires, which only the canvas knows."""
        if self.canvas is not None:
            self.canvas.delete_selected()

    def _paste(self) -> None:
        """Paste where the mouse is on the canvas."""
        if self.canvas is not None:
            self.canvas.pasting.paste()

    # -- the window itself ------------------------------------------------------------------------------------

    def _switch_theme(self) -> None:
        appearance.choose_theme("light" if theme.tokens.theme == "dark" else "dark")

    def _retitle(self) -> None:
        path = self.workbench.path
        self.setWindowTitle(f"{path.name if path else 'Untitled'}[*] — Tidewire")
        self.setWindowModified(self.workbench.is_modified)

    def _restore_layout(self) -> None:
        stored = settings()
        room = self.screen().availableSize()
        self.resize(_SIZE.boundedTo(room * _LARGEST_SHARE))
        geometry, state = stored.value("geometry"), stored.value("layout")
        self._first_layout = self.saveState(_LAYOUT_VERSION)
        if geometry is not None:
            self.restoreGeometry(geometry)
        if state is not None:
            self.restoreState(state, _LAYOUT_VERSION)

    def reset_layout(self) -> None:
        """Put every panel back where it was at the first start."""
        self.restoreState(self._first_layout, _LAYOUT_VERSION)
        QTimer.singleShot(0, self, lambda: hide_stale_tabs(self))

    def _remember_layout(self) -> None:
        stored = settings()
        stored.setValue("geometry", self.saveGeometry())
        stored.setValue("layout", self.saveState(_LAYOUT_VERSION))

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask about unsaved work, stop the run, then close. The window stays alive meanwhile."""
        if self._may_close:
            self._remember_layout()
            event.accept()
            self.closed.emit()
            return
        event.ignore()
        self.flow.guard(self.end)

    def end(self) -> None:
        """Stop the run, then close. What is unsaved was asked about."""
        self.setEnabled(False)
        self.workbench.later(self._end())

    def end_unasked(self) -> None:
        """End as a signal demands, without a question about unsaved work."""
        self.ended_unasked.emit()
        self.end()

    async def _end(self) -> None:
        try:
            await self.workbench.end_run()
        finally:
            self._may_close = True
            self.close()


class _Centre(QWidget):
    """The middle of the window; tells when it was painted for the first time."""

    painted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("centre")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.box = QVBoxLayout(self)
        self.box.setContentsMargins(0, 0, 0, 0)
        self.box.setSpacing(0)
        self._was_painted = False

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint, and tell of the first time."""
        super().paintEvent(event)
        if not self._was_painted:
            self._was_painted = True
            self.painted.emit()
