"""One file a language: English sentence → that sentence."""
