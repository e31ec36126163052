"""The canvas: a mirror of the document drawn with NodeGraphQt, and one class for each mouse gesture on it."""
