"""Watching folders: what happens in them, and whether that is heard."""
