"""The document being edited: undo commands (the only writers of the graph), clipboard, trust, settings."""
