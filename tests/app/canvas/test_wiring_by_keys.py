from __future__ import annotations

from PySide6.QtCore import Qt

from app.canvas.search_popup import SearchPopup
from app.document.connecting import possible_wires
from tests.app.canvas.stage import Both, Double, Number, Shout, Stage

CTRL = Qt.KeyboardModifier.ControlModifier


def rows(stage: Stage) -> list[str]:
    popup = stage.canvas.offers.wires()
    assert popup is not None
    return [f"{choice.category}: {choice.title}" for choice in popup._choices]


def test_what_the_selected_node_could_be_wired_to_is_listed_and_taken_by_typing(stage):
    number, double, both = stage.add(Number, 0, 0), stage.add(Double, 300, 0), stage.add(Both, 300, 250)
    stage.add(Shout, 0, 300)
    stage.workbench.select([number])
    assert rows(stage) == ["Connect: value → double.value", "Connect: value → both.number"]
    steps = stage.workbench.undo_stack.index()
    stage.type("both")
    stage.key(Qt.Key.Key_Return)
    assert stage.wires() == [f"{number}.value -> {both}.number"]
    assert stage.workbench.undo_stack.index() == steps + 1
    assert double in stage.graph.nodes


def test_inputs_are_offered_too_and_wires_that_are_there_can_be_taken_away(stage):
    number, double = stage.add(Number, 0, 0), stage.add(Double, 300, 0)
    stage.workbench.select([double])
    assert rows(stage) == ["Connect: value ← number.value"]
    stage.key(Qt.Key.Key_Return)
    assert stage.wires() == [f"{number}.value -> {double}.value"]
    assert rows(stage) == ["Disconnect: value ← number.value"]
    stage.key(Qt.Key.Key_Return)
    assert stage.wires() == []


def test_of_several_selected_nodes_only_the_wires_among_them_are_offered(stage):
    number, _, both = stage.add(Number, 0, 0), stage.add(Double, 300, 0), stage.add(Both, 300, 250)
    stage.workbench.select([number, both])
    assert rows(stage) == ["Connect: value → both.number"]


def test_every_wire_that_is_offered_can_be_made_and_no_other(stage):
    ids = [stage.add(kind, 0, 0) for kind in (Number, Double, Double, Both, Shout)]
    stage.workbench.connect("double.doubled", "double2.value")
    for id in ids:
        offered = {wire.key for wire in possible_wires(stage.workbench, id, ids)}
        for start in ids:
            for end in ids:
                for output in stage.node(start).outputs:
                    for input in stage.node(end).inputs:
                        if id in (start, end) and start != end:
                            refusal = stage.workbench.wire_refusal(output.end, input.end)
                            assert (f"{output.end} -> {input.end}" in offered) == (refusal is None)


def test_without_a_selection_or_a_partner_it_says_so(stage):
    number = stage.add(Number, 0, 0)
    assert stage.canvas.offers.wires() is None
    stage.workbench.select([number])
    assert stage.canvas.offers.wires() is None
    assert len(stage.messages) == 2


def test_ctrl_k_opens_the_list(drawn, qtbot):
    drawn.workbench.select(["scale"])
    drawn.actions_by_id.refresh()
    qtbot.keyClick(drawn.canvas.viewer, Qt.Key.Key_K, CTRL)
    popups = drawn.canvas.findChildren(SearchPopup)
    assert [popup.titles() for popup in popups] == [["value ← count.value"]]
    qtbot.keyClick(popups[0].line, Qt.Key.Key_Return)
    assert not drawn.workbench.graph.wires
