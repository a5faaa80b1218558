"""A strict stand-in for the Closient API on loopback, with scriptable faults, and sample photos to feed it."""
