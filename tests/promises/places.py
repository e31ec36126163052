"""The placements at which every promise is held: main and thread at once, of the others some in the long rounds."""

from __future__ import annotations

import pytest

from tests.engine.runtime.placements import PLACEMENTS


def everywhere(*quick: str) -> pytest.MarkDecorator:
    """All placements; those with processes that are not named as quick are in the long rounds."""
    return pytest.mark.parametrize(
        "placement",
        [
            pytest.param(one, marks=[] if one in ("main", "thread", *quick) else [pytest.mark.long])
            for one in PLACEMENTS
        ],
    )
