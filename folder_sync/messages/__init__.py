"""The only code that sends messages to people, each from a process of its own."""
