"""The gallery of example graphs, and the pictures in it."""
