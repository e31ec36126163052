"""Tidewire's desktop editor (PySide6). Talks to the engine through one object, the workbench."""

from pathlib import Path

RESOURCES = Path(__file__).resolve().parents[1] / "resources"
