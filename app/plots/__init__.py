"""Live plots: docks that show what leaves an output port, through taps that never slow the graph."""
