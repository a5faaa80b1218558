"""The support bundle: only what is known to be harmless goes into it."""
