"""The only code that touches photo files: watching for them, scanning, looking inside, putting them away."""
