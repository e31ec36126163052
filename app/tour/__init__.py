"""The tour: tips that point at parts of the window, each waiting for what it asks for to be done."""
