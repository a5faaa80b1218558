"""Delivering photos: from a record to an image id."""
