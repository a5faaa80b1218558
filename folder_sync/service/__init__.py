"""Threads and life cycle: what happens when, and who does it. The decisions themselves are in ``rules``."""
