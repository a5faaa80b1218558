"""A cable to the database's machine is pulled: no connection ends, and nothing comes any more. Takes root.

It takes as long as a lease and the time-outs that a silent line is given up by, of half a minute each.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from folder_sync.photo import State
from folder_sync.sandbox.state import Sandbox
from folder_sync.store.postgres import database
from folder_sync.store.postgres.store import PostgresStore
from tests.support.cable import Cable, cable
from tests.support.postgres import Server, new_schema, on_machine, place_of
from tests.support.proof import assert_exactly_once, gtin14, sent_again, take_up_work, wide_sandbox
from tests.support.studio import Process, Studio
from tests.support.waiting import wait_for
from tests.support.working import configure

LONG: Final = 240.0
"""A lease, the time-outs of a request, and those of a line, on a slow machine."""


@pytest.fixture
def line() -> Iterator[Cable]:
    with cable() as line:
        yield line


@pytest.fixture
def server(line: Cable) -> Iterator[Server]:
    with line.at_the_far_end():
        server = Server(flushes=True, listens=line.address)
    yield server
    line.mend()
    server.stop()


@pytest.fixture
def store(server: Server) -> Iterator[PostgresStore]:
    """Over the socket, which no cable belongs to."""
    with new_schema(server) as store:
        yield store


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with wide_sandbox() as sandbox:
        yield sandbox


def machine(name: str, tmp_path: Path, sandbox: Sandbox, store: PostgresStore, through: str | None) -> Studio:
    (tmp_path / name).mkdir()
    studio = Studio(tmp_path / name, sandbox, place_of(on_machine(name, store), through=through))
    configure(studio, concurrency=3)
    take_up_work(studio)
    return studio


def outages(studio: Studio) -> list[str]:
    return [line for line in studio.told().splitlines() if '"store_unavailable"' in line]


def wait_until_it_runs(studio: Studio, process: Process) -> None:
    wait_for(lambda: f'"pid": {process.pid}' in studio.told(), "the service has started")


def wait_until_uploaded(studio: Studio, path: Path) -> None:
    def uploaded() -> bool:
        record = studio.record(path)
        return record is not None and record.state is State.UPLOADED

    wait_for(uploaded, f"{path.name} is uploaded", LONG)
    record = studio.record(path)
    assert record is not None
    assert_exactly_once(studio.sandbox, record)


def test_a_machine_vanishes_and_comes_back(tmp_path: Path, sandbox: Sandbox, line: Cable, store: PostgresStore) -> None:
    """It had the writer's lock, and was sending a photo: others go on, ask about that photo, and it begins anew. A
    service that is told to stop there meanwhile does.
    """
    leaving = machine("leaving", tmp_path, sandbox, store, line.address)
    far = machine("far", tmp_path, sandbox, store, line.address)
    near = machine("near", tmp_path, sandbox, store, None)
    with far.start("run") as vanished, near.start("run") as other, leaving.start("run") as stopped:
        wait_until_it_runs(leaving, stopped)
        wait_until_it_runs(far, vanished)
        wait_until_it_runs(near, other)
        sandbox.faults.add("stall", route="upload", seconds=1.0, stored=True, gtin=gtin14(0))
        under_way = far.export(f"{gtin14(0)}__a.jpg")
        with closing(psycopg.connect(make_conninfo(store.where, host=line.address))) as writing:
            wait_for(lambda: len(sandbox.ledger.stored) == 1, "it is stored, and not answered")
            writing.execute(database.BEGIN)
            line.cut()
            stopped.send_signal(signal.SIGTERM)
            late = far.export(f"{gtin14(1)}__a.jpg")
            wait_until_uploaded(near, near.export(f"{gtin14(2)}__a.jpg"))
            wait_until_uploaded(far, under_way)
            status = far.command("status")
            assert len(sandbox.ledger.stored) == 2
            assert stopped.wait(LONG) == 0
            line.mend()
            wait_until_uploaded(far, late)
        assert vanished.end(signal.SIGTERM) == 0
        assert other.end(signal.SIGTERM) == 0
    assert status.returncode == 1
    assert "can't be reached" in status.stderr
    assert '"machine_gone"' in near.told()
    assert '"service_starts_anew"' in far.told()
    for studio in (near, far, leaving):
        assert len(outages(studio)) <= 1, outages(studio)
    assert len(sandbox.ledger.arrivals) == 3
    assert sent_again(sandbox) == []
