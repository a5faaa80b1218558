"""What the service's process holds, over the time that it lives."""

from __future__ import annotations

import math
import re
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Final

from benchmarks.processes import memory

WEIGH_SECONDS: Final = 1.0
WARM_UP_SECONDS: Final = 20.0
"""Until then a process imports, and fills its caches."""
MEMORY_MAY_GROW: Final = 6 * 1024 * 1024
FILES_MAY_GROW: Final = 6.0
"""By so much more at the end than at the beginning a process may hold: requests come and go."""


@dataclass(frozen=True, slots=True)
class Burden:
    """Resident bytes and open files: at one moment, or the mean of several."""

    memory: float
    files: float

    @classmethod
    def of(cls, pid: int) -> Burden:
        return cls(memory(pid), _files(pid))

    def __str__(self) -> str:
        return f"{self.memory / 1024 / 1024:.1f} MiB, {self.files:.0f} files"


def _files(pid: int) -> int:
    """Open files; to all but root, from whom the service can't close it, the room for them, doubled when it is full."""
    try:
        return len(list(Path(f"/proc/{pid}/fd").iterdir()))
    except PermissionError:
        (slots,) = re.findall(r"^FDSize:\s+(\d+)$", Path(f"/proc/{pid}/status").read_text("ascii"), re.MULTILINE)
        return int(slots)


class Burdens:
    """Of one process, taken again and again."""

    def __init__(self) -> None:
        self._taken: list[Burden] = []
        self._next_at = math.inf

    def begin(self) -> None:
        """The process has just been started."""
        self._next_at = time.monotonic() + WARM_UP_SECONDS

    def take_in_time(self, pid: int) -> None:
        now = time.monotonic()
        if now >= self._next_at:
            self._next_at = now + WEIGH_SECONDS
            self._taken.append(Burden.of(pid))

    @property
    def first_tenth(self) -> Burden:
        return _mean(self._taken[: self._tenth])

    @property
    def last_tenth(self) -> Burden:
        return _mean(self._taken[-self._tenth :])

    @property
    def _tenth(self) -> int:
        return max(len(self._taken) // 10, 1)

    @property
    def growth(self) -> list[str]:
        """What is not flat; empty where all is well."""
        first, last = self.first_tenth, self.last_tenth
        grown = last.memory - first.memory > MEMORY_MAY_GROW or last.files - first.files > FILES_MAY_GROW
        return [f"from {first} to {last}"] if grown else []


def _mean(burdens: list[Burden]) -> Burden:
    if not burdens:  # a day so short that nothing was warm yet
        return Burden(math.nan, math.nan)
    return Burden(fmean(one.memory for one in burdens), fmean(one.files for one in burdens))
