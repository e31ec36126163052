"""What a soak is asked to do."""

from __future__ import annotations

from dataclasses import dataclass

FAULTS = ("kill", "stop", "segv", "hang", "raise", "tap", "set", "restart")
PARTS = ("arrays", "flood", "signals", "joins", "loop", "trouble")
PLANTS = ("lose", "repeat", "swap", "damage")
PLANTED_IN, PLANT_SHOWS_AT = "arrays", "small_check"  # part of the graph, and the check behind it
PLANTED_EVERY = 20  # messages


@dataclass(frozen=True)
class Settings:
    """How long, with which faults, and how often.

    Attributes:
        seconds: how long in all.
        seed: of every choice; the moments still differ a little from run to run, as the machine does.
        faults: of `FAULTS`.
        pause_s: mean time between two faults.
        parts: of the graph, of `PARTS`.
        plant: of `PLANTS`: makes one node do wrong, to see that the soak finds it; empty for none.
    """

    seconds: float
    seed: int = 0
    faults: tuple[str, ...] = FAULTS
    pause_s: float = 1.0
    parts: tuple[str, ...] = PARTS
    plant: str = ""
