"""Run by `test_scale`: opens the window with all its panels and pages, and says which texts are cut off.

    python look.py PERCENT THEME

The last line on stdout is JSON: `looked_at` (how many texts), `cut_off` (those without room).
"""

from __future__ import annotations

import asyncio
import json
import os
import sys

import qasync
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QCheckBox, QDialog, QLabel, QToolButton, QWidget

from app import RESOURCES, appearance
from app.window import MainWindow
from app.workbench import Workbench


def is_cut_off(widget: QWidget) -> bool:
    """Has the text of a label or button less room than it takes? One that ends in "…" has the whole as its tip."""
    if isinstance(widget, QLabel) and widget.toolTip() == widget.text():
        return False
    if isinstance(widget, QLabel):
        if widget.wordWrap():
            needed = QSize(0, widget.heightForWidth(widget.width()))
        else:
            needed = widget.minimumSizeHint()
    else:
        needed = widget.minimumSizeHint() if isinstance(widget, QCheckBox) else widget.sizeHint()
    return widget.width() < needed.width() - 1 or widget.height() < needed.height() - 1


def texts(root: QWidget) -> list[QLabel | QAbstractButton]:
    found: list[QLabel | QAbstractButton] = []
    for widget in [*root.findChildren(QLabel), *root.findChildren(QAbstractButton)]:
        has_text = bool(widget.text()) and not (
            isinstance(widget, QToolButton) and widget.toolButtonStyle() is Qt.ToolButtonStyle.ToolButtonIconOnly
        )
        if widget.isVisible() and has_text and not widget.visibleRegion().isEmpty():
            found.append(widget)
    return found


def outside(root: QWidget) -> list[str]:
    """Children of the window itself that reach over its edge."""
    area = QRect(0, 0, root.width(), root.height())
    return [
        f"{type(child).__name__} {child.objectName()} reaches over the edge"
        for child in root.children()
        if isinstance(child, QWidget)
        and child.isVisible()
        and not child.isWindow()
        and area.intersects(child.geometry())
        and not area.contains(child.geometry())
    ]


def main() -> int:
    app = QApplication(sys.argv[:1])
    app.setStyle("Fusion")
    asyncio.set_event_loop(qasync.QEventLoop(app, already_running=True))
    appearance.choose_font_percent(int(sys.argv[1]))
    appearance.choose_theme(sys.argv[2])
    window = MainWindow(Workbench(app))
    window.resize(1280, 800)
    window.show()
    window.load_canvas()
    window.workbench.open(RESOURCES / "graphs" / "hello.tide")
    window.load_palette()
    window.load_plots()
    cut_off: list[str] = []
    count = 0

    def look_at(root: QWidget, where: str) -> None:
        nonlocal count
        for _ in range(4):
            app.processEvents()
        found = texts(root)
        count += len(found)
        cut_off.extend(f"{where}: {widget.text()!r} {widget.size()}" for widget in found if is_cut_off(widget))
        cut_off.extend(f"{where}: {text}" for text in outside(root))

    look_at(window, "window")
    window.workbench.select(["band_pass"])
    look_at(window, "parameters")
    for dock in window.docks:
        dock.show()
        dock.raise_()
        look_at(dock, dock.windowTitle())
    window.guide.tour_once()
    for step in range(5):
        look_at(window, f"tip {step + 1}")
        assert window.guide.tour is not None
        window.guide.tour.bubble.skip.click()
    look_at(window, "last tip")
    window.guide.end_tour()
    for name, open_page in (
        ("settings_page", window.guide.settings),
        ("shortcuts_page", window.guide.shortcuts),
        ("gallery", window.guide.examples),
    ):
        open_page()
        page = window.findChild(QDialog, name)
        assert isinstance(page, QDialog)
        look_at(page, page.windowTitle())
        page.close()
    window.workbench.new()
    look_at(window, "empty canvas")
    print(json.dumps({"looked_at": [str(count)], "cut_off": cut_off}))
    return 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)  # nothing runs that had to be ended, and widgets need not be taken apart
