"""The states of runs, nodes and computers, and which of them may follow which."""

from __future__ import annotations

from enum import StrEnum

from engine.errors import RunError


class RunState(StrEnum):
    """The life of a run."""

    PREPARING = "preparing"
    RUNNING = "running"
    DRAINING = "draining"
    ABORTING = "aborting"
    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"
    KILLED = "killed"

    @property
    def is_over(self) -> bool:
        """Is nothing of the run left?"""
        return self in _OVER


class NodeState(StrEnum):
    """The life of a node in a run.

    RESTARTING: it has failed, or its process has died, and is started again soon. DEAD: its computer died or was
    killed. ABANDONED: its thread did not return.
    """

    PREPARING = "preparing"
    READY = "ready"
    RUNNING = "running"
    RESTARTING = "restarting"
    ENDED = "ended"
    STOPPED = "stopped"
    FAILED = "failed"
    DEAD = "dead"
    ABANDONED = "abandoned"

    @property
    def is_over(self) -> bool:
        """Will it do nothing more?"""
        return self in _NODE_OVER


_OVER = frozenset({RunState.FINISHED, RunState.STOPPED, RunState.FAILED, RunState.KILLED})
_NODE_OVER = frozenset({NodeState.ENDED, NodeState.STOPPED, NodeState.FAILED, NodeState.DEAD, NodeState.ABANDONED})
_RUN_MOVES: dict[RunState, frozenset[RunState]] = {
    RunState.PREPARING: frozenset({RunState.RUNNING, RunState.ABORTING}) | _OVER,
    RunState.RUNNING: frozenset({RunState.DRAINING, RunState.ABORTING}) | _OVER,
    RunState.DRAINING: frozenset({RunState.ABORTING}) | _OVER,
    RunState.ABORTING: _OVER,
}


def check_move(old: RunState, new: RunState) -> None:
    """Raise `RunError` for a transition that is not in the table."""
    if new not in _RUN_MOVES.get(old, frozenset()):
        raise RunError(f"a run that is {old} cannot become {new}")
