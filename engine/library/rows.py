"""Payloads as the rows of a table, for files that people read."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from engine.errors import NodeError
from engine.node.signal import Signal

Header = tuple[str, ...]


def table(payload: Any) -> tuple[Header, list[list[Any]]]:
    """The column names and the rows of one payload.

    A signal gives a row a sample with its time in seconds, an array a row for each of its first axis, a dataclass or
    mapping one row of its fields, anything else one row with one value.

    Raises:
        NodeError: it is an array of more than two dimensions.
    """
    if isinstance(payload, Signal):
        times = np.round(payload.times_s, 9).tolist()
        rows = payload.samples.tolist()
        return ("time_s", *payload.channels), [[t, *row] for t, row in zip(times, rows, strict=True)]
    if isinstance(payload, np.ndarray):
        if payload.ndim > 2:
            raise NodeError(f"an array of {payload.ndim} dimensions is no table")
        flat = payload.reshape(-1, payload.shape[1] if payload.ndim == 2 else 1)
        return tuple(f"ch{i + 1}" for i in range(flat.shape[1])), flat.tolist()
    if dataclasses.is_dataclass(payload) and not isinstance(payload, type):
        fields = [field.name for field in dataclasses.fields(payload)]
        return tuple(fields), [[getattr(payload, name) for name in fields]]
    if isinstance(payload, Mapping):
        return tuple(str(key) for key in payload), [list(payload.values())]
    return ("value",), [[payload]]


def cell(value: Any) -> str:
    """One value as text that reads back to the same value; nothing for NaN."""
    if isinstance(value, float):
        return "" if value != value else repr(value)
    if isinstance(value, np.generic):
        return cell(value.item())
    return str(value)
