"""How file names are read. Pure."""
