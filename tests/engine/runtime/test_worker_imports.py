"""What a worker process imports: its start is waited for, so it does without what only conducts runs."""

from __future__ import annotations

import pytest

import engine
from tests.engine.runtime.placements import chain, finished
from tests.engine.runtime.telling_nodes import Once, Tells

pytestmark = pytest.mark.timeout(30)
NOT_NEEDED = ("engine.runtime.conductor", "engine.runtime.graph", "engine.runtime.statistics", "importlib.metadata")


def test_a_worker_process_imports_nothing_that_only_conducts_runs_and_collects_garbage() -> None:
    run = finished(chain(("a", Once, {"location": "p:"}), ("b", Tells, {"location": "p:"})))
    modules, collects = run.result("b")
    assert "engine" in modules and "engine.runtime.worker" in modules
    assert not set(NOT_NEEDED) & set(modules)
    assert collects


def test_everything_that_the_engine_offers_is_there_when_asked_for() -> None:
    for name in engine.__all__:
        assert getattr(engine, name) is not None
        assert name in dir(engine)
    with pytest.raises(AttributeError, match="no attribute 'Grpah'"):
        engine.Grpah  # noqa: B018
