"""The disk of the database's machine is full: of its tables, and of its log (pg_wal). Takes root, which mounts one."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg
import pytest

from folder_sync.photo import State
from tests.support.mounting import Mounts
from tests.support.postgres import Server, new_schema, place_of
from tests.support.proof import assert_exactly_once, gtin14, sent_again, take_up_work, wide_sandbox
from tests.support.studio import Studio
from tests.support.waiting import wait_for
from tests.support.working import configure

SMALL: Final = "size=160m"
MOST: Final = 400
"""So many photos need more room in some table."""


@dataclass(frozen=True)
class Disk:
    place: Path

    def fill(self) -> None:
        with suppress(OSError), (self.place / "filler").open("ab", buffering=0) as filler:
            while True:
                filler.write(bytes(4096))

    def make_room(self) -> None:
        (self.place / "filler").unlink()


@pytest.fixture
def full(mounts: Mounts) -> Iterator[tuple[Server, Disk]]:
    """One that may be filled. What the server logs, and its socket, are elsewhere."""
    disks = []

    def small(folder: Path) -> Path:
        disk = folder / "disk"
        disk.mkdir()
        mounts.tmpfs(disk, SMALL)
        disks.append(Disk(disk))
        os.chown(disk, os.stat(folder).st_uid, os.stat(folder).st_gid)
        return disk / "data"

    server = Server(flushes=True, data=small)
    yield server, disks[0]
    server.stop()


@pytest.fixture
def studio(tmp_path: Path, full: tuple[Server, Disk]) -> Iterator[Studio]:
    with wide_sandbox() as sandbox, new_schema(full[0]) as store:
        studio = Studio(tmp_path, sandbox, place_of(store))
        configure(studio, concurrency=3)
        take_up_work(studio)
        yield studio
        assert sent_again(sandbox) == []


def outages(studio: Studio) -> list[str]:
    return [line for line in studio.told().splitlines() if '"store_unavailable"' in line]


def works(server: Server) -> bool:
    """It may have ended itself, or try again and again to begin."""
    if server.process.poll() is not None:
        server.start()
    with suppress(psycopg.OperationalError):
        server.execute("SELECT txid_current()")
        return True
    return False


def test_no_table_can_grow(studio: Studio, full: tuple[Server, Disk]) -> None:
    """The log has room still; each page that has some takes what it can."""
    _, disk = full
    with studio.start("run") as process:
        wait_for(lambda: f'"pid": {process.pid}' in studio.told(), "the service has started")
        studio.sandbox.faults.add("stall", route="upload", seconds=1.0, stored=True, count=3)
        paths = [studio.export(f"{gtin14(number)}__a.jpg") for number in range(3)]
        wait_for(lambda: len(studio.sandbox.ledger.stored) == 3, "three are stored, and not answered")
        disk.fill()
        paths += [studio.export(f"{gtin14(number)}__a.jpg") for number in range(3, MOST)]
        wait_for(lambda: bool(outages(studio)), "the log tells of the disk")
        disk.make_room()
        studio.wait_until_settled(MOST + 1)
        for path in paths:
            assert_exactly_once(studio.sandbox, studio.wait_for_state(path, State.UPLOADED))
        assert process.end(signal.SIGTERM) == 0
    (told,) = outages(studio)
    assert "The disk of the database postgres on " in told
    assert len(studio.sandbox.ledger.arrivals) == MOST


def test_the_log_can_not_grow(studio: Studio, full: tuple[Server, Disk]) -> None:
    """PostgreSQL ends itself: that is said, and once somebody has made room and started it the service goes on."""
    server, disk = full
    with studio.start("run") as process:
        wait_for(lambda: f'"pid": {process.pid}' in studio.told(), "the service has started")
        studio.sandbox.faults.add("stall", route="upload", seconds=1.0, stored=True, count=3)
        paths = [studio.export(f"{gtin14(number)}__a.jpg") for number in range(3)]
        wait_for(lambda: len(studio.sandbox.ledger.stored) == 3, "three are stored, and not answered")
        disk.fill()
        with suppress(psycopg.OperationalError):
            for _ in range(10):  # its next segments may be there already
                server.execute("SELECT pg_switch_wal()")
        paths += [studio.export(f"{gtin14(number)}__a.jpg") for number in range(3, 6)]
        wait_for(lambda: bool(outages(studio)), "the log tells of the database")
        assert process.poll() is None
        disk.make_room()
        wait_for(lambda: works(server), "it works again")
        for path in paths:
            assert_exactly_once(studio.sandbox, studio.wait_for_state(path, State.UPLOADED))
        assert process.end(signal.SIGTERM) == 0
    assert len(studio.sandbox.ledger.arrivals) == 6
    assert len(outages(studio)) <= 2, "its disk, and that it is away"
