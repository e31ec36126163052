"""The tour from end to end, by mouse and keyboard on the real `hello` while it runs."""

from __future__ import annotations

import msgspec
import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from app import RESOURCES
from app.actions.file_flow import example_files
from app.panels.editors import NumberBox
from app.tour.script import FIRST_STEPS, Tour, read_tour
from app.tour.tour import RunningTour, set_seen, was_seen
from app.window import MainWindow
from engine import Graph

LEFT = Qt.MouseButton.LeftButton
KEY = Qt.Key
RUN_MS = 20_000


@pytest.fixture
def hello(window: MainWindow, qtbot) -> MainWindow:
    """The editor with `hello` open, and the tour begun."""
    window.resize(1280, 800)
    assert window.workbench.open(RESOURCES / "graphs" / "hello.tide")
    window.guide.tour_once()
    return window


@pytest.fixture
def running(hello: MainWindow, qtbot) -> MainWindow:
    """The editor as at the first start: `hello` runs besides."""
    hello.load_plots()
    bench = hello.workbench
    bench.start()
    qtbot.waitUntil(lambda: bench.run is not None and str(bench.run.state) == "running", timeout=RUN_MS)
    return hello


def tour(window: MainWindow) -> RunningTour:
    assert window.guide.tour is not None
    return window.guide.tour


def wait_for_step(window: MainWindow, qtbot, number: int) -> None:
    qtbot.waitUntil(lambda: tour(window).step == number, timeout=RUN_MS)
    assert tour(window).bubble.isVisible()


def on_viewport(window: MainWindow, place) -> QPoint:
    return window.canvas.viewer.mapFromScene(place)


def drag(qtbot, widget: QWidget, start: QPoint, end: QPoint) -> None:
    qtbot.mouseMove(widget, start)
    qtbot.mousePress(widget, LEFT, pos=start)
    for step in range(1, 9):
        qtbot.mouseMove(widget, start + (end - start) * step / 8)
    qtbot.mouseRelease(widget, LEFT, pos=end)


def empty_place(window: MainWindow) -> QPoint:
    """A place of the canvas with nothing near it, not under the tip."""
    from app.canvas.hit import hit_at

    viewport = window.canvas.viewer.viewport()
    tip = tour(window).bubble.geometry().translated(-viewport.mapTo(window, QPoint(0, 0)))
    for y in range(30, viewport.height() - 30, 20):
        for x in range(viewport.width() - 30, 30, -40):
            place = QPoint(x, y)
            if hit_at(window.canvas.viewer, place).is_empty and not tip.contains(place):
                return place
    raise AssertionError("no empty place")


@pytest.mark.timeout(120)
def test_the_tour_is_played_from_end_to_end(running: MainWindow, qtbot) -> None:
    hello = running
    bench, canvas = hello.workbench, hello.canvas
    viewport = canvas.viewer.viewport()
    wait_for_step(hello, qtbot, 0)

    # 1: turn Frequency
    assert bench.selection == ("tone",)
    box = next(f for f in hello.parameters.findChildren(NumberBox) if f.accessibleName() == "Frequency")
    qtbot.mouseClick(box, LEFT)
    qtbot.keyClick(box, KEY.Key_A, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClicks(box, "9")
    qtbot.keyClick(box, KEY.Key_Return)
    wait_for_step(hello, qtbot, 1)
    assert bench.graph.nodes["tone"].parameters["frequency_hz"] == 9.0
    assert "✓" in tour(hello).bubble.praise.text()

    # 2: drag from a port into empty space, take what fits
    port = canvas.mirror.nodes["band_pass"].port("filtered", is_input=False)
    start = on_viewport(hello, port.scene_center())
    drag(qtbot, viewport, start, empty_place(hello))
    line = QApplication.focusWidget()
    qtbot.keyClicks(line, "rms")
    before = set(bench.graph.nodes)
    qtbot.keyClick(line, KEY.Key_Return)
    wait_for_step(hello, qtbot, 2)
    (added,) = set(bench.graph.nodes) - before
    assert any(wire.to_node == added for wire in bench.graph.wires.values())

    # 3: click a wire
    wire = canvas.mirror.wires["tone.signal -> band_pass.signal"]
    place = on_viewport(hello, wire.mapToScene(wire.path().pointAtPercent(0.5)))
    qtbot.mouseMove(viewport, place)
    qtbot.mouseClick(viewport, LEFT, pos=place)
    wait_for_step(hello, qtbot, 3)

    # 4: a process of its own
    chip = canvas.chip_rect("tone").center()
    qtbot.mouseMove(viewport, chip)
    qtbot.mouseClick(viewport, LEFT, pos=chip)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    entry = next(action for action in menu.actions() if action.text() == "New process…")
    qtbot.mouseClick(menu, LEFT, pos=menu.actionGeometry(entry).center())
    line = QApplication.focusWidget()
    qtbot.keyClicks(line, "mine")
    qtbot.keyClick(line, KEY.Key_Return)
    wait_for_step(hello, qtbot, 4)
    assert str(bench.graph.nodes["tone"].location) == "mine:"

    # 5: break it; the rest goes on
    button = tour(hello).bubble.button
    assert button.text() == "Break it"
    qtbot.mouseClick(button, LEFT)
    wait_for_step(hello, qtbot, 5)
    errors = {id: figures.errors for id, figures in bench.run.statistics().nodes.items()}
    assert errors["broken"] > 0
    assert not any(count for id, count in errors.items() if id != "broken")
    emitted = bench.run.statistics().nodes["tone"].emitted
    qtbot.waitUntil(lambda: bench.run.statistics().nodes["tone"].emitted > emitted, timeout=RUN_MS)

    # one click heals, and the tour is over for good
    qtbot.mouseClick(tour(hello).bubble.button, LEFT)
    assert "broken" not in bench.graph.nodes
    assert hello.guide.tour is None
    assert was_seen()
    hello.guide.tour_once()
    assert hello.guide.tour is None


def test_it_waits_for_the_event_of_its_tip_and_no_other(hello: MainWindow, qtbot) -> None:
    bench = hello.workbench
    bench.set_parameter("tone", "noise", 0.1)
    bench.set_parameter("band_pass", "low_hz", 1.0)
    bench.select(["spectrum"])
    hello.canvas.select((), ["tone.signal -> band_pass.signal"])
    QApplication.processEvents()
    assert tour(hello).step == 0
    bench.set_parameter("tone", "frequency_hz", 3.0)
    wait_for_step(hello, qtbot, 1)


@pytest.mark.parametrize("where", ["canvas", "panel", "tip"])
def test_escape_closes_it_for_good(hello: MainWindow, qtbot, where: str) -> None:
    focus = {
        "canvas": hello.canvas.viewer,
        "panel": hello.palette_panel.search,
        "tip": tour(hello).bubble.skip,
    }[where]
    focus.setFocus()
    qtbot.keyClick(focus, KEY.Key_Escape)
    assert hello.guide.tour is None
    assert was_seen()


def test_escape_in_a_search_closes_the_search_alone(hello: MainWindow, qtbot) -> None:
    hello.canvas.setFocus()
    qtbot.keyClick(hello.canvas.viewer, KEY.Key_Tab)
    line = QApplication.focusWidget()
    assert line is not hello.canvas.viewer
    qtbot.keyClick(line, KEY.Key_Escape)
    assert QApplication.focusWidget() is hello.canvas.viewer
    assert tour(hello).step == 0


def test_a_tip_can_be_skipped_and_the_tour_closed_by_the_mouse(hello: MainWindow, qtbot) -> None:
    qtbot.mouseClick(tour(hello).bubble.skip, LEFT)
    wait_for_step(hello, qtbot, 1)
    assert tour(hello).bubble.praise.isHidden()
    qtbot.mouseClick(tour(hello).bubble.close_button, LEFT)
    assert hello.guide.tour is None


def test_another_graph_ends_it(hello: MainWindow, qtbot) -> None:
    hello.workbench.new()
    qtbot.waitUntil(lambda: hello.guide.tour is None, timeout=RUN_MS)


def test_the_help_menu_takes_it_again_from_another_graph(window: MainWindow, qtbot) -> None:
    window.load_plots()
    set_seen(True)
    window.actions_by_id["help.tour"].trigger()
    qtbot.waitUntil(lambda: window.guide.tour is not None and tour(window).bubble.isVisible(), timeout=RUN_MS)
    qtbot.waitUntil(lambda: str(window.workbench.run_state) == "running", timeout=RUN_MS)
    assert window.workbench.path is not None
    assert window.workbench.path.stem == "hello"


def test_the_tip_points_at_its_anchor_and_stays_in_the_window(hello: MainWindow, qtbot) -> None:
    box = next(f for f in hello.parameters.findChildren(NumberBox) if f.accessibleName() == "Frequency")
    bubble = tour(hello).bubble

    def field() -> QRect:
        return box.rect().translated(box.mapTo(hello, QPoint(0, 0)))

    qtbot.waitUntil(lambda: bubble.ring.geometry().contains(field()), timeout=2000)
    assert not bubble.geometry().intersects(field())
    for size in ((900, 620), (1280, 800)):
        hello.resize(*size)
        qtbot.waitUntil(lambda: hello.rect().contains(bubble.geometry()), timeout=2000)


def test_it_points_at_the_node_where_its_parameter_is_not_shown(hello: MainWindow, qtbot) -> None:
    hello.canvas.select([])
    node = hello.canvas.mirror.nodes["tone"]
    viewport = hello.canvas.viewer.viewport()

    def card() -> QRect:
        area = hello.canvas.viewer.mapFromScene(node.card_rect()).boundingRect()
        return area.translated(viewport.mapTo(hello, QPoint(0, 0)))

    qtbot.waitUntil(lambda: tour(hello).bubble.ring.geometry().contains(card()), timeout=2000)
    assert not tour(hello).bubble.geometry().intersects(card())


def test_a_parameter_out_of_sight_is_scrolled_to(window: MainWindow, qtbot) -> None:
    window.resize(900, 440)
    assert window.workbench.open(RESOURCES / "graphs" / "hello.tide")
    window.workbench.select(["tone"])
    panel = window.parameters
    qtbot.waitUntil(lambda: panel.verticalScrollBar().maximum() > 0, timeout=2000)
    panel.verticalScrollBar().setValue(panel.verticalScrollBar().maximum())
    row = panel.row("frequency_hz")
    assert row.visibleRegion().isEmpty()
    window.guide.tour_once()
    qtbot.waitUntil(lambda: not row.visibleRegion().isEmpty(), timeout=2000)
    qtbot.waitUntil(tour(window).bubble.ring.isVisible, timeout=2000)


def test_the_script_names_what_is_there() -> None:
    script = read_tour()
    graph = Graph.load(next(file for file in example_files() if file.stem == script.graph))
    assert len(script.steps) == 5
    for step in script.steps:
        kind, of = step.anchor.kind, step.anchor.of
        if kind == "wire":
            assert of in graph.wires
        elif kind == "parameter":
            assert of in graph.type_of(step.select).node_parameters
        else:
            assert of.partition(".")[0] in graph.nodes


def test_a_script_with_an_unknown_event_is_refused(tmp_path) -> None:
    broken = FIRST_STEPS.read_text("utf-8").replace("wire_clicked", "wire_wished")
    file = tmp_path / "tour.json"
    file.write_text(broken, "utf-8")
    with pytest.raises(msgspec.ValidationError, match=r"steps\[2\]\.done\.event|steps\[...\]\.done\.event"):
        read_tour(file)
    assert isinstance(read_tour(), Tour)
