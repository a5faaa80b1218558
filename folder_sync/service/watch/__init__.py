"""Watching folders: what happens in them, and whether its events arrive."""
