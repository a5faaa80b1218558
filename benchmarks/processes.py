"""What a process costs, as the kernel counts it (Linux)."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

_KIBIBYTE: Final = 1024


class Spent(NamedTuple):
    """Of a command and everything it waited for: seconds, and processor seconds."""

    seconds: float
    processor: float


def processor_seconds(pid: int) -> float:
    """User and system time of all threads of a running process, to the nanosecond.

    The clock of another process is named as clock_getcpuclockid(3) does it.
    """
    return time.clock_gettime((~pid << 3) | 2)


def memory(pid: int) -> int:
    """Resident bytes now."""
    return _status(pid, "VmRSS")


def most_memory(pid: int) -> int:
    """The most resident bytes since the start, or since ``forget_most_memory``."""
    return _status(pid, "VmHWM")


def forget_most_memory(pid: int) -> None:
    """proc_pid_clear_refs(5). Only root may: for others the peak of the start counts too."""
    with suppress(PermissionError):
        Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="ascii")


def run(command: Sequence[str], *, stdin: bytes = b"", expected: int = 0) -> Spent:
    """Run to its end. Raises RuntimeError where it ends otherwise than ``expected``."""
    begun = time.perf_counter()
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    if process.stdin is None:
        raise AssertionError("it was asked for")
    with process.stdin as pipe:
        pipe.write(stdin)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != expected:
        raise RuntimeError(f"{command[0]} ended with {process.returncode}")
    return Spent(seconds, usage.ru_utime + usage.ru_stime)


def _status(pid: int, field: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) * _KIBIBYTE
    raise RuntimeError(f"process {pid} has no {field}")
