"""Whatever a name, a file or a server says: no defect comes of it. ``corpus`` keeps what was interesting once.

Run for longer with ``python -m tests.fuzz names|images|answers --seconds N`` (``make fuzz SECONDS=N`` for all three).
"""
