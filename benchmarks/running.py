"""Starting the two processes that are measured against each other's time: the stand-in server and the service."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from folder_sync.sandbox.codes import make_id, make_key

KEY: Final = make_key()
ORGANIZATION: Final = make_id()

_PATIENCE_SECONDS: Final = 60.0
_CONFIGURATION: Final = """\
[accounts.main]
base_url = "{url}"
organization_id = "{organization}"
requests_per_minute = 1000000
requests_per_day = 100000000

[[watch]]
path = "{home}/export"

[intake]
settle_seconds = {settle_seconds}
max_megabytes = 300

[delivery]
concurrency = 8

[store]
url = "sqlite:///{home}/folder-sync.db"

[log]
format = "json"
"""


@contextmanager
def stand_in() -> Iterator[str]:
    """The address of a stand-in server, until the block ends."""
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.stand_in", ORGANIZATION],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        if process.stdin is None or process.stdout is None:
            raise AssertionError("they were asked for")
        yield process.stdout.readline().strip()
        process.stdin.close()


def arrivals(url: str) -> list[float]:
    """When the first byte of each upload reached the stand-in, since this was last asked: monotonic seconds."""
    with urllib.request.urlopen(f"{url}/arrivals") as answer:
        return list(json.load(answer)["data"])


def upload_url(url: str) -> str:
    """Where the peers send photos to; the stand-in takes any product."""
    return f"{url}/dashboard/api/v1/trade-items/{ORGANIZATION}/09521234500018/images"


def upload_arguments(url: str, photo: str) -> list[str]:
    """How a person would send a photo with curl."""
    return [
        *("curl", "--silent", "--fail", "--output", "/dev/null", "--header", f"X-API-Key: {KEY}"),
        *("--form", f"image=@{photo}", "--form", "title=Front", "--form", "is_primary=false", upload_url(url)),
    ]


@dataclass(frozen=True, slots=True)
class Running:
    """A service that watches ``folder``. ``home`` holds everything else it has."""

    pid: int
    home: Path

    @property
    def folder(self) -> Path:
        return self.home / "export"

    def uploaded(self) -> tuple[int, float]:
        """How many photos have their image id, and when the last got it (Unix seconds)."""
        with closing(sqlite3.connect(f"file:{self.home}/folder-sync.db?mode=ro", uri=True)) as database:
            query = "SELECT count(*), max(uploaded_at) FROM photo WHERE state = 'uploaded'"
            count, last = database.execute(query).fetchone()
        return count, last or 0.0

    def wait_uploaded(self, count: int) -> float:
        """When the last of ``count`` photos got its image id. Raises TimeoutError."""
        wait_for(lambda: self.uploaded()[0] >= count)
        return self.uploaded()[1]


def environment(**more: str) -> dict[str, str]:
    """Nothing of the tester's own configuration, and a key."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("FOLDER_SYNC_")}
    return {**inherited, "FOLDER_SYNC_ACCOUNTS__MAIN__KEY": KEY, **more}


@contextmanager
def service(home: Path, url: str, *, settle_seconds: float, organization_id: str = ORGANIZATION) -> Iterator[Running]:
    """The service as a user runs it, watching ``home/export``, until the block ends.

    Its quota is lifted; as much as that, and how many requests go at once, is all that is not as by default.
    """
    (home / "export").mkdir(parents=True, exist_ok=True)
    config = configure(home, url, settle_seconds, organization_id)
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "folder_sync", "--config", str(config), "run"],
            env=environment(),
            stderr=log,
        )
    try:
        wait_for(lambda: b'"service_started"' in (home / "log").read_bytes())
        yield Running(process.pid, home)
    finally:
        process.terminate()
        process.wait(60)


def configure(home: Path, url: str, settle_seconds: float = 1.0, organization_id: str = ORGANIZATION) -> Path:
    """A configuration file in ``home``."""
    config = home / "config.toml"
    config.write_text(
        _CONFIGURATION.format(url=url, organization=organization_id, home=home, settle_seconds=settle_seconds),
        encoding="utf-8",
    )
    return config


def wait_for(condition: Callable[[], bool], interval_seconds: float = 0.1) -> None:
    """Raises TimeoutError."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("what was waited for did not happen")
        time.sleep(interval_seconds)
