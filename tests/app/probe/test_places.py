"""Where a probe goes: on the canvas, beside its wire, off the cards where there is room."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QRect, QSize

from app.probe.places import place_beside

ROOM = QSize(900, 600)
SIZE = QSize(330, 280)
CANVAS = QRect(QPoint(0, 0), ROOM)
rects = st.builds(QRect, st.integers(-200, 900), st.integers(-200, 600), st.integers(1, 300), st.integers(1, 200))


@given(st.integers(0, 900), st.integers(0, 600), st.lists(rects, max_size=10))
def test_it_is_always_on_the_canvas(x: int, y: int, cards: list[QRect]) -> None:
    assert CANVAS.contains(QRect(place_beside(QPoint(x, y), SIZE, ROOM, cards), SIZE))


@given(st.integers(0, 900), st.integers(0, 600))
def test_it_never_hides_the_middle_of_its_wire_where_there_is_room_beside_it(x: int, y: int) -> None:
    assert not QRect(place_beside(QPoint(x, y), SIZE, ROOM, []), SIZE).contains(QPoint(x, y))


def test_it_goes_where_no_card_is() -> None:
    middle = QPoint(450, 300)
    below = QRect(250, 330, 400, 250)
    place = QRect(place_beside(middle, SIZE, ROOM, [below]), SIZE)
    assert not place.intersects(below)
    assert place.bottom() < middle.y()


def test_on_a_canvas_that_is_too_small_it_begins_at_the_corner() -> None:
    assert place_beside(QPoint(50, 50), SIZE, QSize(100, 100), []) == QPoint(6, 6)
