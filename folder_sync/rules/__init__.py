"""Decisions, as pure functions: no clock, disk, network or database; time is an argument."""
