"""The mark of a service in a folder: what it says, and whether that service lives."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Self

SILENT_SECONDS: Final = 100.0
"""A mark unchanged for this long belongs to a service that is gone: of another machine nothing more can be known."""

LARGEST: Final = 4096

HOST: Final = socket.gethostname()


@dataclass(frozen=True, slots=True)
class Mark:
    """``run``: one start of a service; ``pid``: 0 once it has ended; ``born``: when the kernel started that process."""

    run: str
    records: str
    steps: int
    host: str
    boot: str
    pid: int
    born: int
    recursive: bool
    beat: int

    @classmethod
    def parse(cls, data: bytes) -> Self | None:
        """None for anything that no service has written."""
        try:
            fields = json.loads(data)
            mark = cls(**fields)
        except (ValueError, TypeError):
            return None
        kinds = {name: type(value) for name, value in asdict(mark).items()}
        return mark if kinds == _KINDS else None

    @property
    def owner(self) -> str:
        """For people."""
        return f"process {self.pid}" if self.host == HOST else f"on {self.host} (process {self.pid} there)"

    def has_surely_ended(self) -> bool:
        """As far as this machine can tell."""
        if self.pid == 0:
            return True
        if self.host != HOST:
            return False
        if self.boot != boot() or self.pid == os.getpid():  # an earlier run of this very process, before a reload
            return True
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            pass
        return born(self.pid) not in (None, self.born)


_KINDS: Final = {
    "run": str,
    "records": str,
    "steps": int,
    "host": str,
    "boot": str,
    "pid": int,
    "born": int,
    "recursive": bool,
    "beat": int,
}


def read(path: bytes) -> Mark | None:
    """None where there is none, or none that can be read."""
    data = data_of(path)
    return None if data is None else Mark.parse(data)


def data_of(path: bytes) -> bytes | None:
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        return os.pread(file, LARGEST, 0)
    except OSError:
        return None
    finally:
        os.close(file)


def owner_besides(
    path: bytes, above: Iterable[bytes], records: str | None, pid: int | None, *, is_shared: bool = False
) -> Mark | None:
    """For commands that only look: the mark of a service that works here and is not our own, which is ``pid`` and keeps
    ``records``; of a folder that is shared, any that keeps these.
    """
    for place in (path, *above):
        mark = read(place)
        if mark is None or mark.has_surely_ended() or _age(place) >= SILENT_SECONDS:
            continue
        ours = mark.records == records and (is_shared or mark.host != HOST or mark.pid == pid)
        if not ours and (place == path or mark.recursive):
            return mark
    return None


def _age(path: bytes) -> float:
    try:
        return time.time() - os.stat(path).st_mtime
    except OSError:
        return SILENT_SECONDS


def boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return ""


def born(pid: int) -> int | None:
    """In ticks since boot (proc(5)); None where that can't be seen."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[19])
    except (OSError, IndexError, ValueError):
        return None
