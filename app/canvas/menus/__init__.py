"""The context menus of the canvas. They are opened with `popup`, so that nothing waits for them."""
