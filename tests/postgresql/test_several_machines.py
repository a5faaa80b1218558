"""Two services on one PostgreSQL, as on two machines; one is killed in the middle of its work."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from folder_sync.photo import State
from folder_sync.sandbox.faults import Kind
from folder_sync.sandbox.state import Sandbox
from folder_sync.store.postgres.store import PostgresStore
from tests.support.postgres import emptied_schema, on_machine, place_of
from tests.support.proof import gtin14
from tests.support.studio import Studio, photo_data
from tests.support.uplink import uplink
from tests.support.waiting import wait_for


@pytest.fixture
def store() -> Iterator[PostgresStore]:
    with emptied_schema() as store:
        yield store


def machine(name: str, tmp_path: Path, sandbox: Sandbox, store: PostgresStore, shared: Path | None = None) -> Studio:
    home = tmp_path / name
    home.mkdir()
    if shared is None:
        return Studio(home, sandbox, place_of(on_machine(name, store)))
    studio = Studio(home, sandbox, place_of(on_machine(name, store, [os.fsencode(shared)])))
    studio.configure(
        watch=f'[[watch]]\npath = "{shared}"\nshared = true', delivery={"concurrency": 1, "read_seconds": 300.0}
    )
    return studio


def test_what_a_killed_machine_was_sending_is_settled_by_another_and_it_goes_on_with_its_own(
    tmp_path: Path, sandbox: Sandbox, store: PostgresStore
) -> None:
    """Takes as long as three starts and a few looks for machines that are gone: it is declared over at once.

    One of its photos had arrived when it was killed, and one had not.
    """
    first, second = (machine(name, tmp_path, sandbox, store) for name in ("first", "second"))
    with uplink(sandbox.url) as link:
        first.config.write_text(first.config.read_text().replace(sandbox.url, link.url))
        with second.start("run") as other:
            with first.start("run") as killed:
                ours, theirs = (studio.export(f"{gtin14(n)}__a.jpg") for n, studio in enumerate((first, second)))
                first.wait_for_state(ours, State.UPLOADED)
                second.wait_for_state(theirs, State.UPLOADED)
                sandbox.faults.add(Kind.STALL, route="upload", seconds=3600, stored=True, gtin=gtin14(2))
                arrived = first.export(f"{gtin14(2)}__a.jpg")
                wait_for(lambda: len(sandbox.ledger.stored) == 3, "it has arrived, and nobody is told")
                link.limit(100_000)
                cut = first.export(f"{gtin14(3)}__a.jpg", photo_data("large", 16_000_000))
                first.wait_for_state(cut, State.UPLOADING)
                link.limit(0)
                killed.end(signal.SIGKILL)
            link.limit(float("inf"))
            store.ask("UPDATE worker SET is_over = 1, settled_at = 0 WHERE machine = 'first'")
            first.wait_for_state(arrived, State.UPLOADED)
            assert first.wait_for_state(cut, State.QUEUED).watcher == "first"
            silent = "SELECT count(*) FROM history WHERE event = 'unconfirmed' AND detail LIKE 'first was sending%%'"
            assert store.ask(silent) == [(2,)]
            with first.start("run") as again:
                first.wait_for_state(cut, State.UPLOADED)
                assert again.end(signal.SIGTERM) == 0
            assert other.end(signal.SIGTERM) == 0
    assert sorted(image.gtin for image in sandbox.ledger.arrivals) == [gtin14(number) for number in range(4)]
    assert "Traceback" not in first.told() + second.told()


def test_a_shared_folder_is_taken_in_by_one_and_sent_by_all_until_that_one_is_gone(
    tmp_path: Path, sandbox: Sandbox, store: PostgresStore
) -> None:
    """Takes as long as two looks at shared folders, of five seconds each, and three starts."""
    nas = tmp_path / "nas"
    nas.mkdir()
    first, second = (machine(name, tmp_path, sandbox, store, nas) for name in ("first", "second"))

    def export(number: int) -> Path:
        path = nas / f"{gtin14(number)}__a.jpg"
        path.with_suffix(".part").write_bytes(photo_data(str(number)))
        return path.with_suffix(".part").rename(path)

    with first.start("run") as killed:
        first.wait_for_state(export(0), State.UPLOADED)
        # Until then each photo is looked for in the catalogue first, by who takes it in.
        wait_for(lambda: store.ask("SELECT count(*) FROM adoption") == [(0,)], "its first pass is over")
        with second.start("run") as other:
            sandbox.faults.add(Kind.STALL, route="upload", seconds=3600, gtin=gtin14(1))
            stalled = export(1)
            first.wait_for_state(stalled, State.UPLOADING)
            sent = second.wait_for_state(export(2), State.UPLOADED)  # the only worker of the first is busy
            assert sent.machine == "first"
            assert '"event": "photo_uploaded"' in second.log.read_text()
            killed.end(signal.SIGKILL)
            store.ask("UPDATE worker SET is_over = 1, settled_at = 0 WHERE machine = 'first'")
            taken_in = second.wait_for_state(export(3), State.UPLOADED)
            assert taken_in.machine == "second"
            second.wait_for_state(stalled, State.UPLOADED)
            with first.start("run") as again:
                wait_for(lambda: first.log.read_text().count("service_started") == 2, "it runs again")
                assert again.end(signal.SIGTERM) == 0
            assert first.log.read_text().count("shared_folder_taken_in") == 1
            assert other.end(signal.SIGTERM) == 0
    assert sorted(image.gtin for image in sandbox.ledger.stored) == [gtin14(number) for number in range(4)]
    assert "Traceback" not in first.told() + second.told()
