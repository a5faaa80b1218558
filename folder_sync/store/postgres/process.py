"""Which process a service is, and whether that has gone: known of those that the same kernel runs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_ours: Final[set[str]] = set()


def this_kernel() -> str:
    """Within which process ids tell processes apart: one start of one machine, and there one container."""
    return f"{Path('/proc/sys/kernel/random/boot_id').read_text().strip()} {Path('/proc/self/ns/pid').readlink()}"


@contextmanager
def begins(token: str) -> Iterator[None]:
    """A service of this name is one of this process: before others can read of it, and after, unless this fails."""
    _ours.add(token)
    try:
        yield
    except BaseException:
        _ours.discard(token)
        raise


def end(token: str) -> None:
    _ours.discard(token)


@dataclass(frozen=True, slots=True)
class Process:
    """Of the service ``token``."""

    kernel: str
    pid: int
    token: str

    def has_gone(self) -> bool:
        """Asked of the kernel: /proc may hide what belongs to others. False where nobody here can know."""
        if self.kernel != this_kernel():
            return False
        if self.pid == os.getpid():
            return self.token not in _ours
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            return False
        return False
