"""Measures folder-sync beside what a studio would do without it: ``python -m benchmarks``, or ``make bench``.

Every figure stands beside its peer, measured in the same run, in turn: a machine that is slow, or busy with
something else, slows both. Nothing is asserted; the table says what was aimed at.
"""
