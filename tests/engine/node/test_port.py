"""Ports: what fits where, what a port may carry, and how types are named."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Optional, Union

import numpy as np
import pytest

from engine import Array, In, Out, Signal
from engine.node.port import admits, fits, type_name


class Animal:
    """A class of a user."""


class Dog(Animal):
    """A kind of it."""


F32 = np.dtype("f4")


@pytest.mark.parametrize(
    ("output", "input", "expected"),
    [
        (int, int, True),
        (int, str, False),
        (str, int, False),
        (bool, int, True),
        (int, bool, False),
        (Dog, Animal, True),
        (Animal, Dog, False),
        (Any, int, True),
        (int, Any, True),
        (object, int, True),
        (int, object, True),
        (Any, Array(F32), True),
        (int | str, int, True),
        (int | str, float, False),
        (int, int | str, True),
        (float, int | str, False),
        (Dog | None, Animal, True),
        (Optional[Dog], Union[Animal, str], True),  # noqa: UP007, UP045
        (list[int], list, True),
        (list[int], Sequence, True),
        (list, dict, False),
        (Signal, Signal, True),
        (Signal, Array(), False),
        (Array(), Signal, False),
        (Array(), Array(), True),
        (Array(F32), Array(), True),
        (Array(), Array(F32), True),  # looked at as arrays come
        (Array(F32), Array(np.float64), False),
        (Array("float32"), Array(np.float32), True),
        (Array(F32), Array(np.floating), True),
        (Array(np.floating), Array(F32), True),  # may be one
        (Array(np.floating), Array(np.integer), False),
        (Array(np.integer), Array(F32), False),
        (Array(np.number), Array(np.floating), True),
        (Array(np.floating), Array(np.number), True),
        (Array(ndim=1), Array(ndim=2), False),
        (Array(ndim=1), Array(), True),
        (Array(), Array(ndim=2), True),
        (Array(F32, 2), Array(np.floating, 2), True),
        (np.ndarray, Array(F32), True),
        (Array(F32), np.ndarray, True),
        (np.ndarray, np.ndarray, True),
        (np.ma.MaskedArray, np.ndarray, True),
        (np.ndarray, np.ma.MaskedArray, False),
        (np.ma.MaskedArray, np.ma.MaskedArray, True),
        (Array, Array(F32), True),
        (Array(F32), Array, True),
        (int, Array, False),
        (Array, int, False),
    ],
)
def test_what_fits_where(output: Any, input: Any, expected: bool) -> None:
    assert fits(output, input) is expected
    out_port, in_port = Out(output), In(input)
    out_port.name, in_port.name = "there", "here"
    reason = in_port.refusal(out_port)
    if expected:
        assert reason is None
    else:
        assert reason == f"there gives {type_name(out_port.type)}, here takes {type_name(in_port.type)}"


@pytest.mark.parametrize(
    ("port_type", "value", "expected"),
    [
        (int, 5, True),
        (int, np.int16(5), True),
        (int, True, True),
        (int, 5.0, False),
        (int, "5", False),
        (int, None, False),
        (float, 5.0, True),
        (float, 5, True),
        (float, np.float32(5), True),
        (float, 5j, False),
        (float, "5", False),
        (bool, np.True_, True),
        (bool, 1, False),
        (str, "a", True),
        (str, b"a", False),
        (Any, None, True),
        (object, 3, True),
        (Animal, Dog(), True),
        (Dog, Animal(), False),
        (int | None, None, True),
        (int | str, "a", True),
        (int | str, 2.5, False),
        (list[int], [1], True),
        (list[int], (1,), False),
        (Signal, Signal(np.zeros(3), 100), True),
        (Signal, np.zeros(3), False),
        (np.ndarray, np.zeros(3), True),
        (Array, np.zeros(3), True),
        (Array, [1, 2], False),
        (Array(), np.float64(3), False),
        (Array(F32), np.zeros(3, "f4"), True),
        (Array(F32), np.zeros(3), False),
        (Array(np.floating), np.zeros(3), True),
        (Array(np.floating), np.zeros(3, int), False),
        (Array(ndim=2), np.zeros((3, 2)), True),
        (Array(ndim=2), np.zeros(3), False),
        (Array(ndim=0), np.array(1.0), True),
        (Array([("a", "f4")]), np.zeros(2, [("a", "f4")]), True),
    ],
)
def test_what_a_port_may_carry(port_type: Any, value: Any, expected: bool) -> None:
    assert admits(port_type, value) is expected


@pytest.mark.parametrize(
    ("port_type", "name"),
    [
        (int, "int"),
        (Any, "any"),
        (object, "any"),
        (None, "any"),
        (Signal, "Signal"),
        (int | str, "int or str"),
        (Array, "Array"),
        (Array(), "Array"),
        (Array(F32, ndim=2), "Array(float32, 2-D)"),
        (Array(np.floating), "Array(floating)"),
        (Array(ndim=1), "Array(1-D)"),
        (Dog, "Dog"),
    ],
)
def test_a_type_has_a_name_that_people_read(port_type: Any, name: str) -> None:
    assert Out(port_type).type_name == name
    assert In(port_type).type_name == name


def test_array_types_are_values() -> None:
    assert Array("f4", 2) == Array(np.float32, ndim=2) and hash(Array("f4", 2)) == hash(Array(np.float32, ndim=2))
    assert Array(np.floating) == Array(np.floating)
    different = [Array(), Array("f4"), Array("f8"), Array(np.floating), Array(np.number), Array(ndim=1), int]
    for index, one in enumerate(different):
        for other in different[index + 1 :]:
            assert one != other


def test_a_dtype_that_is_none_is_refused_where_it_is_declared() -> None:
    with pytest.raises(TypeError):
        Array("no such type")
