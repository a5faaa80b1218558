"""Helpers shared by the tests of the running service."""
