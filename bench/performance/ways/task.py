"""What a program is asked to measure, and how it answers."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import asdict, dataclass, replace
from pathlib import Path


@dataclass(frozen=True)
class Task:
    """One measurement.

    Attributes:
        kind: the shape of the graph, "line", "chain", "fan", "join", ….
        layout: what shares a loop: "loop" all, "thread" the source
            in one thread and the rest in another, "process" the source in one process and the
            rest in another, "processes" a process each.
        size: of a message, bytes, a power of two from 64 on.
        seconds: how long to look once it is warm.
        rate_hz: messages a second; 0 as many as go through.
        count: how many nodes or branches, as the kind has it; `across` so many processes, 0 for one loop.
        capacity: of every queue; 0 the peer's own default.
        option: what else the kind has to know.
        root: process id of the program; `out`: where the sink writes its figures; "" a folder of its own.
    """

    kind: str = "line"
    layout: str = "loop"
    size: int = 64
    seconds: float = 1.0
    rate_hz: float = 0.0
    count: int = 0
    across: int = 0
    capacity: int = 0
    option: str = ""
    root: int = 0
    out: str = ""

    def as_json(self) -> str:
        """As text that `from_json` reads."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Task:
        """What `as_json` wrote."""
        return cls(**json.loads(text))


def answer(measure: Callable[[Task], None]) -> None:
    """Do the task of the command line: call `measure`, then print what the sink has written.

    What goes wrong after that, while a peer ends, does not undo the figures, but is told with them.
    """
    task = replace(Task.from_json(sys.argv[1]), root=os.getpid())
    with tempfile.TemporaryDirectory(prefix="tw-bench-") if not task.out else nullcontext("") as folder:
        task = replace(task, out=task.out or f"{folder}/figures.json")
        ended_badly = ""
        try:
            measure(task)
        except Exception as error:
            if not Path(task.out).exists():
                raise
            ended_badly = f"{type(error).__name__}: {error}"
        figures = json.loads(Path(task.out).read_text(encoding="utf-8"))
        if ended_badly:
            figures["ended_badly"] = ended_badly
        print(json.dumps(figures), flush=True)
