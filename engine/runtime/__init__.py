"""One run of a graph: planning, starting, stepping, stopping, counting."""
