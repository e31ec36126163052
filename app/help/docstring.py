"""Docstrings as Markdown: plain text with sections in Google's style becomes headings and lists."""

from __future__ import annotations

import inspect
import re

_SECTIONS = {
    "args": "What it takes",
    "arguments": "What it takes",
    "attributes": "Attributes",
    "returns": "What it gives",
    "yields": "What it gives",
    "raises": "Errors",
    "note": "Note",
    "notes": "Notes",
    "example": "Example",
    "examples": "Examples",
}
_HEADING = re.compile(r"(\w+):\s*$")
_ENTRY = re.compile(r"(\*{0,2}\w[\w.]*(?: \([^)]*\))?): +(.*)")


def first_line(docstring: str | None) -> str:
    """The first line of a docstring."""
    return inspect.cleandoc(docstring or "").partition("\n")[0].strip()


def markdown_of(docstring: str | None) -> str:
    """All after the first line, as Markdown; empty when there is no more."""
    lines = inspect.cleandoc(docstring or "").splitlines()[1:]
    written: list[str] = []
    section: list[str] | None = None
    for line in lines:
        heading = _HEADING.match(line)
        title = _SECTIONS.get(heading[1].lower()) if heading else None
        if title is not None:
            written += _of_section(section)
            written += ["", f"### {title}", ""]
            section = []
        elif section is not None and (line.startswith(" ") or not line):
            section.append(line)
        else:
            written += _of_section(section)
            section = None
            written.append(line)
    written += _of_section(section)
    return "\n".join(written).strip()


def _of_section(lines: list[str] | None) -> list[str]:
    """The body of a section: its `name: text` entries as a list, with the lines that go on."""
    if not lines:
        return []
    body = inspect.cleandoc("\n" + "\n".join(lines)).splitlines()
    written: list[str] = []
    for line in body:
        entry = _ENTRY.match(line)
        if entry:
            written.append(f"- **{entry[1]}**: {entry[2]}")
        elif line.startswith(" ") and written and written[-1].startswith("- "):
            written[-1] += f" {line.strip()}"
        else:
            written.append(line)
    return [*written, ""]
