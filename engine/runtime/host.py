"""`Host`: what a stepper tells its worker."""

from __future__ import annotations

from typing import Any, Protocol

from engine.computers.pulse import Pulse
from engine.runtime.states import NodeState


class Host(Protocol):
    """What a stepper tells its worker."""

    pulse: Pulse

    def node_moved(self, stepper: Any, state: NodeState, reason: str, result: bytes) -> None:
        """The node is in another state; `result` is what a collector leaves at its end."""

    def node_failed(self, stepper: Any, error: BaseException, text: str, phase: str, is_final: bool) -> None:
        """The node raised in this phase; it goes on unless the failure is final."""

    def note(self, node: str, text: str) -> None:
        """A line for the log."""
