"""The performance bench: the whole way from node to node, side by side with peers and with what the machine allows."""
