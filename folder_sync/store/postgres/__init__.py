"""What only PostgreSQL knows: its connection, its schema, its errors."""
