"""Watched folders that are mounts: unmounted, empty, back, exchanged, read-only. The mounts are real."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from folder_sync.files.mounts import file_system, mounts_of
from folder_sync.photo import State
from folder_sync.store.service_state import ServiceState, WatchStatus
from folder_sync.store.sqlite.database import Database
from tests.support.mounting import Mounts
from tests.support.running import intake_of, running_service
from tests.support.studio import GTIN, OTHER, THIRD, Studio, photo_data
from tests.support.waiting import wait_for


def share_inside(studio: Studio, mounts: Mounts) -> tuple[Path, Path]:
    """What is mounted in a subfolder of the watched folder, where it keeps its files; and that subfolder."""
    server, nas = studio.home / "server", studio.folder / "nas"
    for folder in (server, nas):
        folder.mkdir()
    mounts.tmpfs(server)
    mounts.bind(server, nas)
    return server, nas


class Share:
    """The watched folder is a mount point; what is mounted there keeps its files when it is not."""

    def __init__(self, studio: Studio, mounts: Mounts) -> None:
        self.studio = studio
        self.mounts = mounts
        self.server = studio.home / "server"
        self.server.mkdir()
        mounts.tmpfs(self.server)
        self.mount()

    def mount(self) -> None:
        self.mounts.bind(self.server, self.studio.folder)

    def unmount(self) -> None:
        self.mounts.unmount(self.studio.folder)

    def put(self, name: str, data: bytes | None = None) -> Path:
        """What another machine writes; where it is seen here."""
        (self.server / name).write_bytes(photo_data(name) if data is None else data)
        return self.studio.folder / name


@pytest.fixture
def share(studio: Studio, mounts: Mounts) -> Share:
    return Share(studio, mounts)


def service_state(studio: Studio) -> tuple[dict[str, str], list[WatchStatus]]:
    """Pauses by scope, and how folders are watched."""
    database = Database(studio.database, create=False)
    try:
        return {note.scope: note.reason for note in ServiceState(database).pauses()}, ServiceState(
            database
        ).watch_statuses()
    finally:
        database.close()


def wait_for_pause(studio: Studio, place: Path, words: str) -> None:
    wait_for(lambda: words in service_state(studio)[0].get(f"folder:{place}", ""), f"{place} is paused: {words}")


def wait_until_heard(studio: Studio, folders: int = 1) -> None:
    def heard() -> int:
        return sum(watch_status.heard_at is not None for watch_status in service_state(studio)[1])

    wait_for(lambda: heard() >= folders, "hearing is proven")


def states(studio: Studio) -> list[State]:
    return [record.state for record in studio.records()]


def test_an_unmounted_folder_is_paused_nothing_is_missing_and_it_is_heard_again(share: Share) -> None:
    studio = share.studio
    studio.sandbox.revoke_key()
    with running_service(studio):
        first = share.put(f"{GTIN}__a.jpg")
        before = studio.wait_for_state(first, State.QUEUED)
        share.unmount()
        wait_for_pause(studio, studio.folder, "is empty, although photos should be in it. Is it mounted?")
        share.put(f"{OTHER}__b.jpg")  # meanwhile
        share.mount()
        second = studio.wait_for_state(studio.folder / f"{OTHER}__b.jpg", State.QUEUED)
        wait_for(lambda: service_state(studio)[0].keys() == {"account:main"}, "the folder goes on")
        wait_until_heard(studio)
        third = studio.wait_for_state(studio.export_in_place(f"{THIRD}__c.jpg"), State.QUEUED)
    assert [record.id for record in studio.records()] == [before.id, second.id, third.id]


def test_started_before_the_mount(share: Share) -> None:
    studio = share.studio
    studio.sandbox.revoke_key()
    with running_service(studio):
        path = share.put(f"{GTIN}__a.jpg")
        studio.wait_for_state(path, State.QUEUED)
    share.unmount()
    studio.sandbox.restore_key()
    with running_service(studio):
        wait_for_pause(studio, studio.folder, "Is it mounted?")
        assert states(studio) == [State.QUEUED]
        share.mount()
        studio.wait_for_state(path, State.UPLOADED)
    assert len(studio.sandbox.ledger.arrivals) == 1


def test_sync_before_the_mount_says_so_and_ends(share: Share) -> None:
    studio = share.studio
    studio.sandbox.revoke_key()
    share.put(f"{GTIN}__a.jpg")
    assert studio.command("sync").returncode == 1
    studio.sandbox.restore_key()
    share.unmount()
    ended = studio.command("sync")
    assert (ended.returncode, ended.stderr) == (
        1,
        f"{studio.folder} is empty, although photos should be in it. Is it mounted?\n",
    )
    assert states(studio) == [State.QUEUED]


def test_the_first_mount_ever_comes_after_the_start(studio: Studio, mounts: Mounts) -> None:
    with running_service(studio):
        wait_until_heard(studio)
        mounts.tmpfs(studio.folder)
        studio.wait_for_state(studio.export_in_place(f"{GTIN}__a.jpg"), State.UPLOADED)


def test_another_device_with_the_same_photos(share: Share) -> None:
    studio = share.studio
    with running_service(studio):
        path = share.put(f"{GTIN}__a.jpg")
        before = studio.wait_for_state(path, State.UPLOADED)
        share.unmount()
        spare = studio.home / "spare"
        spare.mkdir()
        share.mounts.tmpfs(spare)
        shutil.copy(share.server / path.name, spare / path.name)
        share.mounts.bind(spare, studio.folder)
        studio.wait_for_state(studio.export_in_place(f"{OTHER}__b.jpg"), State.UPLOADED)
        after = studio.record(path)
    assert after is not None
    assert (after.id, after.state) == (before.id, State.UPLOADED)
    assert len(studio.sandbox.ledger.arrivals) == 2


def test_a_share_inside_the_folder(studio: Studio, mounts: Mounts) -> None:
    server, nas = share_inside(studio, mounts)
    studio.sandbox.revoke_key()
    with running_service(studio):
        (server / f"{GTIN}__a.jpg").write_bytes(photo_data("a"))
        path = nas / f"{GTIN}__a.jpg"
        studio.wait_for_state(path, State.QUEUED)
        mounts.unmount(nas)
        wait_for_pause(studio, nas, f"What was mounted at {nas} is no longer mounted. Mount it again.")
        studio.sandbox.restore_key()
        studio.wait_for_state(studio.export(f"{OTHER}__b.jpg"), State.UPLOADED)
        assert states(studio) == [State.QUEUED, State.UPLOADED]
        mounts.bind(server, nas)
        studio.wait_for_state(path, State.UPLOADED)
        wait_for(lambda: service_state(studio)[0] == {}, "the folder goes on")
        (nas / f"{THIRD}__c.jpg").write_bytes(photo_data("c"))
        studio.wait_for_state(nas / f"{THIRD}__c.jpg", State.UPLOADED)
    assert len(studio.sandbox.ledger.arrivals) == 3


def test_a_photo_that_also_stands_in_a_folder_that_is_away_is_no_renamed_one(share: Share) -> None:
    """Its image would be taken off the server as replaced."""
    studio = share.studio
    second = studio.home / "second"
    second.mkdir()
    studio.configure(watch=f'[[watch]]\npath = "{second}"', after={"superseded": "delete"})
    with running_service(studio):
        first = studio.wait_for_state(share.put(f"{GTIN}__a.jpg", photo_data("one")), State.UPLOADED)
        share.unmount()
        (second / f"{GTIN}__b.jpg").write_bytes(photo_data("one"))
        studio.wait_for_state(second / f"{GTIN}__b.jpg", State.UPLOADED)
        assert states(studio) == [State.UPLOADED] * 2
    assert {image.id for image in studio.sandbox.images(GTIN)} >= {first.image_id}


def test_a_read_only_folder_is_watched_without_a_canary_and_that_is_told(share: Share) -> None:
    studio = share.studio
    share.mounts.read_only(studio.folder)
    with running_service(studio):
        studio.wait_for_state(share.put(f"{GTIN}__a.jpg"), State.UPLOADED)
        (watch_status,) = service_state(studio)[1]
    assert (watch_status.backend, watch_status.heard_at) == ("native", None)
    assert watch_status.remark == (
        "Whether events are heard can't be proven: no file can be made here (Read-only file system)."
        " A second service on this folder would not be noticed: no mark can be left here (Read-only file system)."
    )


def test_hundreds_of_photos_gone_at_once_are_a_fault_and_not_news(studio: Studio) -> None:
    studio.sandbox.revoke_key()
    data = photo_data("one")
    job = studio.folder / "job"
    with running_service(studio):
        for number in range(200):
            studio.export(f"job/{GTIN}__photo_{number}.jpg", data)
        wait_for(lambda: len(studio.records()) == 200, "they are queued", 60)
        job.rename(studio.home / "job")
        wait_for_pause(studio, studio.folder, "is empty, although")
        assert set(states(studio)) == {State.QUEUED}
        (studio.home / "job").rename(job)
        wait_for(lambda: f"folder:{studio.folder}" not in service_state(studio)[0], "the folder goes on")
        marker = studio.wait_for_state(studio.export(f"{OTHER}__z.jpg"), State.QUEUED)
    assert states(studio) == [State.QUEUED] * 201
    assert marker.id == 201


def test_what_was_deleted_while_nobody_watched_is_missing(studio: Studio) -> None:
    """The folder is the same one, so it is no mount point without its mount."""
    studio.sandbox.revoke_key()
    with running_service(studio):
        path = studio.export(f"{GTIN}__a.jpg")
        studio.wait_for_state(path, State.QUEUED)
    path.unlink()
    with running_service(studio):
        studio.wait_for_state(path, State.MISSING)


def test_strays_under_the_mount_are_no_news(share: Share) -> None:
    studio = share.studio
    share.unmount()
    stray = studio.export_in_place(f"{OTHER}__stray.jpg")
    share.mount()
    studio.sandbox.revoke_key()
    reason = f"What was mounted at {studio.folder} is no longer mounted. Mount it again."
    with running_service(studio):
        path = share.put(f"{GTIN}__a.jpg")
        studio.wait_for_state(path, State.QUEUED)
        share.unmount()
        wait_for_pause(studio, studio.folder, reason)
        os.utime(stray)
    with running_service(studio):
        wait_for_pause(studio, studio.folder, reason)
        studio.sandbox.restore_key()
        share.mount()
        studio.wait_for_state(path, State.UPLOADED)
        wait_for(lambda: service_state(studio)[0] == {}, "the folder goes on")
    assert [record.path for record in studio.records()] == [os.fsencode(path)]
    assert len(studio.sandbox.ledger.arrivals) == 1


def test_a_photo_that_is_not_settled_yet_waits_for_the_mount(share: Share) -> None:
    studio = share.studio
    studio.configure(intake={"settle_seconds": 1.5})
    with running_service(studio) as running:
        gate = intake_of(running, studio.folder)._gate
        studio.wait_for_state(share.put(f"{OTHER}__known.jpg"), State.UPLOADED)
        path = share.put(f"{GTIN}__a.jpg")
        wait_for(lambda: os.fsencode(path) in gate, "it is held")
        share.unmount()
        wait_for_pause(studio, studio.folder, "Is it mounted?")
        wait_for(lambda: os.fsencode(path) not in gate, "it is left alone")
        assert states(studio) == [State.UPLOADED]
        share.mount()
        studio.wait_for_state(path, State.UPLOADED)


def test_photos_moved_from_a_share_to_the_disk_under_it_are_taken_up(share: Share) -> None:
    studio = share.studio
    with running_service(studio):
        path = share.put(f"{GTIN}__a.jpg")
        before = studio.wait_for_state(path, State.UPLOADED)
        share.unmount()
        wait_for_pause(studio, studio.folder, "is empty, although")
        shutil.copy(share.server / path.name, path)
        studio.wait_for_state(studio.export_in_place(f"{OTHER}__b.jpg"), State.UPLOADED)
    assert studio.records()[0].id == before.id
    assert len(studio.sandbox.ledger.arrivals) == 2


def test_a_share_inside_the_folder_that_went_away_while_nobody_watched(studio: Studio, mounts: Mounts) -> None:
    server, nas = share_inside(studio, mounts)
    studio.sandbox.revoke_key()
    (server / f"{GTIN}__a.jpg").write_bytes(photo_data("a"))
    path = nas / f"{GTIN}__a.jpg"
    with running_service(studio):
        studio.wait_for_state(path, State.QUEUED)
    mounts.unmount(nas)
    studio.sandbox.restore_key()
    (nas / f"{THIRD}__stray.jpg").write_bytes(photo_data("stray"))
    with running_service(studio):
        wait_for_pause(studio, nas, f"What was mounted at {nas} is no longer mounted. Mount it again.")
        studio.wait_for_state(studio.export(f"{OTHER}__b.jpg"), State.UPLOADED)
        assert states(studio) == [State.QUEUED, State.UPLOADED]
        mounts.bind(server, nas)
        studio.wait_for_state(path, State.UPLOADED)
        wait_for(lambda: service_state(studio)[0] == {}, "the folder goes on")
    assert len(studio.sandbox.ledger.arrivals) == 2


def test_a_share_inside_the_folder_that_is_given_up_for_good(studio: Studio, mounts: Mounts) -> None:
    """It was missed for ever, whatever was done: without its folder, left out, and after each restart."""
    server, nas = share_inside(studio, mounts)
    with running_service(studio):
        (server / f"{GTIN}__a.jpg").write_bytes(photo_data("a"))
        studio.wait_for_state(nas / f"{GTIN}__a.jpg", State.UPLOADED)
        mounts.unmount(nas)
        wait_for_pause(studio, nas, f"What was mounted at {nas} is no longer mounted. Mount it again.")
    studio.configure(intake={"ignore": ["nas/"]})
    with running_service(studio):
        wait_until_heard(studio)
        studio.wait_for_state(studio.export(f"{OTHER}__b.jpg"), State.UPLOADED)
        assert service_state(studio)[0] == {}
    assert states(studio) == [State.UPLOADED, State.UPLOADED]


def test_a_mount_given_up_for_good(share: Share) -> None:
    """The folder is taken out of the configuration, and put in again."""
    studio = share.studio
    with running_service(studio):
        studio.wait_for_state(share.put(f"{GTIN}__a.jpg"), State.UPLOADED)
    share.unmount()
    before = studio.config.read_text()
    other = studio.home / "other"
    other.mkdir()
    studio.config.write_text(before.replace(str(studio.folder), str(other)))
    with running_service(studio):
        wait_until_heard(studio)
    studio.config.write_text(before)
    with running_service(studio):
        studio.wait_for_state(studio.export_in_place(f"{OTHER}__b.jpg"), State.UPLOADED)


def test_what_a_folder_depends_on(tmp_path: Path, mounts: Mounts) -> None:
    place = tmp_path / "with a space" / "deep"
    place.mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "with a space")
    above = mounts_of(os.fsencode(tmp_path)).items()  # where the tests are run
    mounts.tmpfs(place)
    assert file_system(os.fsencode(place)) == "tmpfs"
    assert mounts_of(os.fsencode(tmp_path)).items() - above == {(os.fsencode(place), "tmpfs")}
    assert mounts_of(os.fsencode(tmp_path / "link")).items() - above == {
        (os.fsencode(tmp_path / "link" / "deep"), "tmpfs")
    }
    assert mounts_of(os.fsencode(place)).items() - above == {(os.fsencode(place), "tmpfs")}
    (place / "deeper").mkdir()
    assert mounts_of(os.fsencode(place / "deeper")).items() - above == {(os.fsencode(place), "tmpfs")}


def test_files_on_a_device_that_no_mount_has(mounts: Mounts, tmp_path: Path) -> None:
    """As all files on btrfs are: by its device their file system was unknown."""
    one, other, place = (tmp_path / name for name in ("one", "other", "place"))
    for folder in (one, other, place):
        folder.mkdir()
    for folder in (one, other):
        mounts.tmpfs(folder)
    for name in ("upper", "work"):
        (other / name).mkdir()
    (one / "photo.jpg").write_bytes(b"photo")
    mounts.overlay(one, other / "upper", other / "work", place)
    device = (place / "photo.jpg").stat().st_dev
    assert f" {os.major(device)}:{os.minor(device)} " not in Path("/proc/self/mountinfo").read_text()
    assert file_system(os.fsencode(place / "photo.jpg")) == "overlay"
    assert file_system(os.fsencode(place)) == "overlay"
