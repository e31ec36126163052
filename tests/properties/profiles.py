"""How many examples, and which: the everyday ones are the same in every run, the long ones are new each time.

The seed of the long ones stands in the name of the test. `TIDEWIRE_SEED=… pytest -m long` takes it again, and then
looks for the smallest example that fails too, which takes minutes.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from typing import Any

import hypothesis
import pytest
from hypothesis import HealthCheck, Phase, settings

_GIVEN = os.environ.get("TIDEWIRE_SEED")
SEED = int(_GIVEN or random.SystemRandom().randrange(2**32))
_SHARED: dict[str, Any] = {
    "database": None,
    "deadline": None,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    "phases": [Phase.explicit, Phase.generate, *([Phase.shrink] if _GIVEN else [])],
}


def everyday(examples: int, **more: Any) -> settings:
    """The same examples in every run."""
    return settings(max_examples=examples, derandomize=True, **_SHARED, **more)


def many(examples: int, **more: Any) -> settings:
    """Other examples in every run."""
    return settings(max_examples=examples, derandomize=False, **_SHARED, **more)


def seeded(test: Callable[..., Any]) -> Callable[..., Any]:
    """Draw from `SEED`, and have it in the name of the test, which takes it as `seed`."""
    decorated: Callable[..., Any] = pytest.mark.parametrize("seed", [SEED])(hypothesis.seed(SEED)(test))
    return decorated
