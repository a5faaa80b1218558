"""The whole service, built as `run` builds it: from a file in a folder to an image on the server."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Mapping

import pytest

from folder_sync.errors import StoreUnavailable
from folder_sync.photo import Fingerprint, State
from folder_sync.service.chores import ClockSteps
from folder_sync.service.intake import folder_intake
from folder_sync.service.signals import End
from folder_sync.store.expected_files import ExpectedFiles
from folder_sync.store.photo_queries import PhotoQueries
from folder_sync.store.service_state import ServiceState
from folder_sync.store.sqlite.database import Database
from tests.support.running import running_service
from tests.support.studio import GTIN, OTHER, Studio, photo_data
from tests.support.waiting import wait_for


def pauses(studio: Studio) -> dict[str, str]:
    """Scope → reason."""
    database = Database(studio.database, create=False)
    try:
        return {note.scope: note.reason for note in ServiceState(database).pauses()}
    finally:
        database.close()


def history(studio: Studio, id_: int) -> list[str]:
    database = Database(studio.database, create=False)
    try:
        return [event.event for event in PhotoQueries(database).history(id_)]
    finally:
        database.close()


def test_a_photo_becomes_an_image_with_its_caption_and_hero_flag(studio: Studio) -> None:
    with running_service(studio):
        path = studio.export(f"{GTIN}__Front_of_package__primary.jpg")
        record = studio.wait_for_state(path, State.UPLOADED)
    (image,) = studio.sandbox.images(GTIN)
    assert (image.id, image.title, image.is_primary) == (record.image_id, "Front of package", True)
    assert image.sha256 == record.sha256
    assert record.organization_id == studio.sandbox.organization_id
    assert record.image_url is not None
    assert record.attempts == 1


def test_records_out_of_reach_right_after_the_start_do_not_end_the_service(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their server was restarted in that moment."""
    unreadable, outage = ExpectedFiles.unreadable, [StoreUnavailable("The records can't be reached.", "See why.")]
    asked = threading.Event()

    def fails_once(expected: ExpectedFiles) -> list[bytes]:
        while outage:
            raise outage.pop()
        asked.set()
        return unreadable(expected)

    monkeypatch.setattr(ExpectedFiles, "unreadable", fails_once)
    monkeypatch.setattr(folder_intake, "AGAIN_SECONDS", 0.05)
    with running_service(studio):
        wait_for(asked.is_set, "they are asked again")
        studio.wait_for_state(studio.export(f"{GTIN}__a.jpg"), State.UPLOADED)


def test_what_was_there_before_the_start_is_taken_up(studio: Studio) -> None:
    path = studio.export(f"deep/er/{GTIN}__a.jpg")
    with running_service(studio):
        studio.wait_for_state(path, State.UPLOADED)


def test_a_restart_sends_nothing_again(studio: Studio) -> None:
    path = studio.export(f"{GTIN}__a.jpg")
    with running_service(studio):
        studio.wait_for_state(path, State.UPLOADED)
    with running_service(studio):
        studio.wait_for_state(studio.export(f"{OTHER}__b.jpg"), State.UPLOADED)
    assert len(studio.sandbox.ledger.arrivals) == 2


def test_a_folder_made_and_filled_at_once(studio: Studio) -> None:
    staged = studio.home / "job"
    (staged / "inner").mkdir(parents=True)
    for number in range(20):
        (staged / "inner" / f"{GTIN}__photo__{number}.jpg").write_bytes(photo_data(str(number)))
    with running_service(studio):
        shutil.copytree(staged, studio.folder / "copied")
        staged.rename(studio.folder / "renamed")
        records = studio.wait_until_settled(40)
    states = [record.state for record in records]
    assert (states.count(State.UPLOADED), states.count(State.DUPLICATE)) == (20, 20)
    assert len(studio.sandbox.ledger.stored) == 20


def test_a_re_export_supersedes(studio: Studio) -> None:
    name = f"{GTIN}__a.jpg"
    with running_service(studio):
        first = studio.wait_for_state(studio.export(name), State.UPLOADED)
        path = studio.export(name, photo_data("retouched"))
        wait_for(lambda: len(studio.sandbox.ledger.stored) == 2, "the new version is uploaded")
        second = studio.wait_for_state(path, State.UPLOADED)
        wait_for(
            lambda: [record.state for record in studio.records()] == [State.SUPERSEDED, State.UPLOADED],
            "the old version is superseded",
        )
    assert first.image_id != second.image_id
    assert len(studio.sandbox.images(GTIN)) == 2  # `after.superseded` is "keep"


def test_a_rename_asks_nothing_of_the_server(studio: Studio) -> None:
    with running_service(studio):
        path = studio.export(f"{GTIN}__a.jpg")
        before = studio.wait_for_state(path, State.UPLOADED)
        moved = path.with_name(f"{GTIN}__a__2.jpg")
        asked = _asked(studio)
        path.rename(moved)
        after = studio.wait_for_state(moved, State.UPLOADED)
    assert (after.id, after.image_id) == (before.id, before.image_id)
    assert _asked(studio) == asked


def _asked(studio: Studio) -> int:
    """Requests with the key; a look at what an upload became needs none, and may come later."""
    return sum(not call.path.startswith("/media/") for call in studio.sandbox.ledger.calls)


def test_a_rename_to_another_title_is_a_new_upload(studio: Studio) -> None:
    with running_service(studio):
        path = studio.export(f"{GTIN}__Fornt.jpg")
        studio.wait_for_state(path, State.UPLOADED)
        moved = path.with_name(f"{GTIN}__Front.jpg")
        path.rename(moved)
        studio.wait_for_state(moved, State.UPLOADED)
        studio.wait_for_state(path, State.SUPERSEDED)
    assert [arrival.title for arrival in studio.sandbox.ledger.stored] == ["Fornt", "Front"]


def test_a_copy_is_a_duplicate_and_goes_with_its_file(studio: Studio) -> None:
    data = photo_data("one")
    with running_service(studio):
        path = studio.export(f"{GTIN}__a.jpg", data)
        studio.wait_for_state(path, State.UPLOADED)
        copy = studio.export(f"again/{GTIN}__a.jpg", data)
        twin = studio.wait_for_state(copy, State.DUPLICATE)
        copy.unlink()
        wait_for(lambda: studio.record(copy) is None, "the duplicate is forgotten")
    assert twin.image_id is None
    assert len(studio.sandbox.ledger.arrivals) == 1


def test_a_deleted_upload_stays_on_the_server(studio: Studio) -> None:
    with running_service(studio):
        path = studio.export(f"{GTIN}__a.jpg")
        studio.wait_for_state(path, State.UPLOADED)
        path.unlink()
        studio.wait_for_state(studio.export(f"{OTHER}__b.jpg"), State.UPLOADED)
        record = studio.record(path)
    assert record is not None
    assert record.state is State.UPLOADED
    assert len(studio.sandbox.images(GTIN)) == 1


def test_a_photo_that_went_away_before_it_was_sent_comes_back(studio: Studio) -> None:
    studio.sandbox.revoke_key()
    name, data = f"{GTIN}__a.jpg", photo_data("one")
    with running_service(studio):
        path = studio.export(name, data)
        studio.wait_for_state(path, State.QUEUED)
        path.unlink()
        missing = studio.wait_for_state(path, State.MISSING)
        studio.export(name, data)
        queued = studio.wait_for_state(path, State.QUEUED)
        studio.sandbox.restore_key()
        studio.wait_for_state(path, State.UPLOADED)
    assert missing.id == queued.id
    assert len(studio.sandbox.ledger.stored) == 1


def test_a_missing_folder_pauses_and_is_taken_up(studio: Studio) -> None:
    away = studio.home / "away"
    studio.folder.rename(away)
    with running_service(studio):
        wait_for(lambda: list(pauses(studio)) == [f"folder:{studio.folder}"], "the folder is reported")
        away.rename(studio.folder)
        path = studio.export(f"{GTIN}__a.jpg")
        studio.wait_for_state(path, State.UPLOADED)
        assert pauses(studio) == {}


def test_what_stood_in_a_folder_that_vanished_is_not_missing(studio: Studio) -> None:
    studio.sandbox.revoke_key()
    paused = f"folder:{studio.folder}"
    with running_service(studio):
        path = studio.export(f"{GTIN}__a.jpg")
        studio.wait_for_state(path, State.QUEUED)
        away = studio.home / "away"
        studio.folder.rename(away)
        wait_for(lambda: paused in pauses(studio), "the folder is reported")
        # An unmounted folder leaves its empty mount point: nothing is concluded from that either.
        studio.folder.mkdir()
        wait_for(lambda: "is empty, although" in pauses(studio).get(paused, ""), "the empty folder is doubted")
        shutil.rmtree(studio.folder)
        away.rename(studio.folder)
        studio.sandbox.restore_key()
        record = studio.wait_for_state(path, State.UPLOADED)
    assert "missing" not in history(studio, record.id)


def test_polling_finds_what_nobody_announces(studio: Studio) -> None:
    studio.configure(watch='backend = "polling"\npoll_seconds = 0.1')
    with running_service(studio):
        path = studio.export(f"new/{GTIN}__a.jpg")
        studio.wait_for_state(path, State.UPLOADED)


def test_a_rescan_finds_what_events_missed(studio: Studio) -> None:
    studio.configure(intake={"rescan_seconds": 0.2})
    path = studio.export(f"{GTIN}__a.jpg")
    with running_service(studio):
        studio.wait_for_state(path, State.UPLOADED)
        path.write_bytes(photo_data("new"))
        wait_for(lambda: len(studio.sandbox.ledger.stored) == 2, "the new version is uploaded")


def test_a_reload_ends_the_run_and_the_next_one_goes_on(studio: Studio) -> None:
    with running_service(studio) as running:
        studio.wait_for_state(studio.export(f"{GTIN}__a.jpg"), State.UPLOADED)
        assert running.stop(End.RELOAD) is End.RELOAD
    with running_service(studio):
        studio.wait_for_state(studio.export(f"{GTIN}__b.jpg"), State.UPLOADED)


def test_two_organizations_and_two_folders(studio: Studio) -> None:
    sandbox = studio.sandbox
    other_organization = sandbox.accounts.add_organization("The other studio")
    other_key = sandbox.accounts.add_key(other_organization)
    other_folder = studio.home / "second"
    other_folder.mkdir()
    studio.configure(
        account=f'[accounts.second]\nbase_url = "{sandbox.url}"',
        watch=f'account = "main"\n[[watch]]\npath = "{other_folder}"\naccount = "second"',
    )
    credentials = studio.home / "credentials"
    credentials.mkdir()
    (credentials / "second.key").write_text(other_key)
    data = photo_data("both")
    with running_service(studio, {"CREDENTIALS_DIRECTORY": str(credentials)}):
        first = studio.wait_for_state(studio.export(f"{GTIN}__a.jpg", data), State.UPLOADED)
        path = other_folder / f"{GTIN}__a.jpg"
        path.write_bytes(data)
        second = studio.wait_for_state(path, State.UPLOADED)
    # The same photo of the same product goes to each organization once.
    assert (first.organization_id, second.organization_id) == (sandbox.organization_id, other_organization)
    assert len(sandbox.catalogue.images(other_organization, GTIN)) == 1


def test_names_that_are_not_utf_8_are_rejected_and_found_again(studio: Studio) -> None:
    raw = os.fsencode(studio.folder) + b"/" + GTIN.encode() + b"__\xff.jpg"
    with running_service(studio):
        with open(raw, "wb") as file:
            file.write(photo_data("raw"))
        wait_for(lambda: bool(studio.records()), "the file is recorded")
    (record,) = studio.records()
    assert record.path == raw
    assert record.state is State.REJECTED
    assert record.reason is not None
    assert record.reason.code == "bad_name"


@pytest.mark.parametrize("count", [1, 4])
def test_many_photos_are_each_sent_once(studio: Studio, count: int) -> None:
    studio.configure(delivery={"concurrency": count})
    with running_service(studio):
        for number in range(40):
            studio.export(f"{(GTIN, OTHER)[number % 2]}__photo__{number}.jpg")
        records = studio.wait_until_settled(40)
    assert {record.state for record in records} == {State.UPLOADED}
    stored = studio.sandbox.ledger.arrivals
    assert len(stored) == 40
    assert {arrival.image_id for arrival in stored} == {record.image_id for record in records}
    assert threading.active_count() < 10  # the service's threads are gone, only the sandbox's is left


def test_a_clock_set_back_does_not_make_a_photo_wait_twice(studio: Studio) -> None:
    studio.configure(delivery={"recheck_seconds": 3600.0})
    studio.sandbox.unknown_product(GTIN)
    with running_service(studio) as running:
        path = studio.export(f"{GTIN}__a.jpg")
        studio.wait_for_state(path, State.WAITING)
        studio.sandbox.known_product(GTIN)
        chores = running.service._housekeeping._chores
        clock_steps = next(chore for chore in chores if isinstance(chore, ClockSteps))
        clock_steps._clock = lambda: time.time() - 7200.0
        studio.wait_for_state(path, State.UPLOADED)


def test_a_pass_that_the_records_did_not_answer_to_is_made_again(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Long before the next full one: what was exported while the service was stopped is nowhere else."""
    answering = ExpectedFiles.fingerprints
    failures = iter([StoreUnavailable("The records do not answer.", "Wait.")])

    def fingerprints(expected: ExpectedFiles, folder: bytes) -> Mapping[bytes, Fingerprint]:
        for failure in failures:
            raise failure
        return answering(expected, folder)

    monkeypatch.setattr(ExpectedFiles, "fingerprints", fingerprints)
    path = studio.export(f"{GTIN}__a.jpg")
    with running_service(studio):
        studio.wait_for_state(path, State.UPLOADED)
    assert next(failures, None) is None
