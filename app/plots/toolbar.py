"""`PlotToolbar`: what can be chosen for one plot. It shows settings and says what was chosen; it changes nothing."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QMenu, QToolBar, QToolButton, QWidget

from app import theme
from app.plots.colors import channel_color
from app.plots.kinds import KINDS, NUMBER, SCOPE, SPECTRUM, settings_of
from app.plots.legend import plain
from app.plots.options import MAX_WINDOW_S, MIN_WINDOW_S, PlotOptions
from app.plots.setting_controls import Control, SettingsPopup

# option, text, help, kinds
_SWITCHES = (
    ("stacked", "Stacked", "A lane for each channel; off draws them over each other", (SCOPE,)),
    ("autoscale", "Auto-scale", "The value axis follows the data", (SCOPE, SPECTRUM)),
    ("decibels", "dB", "Power in decibels", (SPECTRUM,)),
    ("log_frequency", "Log f", "A logarithmic frequency axis", (SPECTRUM,)),
)
_MAX_IN_MENU = 256


class PlotToolbar(QToolBar):
    """A row of controls; those that do not fit are in the menu at its end."""

    kind_chosen = Signal(str)
    pause_chosen = Signal(bool)
    option_chosen = Signal(str, object)
    fit_chosen = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMovable(False)
        self.setFloatable(False)
        self._channels: tuple[str, ...] = ()
        self._options = PlotOptions()
        self.kind = QComboBox()
        self.kind.setAccessibleName("Kind of plot")
        for kind in KINDS:
            self.kind.addItem(kind.label, kind.name)
            self.kind.setItemData(self.kind.count() - 1, kind.doc, Qt.ItemDataRole.ToolTipRole)
        self.kind.activated.connect(lambda index: self.kind_chosen.emit(self.kind.itemData(index)))
        self.addWidget(self.kind)
        self.pause = self._switch("Pause", "Freeze the picture; the graph runs on")
        self.pause.toggled.connect(self.pause_chosen)
        self.window_length = self._window_box()
        self._window_action = self.addWidget(self.window_length)
        # Actions, not widgets: what does not fit is then in the menu behind the arrow.
        self.switches: dict[str, QAction] = {}
        for name, text, doc, _ in _SWITCHES:
            self.switches[name] = switch = self._switch(text, doc)
            switch.triggered.connect(self._chooser_of_option(name, switch))
        self.channel_menu = QMenu("Channels", self)
        self.channel_menu.aboutToShow.connect(self._fill_channel_menu)
        self.channels = self.channel_menu.menuAction()
        self._add(self.channels, "Which channels are drawn")
        channel_button = self.button(self.channels)
        channel_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.controls: dict[str, Control] = {}
        self._control_actions: list[QAction] = []
        self.popup = SettingsPopup(self)
        self.popup.chosen.connect(self.option_chosen)
        self.settings = QAction("Settings", self)
        self.settings.triggered.connect(lambda: self.popup.open_below(self.button(self.settings)))
        self._add(self.settings, "What else can be set on this plot")
        self._settings_kind = ""
        self.fit = QAction("Fit", self)
        self.fit.triggered.connect(lambda: self.fit_chosen.emit())
        self._add(self.fit, "Undo zooming and moving by mouse, and fit the values")
        self.retheme()

    def button(self, action: QAction) -> QToolButton:
        """The button of an action."""
        button = self.widgetForAction(action)
        assert isinstance(button, QToolButton)
        return button

    def _switch(self, text: str, doc: str) -> QAction:
        switch = QAction(text, self)
        switch.setCheckable(True)
        self._add(switch, doc)
        return switch

    def _add(self, action: QAction, doc: str) -> None:
        action.setToolTip(doc)
        self.addAction(action)
        button = self.button(action)
        button.setAccessibleName(action.text())
        button.setAccessibleDescription(doc)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def _window_box(self) -> QDoubleSpinBox:
        box = QDoubleSpinBox()
        box.setAccessibleName("Window length")
        box.setToolTip("How many seconds are shown, or a spectrum is computed from")
        box.setRange(MIN_WINDOW_S, MAX_WINDOW_S)
        box.setDecimals(2)
        box.setSuffix(" s")
        box.lineEdit().setTextMargins(4, 0, 0, 0)
        box.setStepType(QDoubleSpinBox.StepType.AdaptiveDecimalStepType)
        box.setKeyboardTracking(False)
        box.setFixedWidth(box.fontMetrics().horizontalAdvance("3600.00 s") + 42)
        box.valueChanged.connect(lambda value: self.option_chosen.emit("window_s", value))
        return box

    def show_settings(self, kind: str, options: PlotOptions, has_window: bool) -> None:
        """Show what the file says; `has_window` when the length of a window means something."""
        self._options = options
        self.kind.setCurrentIndex(self.kind.findData(kind))
        self.window_length.blockSignals(True)
        self.window_length.setValue(options.window_s)
        self.window_length.blockSignals(False)
        self._window_action.setVisible(has_window)
        for name, _, _, kinds in _SWITCHES:
            self.switches[name].setChecked(bool(getattr(options, name)))
            self.switches[name].setVisible(kind in kinds)
        self.fit.setVisible(kind in (SCOPE, SPECTRUM))
        self._kind = kind
        self._show_settings_of_kind(kind, options)
        self.show_channels(self._channels)

    def _show_settings_of_kind(self, kind: str, options: PlotOptions) -> None:
        settings = settings_of(kind)
        if self._settings_kind != kind:
            self._settings_kind = kind
            for action in self._control_actions:
                self.removeAction(action)
                action.deleteLater()
            self.controls = {}
            self._control_actions = []
            for setting in settings:
                if setting.in_bar:
                    control = Control(setting, names_itself=True)
                    control.chosen.connect(self.option_chosen)
                    self.controls[setting.name] = control
                    self._control_actions.append(self.insertWidget(self.settings, control))
            self.popup.offer([setting for setting in settings if not setting.in_bar])
        for action, (name, control) in zip(self._control_actions, self.controls.items(), strict=True):
            control.show_value(options[name])
            action.setVisible(control.setting.is_in_force(options.of_kind))
        self.popup.show_values(options.of_kind)
        self.settings.setVisible(bool(self.popup.controls))

    def show_channels(self, names: tuple[str, ...]) -> None:
        """Offer these channels to be hidden."""
        self._channels = names
        self.channels.setVisible(len(names) > 1 and self._kind in (SCOPE, SPECTRUM, NUMBER))

    def _fill_channel_menu(self) -> None:
        self.channel_menu.clear()
        hidden = self._options.hidden
        for index, name in enumerate(self._channels[:_MAX_IN_MENU]):
            action = QAction(plain(name, 40).replace("&", "&&"), self.channel_menu)
            action.setIcon(_color_icon(index))
            action.setCheckable(True)
            action.setChecked(name not in hidden)
            action.triggered.connect(self._chooser_of_channel(name, action))
            self.channel_menu.addAction(action)
        self.channel_menu.addSeparator()
        show_all = QAction("Show all", self.channel_menu)
        show_all.triggered.connect(lambda: self.option_chosen.emit("hidden", ()))
        hide_all = QAction("Hide all", self.channel_menu)
        hide_all.triggered.connect(lambda: self.option_chosen.emit("hidden", self._channels))
        self.channel_menu.addActions([show_all, hide_all])

    def _chooser_of_option(self, option: str, switch: QAction) -> Callable[[], None]:
        return lambda: self.option_chosen.emit(option, switch.isChecked())

    def _chooser_of_channel(self, name: str, action: QAction) -> Callable[[], None]:
        def choose() -> None:
            others = tuple(other for other in self._options.hidden if other != name)
            self.option_chosen.emit("hidden", others if action.isChecked() else (*others, name))

        return choose

    def retheme(self) -> None:
        """Take the colours of the theme in use."""
        t = theme.tokens
        self.setStyleSheet(
            "QToolBar { padding: 2px 4px; spacing: 4px; border: none; }"
            "QToolButton { padding: 2px 8px; min-height: 18px; }"
            "QToolButton#qt_toolbar_ext_button { padding: 0; min-height: 0; border: none; background: transparent; }"
            "QComboBox, QAbstractSpinBox { padding-top: 1px; padding-bottom: 1px; }"
            f"QToolButton:checked {{ background: {t['selection']}; color: {t['selection_text']};"
            f" border-color: {t['accent']}; font-weight: 600; }}"
            f"QToolButton:checked:focus {{ border-color: {t['selection_text']}; }}"
        )


def _color_icon(index: int) -> QIcon:
    pixmap = QPixmap(16, 16)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.fillRect(1, 6, 14, 4, channel_color(index))
    painter.end()
    return QIcon(pixmap)
