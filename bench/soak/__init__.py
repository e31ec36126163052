"""The soak: a mixed graph runs for a long time while faults befall it, and every message is accounted for.

The books are kept by the graph's own sources and sinks in files of their own (`record`), apart from the engine's
counts, so that the two can be held against each other (`judge`).
"""
