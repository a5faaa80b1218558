"""A shooting day's export, moved into the folder at once: how fast it is through, and what a photo costs.

Timed from before the first move to the last recorded image id. The time in which a file must stay as it is
(``settle_seconds``) is set to 0.05 s and counts. One photo goes before the others: the very first photos on a new
database are looked for in the catalogue, which no others ever are.

The peer sends the same files to the same server with eight curls at a time; it knows neither folder nor queue. The
limit is what is left when everything is left out but the bytes: eight connections that stay open, and ``sendfile``.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from benchmarks import photos, running
from benchmarks.figures import Figure
from benchmarks.processes import processor_seconds, run

PHOTOS: Final = 400
AT_ONCE: Final = 8
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
    limit: list[float] = []
    with running.stand_in() as url:
        for number in range(rounds):
            ours.append(timed(home / f"round-{number}", url, staging))
            theirs.append(_curl(url, staging))
            limit.append(_sendfile(url, staging))
    rates = [PHOTOS / seconds for seconds, _ in ours]
    return [
        Figure(
            "burst",
            "photos/s",
            rates,
            f"xargs -P {AT_ONCE} curl",
            [PHOTOS / seconds for seconds, _ in theirs],
            "ratio at least 1.5",
        ),
        Figure(
            "burst beside the limit",
            "photos/s",
            rates,
            f"sendfile on {AT_ONCE} connections",
            [PHOTOS / seconds for seconds in limit],
            "",
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


def timed(home: Path, url: str, staging: Path) -> tuple[float, float]:
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
    spent = run(
        ["xargs", "-0", "-P", str(AT_ONCE), "-I", "{}", *running.upload_arguments(url, "{}")], stdin=names.encode()
    )
    return spent.seconds, spent.processor


def _sendfile(url: str, staging: Path) -> float:
    waiting = iter(list(staging.iterdir()))
    begun = time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as threads:
        for _ in threads.map(_send_all, [url] * AT_ONCE, [waiting] * AT_ONCE):
            pass
    return time.monotonic() - begun


def _send_all(url: str, waiting: Iterator[Path]) -> None:
    address = urlsplit(running.upload_url(url))
    with closing(HTTPConnection(address.netloc)) as connection:
        for path in waiting:
            with path.open("rb") as photo:
                connection.putrequest("POST", address.path)
                connection.putheader("Content-Length", str(path.stat().st_size))
                connection.endheaders()
                connection.sock.sendfile(photo)
                connection.getresponse().read()
