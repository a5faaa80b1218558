"""Taking in where there is much: a pass over 100,000 known photos, 10,000 new ones at once, and one at a time.

The pass is what every start and every rescan costs while nothing has changed: no file is opened. Its peer prints size
and times of the same files, and compares them with nothing.

The new photos are moved in by one rename. Nothing is uploaded, for nobody answers at the address of the server; the
time in which a file must stay as it is (``settle_seconds``) is taken off. The peer only reads and hashes the files.
"""

from __future__ import annotations

import os
import random
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from statistics import quantiles
from typing import Final

from benchmarks import photos, processes, running
from benchmarks.figures import Figure
from folder_sync.files.ignoring import IgnoreRules
from folder_sync.files.opening import look
from folder_sync.files.scanning import scan
from folder_sync.photo import Reason, ReasonCode
from folder_sync.rules.arrivals import Seen
from folder_sync.store.adoption import Adoption
from folder_sync.store.expected_files import ExpectedFiles
from folder_sync.store.incoming import Incoming
from folder_sync.store.recording import Place
from folder_sync.store.sqlite.database import Database

KNOWN: Final = 100_000
OF_A_FOLDER: Final = 2_000
NEW: Final = 10_000
NEW_BYTES: Final = 20_000
ONE_BY_ONE: Final = 60
SETTLE_SECONDS: Final = 0.05
MEGABYTE: Final = 1_000_000
NOBODY: Final = "http://127.0.0.1:9"


def measure(home: Path, rounds: int) -> list[Figure]:
    passes, finds = _passes(home / "known", rounds)
    rates: list[float] = []
    hashing: list[float] = []
    memory: list[float] = []
    for number in range(rounds):
        rate, most = _all_at_once(home / f"burst-{number}")
        rates.append(rate)
        memory.append(most / MEGABYTE)
        folder = str(home / f"burst-{number}" / "export")
        hashed = processes.run(["find", folder, "-type", "f", "-exec", "sha256sum", "{}", "+"])
        hashing.append(NEW / hashed.seconds)
    delays = [delay for number in range(rounds) for delay in _one_by_one(home / f"single-{number}")]
    p50, p99 = (quantiles(delays, n=100, method="inclusive")[percent - 1] * 1000 for percent in (50, 99))
    return [
        Figure(f"pass over {KNOWN:,} known", "s", passes, "find -printf", finds, "ratio at most 3"),
        Figure(f"{NEW:,} at once", "photos/s", rates, "sha256sum", hashing, "none missed"),
        Figure(f"memory for {NEW:,} at once", "MB", memory, "", [], "at most 50 more"),
        Figure("close to queued, p50", "ms", [p50], "", [], "at most 15 ms"),
        Figure("close to queued, p99", "ms", [p99], "", [], "at most 60 ms"),
    ]


def _passes(home: Path, rounds: int) -> tuple[list[float], list[float]]:
    root = os.fsencode(home / "export")
    ours: list[float] = []
    theirs: list[float] = []
    with closing(_known(home)) as database:
        expected = ExpectedFiles(database)
        for _ in range(rounds):
            begun = time.perf_counter()
            for folder in scan(root, recursive=True, ignore=IgnoreRules(root), known=expected.fingerprints):
                if folder.changed or folder.vanished:
                    raise AssertionError("everything was known")
            ours.append(time.perf_counter() - begun)
            theirs.append(processes.run(["find", os.fsdecode(root), "-printf", "%p %s %T@ %C@\\n"]).seconds)
    return ours, theirs


def _known(home: Path) -> Database:
    """A tree of photos, and a database that knows them all. Why they are there is nothing to a pass."""
    database = Database(home / "folder-sync.db", create=True)
    incoming = Incoming(database, Adoption(database))
    seen = Seen(None, None, Reason(ReasonCode.BAD_NAME, "Known."))
    for number in range(KNOWN):
        path = home / "export" / f"job-{number // OF_A_FOLDER}" / photos.name(number)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        raw = os.fsencode(path)
        if (fingerprint := look(raw)) is None:
            raise AssertionError("it was just made")
        incoming.arrive(Place(raw, "main", None, fingerprint), seen, 0.0, {})
    return database


def _all_at_once(home: Path) -> tuple[float, int]:
    """Photos a second, and bytes of memory more than before."""
    staging = home / "staging"
    for number in range(NEW):
        path = staging / f"job-{number // 500}" / photos.name(number)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(photos.jpeg(NEW_BYTES, number))
    with running.service(home, NOBODY, settle_seconds=SETTLE_SECONDS) as service:
        processes.forget_most_memory(service.pid)
        before = processes.memory(service.pid)
        begun = time.time()
        staging.rename(service.folder / "job")
        running.wait_for(lambda: len(_times(home)) == NEW)
        seconds = max(_times(home).values()) - begun - SETTLE_SECONDS
        return NEW / seconds, processes.most_memory(service.pid) - before


def _one_by_one(home: Path) -> Iterator[float]:
    """Seconds from the closing of each photo to its record."""
    closed: dict[str, float] = {}
    data = [photos.jpeg(NEW_BYTES, number) for number in range(ONE_BY_ONE)]
    with running.service(home, NOBODY, settle_seconds=SETTLE_SECONDS) as service:
        for number in range(ONE_BY_ONE):
            name = photos.name(number)
            (service.folder / name).write_bytes(data[number])
            closed[name] = time.time()
            time.sleep(random.uniform(0.08, 0.2))
        running.wait_for(lambda: len(_times(home)) == ONE_BY_ONE)
        times = _times(home)
    return (times[name] - moment - SETTLE_SECONDS for name, moment in closed.items())


def _times(home: Path) -> dict[str, float]:
    """When each photo was recorded (Unix seconds), by its name."""
    with closing(sqlite3.connect(f"file:{home}/folder-sync.db?mode=ro", uri=True)) as database:
        return {name.decode(): moment for name, moment in database.execute("SELECT name, first_seen FROM photo")}
