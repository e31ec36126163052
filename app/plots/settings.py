"""What each kind of plot lets people set, as data: the toolbar, the popup and the file are made from it.

Imports neither Qt nor pyqtgraph. A kind declares its settings beside its name in `kinds`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing that can be set on a plot: a switch (bool), a number (int, float), a choice or a text.

    Attributes:
        name: of the option in the file.
        label: what people read beside it.
        tip: one line on what it does, unlike the label.
        default: also says which type it has.
        choices: value and label of each that is allowed; none is any of the type.
        minimum, maximum: of a number; one out of range is brought into it.
        unit: of a number, such as "s".
        in_bar: stands in the toolbar; else in the popup behind "Settings".
        needs: the name of a switch, or name and value of a choice ("mode=fixed"), without which it means nothing.
    """

    name: str
    label: str
    tip: str
    default: Any
    choices: tuple[tuple[str, str], ...] = ()
    minimum: float = -math.inf
    maximum: float = math.inf
    unit: str = ""
    decimals: int = 3
    in_bar: bool = False
    needs: str = ""

    def read(self, value: Any) -> Any:
        """A value of a file made safe: the default in place of what does not fit."""
        if isinstance(self.default, bool):
            return value if isinstance(value, bool) else self.default
        if self.choices:
            return value if any(value == choice for choice, _ in self.choices) else self.default
        if isinstance(self.default, (int, float)):
            if not isinstance(value, (int, float)) or isinstance(value, bool) or not math.isfinite(value):
                return self.default
            return type(self.default)(min(max(value, self.minimum), self.maximum))
        return value if isinstance(value, type(self.default)) else self.default

    def is_in_force(self, values: Mapping[str, Any]) -> bool:
        """Does it mean something beside these other values?"""
        name, _, wanted = self.needs.partition("=")
        return not name or (str(values.get(name)) == wanted if wanted else bool(values.get(name)))


def read_all(settings: Sequence[Setting], options: Mapping[str, Any]) -> dict[str, Any]:
    """A safe value for each setting, from the `options` of a file."""
    return {setting.name: setting.read(options.get(setting.name, setting.default)) for setting in settings}
