"""The editor's figures on the page: of one run, and the one that is kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bench.gui import page
from bench.performance.page import PAGE, put_into

RUN: dict[str, Any] = {
    "machine": {"screen": "Xvfb", "load": 0.5, "load_after": 1.25, "packages": {"numpy": "2.0"}},
    "effort": "full",
    "results": {"opening": {"editor": {"shell_s": 0.42}, "bare": {"shell_s": 0.2, "canvas_s": 123.4}}},
    "targets": [
        {"scenario": "opening", "case": "editor", "figure": "shell_s", "target": "≤ 0.5", "value": 0.42, "met": True},
        {"scenario": "flood", "case": "main", "figure": "gap_ms", "target": "≤ 33", "value": 51.2, "met": False},
    ],
    "failed": ["scopes"],
}


def test_a_run_is_kept_and_put_between_the_marks_of_the_page(tmp_path: Path) -> None:
    file, text = tmp_path / "results" / "gui.json", tmp_path / "page.md"
    text.write_text(f"# Title\n\n{page.BEGIN}\nold\n{page.END}\n\nafter\n", encoding="utf-8")
    page.write(RUN, file, text)
    made = text.read_text(encoding="utf-8")
    assert made.startswith("# Title\n") and made.endswith("\n\nafter\n") and "old" not in made
    assert "1 of 2 met" in made and "Failed: scopes." in made
    assert "| opening: editor | shell s | ≤ 0.5 | 0.42 | met |" in made
    assert "| flood: main | gap ms | ≤ 33 | 51.2 | not met |" in made
    assert "| bare | 0.20 | 123 |" in made and "| editor | 0.42 |  |" in made
    assert json.loads(file.read_text(encoding="utf-8")) == RUN


def test_a_page_without_a_place_for_it_is_left_alone(tmp_path: Path) -> None:
    text = tmp_path / "page.md"
    text.write_text("# Title\n", encoding="utf-8")
    with pytest.raises(ValueError, match="no section to write"):
        page.write(RUN, tmp_path / "gui.json", text)
    assert not (tmp_path / "gui.json").exists()


def test_the_page_of_the_project_shows_the_run_that_is_kept() -> None:
    text = PAGE.read_text(encoding="utf-8")
    kept = json.loads(page.FILE.read_text(encoding="utf-8"))
    assert put_into(text, page.section(kept), page.BEGIN, page.END) == text
