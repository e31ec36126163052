"""Node types in the editor: which there are, the files they come from, and what becomes of them when these change."""
