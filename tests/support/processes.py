"""Processes that a test starts by hand."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import AnyStr


@contextmanager
def not_outliving(process: subprocess.Popen[AnyStr]) -> Iterator[subprocess.Popen[AnyStr]]:
    """Ends with its ``with``, also where the test fails in it: ``Popen`` alone waits there for a process that nobody
    has told to end, and the test hangs without a word about what failed.
    """
    with process:
        try:
            yield process
        finally:
            process.kill()


def hears_hup(pid: int) -> bool:
    """Whether HUP does not simply end a service, as it does with one that has just been started.

    Told by the workers: while the main thread waits for a signal, the kernel shows it as not blocked.
    """
    masks = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(OSError):  # it has just ended
            lines = (task / "status").read_text(encoding="ascii", errors="replace").splitlines()
            if task.name != str(pid):
                masks += [int(line.split()[1], 16) for line in lines if line.startswith("SigBlk:")]
    return bool(masks) and all(mask >> (signal.SIGHUP - 1) & 1 for mask in masks)
