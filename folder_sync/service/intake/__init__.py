"""Taking photos in: from a path that somebody mentioned to a record in the store."""
