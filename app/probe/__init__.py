"""The probe: a click on a wire shows its latest value, its figures, and the bridge that carries it."""
