"""The built-in node types, one family a module."""
