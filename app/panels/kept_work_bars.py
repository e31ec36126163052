"""The bars that offer unsaved work back: one for each editor that ended before its work was saved."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from app.document.kept_work import Summary, summary_of
from app.document.recovery import Recovery, left_over
from app.panels.bars import Bars

MOST_BARS = 3


class KeptWorkBars:
    """Offers what editors that are gone have left: which file, from when, how many edits."""

    def __init__(self, bars: Bars, recovery: Recovery, guard: Callable[[Callable[[], object]], None]) -> None:
        """Offer nothing yet.

        Args:
            bars: where.
            recovery: what restores it.
            guard: asks about unsaved work in the open graph before it is replaced.
        """
        self._bars = bars
        self._recovery = recovery
        self._guard = guard
        self._waiting: list[Path] = []
        self._shown: set[Path] = set()

    def offer(self) -> None:
        """Show a bar for each piece of work, the newest first; some wait until others are answered."""
        self._waiting = left_over()
        self._show_some()

    def _show_some(self) -> None:
        while self._waiting and len(self._shown) < MOST_BARS:
            self._show(self._waiting.pop(0))

    def _show(self, file: Path) -> None:
        key = key_of(file)

        def answered() -> None:
            self._bars.remove(key)
            self._shown.discard(file)
            self._show_some()

        def restore() -> None:
            self._guard(lambda: self._recovery.restore(file, answered))

        def delete() -> None:
            file.unlink(missing_ok=True)
            answered()

        self._shown.add(file)
        text = offer_text(summary_of(file), datetime.now())
        self._bars.put(key, "info", text, {"Restore": restore, "Delete it": delete}, closed=answered)


def key_of(file: Path) -> str:
    """The key of the bar that offers this journal."""
    return f"kept {file.stem}"


def offer_text(work: Summary, now: datetime) -> str:
    """What a bar says of unsaved work."""
    name = work.name or "a graph without a file"
    count = {0: "", 1: ", 1 edit"}.get(work.edits, f", {work.edits} edits")
    day = "today" if work.when.date() == now.date() else f"{work.when:%d %B %Y}"
    return f"Unsaved work was kept: {name}, {day} at {work.when:%H:%M}{count}."
