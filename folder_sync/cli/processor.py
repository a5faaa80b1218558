"""Keeping to one of the machine's processors."""

from __future__ import annotations

import os
from contextlib import suppress


def keep_to_one_processor() -> None:
    """For this process, and the threads and programs that it starts from now on.

    Python runs one thread at a time. Where they are spread over processors, each turn wakes another of these, which
    took a quarter of an upload's processor time (``benchmarks``, burst); and the rest of the machine belongs to those
    who work on photos there. Which one is left to chance: several services spread.
    """
    allowed = sorted(os.sched_getaffinity(0))
    with suppress(OSError):  # forbidden where it runs: it works without
        os.sched_setaffinity(0, {allowed[os.getpid() % len(allowed)]})
