"""Locations: what is one, and that text and value say the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import Location, LocationError, TidewireError
from tests.engine.graph.types import locations


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ("", "", "")),
        ("main", ("", "", "")),
        ("dsp", ("", "", "dsp")),
        ("ml:", ("", "ml", "")),
        ("ml:io", ("", "ml", "io")),
        ("lab2:ml:", ("lab2", "ml", "")),
        ("lab2:ml:io", ("lab2", "ml", "io")),
        ("lab2::", ("lab2", "", "")),
        ("lab2::io", ("lab2", "", "io")),
        (":", ("", "", "")),
        ("::", ("", "", "")),
        ("main:", ("", "main", "")),
        ("  ml:io\n", ("", "ml", "io")),
    ],
)
def test_a_location_is_read_from_right_to_left(text: str, parts: tuple[str, str, str]) -> None:
    location = Location.parse(text)
    assert (location.host, location.process, location.thread) == parts


@given(locations)
def test_a_location_written_and_read_is_the_same(location: Location) -> None:
    assert Location.parse(str(location)) == location
    assert Location.parse(location) is location
    assert hash(Location.parse(str(location))) == hash(location)


@given(st.text(max_size=20))
def test_any_text_is_a_location_or_a_clear_error(text: str) -> None:
    try:
        location = Location.parse(text)
    except LocationError as error:
        assert str(error).isprintable()
    else:
        assert Location.parse(str(location)) == location


@pytest.mark.parametrize(
    "wrong", ["a b", "ml :io", "a:b:c:d", "naïve", "a.b", "x" * 65, "ml:\x1b[31m", None, 5, b"ml:", ["ml"]]
)
def test_what_is_no_location_is_refused_with_what_was_written(wrong: object) -> None:
    with pytest.raises(LocationError) as caught:
        Location.parse(wrong)  # type: ignore[arg-type]
    assert isinstance(caught.value, (TidewireError, ValueError))
    assert "\x1b" not in str(caught.value)


def test_a_thread_cannot_take_the_name_of_the_main_loop() -> None:
    with pytest.raises(LocationError, match="main loop"):
        Location(thread="main")
    assert str(Location(process="ml", thread="main")) == "ml:main"


def test_parts_that_are_no_text_are_refused() -> None:
    with pytest.raises(LocationError):
        Location(process=5)  # type: ignore[arg-type]


def test_a_location_says_what_it_is() -> None:
    assert Location().is_main and Location().label == "main" and str(Location()) == ""
    assert not Location.parse("ml:").is_main
    assert Location.parse("ml:io").label == "ml:io"
    assert Location.parse("lab:ml:io").process_location == Location.parse("lab:ml:")


def test_a_location_is_a_value_that_can_be_sorted() -> None:
    texts = ["ml:io", "", "lab2:ml:", "dsp", "ml:"]
    assert [str(place) for place in sorted(map(Location.parse, texts))] == ["", "dsp", "ml:", "ml:io", "lab2:ml:"]
    with pytest.raises(AttributeError):
        Location().host = "x"  # type: ignore[misc]
