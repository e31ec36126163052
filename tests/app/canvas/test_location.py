from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.canvas.name_field import NameField
from tests.app.canvas.stage import Double, Number, Stage, entry


def chip_menu(stage: Stage, id: str):
    stage.click(stage.at_part(id, "chip"))
    return stage.open_menu()


def locations(stage: Stage) -> dict[str, str]:
    return {id: str(spec.location) for id, spec in stage.graph.nodes.items()}


def the_field(stage: Stage) -> NameField:
    fields = [field for field in stage.canvas.findChildren(NameField) if field.is_open]
    assert len(fields) == 1
    return fields[0]


def test_a_location_is_chosen_by_mouse_from_the_chip(stage):
    one, two = stage.add(Number, 0, 0), stage.add(Double, 300, 0)
    stage.workbench.set_location([two], "dsp:")
    menu = chip_menu(stage, one)
    stage.pick(menu, "dsp:")
    assert locations(stage) == {one: "dsp:", two: "dsp:"}
    assert stage.node(one).card.location.label == "dsp:"
    stage.workbench.undo_stack.undo()
    assert locations(stage)[one] != "dsp:"


def test_the_menu_ticks_what_holds_and_lists_what_there_is(stage):
    one, two, three = stage.add(Number, 0, 0), stage.add(Double, 300, 0), stage.add(Double, 300, 200)
    stage.workbench.set_location([one], "")
    stage.workbench.set_location([two], "dsp:")
    stage.workbench.set_location([three], "io")
    menu = chip_menu(stage, one)
    assert entry(menu, "main").isChecked()
    assert not entry(menu, "dsp:").isChecked()
    texts = [action.text() for action in menu.actions() if action.text()]
    assert texts == [
        "main  ✓", "Threads of this app  ⚠ share its GIL", "io   ⚠", "Processes", "dsp:", "New thread…", "New process…",
    ]  # fmt: skip
    assert "GIL" in entry(menu, "io").toolTip()
    assert not entry(menu, "main").icon().isNull()


def test_a_new_process_is_named_in_a_field_on_the_canvas(stage):
    one = stage.add(Number, 0, 0)
    stage.pick(chip_menu(stage, one), "New process")
    assert the_field(stage).line.hasFocus()
    stage.type("ml")
    stage.key(Qt.Key.Key_Return)
    assert locations(stage) == {one: "ml:"}
    assert not [field for field in stage.canvas.findChildren(NameField) if field.is_open]


def test_a_new_thread_warns_of_the_lock_and_may_lie_in_another_process(stage):
    one = stage.add(Number, 0, 0)
    stage.pick(chip_menu(stage, one), "New thread")
    field = the_field(stage)
    words = " ".join(label.text() for label in field.findChildren(type(field.error)))
    assert "GIL" in words
    stage.type("ml:io")
    stage.key(Qt.Key.Key_Return)
    assert locations(stage) == {one: "ml:io"}


def test_a_name_that_is_none_is_refused_with_the_reason_and_can_be_mended(stage):
    one = stage.add(Number, 0, 0)
    before = locations(stage)
    stage.pick(chip_menu(stage, one), "New process")
    stage.type("not a name")
    stage.key(Qt.Key.Key_Return)
    field = the_field(stage)
    assert field.error.isVisible()
    assert "letters, digits" in field.error.text()
    assert locations(stage) == before
    field.line.clear()
    stage.key(Qt.Key.Key_Return)
    assert field.error.isVisible(), "an empty name is none either"
    stage.type("fine")
    assert not field.error.isVisible()
    stage.key(Qt.Key.Key_Return)
    assert locations(stage) == {one: "fine:"}


def test_escape_in_the_field_changes_nothing(stage):
    one = stage.add(Number, 0, 0)
    before = locations(stage)
    stage.pick(chip_menu(stage, one), "New process")
    stage.type("ml")
    stage.key(Qt.Key.Key_Escape)
    assert locations(stage) == before
    assert stage.canvas.viewer.hasFocus()


def test_all_selected_nodes_change_together_as_one_step(stage):
    one, two, three = stage.add(Number, 0, 0), stage.add(Double, 300, 0), stage.add(Double, 300, 200)
    stage.workbench.set_location([one, two, three], "")
    stage.workbench.select([one, two])
    steps = stage.workbench.undo_stack.index()
    stage.pick(chip_menu(stage, two), "New process")
    stage.type("ml")
    stage.key(Qt.Key.Key_Return)
    assert locations(stage) == {one: "ml:", two: "ml:", three: ""}
    assert stage.workbench.undo_stack.index() == steps + 1


def test_a_chip_of_a_node_outside_the_selection_changes_that_node_alone(stage):
    one, two = stage.add(Number, 0, 0), stage.add(Double, 300, 0)
    stage.workbench.set_location([one, two], "")
    stage.workbench.select([one])
    stage.pick(chip_menu(stage, two), "New process")
    stage.type("ml")
    stage.key(Qt.Key.Key_Return)
    assert locations(stage) == {one: "", two: "ml:"}


def test_the_same_menu_is_in_the_context_menu(stage):
    one = stage.add(Number, 0, 0)
    stage.workbench.set_location([one], "dsp:")
    stage.pick(stage.context_menu(stage.at_body(one)), "Runs on", "main")
    assert locations(stage) == {one: ""}


def visible(menu) -> list[str]:
    return [action.text() for action in menu.actions() if action.isVisible() and action.text()]


def test_typing_filters_the_locations_and_enter_takes_the_first(stage):
    one, two, three = stage.add(Number, 0, 0), stage.add(Double, 300, 0), stage.add(Double, 300, 200)
    for id, place in ((one, ""), (two, "dsp:"), (three, "decode:")):
        stage.workbench.set_location([id], place)
    menu = chip_menu(stage, one)
    before = visible(menu)
    QTest.keyClicks(menu, "d")
    assert [text for text in visible(menu) if text.endswith(":")][:2] == ["decode:", "dsp:"]
    assert "main  ✓" not in visible(menu)
    QTest.keyClicks(menu, "s")
    assert visible(menu)[:2] == ["“ds”", "dsp:"]
    QTest.keyClick(menu, Qt.Key.Key_Backspace)
    QTest.keyClick(menu, Qt.Key.Key_Backspace)
    assert visible(menu) == before
    QTest.keyClicks(menu, "dsp")
    QTest.keyClick(menu, Qt.Key.Key_Return)
    assert locations(stage)[one] == "dsp:"


def test_a_name_that_is_typed_is_offered_as_a_new_process_and_thread_for_all_selected(stage):
    one, two = stage.add(Number, 0, 0), stage.add(Double, 300, 0)
    stage.workbench.select([one, two])
    menu = chip_menu(stage, one)
    QTest.keyClicks(menu, "ml")
    assert visible(menu) == ["“ml”", "New process ml:", "New thread ml"]
    steps = stage.workbench.undo_stack.count()
    stage.pick(menu, "New process ml:")
    assert locations(stage) == {one: "ml:", two: "ml:"}
    assert stage.workbench.undo_stack.count() == steps + 1


def test_escape_takes_back_what_was_typed_and_then_closes(stage):
    one = stage.add(Number, 0, 0)
    menu = chip_menu(stage, one)
    QTest.keyClicks(menu, "m!")
    assert visible(menu) == ["“m!”"]
    QTest.keyClick(menu, Qt.Key.Key_Escape)
    assert menu.isVisible() and any(text.startswith("main") for text in visible(menu))
    QTest.keyClick(menu, Qt.Key.Key_Escape)
    assert not menu.isVisible()
