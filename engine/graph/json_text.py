"""JSON as it stands in graph files: reading text that strangers may have written, writing text that can be read again.

Apart from what the JSON means (`file.py`), so that every guard is in one place: size, number of values, depth,
duplicate keys, numbers that are not finite, text that is not Unicode.
"""

from __future__ import annotations

import itertools
import json
import math
import re
from typing import Any

from engine.errors import FileFormatError

MAX_BYTES = 32 * 1024 * 1024
MAX_VALUES = 1_000_000  # 32 MiB of empty lists are 11 million, and take 8 s and 1 GB
MAX_DEPTH = 64

_STRUCTURE = b'"[]{},'
_NO_STRUCTURE = bytes(byte for byte in range(256) if byte not in _STRUCTURE)
_ONE_KIND = bytes.maketrans(b"{}", b"[]")
# A string that never ends runs to the end of the text; nothing is tried twice, so the time is linear.
_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]++|\\.?)*+(?:"|\Z)|[\[\]{}]', re.DOTALL)
_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class _Flaw:
    """Stands in the data where something was that no graph file may hold, until its place is known."""

    def __init__(self, reason: str) -> None:
        self.reason = reason


def read_json(data: bytes | str, name: str) -> Any:
    """The data of a JSON text; `name` is what errors call the text.

    Raises:
        FileFormatError: it is no JSON, or larger or deeper than a graph file may be, or it holds a key twice, a
            number that is not finite or text that is no Unicode. The message names the place.
    """
    if len(data) > MAX_BYTES:
        raise FileFormatError(f"{name} is larger than {MAX_BYTES // 2**20} MiB: too large for a graph")
    try:
        text = data.decode("utf-8-sig") if isinstance(data, bytes) else data
        refuse_bulk(text.encode("utf-8"), name)
    except UnicodeError as error:
        raise FileFormatError(f"{name} is no UTF-8 text: {error}") from None
    flaws: list[_Flaw] = []
    try:
        try:
            raw = _parse(text, flaws, {})
        except json.JSONDecodeError:
            raise
        except ValueError:  # Python's limit on the digits of a whole number
            raw = _parse(text, flaws, {"parse_int": lambda digits: _whole_number(digits, flaws)})
    except json.JSONDecodeError as error:
        raise FileFormatError(f"{name} is no JSON: {error}") from None
    if flaws or _ESCAPED_SURROGATE.search(text):
        _refuse_flaws(raw, "$", name)
    return raw


def _parse(text: str, flaws: list[_Flaw], hooks: dict[str, Any]) -> Any:
    def flaw(reason: str) -> Any:
        flaws.append(_Flaw(reason))
        return flaws[-1]

    def unique_keys(pairs: list[tuple[str, Any]]) -> Any:
        result = dict(pairs)
        if len(result) == len(pairs):
            return result
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        return flaw(f"the key {_shown(twice)} stands twice in one object")

    def finite(digits: str) -> Any:
        value = float(digits)
        return value if math.isfinite(value) else flaw(f"{digits[:40]} is too large for a number")

    return json.loads(
        text,
        object_pairs_hook=unique_keys,
        parse_constant=lambda word: flaw(f"{word} is no finite number"),
        parse_float=finite,
        **hooks,
    )


def _whole_number(digits: str, flaws: list[_Flaw]) -> Any:
    try:
        return int(digits)
    except ValueError:
        flaws.append(_Flaw(f"{digits[:20]}… is too large for a number"))
        return flaws[-1]


def refuse_bulk(data: bytes, name: str) -> None:
    """Refuse more values, or deeper ones, than a graph file may hold, before anything is built from them.

    It looks at the brackets, commas and quotes alone, and goes over the text with what is fast in Python: 0.2 s for
    the worst 32 MiB.

    Raises:
        FileFormatError: too many values, or nested too deep; the message names the line of the latter.
    """
    rest = data.replace(rb"\\", b"").replace(rb"\"", b"") if b"\\" in data else data
    rest = rest.translate(_ONE_KIND, _NO_STRUCTURE)
    is_bulky = rest.count(b'"') > 4 * MAX_VALUES  # two for each value, two for its key
    brackets = b""
    if not is_bulky:
        outside = b"".join(rest.split(b'"')[::2])
        opening = outside.count(b"[")
        is_bulky = opening + outside.count(b",") > MAX_VALUES or outside.count(b"]") > MAX_VALUES
        brackets = outside.replace(b",", b"") if opening > MAX_DEPTH else b""
    if is_bulky:
        raise FileFormatError(f"{name} holds more than {MAX_VALUES} values: too many for a graph")
    depths = itertools.accumulate(1 if bracket == ord("[") else -1 for bracket in brackets)
    if max(depths, default=0) > MAX_DEPTH:
        line = _first_line_too_deep(data.decode("utf-8"))
        raise FileFormatError(f"{name}: line {line}: nested deeper than {MAX_DEPTH} levels")


def _first_line_too_deep(text: str) -> int:
    depth = 0
    for match in _STRING_OR_BRACKET.finditer(text):
        char = text[match.start()]
        depth += (char in "[{") - (char in "]}")
        if depth > MAX_DEPTH:
            return text.count("\n", 0, match.start()) + 1
    return text.count("\n") + 1


def _refuse_flaws(value: Any, place: str, name: str) -> None:
    if isinstance(value, _Flaw):
        raise FileFormatError(f"{name}: {place}: {value.reason}")
    if isinstance(value, str):
        if not is_unicode(value):
            raise FileFormatError(f"{name}: {place}: {_shown(value)} is no valid text")
    elif isinstance(value, dict):
        for key, item in value.items():
            _refuse_flaws(key, place, name)
            _refuse_flaws(item, f"{place}.{key}" if key.isidentifier() else f"{place}[{_shown(key)}]", name)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _refuse_flaws(item, f"{place}[{index}]", name)


def is_unicode(text: str) -> bool:
    """Can this be written as UTF-8? A lone half of a surrogate pair cannot."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _shown(text: str) -> str:
    shown = ascii(text)
    return shown if len(shown) <= 60 else shown[:57] + "..."


def write_json(value: Any, place: str, level: int) -> str:
    """One line of JSON that `read_json` gives back as it was; `level` brackets are open around it.

    Raises:
        FileFormatError: the value is no plain data; the message begins with `place`.
    """
    _refuse_unwritable(value, place, level)
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    except ValueError as error:  # Python's limit on the digits of a whole number
        raise FileFormatError(f"{place} cannot be written to a file: {error}") from None


def _refuse_unwritable(value: Any, place: str, level: int) -> None:
    if isinstance(value, (dict, list, tuple)):
        if level >= MAX_DEPTH:
            raise FileFormatError(f"{place} cannot be written to a file: it is nested deeper than {MAX_DEPTH} levels")
        if isinstance(value, dict):
            for key, item in value.items():
                if not isinstance(key, str):
                    raise FileFormatError(f"{place} cannot be written to a file: the key {key!r} is no text")
                _refuse_unwritable(key, place, level)
                _refuse_unwritable(item, place, level + 1)
        else:
            for item in value:
                _refuse_unwritable(item, place, level + 1)
    elif isinstance(value, str):
        if not is_unicode(value):
            raise FileFormatError(f"{place} cannot be written to a file: {_shown(value)} is no valid text")
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise FileFormatError(f"{place} cannot be written to a file: {value} is no finite number")
    elif value is not None and not isinstance(value, int):
        raise FileFormatError(f"{place} cannot be written to a file: {type(value).__name__} is no plain data")
