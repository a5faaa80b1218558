"""The service and its commands with their records in PostgreSQL."""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from folder_sync.app import build_pass, build_service
from folder_sync.cli import main
from folder_sync.photo import State
from folder_sync.store.photo_queries import PhotoQueries
from folder_sync.store.ports import Database
from folder_sync.store.postgres import clock, lease
from folder_sync.store.postgres.store import PostgresStore
from tests.support.postgres import new_schema, place_of
from tests.support.running import Running
from tests.support.studio import GTIN, Studio, photo_data
from tests.support.uplink import uplink
from tests.support.waiting import wait_for


@pytest.fixture
def place(studio: Studio) -> Iterator[PostgresStore]:
    with new_schema() as store:
        url = place_of(store).url
        written = studio.config.read_text()
        assert f'"sqlite:///{studio.database}"' in written
        studio.config.write_text(written.replace(f'"sqlite:///{studio.database}"', f'"{url}"'))
        yield store


def shifted(clock_: Callable[[clock.Clock], float], seconds: float) -> Callable[[clock.Clock], float]:
    return lambda self: clock_(self) + seconds


def command(studio: Studio, *arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["--config", str(studio.config), *arguments])
    return int(ended.value.code or 0)


def posts(studio: Studio) -> int:
    return sum(call.method == "POST" for call in studio.sandbox.ledger.calls)


def test_sync_list_status_and_check(
    studio: Studio, place: PostgresStore, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", str(studio.home / "state"))
    monkeypatch.setenv("FOLDER_SYNC_STORE__MACHINE", "studio1")
    studio.export(f"{GTIN}__Front.jpg")
    assert command(studio, "list") == 1
    assert f"There are no records in {place.name}" in capsys.readouterr().err
    assert command(studio, "check") == 0
    assert f"{place.name} answers; its tables will be made by the first run" in capsys.readouterr().out
    assert command(studio, "sync") == 0
    capsys.readouterr()
    assert command(studio, "list", "--format", "json") == 0
    listed = json.loads(capsys.readouterr().out)
    assert [(photo["state"], photo["machine"]) for photo in listed] == [("uploaded", "studio1")]
    command(studio, "status", "--json")
    shown = json.loads(capsys.readouterr().out)
    assert shown["counts"]["uploaded"] == 1
    assert [machine["name"] for machine in shown["machines"]] == ["studio1"]
    assert command(studio, "check") == 0
    assert f"{place.name} works" in capsys.readouterr().out
    assert not studio.database.exists()


def test_a_photo_of_another_machine_is_found_by_its_path_and_its_name(
    studio: Studio, place: PostgresStore, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As `list` prints it, on every machine; a path that two machines have is one's own."""
    monkeypatch.setenv("STATE_DIRECTORY", str(studio.home / "state"))
    theirs, both = studio.export(f"{GTIN}__primay.jpg"), studio.export(f"{GTIN}__Front.jpg")
    machines = ("studio1", "studio2")
    for machine in machines:
        monkeypatch.setenv("FOLDER_SYNC_STORE__MACHINE", machine)
        command(studio, "sync")
        theirs.unlink(missing_ok=True)
    for photo in (theirs.name, str(theirs), both.name, str(both)):
        capsys.readouterr()
        assert command(studio, "show", photo, "--json") == 0, photo
        shown = json.loads(capsys.readouterr().out)
        assert (shown["path"], shown["machine"]) == (
            (str(theirs), "studio1") if photo.endswith(theirs.name) else (str(both), "studio2")
        )


def test_without_the_extra_it_is_the_configuration_that_is_wrong(
    studio: Studio, place: PostgresStore, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As with the other extras: systemd started the service anew every ten seconds."""
    monkeypatch.setitem(sys.modules, "folder_sync.store.postgres.store", None)
    for arguments in (["run"], ["sync"], ["status"], ["web"]):
        assert command(studio, *arguments) == 78, arguments
        assert "folder-sync[postgres]" in capsys.readouterr().err
    assert command(studio, "check") == 1
    assert "FAILED  database: The records are in PostgreSQL, which needs the postgres extra" in capsys.readouterr().out
    assert command(studio, "support", "--yes", "--output", str(studio.home / "bundle.tar.gz")) == 0
    assert "The database could not be read" in capsys.readouterr().out


def test_no_photo_is_sent_to_its_end_by_who_may_have_lost_the_records(
    studio: Studio, place: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", str(studio.home / "state"))
    monkeypatch.setattr(lease, "LEASE_SECONDS", 0.0)
    database: Database = place.open(create=True)
    running = Running(build_service(studio.settings(), database, {}, studio.timings))
    try:
        studio.export(f"{GTIN}__One.jpg")
        wait_for(
            lambda: place.ask("SELECT 1 FROM history WHERE detail LIKE %s", "%recorded%") != [], "it was broken off"
        )
        assert not studio.sandbox.ledger.stored
    finally:
        running.stop()
        database.close()
    assert not studio.sandbox.ledger.stored


def test_a_service_that_loses_all_its_connections_goes_on(
    studio: Studio, place: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", str(studio.home / "state"))
    database: Database = place.open(create=True)
    running = Running(build_service(studio.settings(), database, {}, studio.timings))
    try:
        reading = place.open(read_only=True)
        queries = PhotoQueries(reading)
        for number, name in enumerate(("One", "Two"), start=1):
            studio.export(f"{GTIN}__{name}.jpg")
            wait_for(lambda: queries.counts().get(State.UPLOADED) == number, "it is uploaded")  # noqa: B023
            place.ask(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name LIKE 'folder-sync %' AND pid <> pg_backend_pid()"
            )
        reading.close()
        wait_for(lambda: place.holder() is not None, "it has the database again")
    finally:
        running.stop()
        database.close()
    assert place.holder() is None
    assert len(studio.sandbox.ledger.stored) == 2


def test_a_pass_leaves_to_services_what_one_does_for_all(studio: Studio, place: PostgresStore) -> None:
    for build, leads in ((build_pass, False), (build_service, True)):
        database = place.open(create=True)
        build(studio.settings(), database, {})
        database.lease.renew(70.0)
        assert database.lease.leads() is leads
        database.close()


def test_a_service_that_was_taken_for_gone_starts_anew_and_completes_nothing(
    studio: Studio, place: PostgresStore
) -> None:
    """Its machine had no network for longer than its lease: what it was sending is asked about by others."""
    written = studio.config.read_text()
    with uplink(studio.sandbox.url) as link:
        studio.config.write_text(written.replace(studio.sandbox.url, link.url))
        place.open(create=True).close()  # to look into
        machine = {"FOLDER_SYNC_STORE__MACHINE": place.watcher, "STATE_DIRECTORY": str(studio.home / "state")}
        with studio.start("run", env=machine) as process:
            studio.export(f"{GTIN}__One.jpg")
            wait_for(lambda: place.ask("SELECT 1 FROM photo WHERE state = 'uploaded'") != [], "it works")
            link.limit(0)
            studio.export(f"{GTIN}__Two.jpg", photo_data("large", 16_000_000))
            uploading = "SELECT 1 FROM photo WHERE title = 'Two' AND state = 'uploading'"
            wait_for(lambda: place.ask(uploading) != [], "the second is being sent")
            ((token, pid),) = place.ask("SELECT token, pid FROM worker")
            studio.config.write_text(written)
            place.ask("UPDATE worker SET is_over = 1")
            wait_for(lambda: place.ask("SELECT pid FROM worker WHERE token <> %s", token) == [(pid,)], "it is back")
            both = "SELECT count(*) FROM photo WHERE state = 'uploaded'"
            wait_for(lambda: place.ask(both) == [(2,)], "both are uploaded")
            link.limit(float("inf"))
            wait_for(lambda: posts(studio) == 3, "the first request has ended")
            assert process.end(signal.SIGTERM) == 0
    assert len(studio.sandbox.ledger.stored) == 2
    told = [json.loads(line)["event"] for line in studio.told().splitlines()]
    assert told.count("service_starts_anew") == 1
    assert not {"store_unavailable", "worker_failed", "housekeeping_failed"} & set(told)


def test_everything_is_dated_by_the_servers_clock(
    studio: Studio, place: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """This machine's may be wrong by days: nothing in the records is."""
    monkeypatch.setenv("STATE_DIRECTORY", str(studio.home / "state"))
    database = place.open(create=True)
    day = 86_400.0
    monkeypatch.setattr(clock.Clock, "__call__", shifted(clock.Clock.__call__, day))
    now = time.time()
    studio.export(f"{GTIN}__Front.jpg")
    studio.export("What is this.jpg")
    running = Running(build_service(studio.settings(), database, {}, studio.timings))
    try:
        wait_for(lambda: place.ask("SELECT 1 FROM photo WHERE state = 'uploaded'") != [], "it is uploaded")
        wait_for(lambda: place.ask("SELECT 1 FROM photo WHERE state = 'rejected'") != [], "it is rejected")
    finally:
        running.stop()
    database.close()
    columns = place.ask(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema()"
        " AND data_type = 'double precision' AND table_name <> 'worker'"
    )
    moments = {
        f"{table}.{column}": place.ask(f"SELECT {column} FROM {table} WHERE {column} > 1e9")
        for table, column in columns
    }
    dated = {name: [moment for (moment,) in found] for name, found in moments.items() if found}
    assert {"photo.first_seen", "photo.started_at", "photo.uploaded_at", "history.at", "run.since"} <= dated.keys()
    wrong = {name: found for name, found in dated.items() if any(moment < now + day / 2 for moment in found)}
    assert wrong == {}
    assert place.ask("SELECT 1 FROM quota_use WHERE second < %s", now + day / 2) == []
