"""The page: what photographers, operators and catalogue managers look at. A process of its own beside the service."""
