"""Nothing to do, and 10,000 photos known: what the service costs while it waits."""

from __future__ import annotations

import shutil
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from benchmarks import library, running
from benchmarks.figures import Figure
from benchmarks.processes import memory, processor_seconds

PHOTOS: Final = 10_000
SECONDS: Final = 60.0
_MEGABYTE: Final = 1e6


def measure(home: Path, rounds: int) -> list[Figure]:
    """All rounds are of one run of each process, side by side; so one of them holds a pass over the whole folder."""
    library.fill(home, running.ORGANIZATION, PHOTOS)
    installed = shutil.which("inotifywait") is not None
    with ExitStack() as stack:
        url = stack.enter_context(running.stand_in())
        pids = [stack.enter_context(running.service(home, url, settle_seconds=1.0)).pid]
        if installed:
            watcher = subprocess.Popen(
                ["inotifywait", "-q", "-m", "-e", "close_write", str(home / "export")], stdout=subprocess.DEVNULL
            )
            stack.callback(watcher.wait)
            stack.callback(watcher.terminate)
            pids.append(watcher.pid)
        wait_settled(pids[0])
        processor: list[list[float]] = [[] for _ in pids]
        resident: list[list[float]] = [[] for _ in pids]
        for _ in range(rounds):
            before = [processor_seconds(pid) for pid in pids]
            time.sleep(SECONDS)
            for number, pid in enumerate(pids):
                processor[number].append((processor_seconds(pid) - before[number]) / SECONDS * 60)
                resident[number].append(memory(pid) / _MEGABYTE)
    peer = "inotifywait -m" + ("" if installed else " (inotify-tools is not installed)")
    return [
        Figure("idle, processor a minute", "s", processor[0], peer, processor[-1] if installed else [], "under 0.1 s"),
        Figure("idle, resident memory", "MB", resident[0], peer, resident[-1] if installed else [], "under 75 MB"),
    ]


def wait_settled(pid: int) -> None:
    """Until the pass that every start begins with is over: a second without work."""

    def is_still() -> bool:
        before = processor_seconds(pid)
        time.sleep(1.0)
        return processor_seconds(pid) - before < 0.02

    running.wait_for(is_still)
