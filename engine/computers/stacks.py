"""Stacks of threads as text, innermost last with the lines of source, as `traceback` writes them.

Of this process they are looked up. Another process writes its own with `faulthandler`, which needs no interpreter lock
and so works where nothing else does; that text is turned into the same form here.
"""

from __future__ import annotations

import linecache
import re
import sys
import traceback

_THREAD = re.compile(r"(?:Current thread|Thread) 0x([0-9a-f]+) \(most recent call first\):")
_FRAME = re.compile(r'  File "(.*)", line (\d+) in (.*)')
_CRASH = re.compile(r"^(Fatal Python error: .*|Windows fatal exception: .*)", re.MULTILINE)


def stack_of(thread: int) -> str:
    """The stack of a thread of this process; empty when there is no such thread."""
    frame = sys._current_frames().get(thread)
    return "".join(traceback.format_stack(frame)) if frame is not None else ""


def stacks_in(dump: str) -> dict[int, str]:
    """The stacks in what `faulthandler` wrote, by thread, in the order in which they stand there."""
    found = {}
    parts = _THREAD.split(dump)
    for thread, text in zip(parts[1::2], parts[2::2], strict=True):
        frames = _FRAME.findall(text)
        found[int(thread, 16)] = "".join(_frame_text(*frame) for frame in reversed(frames)) or "  (no Python code)\n"
    return found


def last_words(dump: str) -> str:
    """What a process wrote as it died: the stack of the thread that crashed, or a traceback; else nothing."""
    crash = _CRASH.search(dump)
    if crash is None:
        return dump[dump.index("Traceback (") :] if "Traceback (" in dump else ""
    rest = dump[crash.end() :]
    stacks = stacks_in(rest)
    current = re.search(r"Current thread 0x([0-9a-f]+)", rest)
    stack = stacks.get(int(current[1], 16), "") if current else "".join(stacks.values())
    return f"{crash[1]}\n{stack}"


def _frame_text(file: str, line: str, name: str) -> str:
    source = linecache.getline(file, int(line)).strip()
    return f'  File "{file}", line {line}, in {name}\n' + (f"    {source}\n" if source else "")
