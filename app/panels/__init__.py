"""The panels around the canvas. Each talks to the workbench only."""
