"""`python -m bench.gui.stage SCENARIO JSON`: one scenario in this process; its cases as JSON, on the last line."""

from __future__ import annotations

import importlib
import json
import sys
from typing import Any

_OPENINGS = {
    "opening": "measure_editor",
    "opening, bare Qt window": "measure_bare_window",
    "opening, imports": "measure_imports",
}


def measure(scenario: str, settings: dict[str, Any]) -> dict[str, dict[str, float]]:
    """Play a scenario; case -> figure -> value."""
    if scenario in _OPENINGS:
        from bench.gui.scenarios import opening

        found: dict[str, dict[str, float]] = getattr(opening, _OPENINGS[scenario])(settings["began"])
        return found
    module = importlib.import_module(f"bench.gui.scenarios.{scenario}")
    cases: dict[str, dict[str, float]] = module.measure(settings["seconds"], settings["rounds"])
    return cases


if __name__ == "__main__":
    result = measure(sys.argv[1], json.loads(sys.argv[2]))
    print(json.dumps(result), flush=True)
