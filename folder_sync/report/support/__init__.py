"""The bundle for whoever helps: what is known to be harmless goes into it, and nothing else."""
