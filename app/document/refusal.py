"""Why a start was refused or failed, and at which node: read from what the engine says."""

from __future__ import annotations

import re

from engine import Problem

_NODE = re.compile(r"\bnode (\S+) at ")
_PREFIX = re.compile(r"^node \S+ at \S+ ")


def node_of(refusal: object) -> str:
    """The id of the node at which a start was refused or failed; empty when it is none."""
    if isinstance(refusal, Problem):
        return refusal.where.partition(" ")[0].partition(".")[0]
    found = _NODE.search(first_line(refusal))
    return found[1].rstrip(":") if found else ""


def first_line(refusal: object) -> str:
    """What was refused, in a line."""
    text = refusal.message if isinstance(refusal, Problem) else str(refusal)
    return (text.splitlines() or ["failed"])[0]


def at_node(refusal: object) -> str:
    """The same line, as it reads at the node that it is about."""
    return _PREFIX.sub("", first_line(refusal))
