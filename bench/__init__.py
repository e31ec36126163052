"""Long and heavy runs of the engine, from a checkout: `python -m bench --help`. Knows nothing of any window."""
