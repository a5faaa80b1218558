"""Keeping what is in memory, a key among it, from leaving the process."""

from __future__ import annotations

import ctypes
import resource
from typing import Final

_PR_SET_DUMPABLE: Final = 4  # linux/prctl.h


def close_memory() -> None:
    """No core file is written, and no other process of this user may look into this one.

    The limit alone would not do: a core that goes to a program (``|`` in core_pattern(5)) is not held to it. A process
    that is not dumpable also closes its /proc/PID/environ and /proc/PID/mem to all but root (proc(5)); its own
    /proc/self/fd, by which photos are opened, stays open to itself.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
