"""Help: a page for each node type, made from its class, and the page of shortcuts, made from the records."""
