"""What this user has chosen before, kept with the settings: what is chosen often and lately is offered first."""

from __future__ import annotations

import json
import math
from typing import Any

from app.document.settings import settings

_KEY = "learned/node_types"
_FADES = 0.93  # of every other choice in the same situation, each time one is made
_LEAST = 0.05
_MOST_SITUATIONS = 300
ANYWHERE = ""


class Learned:
    """How much each node type was liked in each situation, as it was when this was made.

    A situation is the port from which a wire was drawn, as `type path.port`; `ANYWHERE` counts every choice.
    """

    def __init__(self) -> None:
        self._scores = _read()

    def liking(self, type_path: str, situation: str = ANYWHERE) -> float:
        """More than 0 when it was chosen in this situation before; an old choice counts less than a new one."""
        return self._scores.get(situation, {}).get(type_path, 0.0)


def remember_choice(type_path: str, situation: str = ANYWHERE) -> None:
    """Count a choice, in its situation and anywhere."""
    scores = _read()
    for place in dict.fromkeys((situation, ANYWHERE)):
        faded = {path: score * _FADES for path, score in scores.pop(place, {}).items()}
        faded[type_path] = faded.get(type_path, 0.0) + 1.0
        scores[place] = {path: round(score, 3) for path, score in faded.items() if score >= _LEAST}
    while len(scores) > _MOST_SITUATIONS:
        del scores[next(iter(scores))]
    settings().setValue(_KEY, json.dumps(scores))


def forget_choices() -> None:
    """Offer everything in the order of a first start again."""
    settings().remove(_KEY)


def _read() -> dict[str, dict[str, float]]:
    """What is stored; nothing where somebody has written nonsense there."""
    try:
        stored: Any = json.loads(str(settings().value(_KEY, "{}")))
    except ValueError:
        return {}
    if not isinstance(stored, dict):
        return {}
    return {
        situation: {path: float(score) for path, score in scores.items() if _is_score(score)}
        for situation, scores in stored.items()
        if isinstance(scores, dict)
    }


def _is_score(score: Any) -> bool:
    return isinstance(score, (int, float)) and not isinstance(score, bool) and math.isfinite(score)
