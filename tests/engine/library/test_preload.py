from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from engine.library.preload import preload


@pytest.fixture
def slow_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "slow_to_import.py").write_text("import time; time.sleep(0.2); value = 1")
    (tmp_path / "broken_to_import.py").write_text("1 / 0")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "slow_to_import", raising=False)
    return "slow_to_import"


def test_the_loop_goes_on_while_a_module_is_imported(slow_module: str) -> None:
    async def run() -> int:
        turns = 0
        loading = asyncio.create_task(preload(slow_module))
        while not loading.done():
            await asyncio.sleep(0.01)
            turns += 1
        await loading
        return turns

    assert asyncio.run(run()) > 5
    assert sys.modules[slow_module].value == 1  # type: ignore[attr-defined]
    del sys.modules[slow_module]


def test_a_module_that_fails_to_import_says_so(slow_module: str) -> None:
    with pytest.raises(ZeroDivisionError):
        asyncio.run(preload("broken_to_import"))


def test_a_module_that_is_there_costs_nothing() -> None:
    asyncio.run(preload("sys"))


def test_a_loop_that_does_not_wait_for_the_import_may_close(slow_module: str) -> None:
    async def give_up() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await preload(slow_module)

    asyncio.run(give_up())
