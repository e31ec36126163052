"""How a process ends: what Python code has written and not closed is in its files, of whatever kind these are."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.timeout(20)
ROOT = Path(__file__).parents[3]
CODE = """
import sys, tempfile
from engine.computers.leaving import leave

class Lazy:
    asked = 0
    @property
    def __class__(self):
        Lazy.asked += 1
        raise RuntimeError("this would load a gigabyte")

class Log(type(sys.stdout)):
    pass

lazy = Lazy()
folder = sys.argv[1]
text = open(folder + "/text", "w"); text.write("text")
binary = open(folder + "/binary", "wb"); binary.write(b"binary")
both = open(folder + "/both", "w+b"); both.write(b"both")
log = Log(open(folder + "/log", "wb")); log.write("log")
sys.stdout.write("said")
leave(Lazy.asked)
"""


def test_what_was_written_to_open_files_of_any_kind_is_there_after_the_end(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    environment.pop("PYTHONUNBUFFERED", None)
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(tmp_path)], env=environment, capture_output=True, text=True, timeout=15
    )
    assert done.stdout == "said"
    assert done.returncode == 0, f"an object was asked what it is: its own code ran\n{done.stderr}"
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == {
        name: name for name in ("text", "binary", "both", "log")
    }
