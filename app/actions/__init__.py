"""Commands as data: menus, toolbar and shortcuts are made from the same records."""
