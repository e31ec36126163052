"""The peers' own environment: made when it is missing or out of date, so that no peer is a dependency of ours."""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).resolve().parents[1] / ".peers"  # git-ignored
WANTED = Path(__file__).with_name("peers.txt")
TIMEOUT_S = 300.0


class PeersMissing(Exception):
    """The peers cannot be installed; the text says why and what to do."""


def peers_python(folder: Path = FOLDER) -> Path:
    """The interpreter of the peers' environment, which is made first when need be.

    Raises:
        PeersMissing: it cannot be made, for example because the package registry is out of reach.
    """
    python = folder / "bin" / "python"
    wanted = _wanted()
    made_of = folder / "made-of.txt"
    if python.exists() and made_of.exists() and made_of.read_text(encoding="utf-8") == wanted:
        return python
    print(f"installing the peers in {folder} …", file=sys.stderr, flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    try:
        venv.create(folder, with_pip=True)
        command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wanted.split()]
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=TIMEOUT_S)
    except (OSError, subprocess.SubprocessError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        told = (getattr(error, "stderr", "") or str(error)).strip().splitlines()
        raise PeersMissing(
            f"ezmsg and pyzmq could not be installed ({told[-1] if told else error}): they are left out, and no ratio "
            f"to them can be told. They are wanted from the package registry once, see {WANTED.name}"
        ) from error
    made_of.write_text(wanted, encoding="utf-8")
    return python


def _wanted() -> str:
    """The peers at their pinned versions, and NumPy at ours, one a line."""
    lines = (line.split("#")[0].strip() for line in WANTED.read_text(encoding="utf-8").splitlines())
    return "\n".join([*filter(None, lines), f"numpy=={np.__version__}"])
