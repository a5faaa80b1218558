"""A long, bad day: photographers at work, the network, the server, the key and the power failing, at random.

``python -m tests.soak --minutes 30 --seed 7``: at the end everything calms down, and the sandbox's ledger is held
against what was delivered. The same seed makes the same day, as far as threads and processes let it.

With ``--machines 3`` three services share one PostgreSQL and two accounts: they are killed, halted and cut off for less
and for more than their lease, the database is killed, and in the end one of them is switched off while it sends.
"""
