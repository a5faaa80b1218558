"""The only SQL: what is known of every photo, durably. A second store (several machines) would be a sibling."""
