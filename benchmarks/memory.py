"""A photo of 200 MB: how much more memory is taken while it is examined and sent, over what is taken before."""

from __future__ import annotations

import os
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from benchmarks import photos, running
from benchmarks.figures import Figure
from benchmarks.processes import forget_most_memory, memory, most_memory
from folder_sync.sandbox.drawing import jpeg_of_size

PHOTO_BYTES: Final = 200_000_000
_MEGABYTE: Final = 1e6


def measure(home: Path, rounds: int) -> list[Figure]:
    staging = home / photos.name(0)
    staging.write_bytes(jpeg_of_size(PHOTO_BYTES))
    ours: list[float] = []
    theirs: list[float] = []
    with running.stand_in() as url:
        for number in range(rounds):
            ours.append(_service(home / f"round-{number}", url, staging) / _MEGABYTE)
            theirs.append(_curl(url, staging) / _MEGABYTE)
    return [Figure("memory for a photo of 200 MB", "MB", ours, "curl, all of it", theirs, "under 30 MB")]


def _service(home: Path, url: str, staging: Path) -> int:
    with running.service(home, url, settle_seconds=0.1) as service:
        before = memory(service.pid)
        forget_most_memory(service.pid)
        os.rename(staging, service.folder / staging.name)
        service.wait_uploaded(1)
        most = most_memory(service.pid)
    os.rename(service.folder / staging.name, staging)
    return most - before


def _curl(url: str, staging: Path) -> int:
    most = 0
    # Not from its rusage: that counts the memory of the process that started it, until it became curl.
    with subprocess.Popen(running.upload_arguments(url, str(staging))) as process:
        while process.poll() is None:
            with suppress(OSError, RuntimeError):  # it has just ended
                most = most_memory(process.pid)
            time.sleep(0.005)
    return most
