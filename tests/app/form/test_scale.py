"""The window at 100, 150 and 200 %, in a process of its own each: no text is cut off, nothing lies over another."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

LOOK = Path(__file__).with_name("look.py")


def look(tmp_path: Path, scale: float, percent: int, theme: str) -> dict[str, list[str]]:
    """What is cut off in a window of 1280 x 800 units."""
    done = subprocess.run(
        [sys.executable, str(LOOK), str(percent), theme],
        env={
            **os.environ,
            "QT_QPA_PLATFORM": "offscreen",
            "QT_SCALE_FACTOR": str(scale),
            "XDG_CONFIG_HOME": str(tmp_path),
            "PYTHONPATH": str(Path(__file__).parents[3]),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, list[str]] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.timeout(150)
@pytest.mark.parametrize(
    ("scale", "percent", "theme"), [(1.0, 100, "dark"), (1.5, 100, "light"), (2.0, 100, "dark"), (1.0, 150, "light")]
)
def test_no_text_is_cut_off(tmp_path: Path, scale: float, percent: int, theme: str) -> None:
    found = look(tmp_path, scale, percent, theme)
    assert found["looked_at"][0] != "0"
    assert found["cut_off"] == []
