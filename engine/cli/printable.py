"""Text of others (names, files, logs, errors) made safe for a terminal: it cannot move the cursor or pose as ours."""

from __future__ import annotations


def printable(text: str) -> str:
    """The text on one line: control characters, line breaks and marks of direction become backslash escapes."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def printable_block(text: str) -> str:
    """The text with its line breaks, each line made printable."""
    return "\n".join(printable(line.expandtabs()) for line in text.rstrip().split("\n"))
