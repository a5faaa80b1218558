"""The process itself: its memory is closed to others and small, and it keeps to one processor."""

from __future__ import annotations

import ctypes
import gc
import os
import resource
import sys
from contextlib import suppress
from typing import Final

_PR_SET_DUMPABLE: Final = 4  # linux/prctl.h
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8  # glibc's malloc.h
_KEPT_BYTES: Final = 4_000_000
"""Room for the largest photo that is held whole while it is examined, twice."""

_OBJECTS_BETWEEN_LOOKS: Final = 10_000

_FOR_TERMINALS: Final = ("rich", "httpx._main")


def begin_work() -> None:
    """What takes photos in and sends them begins with this, before it starts a thread."""
    close_memory()
    keep_memory_together()
    look_for_cycles_rarely()
    keep_to_one_processor()


def close_memory() -> None:
    """No core file is written, and no other process of this user may look into this one.

    The limit alone would not do: a core that goes to a program (``|`` in core_pattern(5)) is not held to it. A process
    that is not dumpable also closes its /proc/PID/environ and /proc/PID/mem to all but root (proc(5)); its own
    /proc/self/fd, by which photos are opened, stays open to itself.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def leave_out_what_terminals_need() -> None:
    """For what shows nothing, before anything else is imported. httpx brings a command of its own, and structlog its
    tracebacks in colour; both with rich, which took the service 4 MB, and a twentieth of a second at its start."""
    left_out = [name for name in _FOR_TERMINALS if name not in sys.modules]
    sys.modules.update(dict.fromkeys(left_out))  # type: ignore[arg-type]  # None: there is no such module (import system)
    try:
        import httpx  # noqa: F401 -- from now on it is there without its command
        import structlog  # noqa: F401 -- from now on it is there without rich
    finally:
        for name in left_out:
            del sys.modules[name]


def let_others_go_first() -> None:
    """For what only shows: forty browsers that look on took a tenth of a burst's speed where both processors were busy
    (``benchmarks``, page)."""
    with suppress(OSError):  # forbidden where it runs: its unit says so instead
        os.nice(5)


def keep_memory_together() -> None:
    """For a process that has no other thread yet. glibc gives each thread memory of its own to allocate from, so that
    none waits for another; of Python's threads one runs at a time, and a service held 5 MB that way for nothing.

    What one photo took is kept for the next one: the kernel would have to clear it anew for each.
    """
    with suppress(AttributeError):  # another C library
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_M_ARENA_MAX, 1)
        mallopt(_M_MMAP_THRESHOLD, _KEPT_BYTES)
        mallopt(_M_TRIM_THRESHOLD, 2 * _KEPT_BYTES)


def look_for_cycles_rarely() -> None:
    """A photo leaves 300 objects behind that outlive it for a while, and next to no cycles: after each 700 of them, as
    Python does it, to look for cycles took two hundredths of a burst's processor time (``benchmarks``, burst)."""
    gc.set_threshold(_OBJECTS_BETWEEN_LOOKS)


def keep_to_one_processor() -> None:
    """For this process, and the threads and programs that it starts from now on.

    Python runs one thread at a time. Where they are spread over processors, each turn wakes another of these: a photo
    took an eighth more processor time (``benchmarks``, burst), and a burst 1.4 times as long on two processors that two
    endless loops kept busy. Which one is left to chance: several services spread.
    """
    allowed = sorted(os.sched_getaffinity(0))
    with suppress(OSError):  # forbidden where it runs: it works without
        os.sched_setaffinity(0, {allowed[os.getpid() % len(allowed)]})
