"""Bars above the canvas: what needs an answer or must not be overlooked. Never a dialog, never in the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from app import theme
from app.workbench import Workbench

DRAIN_PATIENCE_MS = 3000
_POLL_MS = 500
_NAMED = 3
_ICONS = {"info": "info", "warning": "warning", "error": "error"}
_INK = {"info": "info", "warning": "warn", "error": "bad"}


class Bar(QFrame):
    """One line of text with an icon, buttons and a close button."""

    def __init__(self, tone: str, text: str, buttons: Mapping[str, Callable[[], object]]) -> None:
        super().__init__()
        self.setObjectName("bar")
        self.setProperty("tone", tone)
        self._tone = tone
        self._icon = QLabel()
        self.label = QLabel(text)
        self.label.setTextFormat(Qt.TextFormat.PlainText)
        self.label.setWordWrap(True)
        self.label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setAccessibleName(f"{tone}: {text}")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 8, 6)
        row.setSpacing(10)
        row.addWidget(self._icon)
        row.addWidget(self.label, 1)
        self.buttons: dict[str, QPushButton] = {}
        for caption, run in buttons.items():
            button = QPushButton(caption)
            button.clicked.connect(lambda _=False, run=run: run())
            row.addWidget(button)
            self.buttons[caption] = button
        self.close_button = QToolButton()
        self.close_button.setProperty("flat", True)
        self.close_button.setAccessibleName("Close this message")
        self.close_button.setToolTip("Close this message")
        row.addWidget(self.close_button)
        self.recolor()

    def recolor(self) -> None:
        """Draw the icons in the colours of the theme in use."""
        self._icon.setPixmap(theme.icon(_ICONS[self._tone], _INK[self._tone]).pixmap(18, 18))
        self.close_button.setIcon(theme.icon("close"))


class Bars(QWidget):
    """The bars that are shown, one a key."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bars: dict[str, Bar] = {}
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        theme.changed.connect(self._recolor)

    def put(
        self,
        key: str,
        tone: str,
        text: str,
        buttons: Mapping[str, Callable[[], object]] | None = None,
        closed: Callable[[], object] | None = None,
    ) -> Bar:
        """Show a bar; it replaces the one with the same key.

        Args:
            key: what it is about.
            tone: "info", "warning" or "error".
            text: plain text.
            buttons: caption -> what it does.
            closed: called when a person closes it.
        """
        bar = Bar(tone, text, buttons or {})
        self.show_bar(key, bar)
        if closed is not None:
            bar.close_button.clicked.connect(closed)
        return bar

    def show_bar(self, key: str, bar: Bar) -> None:
        """Show a bar of any kind; it replaces the one with the same key."""
        self.remove(key)
        bar.close_button.clicked.connect(lambda: self.remove(key))
        self._bars[key] = bar
        self._layout.addWidget(bar)

    def remove(self, key: str) -> None:
        """Take a bar away, if it is there."""
        bar = self._bars.pop(key, None)
        if bar is not None:
            bar.hide()
            self._layout.removeWidget(bar)
            bar.deleteLater()

    def bar(self, key: str) -> Bar | None:
        """The bar with this key, if it is there."""
        return self._bars.get(key)

    def _recolor(self) -> None:
        for bar in self._bars.values():
            bar.recolor()


class WorkbenchBars(QObject):
    """Keeps the bars in step with the workbench: errors, a stop that takes long, node code that comes with a graph."""

    def __init__(self, workbench: Workbench, bars: Bars) -> None:
        super().__init__(bars)
        self._workbench = workbench
        self._bars = bars
        self._is_dismissed = False
        self._told_of: object = None  # the run whose abandoned threads were told
        self._patience = QTimer(self, interval=DRAIN_PATIENCE_MS, singleShot=True)
        self._patience.timeout.connect(self._show_wait)
        self._poll = QTimer(self, interval=_POLL_MS)
        self._poll.timeout.connect(self._show_wait)
        workbench.message.connect(self._message)
        workbench.save_failed.connect(self._save_failed)
        workbench.saved.connect(lambda: bars.remove("unsaved"))
        workbench.run_changed.connect(self._run_changed)
        workbench.foreign_code_found.connect(self._ask_for_trust)
        workbench.document_replaced.connect(self._replaced)

    def _message(self, severity: str, text: str) -> None:
        if severity == "error":
            self._bars.put("error", "error", text)

    def _save_failed(self, text: str) -> None:
        """It stays until the graph is saved, whatever else happens."""
        self._bars.remove("error")
        self._bars.put("unsaved", "error", text)

    def _replaced(self) -> None:
        for key in ("error", "unsaved", "foreign", "abandoned"):
            self._bars.remove(key)

    def _run_changed(self) -> None:
        state = self._workbench.run_state
        if state in ("draining", "aborting"):
            if not (self._patience.isActive() or self._poll.isActive()):
                self._is_dismissed = False
                self._patience.start()
            return
        self._patience.stop()
        self._poll.stop()
        self._bars.remove("stopping")
        if state == "preparing":
            self._bars.remove("error")
            self._bars.remove("abandoned")
        elif state == "killed":
            self._tell_abandoned()

    def _tell_abandoned(self) -> None:
        """A thread that did not come back goes on: say so, and what helps."""
        run, graph = self._workbench.run, self._workbench.graph
        if run is None or self._told_of is run:
            return
        self._told_of = run
        nodes = run.statistics().nodes.items()
        ids = [id for id, node in nodes if node.state == "abandoned" and id in graph.nodes]
        if not ids:
            return
        names = ", ".join(graph.nodes[id].label for id in ids[:_NAMED]) + ("…" if len(ids) > _NAMED else "")
        one = len(ids) == 1
        text = (
            f"{names} did not come back, and Python cannot end a thread: its code goes on in this app until it returns "
            f"by itself. To be rid of it now, restart the editor. In a process, {'it' if one else 'they'} can be ended."
        )

        def move() -> None:
            self._bars.remove("abandoned")
            self._workbench.set_location([id for id in ids if id in graph.nodes], self._workbench.unused_process())

        self._bars.put("abandoned", "warning", text, {f"Run {'it' if one else 'them'} in a process": move})

    def _show_wait(self) -> None:
        self._poll.start()
        if self._is_dismissed:
            return
        text = f"Stopping: {waiting_text(self._workbench)}"
        bar = self._bars.bar("stopping")
        if bar is None:
            buttons = {"Force stop (Ctrl+.)": self._workbench.force_stop}
            self._bars.put("stopping", "warning", text, buttons, closed=self._dismiss)
        elif bar.label.text() != text:
            bar.label.setText(text)

    def _dismiss(self) -> None:
        self._is_dismissed = True

    def _ask_for_trust(self, names: list[str]) -> None:
        shown = ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
        self._bars.put(
            "foreign",
            "warning",
            f"This graph brings its own node code: {shown}. Load it?",
            {"Load": self._load, "Not now": lambda: self._bars.remove("foreign")},
        )

    def _load(self) -> None:
        self._bars.remove("foreign")
        self._workbench.trust_code()


def waiting_text(workbench: Workbench) -> str:
    """What keeps the run from ending, in a sentence."""
    run = workbench.run
    waiting = run.waiting_for() if run is not None and not run.state.is_over else []
    if not waiting:
        return "waits for the last messages."
    parts = []
    for item in waiting[:3]:
        spec = workbench.graph.nodes.get(item.node)
        name = spec.label if spec is not None else item.node or "a computer"
        parts.append(f"{name} on {item.location or 'main'} ({item.reason})")
    more = f" and {len(waiting) - 3} more" if len(waiting) > 3 else ""
    return f"waits for {', '.join(parts)}{more}."
