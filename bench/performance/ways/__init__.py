"""The programs that are measured, one module a peer. Each runs in a process of its own and prints one JSON line.

They are started as `python -m bench.performance.ways.<name> '<JSON of a Task>'`, and import neither the engine nor a
peer beyond their own.
"""
