"""What a full wire does. Both the document and the bridges, which do not know each other, speak of it."""

from __future__ import annotations

from enum import StrEnum


class Overflow(StrEnum):
    """Make the sender wait, or drop (and count) the oldest, the newest, or all but the last."""

    BLOCK = "block"
    DROP_OLDEST = "drop_oldest"
    DROP_NEWEST = "drop_newest"
    LATEST = "latest"
