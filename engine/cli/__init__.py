"""The command `tidewire`: opens the editor, runs graphs without a screen, checks them, lists node types."""

from engine.cli.command import entry, main

__all__ = ["entry", "main"]
