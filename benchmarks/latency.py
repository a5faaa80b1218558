"""One photo at a time: how long after it is closed its first byte reaches the server.

The time in which a file must stay as it is (``settle_seconds``, which the peer does not know) is taken off. Photos
come at random moments, so that nothing can be in step with them, and never while another one is under way.
"""

from __future__ import annotations

import random
import shlex
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from statistics import quantiles
from typing import Final

from benchmarks import photos, running
from benchmarks.figures import Figure

PHOTOS: Final = 100
PHOTO_BYTES: Final = 200_000
SETTLE_SECONDS: Final = 0.05
PAUSE_SECONDS: Final = (0.08, 0.2)

_LOOP: Final = 'inotifywait -q -m -e close_write --format %w%f "$1" | while read -r photo; do {curl}; done'


def measure(home: Path, rounds: int) -> list[Figure]:
    ours: list[list[float]] = []
    theirs: list[list[float]] = []
    installed = shutil.which("inotifywait") is not None
    with running.stand_in() as url:
        for number in range(rounds):
            ours.append(_service(home / f"round-{number}", url))
            if installed:
                theirs.append(_loop(home / f"peer-{number}", url))
    peer = "inotifywait | while read; curl" + ("" if installed else " (inotify-tools is not installed)")
    return [
        Figure(
            f"close to first byte, p{percent}",
            "ms",
            [_percentile(delays, percent) for delays in ours],
            peer,
            [_percentile(delays, percent) for delays in theirs],
            f"at most {most} ms",
        )
        for percent, most in ((50, 15), (99, 60))
    ]


def _percentile(delays: list[float], percent: int) -> float:
    """In milliseconds."""
    return quantiles(delays, n=100, method="inclusive")[percent - 1] * 1000


def _service(home: Path, url: str) -> list[float]:
    with running.service(home, url, settle_seconds=SETTLE_SECONDS) as service:
        return [delay - SETTLE_SECONDS for delay in _delays(service.folder, url)]


def _loop(home: Path, url: str) -> list[float]:
    home.mkdir()
    script = _LOOP.format(curl=shlex.join(running.upload_arguments(url, "PHOTO")).replace("PHOTO", "$photo"))
    loop = subprocess.Popen(["bash", "-c", script, "bash", str(home)], start_new_session=True)
    try:
        running.wait_for(lambda: _is_watched(loop.pid))
        return _delays(home, url)
    finally:
        subprocess.run(["kill", "--", f"-{loop.pid}"], check=True)
        loop.wait()


def _is_watched(session: int) -> bool:
    """Whether inotifywait has its watch already: it says so nowhere when it is quiet."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            stat = (process / "stat").read_text("utf-8", "replace")
            if "(inotifywait)" in stat and int(stat.rpartition(")")[2].split()[3]) == session:
                return any("inotify wd:" in info.read_text() for info in (process / "fdinfo").iterdir())
        except OSError:
            continue
    return False


def _delays(folder: Path, url: str) -> list[float]:
    """Seconds from just before the closing of each photo to its first byte at the server."""
    running.arrivals(url)
    closed = []
    for number in range(PHOTOS):
        file = (folder / photos.name(number)).open("wb", buffering=0)
        file.write(photos.jpeg(PHOTO_BYTES, number))
        closed.append(time.monotonic())
        file.close()
        time.sleep(SETTLE_SECONDS + random.uniform(*PAUSE_SECONDS))
    came: list[float] = []
    running.wait_for(_all_came(came, url))
    return [at - closing for at, closing in zip(sorted(came), closed, strict=True)]


def _all_came(came: list[float], url: str) -> Callable[[], bool]:
    def look() -> bool:
        came.extend(running.arrivals(url))
        return len(came) >= PHOTOS

    return look
