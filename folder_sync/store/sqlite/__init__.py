"""What only SQLite knows: the file, its schema, its locks and its copies."""
