"""One class for each mouse gesture, and the one place that chooses among them."""
