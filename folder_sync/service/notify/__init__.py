"""Telling people what needs them."""
