"""Node types for Tidewire, offered through the entry point `tidewire.nodes`."""
