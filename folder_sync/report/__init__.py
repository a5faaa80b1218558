"""What people are shown, as values."""
