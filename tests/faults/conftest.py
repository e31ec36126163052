"""Rounds of the fault suite: the seeds of its random moments, and which of its long tests are in a round.

Twenty rounds in a row, each with other moments and another quarter of the long tests:

    for i in $(seq 20); do
        TIDEWIRE_FAULT_SEED=$i TIDEWIRE_FAULT_SHARE=4 pytest tests/faults tests/promises -m "not minutes" -q -x || break
    done

A test that fails by chance names its seed: `TIDEWIRE_FAULT_SEED=7 pytest ...` plays the same moments again.
"""

from __future__ import annotations

import os
import zlib

import pytest

SEED = int(os.environ.get("TIDEWIRE_FAULT_SEED", "0"))
SHARE = int(os.environ.get("TIDEWIRE_FAULT_SHARE", "1"))  # one of so many long tests is in a round


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "minutes: takes about a minute; in no round of the fault suite")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the long tests that are not in this round; the others are in one of the next."""
    others = [item for item in items if item.get_closest_marker("long") and not _is_in_round(item)]
    if others:
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if item not in set(others)]


def _is_in_round(item: pytest.Item) -> bool:
    return (zlib.crc32(item.nodeid.encode()) + SEED) % SHARE == 0


@pytest.fixture(scope="session")
def seed() -> int:
    """What the random moments of a round follow from."""
    return SEED
