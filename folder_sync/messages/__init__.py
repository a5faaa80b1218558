"""The only code that sends messages to people: a courier, and the process it sends off with each letter."""
