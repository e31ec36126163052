from __future__ import annotations

import json

import pytest
from PySide6.QtCore import QPoint, Qt

from app.canvas.search_popup import SearchPopup
from app.document.learned import ANYWHERE, Learned, forget_choices, remember_choice
from app.document.settings import settings
from tests.app.canvas.stage import PATHS, Both, Double, Number, Shout, Stage


def popup_of(stage: Stage) -> SearchPopup:
    found = [popup for popup in stage.canvas.findChildren(SearchPopup) if popup.is_open]
    assert len(found) == 1
    return found[0]


def type_and_take(stage: Stage, text: str) -> None:
    """The keyboard goes to the search with the first letter."""
    for letter in text:
        stage.type(letter)
    stage.key(Qt.Key.Key_Return)


def test_what_was_chosen_from_a_port_is_offered_first_from_such_a_port_the_next_time(stage):
    number = stage.add(Number, 0, 0)
    stage.drag(stage.at_port(f"{number}.value"), stage.at(350, 150))
    assert popup_of(stage).titles() == ["Both", "Double", "Sum"]
    stage.type("sum")
    stage.key(Qt.Key.Key_Return)
    other = stage.add(Number, 0, 300)
    stage.settle_view()
    stage.drag(stage.at_port(f"{other}.value"), stage.at(350, 380))
    assert popup_of(stage).titles() == ["Sum", "Both", "Double"]


def test_what_was_added_before_leads_the_search_on_the_ground(stage):
    stage.double_click(stage.at(200, 150))
    assert popup_of(stage).titles() == ["Both", "Double", "Number", "Shout", "Sum"]
    stage.type("sum")
    stage.key(Qt.Key.Key_Return)
    stage.settle_view()
    stage.double_click(stage.at(400, 350))
    assert popup_of(stage).titles()[0] == "Sum"
    stage.type("s")
    assert popup_of(stage).titles()[:2] == ["Sum", "Shout"]


def test_a_letter_opens_the_search_with_it_and_enter_places_and_wires_to_the_selection(stage):
    number = stage.add(Number, 0, 0)
    stage.workbench.select([number])
    steps = stage.workbench.undo_stack.index()
    stage.key(Qt.Key.Key_D)
    popup = popup_of(stage)
    assert popup.line.text() == "d"
    stage.type("ou")
    assert popup.titles()[0] == "Double"
    stage.key(Qt.Key.Key_Return)
    assert stage.wires() == ["number.value -> double.value"]
    assert stage.workbench.undo_stack.index() == steps + 1
    assert stage.workbench.selection == ("double",)
    card, new = stage.node(number).card_rect(), stage.node("double").card_rect()
    assert new.left() > card.right()
    assert new.top() == card.top()


def test_a_chain_is_typed_without_the_mouse_and_no_card_covers_another(stage):
    for text in ("num", "doub", "sum"):
        type_and_take(stage, text)
    assert stage.wires() == ["double.doubled -> sum.values", "number.value -> double.value"]
    stage.workbench.select(["number"])
    type_and_take(stage, "doub")
    cards = [node.card_rect() for node in stage.canvas.mirror.nodes.values()]
    assert not any(one.intersects(two) for one in cards for two in cards if one is not two)
    area = stage.canvas.viewer.visible_area()
    assert area.contains(stage.node("double2").card_rect())


def test_what_fits_the_selection_is_offered_first_and_says_so(stage):
    shout = stage.add(Shout, 0, 0)
    stage.workbench.select([shout])
    stage.key(Qt.Key.Key_Tab)
    rows = popup_of(stage)._choices
    assert [row.title for row in rows] == ["Both", "Shout", "Double", "Number", "Sum"]
    assert [row.note for row in rows] == ["after shout", "after shout", "", "", ""]


def test_what_does_not_fit_the_selection_is_added_unwired(stage):
    shout = stage.add(Shout, 0, 0)
    stage.workbench.select([shout])
    type_and_take(stage, "sum")
    assert "sum" in stage.graph.nodes
    assert stage.wires() == []


def test_a_node_without_outputs_is_fed_by_what_is_typed(stage):
    both = stage.add(Both, 300, 0)
    stage.workbench.select([both])
    type_and_take(stage, "num")
    assert stage.wires() == ["number.value -> both.number"]
    assert stage.node("number").card_rect().right() < 300


def test_what_is_typed_while_a_wire_is_selected_is_put_into_it(stage):
    number, double = stage.add(Number, 0, 0), stage.add(Double, 500, 0)
    stage.workbench.connect(f"{number}.value", f"{double}.value")
    stage.click(stage.at_wire("number.value -> double.value"))
    type_and_take(stage, "doub")
    assert stage.wires() == ["double2.doubled -> double.value", "number.value -> double2.value"]


def test_a_letter_with_ctrl_begins_no_search(stage):
    stage.key(Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    assert not stage.canvas.findChildren(SearchPopup)


def test_a_letter_while_a_wire_is_in_the_hand_begins_no_search(stage):
    number = stage.add(Number, 0, 0)
    start = stage.at_port(f"{number}.value")
    stage.press(start)
    stage.drag_to(start, start + QPoint(80, 40))
    stage.key(Qt.Key.Key_D)
    assert not stage.canvas.findChildren(SearchPopup)
    stage.key(Qt.Key.Key_Escape)


def test_choices_fade_and_are_counted_by_situation():
    remember_choice("a:A", "x:X.out")
    remember_choice("b:B")
    learned = Learned()
    assert learned.liking("a:A", "x:X.out") > 0
    assert learned.liking("b:B", "x:X.out") == 0
    assert learned.liking("b:B") > learned.liking("a:A", ANYWHERE) > 0
    for _ in range(60):
        remember_choice("b:B")
    assert Learned().liking("a:A") == 0
    assert Learned().liking("a:A", "x:X.out") > 0, "what is chosen elsewhere does not count there"
    forget_choices()
    assert Learned().liking("b:B") == 0


@pytest.mark.parametrize("stored", ["[1]", "no json", '{"": 3}', '{"": {"a:A": "much", "b:B": true, "c:C": NaN}}', "7"])
def test_nonsense_in_the_settings_is_nothing_learned(stored):
    settings().setValue("learned/node_types", stored)
    assert not any(Learned().liking(path) for path in ("a:A", "b:B", "c:C"))
    remember_choice("a:A")
    assert Learned().liking("a:A") == 1.0
    json.loads(str(settings().value("learned/node_types")))


def test_the_learned_order_never_hides_a_better_match_of_the_typed_text(stage):
    for _ in range(5):
        remember_choice(PATHS[Shout])
    stage.double_click(stage.at(200, 150))
    assert popup_of(stage).titles()[0] == "Shout"
    stage.type("sum")
    assert popup_of(stage).titles()[0] == "Sum"
