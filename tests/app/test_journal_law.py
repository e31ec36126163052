"""The law of the journal: killed after any command, it gives back the same bytes, and a history that undoes alike."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.document import recovery as module
from app.document.kept_work import read_kept
from app.document.recovery import Recovery, folder
from app.workbench import Workbench
from engine import Graph
from engine.graph.file import format_graph
from tests.app.shapes import COUNT, SCALE

COMMANDS = 120


@pytest.fixture
def recovery(workbench: Workbench, monkeypatch: pytest.MonkeyPatch) -> Iterator[Recovery]:
    """One that writes its journal anew every few commands."""
    monkeypatch.setattr(module, "LARGE", 3000)
    monkeypatch.setattr(module, "MOST_STEPS", 8)
    made = Recovery(workbench)
    yield made
    made.end()
    made.forget()


def command(bench: Workbench, chance: random.Random, place: Path) -> None:
    """Something that a person does."""
    nodes, stack = list(bench.graph.nodes), bench.undo_stack
    node = chance.choice(nodes) if nodes else None
    match chance.randrange(13):
        case 0 | 1:
            bench.add_node(chance.choice([COUNT, SCALE]), (chance.random() * 999, chance.random() * 999))
        case 2 if node:
            bench.remove([node])
        case 3 if node:
            bench.move({node: (chance.random() * 999, chance.random() * 999)})
        case 4 if node:
            bench.rename(node, chance.choice(["", "a", "ä", "\u2028"]))
        case 5 if node:
            bench.connect(f"{node}.scaled", f"{chance.choice(nodes)}.value")
        case 6 if node:
            bench.set_parameter(node, "label", chance.choice(["x", "y"]))
        case 7 | 8 | 9 if stack.canUndo():
            stack.undo()
        case 10 if stack.canRedo():
            stack.redo()
        case 11:
            with bench.one_jump():
                stack.setIndex(chance.randrange(stack.count() + 1))
        case 12 if chance.random() < 0.3:
            bench.save_as(place / chance.choice(["a.tide", "b.tide"]))


def texts_while_undone(bench: Workbench) -> list[str]:
    """The file after each undo, to the beginning; the state is put back."""
    index, texts = bench.undo_stack.index(), []
    while bench.undo_stack.canUndo():
        bench.undo_stack.undo()
        texts.append(format_graph(bench.graph))
    bench.undo_stack.setIndex(index)
    return texts


@pytest.mark.parametrize("seed", range(12))
def test_after_any_command_the_kept_work_is_what_is_open(
    recovery: Recovery, workbench: Workbench, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    offered = 0
    for _ in range(COMMANDS):
        command(workbench, chance, tmp_path)
        assert recovery.file.exists() == workbench.is_modified
        if workbench.is_modified:
            offered += 1
            kept = read_kept(recovery.file)
            graph = Graph()
            graph.restore(kept.content)
            assert format_graph(graph) == format_graph(workbench.graph)
            assert kept.done == 0 or kept.steps[kept.done - 1].after == kept.content
    assert offered > COMMANDS / 3


@pytest.mark.parametrize("seed", range(6))
def test_the_restored_history_undoes_as_the_lost_one_did(
    recovery: Recovery, workbench: Workbench, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(f"history {seed}")
    for _ in range(COMMANDS):
        command(workbench, chance, tmp_path)
    workbench.add_node(COUNT, (1, 2))
    left = folder() / "999999999-1.journal"
    left.write_bytes(recovery.file.read_bytes())
    lost = texts_while_undone(workbench)
    workbench.new()
    assert recovery.restore(left)
    restored = texts_while_undone(workbench)
    assert len(restored) >= min(8, len(lost))
    assert restored == lost[: len(restored)]
