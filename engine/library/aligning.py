"""Bringing together what comes from different clocks."""

from __future__ import annotations

from typing import Any

from engine.node.node import Join, Node
from engine.node.parameter import param
from engine.node.port import In, Out


class AlignByTime(Node):
    """Give each message of a with the message of b that was produced nearest to it in time.

    What has no partner within the tolerance is left out, and counted as unmatched.
    """

    category = "Events"
    icon = "delay"
    join = Join.TIME

    a = In(driving=True, doc="Sets the pace: each message here asks for a partner.")
    b = In(doc="May come from another clock; a message may be the partner of several.")
    a_aligned = Out(doc="The message of a.")
    b_aligned = Out(doc="Its partner, at the same tick.")
    join_tolerance_s = param(
        0.02, minimum=0.0, maximum=3600.0, unit="s", doc="How far apart in time partners may have been produced."
    )

    def process(self, a: Any, b: Any) -> dict[str, Any]:
        """Give a pair."""
        return {"a_aligned": a, "b_aligned": b}
