"""How messages travel from one computer to another. Knows nothing of nodes."""
