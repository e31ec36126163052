"""The document: nodes and wires as plain data. Knows nothing of running."""
