"""What holds after every test of a bridge: no shared memory is mapped any more."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from tests.engine.bridges.lines import mapped_arenas


@pytest.fixture(autouse=True)
def no_shared_memory_stays_mapped() -> Iterator[None]:
    before = mapped_arenas()
    yield
    if mapped_arenas() > before:
        gc.collect()
        assert mapped_arenas() <= before
