"""`python -m bench gui`: how fast the editor opens, moves and draws, each scenario in a process of its own.

The command itself imports no Qt: only the processes do that it starts (`bench.gui.stage`).
"""
