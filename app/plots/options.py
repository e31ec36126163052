"""What can be set on a plot, as its file has it, made safe. Imports neither Qt nor pyqtgraph."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from app.plots.settings import Setting, read_all

MIN_WINDOW_S = 0.01
MAX_WINDOW_S = 3600.0


@dataclass(frozen=True, slots=True)
class PlotOptions:
    """The settings of one plot: those that kinds share, and by `options[name]` those that its kind declares.

    Attributes:
        window_s: how much time a scope shows, and how much a spectrum is computed from, in seconds.
        stacked: each channel in a lane of its own; else all over each other.
        autoscale: the value axis follows the data.
        decibels: power in dB.
        log_frequency: a logarithmic frequency axis.
        hidden: names of the channels that are not drawn.
        of_kind: a safe value for each `Setting` of the kind.
    """

    window_s: float = 5.0
    stacked: bool = True
    autoscale: bool = True
    decibels: bool = True
    log_frequency: bool = False
    hidden: tuple[str, ...] = ()
    of_kind: Mapping[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        return self.of_kind[name]

    @classmethod
    def read(cls, options: Mapping[str, Any], settings: Sequence[Setting] = ()) -> PlotOptions:
        """The settings in the `options` of a file; whatever is not usable there has its default."""
        values: dict[str, Any] = {"of_kind": read_all(settings, options)}
        for each in fields(cls):
            value = options.get(each.name)
            if each.type == "bool" and isinstance(value, bool):
                values[each.name] = value
        window_s = options.get("window_s")
        if isinstance(window_s, (int, float)) and not isinstance(window_s, bool) and math.isfinite(window_s):
            values["window_s"] = min(max(float(window_s), MIN_WINDOW_S), MAX_WINDOW_S)
        hidden = options.get("hidden")
        if isinstance(hidden, (list, tuple)):
            values["hidden"] = tuple(name for name in hidden[:1000] if isinstance(name, str))
        return cls(**values)


def written(options: Mapping[str, Any], name: str, value: Any) -> dict[str, Any]:
    """The options of a file with one of them changed; those that this version does not know stay."""
    return {**options, name: list(value) if isinstance(value, tuple) else value}
