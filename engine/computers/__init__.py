"""Where nodes run: one asyncio loop for each location."""
