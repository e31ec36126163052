"""What is known of the death of a process: how it ended, at which node, and its last words."""

from __future__ import annotations

from dataclasses import dataclass

from engine.computers.process import describe_exit
from engine.runtime.sites import Site


@dataclass(frozen=True)
class Death:
    """How a site's process died.

    Attributes:
        node: the node whose code ran on the site's loop then, where that may be why; else empty.
        reason: what happened, in one line.
        last_words: the stack of a crash, or the traceback of a process that could not begin; may be empty.
    """

    node: str
    reason: str
    last_words: str


def death_of(site: Site, code: int) -> Death:
    """Look at what a process has left. Only while its end is being told: then its memory goes.

    Args:
        site: one of its sites.
        code: its exit code, as `subprocess` gives it.
    """
    process = site.process
    assert process is not None
    words = process.last_words
    pulse = process.page.pulse(site.pulse_at, len(site.built))
    is_own_doing = code >= 0 or bool(words)  # not so when somebody else has sent a signal
    node = site.node_of_number(pulse.node) if is_own_doing else ""
    at = f" in node {node}" if node else ""
    return Death(node, f"process {process.name} died{at}: {describe_exit(code)}", words)
