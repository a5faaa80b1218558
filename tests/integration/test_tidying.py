"""What becomes of the files of uploaded photos: they go where the configuration says, and nowhere else."""

from __future__ import annotations

import errno
import json
import os
import threading
from dataclasses import asdict, replace

import pytest
import structlog

from folder_sync.files import disposal
from folder_sync.photo import Fingerprint, Record, State
from folder_sync.rules.outcome import Transition
from folder_sync.service.folders import MARK, Folder
from folder_sync.service.tidying import Tidier
from folder_sync.service.watch.mark import HOST, Mark, boot, born
from folder_sync.store.queue import Queue
from tests.integration.putting_away import MOVE, files, history, put_away_only_on_record, wait_until_at
from tests.integration.test_mounted_folders import wait_for_pause
from tests.support.running import running_service
from tests.support.studio import GTIN, OTHER, Studio, photo_data
from tests.support.waiting import PATIENCE_SECONDS, wait_for


def test_an_uploaded_photo_is_moved_with_its_subfolder_and_does_not_come_back(studio: Studio) -> None:
    studio.configure(after=MOVE, intake={"rescan_seconds": 0.2})
    with running_service(studio):
        path = studio.export(f"monday/shoes/{GTIN}__a.jpg")
        moved = studio.folder / "uploaded" / "monday" / "shoes" / path.name
        record = wait_until_at(studio, moved, State.UPLOADED)
        studio.wait_for_state(studio.folder / "uploaded" / studio.export(f"{OTHER}__b.jpg").name, State.UPLOADED)
    assert moved.read_bytes() == photo_data(repr(f"monday/shoes/{GTIN}__a.jpg"))
    assert files(studio) == [f"uploaded/{OTHER}__b.jpg", f"uploaded/monday/shoes/{GTIN}__a.jpg"]
    assert [known.state for known in studio.records()] == [State.UPLOADED, State.UPLOADED]
    assert record.image_id == studio.sandbox.images(GTIN)[0].id


def test_a_new_version_of_what_was_moved_replaces_it_and_is_put_beside_it(studio: Studio) -> None:
    studio.configure(after=MOVE)
    name, uploaded = f"{GTIN}__a.jpg", studio.folder / "uploaded"
    with running_service(studio):
        studio.export(name)
        wait_until_at(studio, uploaded / name, State.UPLOADED)
        studio.export(name, photo_data("retouched"))
        wait_until_at(studio, uploaded / "again-2" / name, State.UPLOADED)
        studio.wait_for_state(uploaded / name, State.SUPERSEDED)
    assert (uploaded / name).read_bytes() == photo_data(repr(name))
    assert (uploaded / "again-2" / name).read_bytes() == photo_data("retouched")
    assert len(studio.sandbox.ledger.stored) == 2


def test_an_old_hero_does_not_come_back_when_the_folder_of_uploaded_photos_gets_another_name(studio: Studio) -> None:
    """The incident: the version that had been replaced was uploaded anew, and was the hero again."""
    studio.configure(after=MOVE)
    name, uploaded = f"{GTIN}__a__primary.jpg", studio.folder / "uploaded"
    with running_service(studio):
        studio.export(name)
        wait_until_at(studio, uploaded / name, State.UPLOADED)
        studio.export(name, photo_data("retouched"))
        wait_until_at(studio, uploaded / "again-2" / name, State.UPLOADED)
        studio.wait_for_state(uploaded / name, State.SUPERSEDED)
        before = studio.records()
        uploaded.rename(studio.folder / "2026")
        old = studio.wait_for_state(studio.folder / "2026" / name, State.SUPERSEDED)
        new = studio.wait_for_state(uploaded / "2026" / "again-2" / name, State.UPLOADED)
        copy = studio.export(f"backup/{name}", photo_data(repr(name)))
        rejected = studio.wait_for_state(studio.folder / "rejected" / "backup" / copy.name, State.REJECTED)
    assert [old.id, new.id] == [record.id for record in before]
    assert rejected.reason is not None
    assert rejected.reason.code == "old_version"
    assert len(studio.sandbox.ledger.stored) == 2


def test_uploaded_to_another_file_system(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    rename = os.rename

    def refusing(source: bytes, target: bytes) -> None:
        if isinstance(source, bytes) and (b"/uploaded/" in source) != (b"/uploaded/" in target):
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
        rename(source, target)

    monkeypatch.setattr(os, "rename", refusing)
    studio.configure(after=MOVE)
    with running_service(studio):
        path = studio.export(f"{GTIN}__a.jpg")
        wait_until_at(studio, studio.folder / "uploaded" / path.name, State.UPLOADED)
        wait_for(lambda: not path.exists(), "the original is gone")
    assert files(studio) == [f"uploaded/{path.name}"]
    assert len(studio.records()) == 1


def test_a_deleted_photo_that_is_dropped_again_is_known_and_goes_again(studio: Studio) -> None:
    studio.configure(after={"uploaded": "delete"})
    name, data = f"{GTIN}__a.jpg", photo_data("one")
    with running_service(studio):
        path = studio.export(name, data)
        record = studio.wait_for_state(path, State.UPLOADED)
        wait_for(lambda: not path.exists(), "the file is deleted")
        studio.export(name, data)
        wait_for(lambda: not path.exists(), "it is deleted again")
        again = studio.wait_for_state(path, State.UPLOADED)
    assert (again.id, again.image_id) == (record.id, record.image_id)
    assert [call.method for call in studio.sandbox.ledger.calls].count("POST") == 1


def test_the_same_bytes_for_another_product_are_no_rename_of_what_was_deleted(studio: Studio) -> None:
    studio.configure(after={"uploaded": "delete", "superseded": "delete"})
    data = photo_data("one")
    with running_service(studio):
        path = studio.export(f"{GTIN}__a.jpg", data)
        studio.wait_for_state(path, State.UPLOADED)
        wait_for(lambda: not path.exists(), "the file is deleted")
        other = studio.export(f"{OTHER}__a.jpg", data)
        studio.wait_for_state(other, State.UPLOADED)
        wait_for(lambda: not other.exists(), "that file is deleted too")
    assert [record.state for record in studio.records()] == [State.UPLOADED, State.UPLOADED]
    assert len(studio.sandbox.images(GTIN)) == len(studio.sandbox.images(OTHER)) == 1


def test_what_an_earlier_run_kept_is_put_away_when_that_is_wished(studio: Studio) -> None:
    with running_service(studio):
        path = studio.export(f"{GTIN}__a.jpg")
        studio.wait_for_state(path, State.UPLOADED)
    assert path.exists()
    studio.configure(after=MOVE)
    with running_service(studio):
        wait_until_at(studio, studio.folder / "uploaded" / path.name, State.UPLOADED)
    assert files(studio) == [f"uploaded/{path.name}"]


def test_nobody_waits_for_what_an_earlier_run_kept(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a hundred thousand photos that takes an hour; until then no photo went, and systemd took it for a failed
    start."""
    sweep, sent = Tidier.sweep, threading.Event()

    def takes_its_time(tidier: Tidier, folder: Folder) -> None:
        sent.wait(2 * PATIENCE_SECONDS)
        sweep(tidier, folder)

    monkeypatch.setattr(Tidier, "sweep", takes_its_time)
    with running_service(studio):
        studio.wait_for_state(studio.export(f"{GTIN}__a.jpg"), State.UPLOADED)
        sent.set()


def test_nothing_is_put_away_in_a_folder_that_is_another_services(studio: Studio) -> None:
    with running_service(studio):
        path = studio.export(f"{GTIN}__a.jpg")
        studio.wait_for_state(path, State.UPLOADED)
    studio.configure(after=MOVE)
    pid, mark = os.getppid(), studio.folder / os.fsdecode(MARK)
    other = Mark("its run", "its records", 0, HOST, boot(), pid, born(pid) or 0, True, 1)  # noqa: FBT003 -- recursive
    mark.write_text(json.dumps(asdict(other)))
    with running_service(studio):
        wait_for_pause(studio, studio.folder, "another folder-sync")
        assert files(studio) == [path.name]
        mark.unlink()
        wait_until_at(studio, studio.folder / "uploaded" / path.name, State.UPLOADED)


@pytest.mark.parametrize("wish", ["move", "delete"])
def test_a_file_that_changed_meanwhile_is_not_put_away_but_taken_up(studio: Studio, wish: str) -> None:
    with running_service(studio):
        path = studio.export(f"{GTIN}__a.jpg")
        studio.wait_for_state(path, State.UPLOADED)
    path.write_bytes(photo_data("retouched"))
    studio.configure(after={"uploaded": wish})
    with running_service(studio):
        wait_for(lambda: len(studio.sandbox.ledger.stored) == 2, "the new version is uploaded")
        wait_for(lambda: not path.exists(), "and then put away")
    assert [record.state for record in studio.records()] == [State.SUPERSEDED, State.UPLOADED]
    kept = [(studio.folder / name).read_bytes() for name in files(studio)]
    assert kept == ([photo_data("retouched")] if wish == "move" else [])


@pytest.mark.parametrize(("wish", "left"), [("move", [f"uploaded/{GTIN}__a.jpg"]), ("delete", [])])
def test_interrupted_between_the_record_and_the_file(studio: Studio, wish: str, left: list[str]) -> None:
    with running_service(studio):
        path = studio.export(f"{GTIN}__a.jpg")
        record = studio.wait_for_state(path, State.UPLOADED)
    put_away_only_on_record(studio, record, studio.folder / "uploaded" / path.name if wish == "move" else None)
    studio.configure(after={"uploaded": wish})
    with running_service(studio):
        wait_for(lambda: files(studio) == left, "the file is put away")
        wait_for(lambda: [known.id for known in studio.records()] == [record.id], "there is one record")
    assert len(studio.sandbox.ledger.arrivals) == 1


@pytest.mark.parametrize("fault", [None, "drop_after_store"])
def test_that_it_is_uploaded_survives_a_power_cut_before_its_file_goes(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, fault: str | None
) -> None:
    told: list[tuple[State, bool, bool]] = []
    apply = Queue.apply

    def noting(
        queue: Queue, photo: Record, transition: Transition, now: float, *, durable: bool = False
    ) -> list[Record]:
        told.append((transition.to, durable, os.path.exists(photo.path)))
        return apply(queue, photo, transition, now, durable=durable)

    monkeypatch.setattr(Queue, "apply", noting)
    studio.configure(after={"uploaded": "delete"})
    if fault is not None:
        studio.sandbox.faults.add(fault, route="upload")
    with running_service(studio):
        path = studio.export(f"{GTIN}__a.jpg")
        wait_for(lambda: bool(told) and not path.exists(), "the file is deleted")
    assert told[-1] == (State.UPLOADED, True, True)


def test_a_photo_that_can_not_be_moved_stays_known_where_it_is_and_goes_when_it_can(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio.timings = replace(studio.timings, first_pause=0.1)
    studio.configure(after=MOVE, intake={"ignore": ["uploaded"]})
    (studio.folder / "uploaded").write_text("in the way")
    tries: list[bytes] = []
    move = disposal.move

    def counted(path: bytes, to: bytes, expected: Fingerprint) -> None:
        tries.append(path)
        move(path, to, expected)

    monkeypatch.setattr(disposal, "move", counted)
    with structlog.testing.capture_logs() as logs, running_service(studio):
        paths = [studio.export(f"{GTIN}__{number}.jpg") for number in range(5)]
        records = [studio.wait_for_state(path, State.UPLOADED) for path in paths]
        before = {record.id: history(studio, record) for record in records}
        wait_for(lambda: len(tries) > 3, "it is tried again")
        assert [studio.record(path) for path in paths] == records
        assert {record.id: history(studio, record) for record in records} == before
        assert [line["event"] for line in logs].count("file_left") == 1
        (studio.folder / "uploaded").unlink()
        for path in paths:
            wait_until_at(studio, studio.folder / "uploaded" / path.name, State.UPLOADED)
    assert len(studio.sandbox.ledger.arrivals) == 5


def test_a_link_stays_where_it_is_and_what_it_leads_to_goes(studio: Studio) -> None:
    """The incident: it led nowhere then, and was rejected beside its own image in the catalogue."""
    path, link = studio.export(f"shared/{GTIN}__a.jpg"), studio.folder / f"{OTHER}__b.jpg"
    link.symlink_to(path)
    with running_service(studio):
        for photo in (path, link):
            studio.wait_for_state(photo, State.UPLOADED)
    studio.configure(after=MOVE, intake={"rescan_seconds": 0.2})
    with running_service(studio) as running:
        wait_until_at(studio, studio.folder / "uploaded" / "shared" / path.name, State.UPLOADED)
        assert link.is_symlink()
        assert not link.exists()
        for name in ("one", "two"):  # so long that the link was looked at
            wait_until_at(
                studio, studio.folder / "uploaded" / studio.export(f"{GTIN}__{name}.jpg").name, State.UPLOADED
            )
        wait_for(lambda: running.service.held == 0, "nothing is looked at")
    assert [record.state for record in studio.records() if record.path == os.fsencode(link)] == [State.UPLOADED]


def test_a_file_that_a_program_has_open_stays_until_it_is_closed(studio: Studio) -> None:
    studio.timings = replace(studio.timings, first_pause=0.1)
    studio.configure(after=MOVE)
    with running_service(studio):
        names = {"session.sqlite": State.REJECTED, f"{GTIN}__a.jpg": State.UPLOADED}
        paths = [studio.export(name) for name in names]
        with paths[0].open("r+b"), paths[1].open("rb"):
            for path, state in zip(paths, names.values(), strict=True):
                studio.wait_for_state(path, state)
            studio.export(f"{OTHER}__b.jpg")
            wait_until_at(studio, studio.folder / "uploaded" / f"{OTHER}__b.jpg", State.UPLOADED)
            assert all(path.exists() for path in paths)
        wait_until_at(studio, studio.folder / "rejected" / paths[0].name, State.REJECTED)
        wait_until_at(studio, studio.folder / "uploaded" / paths[1].name, State.UPLOADED)


def test_show_and_list_name_the_new_place(studio: Studio) -> None:
    studio.configure(after=MOVE)
    with running_service(studio):
        path = studio.export(f"{GTIN}__a.jpg")
        moved = studio.folder / "uploaded" / path.name
        record = wait_until_at(studio, moved, State.UPLOADED)
    assert [event.event for event in history(studio, record)] == ["queued", "uploading", "uploaded", "moved"]
    assert str(moved) in studio.command("list", "--format", "csv").stdout
