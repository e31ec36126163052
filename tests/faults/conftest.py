"""Rounds of the fault suite: their seeds, and the tests that are too long to be in every round."""

from __future__ import annotations

import os

import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "minutes: takes about a minute; in no round of the fault suite")


@pytest.fixture(scope="session")
def seed() -> int:
    """What a round's random moments follow from: `TIDEWIRE_FAULT_SEED=7 pytest tests/faults` is round 7."""
    return int(os.environ.get("TIDEWIRE_FAULT_SEED", "0"))
