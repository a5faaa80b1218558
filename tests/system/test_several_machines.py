"""Two services on one PostgreSQL, each with its own machine's folder; one is killed in the middle of its work."""

from __future__ import annotations

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


def machine(name: str, tmp_path: Path, sandbox: Sandbox, store: PostgresStore) -> Studio:
    home = tmp_path / name
    home.mkdir()
    return Studio(home, sandbox, place_of(on_machine(name, store)))


def test_what_a_killed_machine_was_sending_is_settled_by_another_and_it_goes_on_with_its_own(
    tmp_path: Path, sandbox: Sandbox, store: PostgresStore
) -> None:
    """Takes as long as three starts and a few looks for machines that are gone; the lease is made to be over at once.

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
            store.ask("UPDATE worker SET seen_at = seen_at - 1000 WHERE machine = 'first'")
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
