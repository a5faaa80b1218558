"""Holding the catalogue against the records."""
