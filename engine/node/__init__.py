"""What a node author writes with: nodes, ports, parameters, signals; and how node types are found."""
