"""A million photos known, from years of work: what the service costs while it waits, and how long a person does.

The files were deleted after their upload, so that the records alone are measured, and not a folder of a million files.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

from benchmarks import idle, photos, running
from benchmarks.figures import Figure
from benchmarks.processes import processor_seconds, run
from folder_sync.store.search import SearchIndex
from folder_sync.store.sqlite.database import Database

PHOTOS: Final = 1_000_000
IN_A_FOLDER: Final = 500
_YEARS: Final = 1_700_000_000.0


def measure(home: Path, rounds: int) -> list[Figure]:
    program = str(Path(sysconfig.get_path("scripts")) / "folder-sync")
    fill(home, PHOTOS)
    config = str(running.configure(home, "http://127.0.0.1:9"))
    shown = [run([program, "--config", config, "status"]).seconds for _ in range(rounds)]
    first = [_first_line([program, "--config", config, "list", "--format", kind]) for kind in ("csv", "json") * rounds]
    ready, waiting = [], []
    with running.stand_in() as url:
        for _ in range(rounds):
            begun = time.monotonic()
            with running.service(home, url, settle_seconds=1.0) as service:
                ready.append(time.monotonic() - begun)
                idle.wait_settled(service.pid)
                before = processor_seconds(service.pid)
                time.sleep(idle.SECONDS)
                waiting.append((processor_seconds(service.pid) - before) / idle.SECONDS * 60)
    return [
        Figure("status", "s", shown, "", [], "under 0.5 s"),
        Figure("list, first line", "s", first, "", [], "under 0.5 s"),
        Figure("start to READY", "s", ready, "", [], "under 5 s"),
        Figure("idle, processor a minute", "s", waiting, "", [], "under 0.1 s"),
    ]


def fill(home: Path, count: int) -> None:
    """``home/folder-sync.db``, with ``count`` uploaded photos of ``home/export``, of three steps each."""
    (home / "export").mkdir(parents=True, exist_ok=True)
    path = home / "folder-sync.db"
    database = Database(path, create=True)
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("PRAGMA synchronous = OFF")
            for first in range(0, count, 50_000):
                with connection:
                    connection.execute("BEGIN")
                    _insert(connection, home, range(first, min(first + 50_000, count)))
            connection.execute("ANALYZE")
        index = SearchIndex(database)
        while index.catch_up():
            pass
    finally:
        database.close()


def _insert(connection: sqlite3.Connection, home: Path, numbers: range) -> None:
    def rows() -> Iterator[tuple[object, ...]]:
        for number in numbers:
            name, at = photos.name(number), _YEARS + number
            folder = os.fsencode(home / "export" / str(number // IN_A_FOLDER))
            view = f"View {number % 4 + 1}"
            yield (folder, os.fsencode(name), name[:14], view, number % 4 == 0, f"{number:064x}", number, at)

    connection.executemany(
        "INSERT INTO photo (folder, name, account, organization_id, gtin, title, is_primary, state, sha256, size,"
        " format, mtime_ns, ctime_ns, arrival, first_seen, changed_at, uploaded_at, image_id, put_away, gone_at) VALUES"
        f" (?1, ?2, 'main', '{running.ORGANIZATION}', ?3, ?4, ?5, 'uploaded', ?6, 200000, 'jpg', 1, 1, ?7, ?8, ?8, ?8,"
        " 'image ' || ?7, 1, ?8)",
        rows(),
    )
    connection.execute(
        "INSERT INTO history (photo_id, at, event, detail)"
        " SELECT photo.id, changed_at, event.value, '' FROM photo, json_each('[\"queued\", \"uploading\"]') AS event"
        " WHERE arrival BETWEEN ? AND ?",
        (numbers.start, numbers.stop - 1),
    )


def _first_line(command: list[str]) -> float:
    begun = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        if process.stdout is None:
            raise AssertionError("it was asked for")
        process.stdout.readline()
        seconds = time.perf_counter() - begun
        process.kill()
    return seconds


if __name__ == "__main__":
    fill(Path(sys.argv[1]), PHOTOS)  # to look into by other means
