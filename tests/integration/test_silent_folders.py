"""Watched folders that don't answer: whoever looks at one waits. The mounts are real; nobody serves them."""

from __future__ import annotations

import os
import shutil
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from folder_sync.app import build_pass
from folder_sync.files.opening import look
from folder_sync.files.timeouts import call_with_timeout
from folder_sync.photo import Fingerprint, State
from folder_sync.report import checks
from folder_sync.service.intake import inspectors, other_paths
from folder_sync.service.intake.judging import judge
from folder_sync.service.intake.worker_pool import DaemonPool
from folder_sync.service.signals import End
from folder_sync.service.watch import availability
from folder_sync.store.sqlite.database import Database
from tests.integration.test_mounted_folders import service_state, states, wait_for_pause, wait_until_heard
from tests.support.mounting import Mounts
from tests.support.running import Buttons, running_service
from tests.support.studio import GTIN, OTHER, THIRD, Studio, photo_data
from tests.support.waiting import PATIENCE_SECONDS, wait_for

SILENT = "does not answer. Look at the server, or at the network; it resumes by itself."


@pytest.fixture
def share(studio: Studio) -> Path:
    """A second watched folder."""
    folder = studio.home / "share"
    folder.mkdir()
    studio.configure(watch=f'[[watch]]\npath = "{folder}"', delivery={"concurrency": 1, "shutdown_seconds": 1.0})
    return folder


@pytest.fixture(autouse=True)
def _impatient(studio: Studio) -> None:
    studio.timings = replace(studio.timings, folder_answers=1.0)


def put(folder: Path, name: str) -> Path:
    path = folder / name
    path.write_bytes(photo_data(name))
    return path


def test_it_is_paused_and_everything_else_goes_on(studio: Studio, share: Path, mounts: Mounts) -> None:
    studio.sandbox.revoke_key()
    with running_service(studio):
        held = put(share, f"{GTIN}__a.jpg")
        studio.wait_for_state(held, State.QUEUED)
        mounts.dead(share)
        studio.sandbox.restore_key()
        # The only worker takes this one first, as it is the oldest, and waits for it from then on.
        studio.wait_for_state(held, State.UPLOADING)
        wait_for_pause(studio, share, f"{share} {SILENT}")
        studio.wait_for_state(studio.export(f"{OTHER}__b.jpg"), State.UPLOADED)
        mounts.revive(share)
        studio.wait_for_state(held, State.UPLOADED)
        studio.wait_for_state(put(share, f"{THIRD}__c.jpg"), State.UPLOADED)
        wait_for(lambda: service_state(studio)[0] == {}, "the folder goes on")
        names = {thread.name for thread in threading.enumerate() if thread.name.startswith("delivery")}
        assert names == {"delivery-1"}
    assert states(studio) == [State.UPLOADED] * 3
    assert len(studio.sandbox.ledger.arrivals) == 3


def test_a_share_inside_a_folder(studio: Studio, share: Path, mounts: Mounts) -> None:
    inside = share / "nas"
    inside.mkdir()
    mounts.tmpfs(inside)
    with running_service(studio):
        wait_until_heard(studio, folders=2)
        mounts.dead(inside)
        wait_for_pause(studio, share, SILENT)
        studio.wait_for_state(studio.export(f"{OTHER}__b.jpg"), State.UPLOADED)


def test_a_share_inside_a_folder_from_the_start(studio: Studio, share: Path, mounts: Mounts) -> None:
    """Nobody had heard of that mount, so nobody asked it: the whole service waited for the folder's first check."""
    inside = share / "nas"
    inside.mkdir()
    mounts.dead(inside)
    with running_service(studio):
        wait_for_pause(studio, share, SILENT)
        studio.wait_for_state(studio.export(f"{OTHER}__b.jpg"), State.UPLOADED)


def test_from_the_start_and_told_to_stop(studio: Studio, share: Path, mounts: Mounts) -> None:
    mounts.dead(share)
    with studio.start("run") as process:
        wait_for(
            lambda: f"folder:{share}" in (service_state(studio)[0] if studio.database.exists() else {}), "it is paused"
        )
        studio.wait_for_state(studio.export(f"{OTHER}__b.jpg"), State.UPLOADED)
        assert process.end(signal.SIGTERM) == 0


def test_a_copy_of_a_photo_that_stands_there(
    studio: Studio, share: Path, mounts: Mounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether the first one still stands can't be told: it may."""
    mounts.tmpfs(share)
    monkeypatch.setattr(availability, "is_network", lambda kind: kind == "tmpfs")
    with running_service(studio):
        first = put(share, f"{GTIN}__a.jpg")
        studio.wait_for_state(first, State.UPLOADED)
        mounts.dead(share)
        copy = studio.export(first.name, photo_data(first.name))
        studio.wait_for_state(copy, State.DUPLICATE)


@pytest.fixture
def emptied(studio: Studio, share: Path, mounts: Mounts, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A share that answers, and from which the only photo is moved into the other watched folder."""
    mounts.tmpfs(share)
    monkeypatch.setattr(availability, "is_network", lambda kind: kind == "tmpfs")
    return share


def move(path: Path, folder: Path) -> Path:
    return Path(shutil.move(path, folder / path.name))


def test_a_photo_moved_off_a_share_that_is_empty_then_is_followed(studio: Studio, emptied: Path) -> None:
    with running_service(studio):
        path = put(emptied, f"{GTIN}__a.jpg")
        before = studio.wait_for_state(path, State.UPLOADED)
        after = studio.wait_for_state(move(path, studio.folder), State.UPLOADED)
    assert after.id == before.id
    assert len(studio.sandbox.ledger.arrivals) == 1


def test_sync_follows_it_too_and_ends(studio: Studio, emptied: Path) -> None:
    studio.sandbox.revoke_key()
    with running_service(studio):
        path = put(emptied, f"{GTIN}__a.jpg")
        before = studio.wait_for_state(path, State.QUEUED)
    studio.sandbox.restore_key()
    moved = move(path, studio.folder)
    with synced_service(studio) as ended:
        wait_for(ended.is_set, "the pass is through")
    assert [(record.id, record.path, record.state) for record in studio.records()] == [
        (before.id, os.fsencode(moved), State.UPLOADED)
    ]


@contextmanager
def synced_service(studio: Studio) -> Iterator[threading.Event]:
    """`sync` at work, inside this process; the event is set when it ends by itself."""
    ended, buttons = threading.Event(), Buttons()
    database = Database(studio.database, create=True)

    def run() -> None:
        if build_pass(studio.settings(), database, {}, studio.timings).run_once(lambda: None, buttons):
            ended.set()

    thread = threading.Thread(target=run, name="sync")
    thread.start()
    try:
        yield ended
    finally:
        buttons.press(End.STOP)
        thread.join(PATIENCE_SECONDS)
        database.close()


def test_no_reader_of_the_database_waits_for_a_disk(
    studio: Studio, emptied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, answer = threading.Event(), threading.Event()

    def slow(path: bytes) -> Fingerprint | None:
        if threading.current_thread().name == "question":  # which the decision about the other photo waits for
            asked.set()
            answer.wait(PATIENCE_SECONDS)
        return look(path)

    studio.timings = replace(studio.timings, folder_answers=1.0, path_answers=60.0)
    with running_service(studio):
        path = put(emptied, f"{GTIN}__a.jpg")
        studio.wait_for_state(path, State.UPLOADED)
        monkeypatch.setattr(other_paths, "look", slow)
        moved = move(path, studio.folder)
        assert asked.wait(PATIENCE_SECONDS)
        studio.wait_for_state(studio.export(f"{OTHER}__b.jpg"), State.UPLOADED)
        assert not answer.is_set()
        answer.set()
        studio.wait_for_state(moved, State.UPLOADED)


@pytest.fixture
def hangs(share: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Looking into any photo of the share takes for ever; the event is set when one is looked into."""
    looked, answer = threading.Event(), threading.Event()

    def hang(path: bytes, *rest: Any) -> object:
        if path.startswith(os.fsencode(share)):
            looked.set()
            answer.wait(120)
        return judge(path, *rest)

    monkeypatch.setattr(inspectors, "judge", hang)
    yield looked
    answer.set()


def test_a_photo_that_is_being_looked_into_there_holds_up_none_of_its_product_elsewhere(
    studio: Studio, share: Path, mounts: Mounts, hangs: threading.Event
) -> None:
    with running_service(studio):
        put(share, f"{GTIN}__a.jpg")
        assert hangs.wait(PATIENCE_SECONDS)
        path = studio.export(f"{GTIN}__b.jpg")
        mounts.dead(share)
        before = studio.wait_for_state(path, State.UPLOADED)
        studio.export(path.name, photo_data("new"))  # which is superseded where nothing is waited for any more
        wait_for(lambda: studio.records()[0].state is State.SUPERSEDED, "the new version is there")
    assert [record.id == before.id for record in studio.records()] == [True, False]


def test_nor_does_sync_wait_for_it(studio: Studio, share: Path, mounts: Mounts, hangs: threading.Event) -> None:
    put(share, f"{GTIN}__a.jpg")
    path = studio.export(f"{GTIN}__b.jpg")
    with synced_service(studio) as ended:
        assert hangs.wait(PATIENCE_SECONDS)
        mounts.dead(share)
        wait_for(ended.is_set, "the pass is through")
    assert [(record.path, record.state) for record in studio.records()] == [(os.fsencode(path), State.UPLOADED)]


def test_sync_says_so_and_ends(studio: Studio, share: Path, mounts: Mounts) -> None:
    path = studio.export(f"{OTHER}__b.jpg")
    mounts.dead(share)
    database = Database(studio.database, create=True)
    try:
        assert build_pass(studio.settings(), database, {}, studio.timings).run_once(lambda: None, Buttons())
    finally:
        database.close()
    assert service_state(studio)[0] == {f"folder:{share}": f"{share} {SILENT}"}
    studio.wait_for_state(path, State.UPLOADED)


def test_check_says_so(studio: Studio, share: Path, mounts: Mounts) -> None:
    mounts.dead(share)
    findings = checks.check(studio.settings(), {}, answer_seconds=0.2)
    found = [finding for finding in findings if str(share) in finding.check]
    assert [(finding.ok, finding.detail) for finding in found] == [(False, "does not answer")]


def test_an_answer_and_an_error_are_handed_on() -> None:
    assert call_with_timeout(lambda: 3, 20) == 3
    with pytest.raises(FileNotFoundError):
        call_with_timeout(lambda: Path("/no/such/place").stat(), 20)
    with pytest.raises(TimeoutError):
        call_with_timeout(threading.Event().wait, 0.01)


def test_a_crew_drops_what_waits_and_waits_no_longer_than_told() -> None:
    held, begun, done = threading.Event(), threading.Event(), threading.Event()
    pool = DaemonPool(1, "test")

    def wait() -> None:
        begun.set()
        held.wait(PATIENCE_SECONDS)

    pool.submit(wait)
    pool.submit(done.set)
    assert begun.wait(PATIENCE_SECONDS)
    pool.stop(0.01)
    held.set()
    pool.stop(20)
    assert not done.is_set()
