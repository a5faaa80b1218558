"""Telling people what needs their attention."""
