from __future__ import annotations

import time
from itertools import combinations, pairwise

from hypothesis import given
from hypothesis import strategies as st

from app.document.arranging import ROW_GAP, Axis, Box, Edge, aligned, distributed
from app.document.layering import in_layers

SIZES = st.tuples(st.integers(100, 300), st.integers(100, 260))


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[Box], list[tuple[str, str, bool]]]:
    """Any graph, cyclic ones and such of several parts too."""
    sizes = draw(st.lists(SIZES, min_size=1, max_size=14))
    boxes = [Box(f"n{i}", 37 * i, -11 * i, width, height, 47) for i, (width, height) in enumerate(sizes)]
    ends = st.integers(0, len(boxes) - 1).map(lambda i: f"n{i}")
    return boxes, draw(st.lists(st.tuples(ends, ends, st.booleans()), max_size=24))


def overlap(one: Box, two: Box, places: dict[str, tuple[float, float]]) -> bool:
    (x, y), (u, v) = places[one.id], places[two.id]
    return x < u + two.width and u < x + one.width and y < v + two.height and v < y + one.height


@given(graphs())
def test_no_card_lies_on_another_and_the_corner_stays(graph):
    boxes, wires = graph
    places = in_layers(boxes, wires).places
    assert set(places) == {box.id for box in boxes}
    assert not any(overlap(one, two, places) for one, two in combinations(boxes, 2))
    assert abs(min(x for x, _ in places.values()) - min(box.x for box in boxes)) <= 1
    assert abs(min(y for _, y in places.values()) - min(box.y for box in boxes)) <= 1


@given(graphs(), st.lists(st.tuples(*[st.integers(-200, 700)] * 2, *[st.integers(50, 900)] * 2), max_size=4))
def test_frames_go_around_what_was_in_them_and_nothing_else(graph, rects):
    boxes, wires = graph
    frames = [Box(f"@frame{i}", *rect) for i, rect in enumerate(rects)]
    layers = in_layers(boxes, wires, frames)
    assert not any(overlap(one, two, layers.places) for one, two in combinations(boxes, 2))
    for frame in frames:
        inside = {box.id for box in boxes if _is_in(frame, box)}
        smaller = [other for other in frames if (other.width * other.height, other.id) < _area(frame)]
        own = {box.id for box in boxes if box.id in inside and not any(_is_in(other, box) for other in smaller)}
        if not own:
            continue
        x, y, width, height = layers.frames[frame.id]
        for box in boxes:
            u, v = layers.places[box.id]
            is_around = x < u and u + box.width < x + width and y < v and v + box.height < y + height
            is_apart = u + box.width <= x or x + width <= u or v + box.height <= y or y + height <= v
            assert is_around or (is_apart and box.id not in own)


def _area(frame: Box) -> tuple[float, str]:
    return frame.width * frame.height, frame.id


def _is_in(frame: Box, box: Box) -> bool:
    x, y = box.x + box.width / 2, box.y + box.height / 2
    return frame.x <= x <= frame.x + frame.width and frame.y <= y <= frame.y + frame.height


def test_messages_flow_from_left_to_right_and_a_feedback_wire_goes_back():
    boxes = [Box(id, 0, 0, 172, 120, 47) for id in ("a", "b", "c")]
    places = in_layers(boxes, [("c", "a", True), ("a", "b", False), ("b", "c", False)]).places
    assert places["a"][0] < places["b"][0] < places["c"][0]
    assert places["a"][1] == places["b"][1] == places["c"][1], "a chain is straight"


def test_first_ports_are_in_line_whatever_the_heights():
    boxes = [Box("a", 0, 0, 172, 110, 47), Box("b", 0, 0, 172, 240, 47)]
    places = in_layers(boxes, [("a", "b", False)]).places
    assert abs(places["a"][1] - places["b"][1]) <= 1


def test_parts_that_no_wire_joins_are_kept_apart():
    boxes = [Box(id, 0, 0, 172, 120, 47) for id in "abcdef"]
    places = in_layers(boxes, [("a", "b", False), ("b", "c", False), ("d", "e", False), ("e", "f", False)]).places
    tops = [{places[id][1] for id in part} for part in ("abc", "def")]
    first, second = sorted(tops, key=min)
    assert max(first) + 120 + ROW_GAP - 1 <= min(second)


def test_nothing_and_one_card_are_arranged_too():
    assert in_layers([], []).places == {}
    assert in_layers([Box("a", 5, 7, 172, 120, 47)], [("a", "a", False)]).places == {"a": (5, 7)}


def test_two_hundred_nodes_take_less_than_300_ms():
    boxes = [Box(f"n{i}", 0, 0, 172 + i % 5 * 20, 110 + i % 4 * 21, 47) for i in range(200)]
    wires = [(f"n{i // 2}", f"n{i}", False) for i in range(1, 200)]
    wires += [(f"n{i}", f"n{(i * 7) % 200}", False) for i in range(0, 200, 5)]  # cycles among them
    in_layers(boxes[:2], [])  # the import of the library
    took = []
    for _ in range(3):
        start = time.process_time()
        in_layers(boxes, wires)
        took.append(time.process_time() - start)
    assert min(took) < 0.3


def test_cards_are_put_in_line_by_each_edge():
    boxes = [Box("a", 0, 10, 100, 50), Box("b", 40, 90, 200, 80)]
    assert aligned(boxes, Edge.LEFT) == {"a": (0, 10), "b": (0, 90)}
    assert aligned(boxes, Edge.RIGHT) == {"a": (140, 10), "b": (40, 90)}
    assert aligned(boxes, Edge.CENTER) == {"a": (70, 10), "b": (20, 90)}
    assert aligned(boxes, Edge.TOP) == {"a": (0, 10), "b": (40, 10)}
    assert aligned(boxes, Edge.BOTTOM) == {"a": (0, 120), "b": (40, 90)}
    assert aligned(boxes, Edge.MIDDLE) == {"a": (0, 65), "b": (40, 50)}
    assert aligned([], Edge.LEFT) == {}


def test_cards_are_distributed_with_the_outer_ones_where_they_are():
    boxes = [Box("c", 500, 9, 100, 50), Box("a", 0, 7, 100, 50), Box("b", 110, 8, 200, 50)]
    places = distributed(boxes, Axis.HORIZONTAL)
    assert places == {"a": (0, 7), "b": (200, 8), "c": (500, 9)}


@given(st.lists(st.builds(lambda y, size: (y, size), st.integers(0, 900), SIZES), min_size=3, max_size=8))
def test_distributed_cards_have_equal_gaps_and_never_cover_each_other(rows):
    boxes = [Box(f"n{i}", 0, y, width, height) for i, (y, (width, height)) in enumerate(rows)]
    places = distributed(boxes, Axis.VERTICAL)
    ordered = sorted(boxes, key=lambda box: places[box.id][1])
    gaps = [places[b.id][1] - places[a.id][1] - a.height for a, b in pairwise(ordered)]
    assert max(gaps) - min(gaps) <= 2
    assert min(gaps) >= ROW_GAP - 1
