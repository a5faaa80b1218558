"""A shooting day's export, moved into the folder at once: how fast it is through, and what a photo costs.

Timed from before the first move to the last recorded image id. The time in which a file must stay as it is
(``settle_seconds``) is set to 0.05 s and counts. One photo goes before the others: the very first photos on a new
database are looked for in the catalogue, which no others ever are.

The peer sends the same files to the same server with eight curls at a time; it knows neither folder nor queue.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Final

from benchmarks import photos, running
from benchmarks.figures import Figure
from benchmarks.processes import processor_seconds, run

PHOTOS: Final = 400
PHOTO_BYTES: Final = 200_000
SETTLE_SECONDS: Final = 0.05
ADOPTED_SECONDS: Final = 2.5
"""The service sees once a second whether all that was there at its start has been taken in."""


def measure(home: Path, rounds: int) -> list[Figure]:
    staging = home / "staging"
    staging.mkdir()
    for number in range(PHOTOS):
        (staging / photos.name(number)).write_bytes(photos.jpeg(PHOTO_BYTES, number))
    ours: list[tuple[float, float]] = []
    theirs: list[tuple[float, float]] = []
    with running.stand_in() as url:
        for number in range(rounds):
            ours.append(_service(home / f"round-{number}", url, staging))
            theirs.append(_curl(url, staging))
    return [
        Figure(
            "burst",
            "photos/s",
            [PHOTOS / seconds for seconds, _ in ours],
            "xargs -P 8 curl",
            [PHOTOS / seconds for seconds, _ in theirs],
            "ratio at least 1.5",
        ),
        Figure(
            "processor a photo",
            "ms",
            [processor / PHOTOS * 1000 for _, processor in ours],
            "one curl",
            [processor / PHOTOS * 1000 for _, processor in theirs],
            "ratio at most 0.5",
        ),
    ]


def _service(home: Path, url: str, staging: Path) -> tuple[float, float]:
    """Seconds, and processor seconds."""
    with running.service(home, url, settle_seconds=SETTLE_SECONDS) as service:
        (service.folder / photos.name(PHOTOS)).write_bytes(photos.jpeg(PHOTO_BYTES, PHOTOS))
        service.wait_uploaded(1)
        time.sleep(ADOPTED_SECONDS)
        spent = processor_seconds(service.pid)
        names = os.listdir(staging)
        begun = time.time()
        for name in names:
            os.rename(staging / name, service.folder / name)
        seconds = service.wait_uploaded(PHOTOS + 1) - begun
        spent = processor_seconds(service.pid) - spent
    for name in names:
        os.rename(service.folder / name, staging / name)
    return seconds, spent


def _curl(url: str, staging: Path) -> tuple[float, float]:
    names = "\0".join(str(path) for path in staging.iterdir())
    spent = run(["xargs", "-0", "-P", "8", "-I", "{}", *running.upload_arguments(url, "{}")], stdin=names.encode())
    return spent.seconds, spent.processor
