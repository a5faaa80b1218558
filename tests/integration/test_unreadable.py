"""Photos that can't be looked into are shown as that, hold nobody up, and are tried again."""

from __future__ import annotations

import os
from typing import Any

import pytest

from folder_sync.app import build_pass
from folder_sync.photo import State
from folder_sync.service.intake import inspectors
from folder_sync.service.intake.judging import judge
from folder_sync.store.sqlite.database import Database
from tests.support.running import Buttons, running_service
from tests.support.studio import GTIN, OTHER, THIRD, Studio
from tests.support.waiting import wait_for

NANO = 10**9
TIMES = {
    "in 2300": 10_413_792_000 * NANO,
    "in 2446": 15_032_385_535 * NANO,
    "in 1601": -11_644_473_600 * NANO,
    "in 2262": 2**63 - 1,
    "in 1901": -(2**31) * NANO,
}


@pytest.mark.parametrize("time", sorted(TIMES))
def test_a_photo_of_an_absurd_time_goes_like_any_other(studio: Studio, time: str) -> None:
    paths = [studio.export(f"{GTIN}__a.jpg"), studio.export(f"{OTHER}__b.jpg"), studio.export("wrong.jpg")]
    os.utime(paths[0], ns=(0, TIMES[time]))
    os.utime(paths[2], ns=(0, TIMES[time]))
    done = studio.command("sync", "--json")
    assert done.returncode == 1, done.stderr  # for the wrong name
    states = [record.state if (record := studio.record(path)) else None for path in paths]
    assert states == [State.UPLOADED, State.UPLOADED, State.REJECTED]
    assert studio.command("sync").stdout.startswith("0 taken in")  # they are known as they are


def test_a_known_photo_that_gets_an_absurd_time_is_the_same_photo(studio: Studio) -> None:
    with running_service(studio):
        path = studio.export(f"{GTIN}__a.jpg")
        before = studio.wait_for_state(path, State.UPLOADED)
        os.utime(path, ns=(0, TIMES["in 2300"]))

        def is_known() -> bool:
            record = studio.record(path)
            return record is not None and record.fingerprint.mtime_ns == 2**63 - 1

        wait_for(is_known, "its time is known")
    assert [(record.id, record.state) for record in studio.records()] == [(before.id, State.UPLOADED)]


class Disk:
    """Fails with the photos that are called so."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
        self._error = error
        self.broken = True
        self.tries = 0
        monkeypatch.setattr(inspectors, "judge", self._judge)

    def _judge(self, path: bytes, *more: Any) -> object:
        if b"__broken" in path:
            self.tries += 1
            if self.broken:
                raise self._error
        return judge(path, *more)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(5, "Input/output error"), "Input/output error"),
        (ValueError("?"), "an error of this program (ValueError)"),
    ],
)
def test_one_that_fails_again_and_again_is_shown_and_goes_when_it_can_be_read(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, error: Exception, words: str
) -> None:
    disk = Disk(monkeypatch, error)
    studio.configure(intake={"incomplete_seconds": 0.5}, after={"rejected": "move"})
    with running_service(studio) as running:
        path = studio.export(f"{GTIN}__broken.jpg")
        shown = studio.wait_for_state(path, State.REJECTED)
        assert shown.reason is not None
        assert (shown.reason.code, shown.reason.message) == ("unreadable", f"{path.name} can't be read: {words}.")
        tries = disk.tries
        wait_for(lambda: disk.tries > tries + 1, "it is tried again")
        wait_for(lambda: running.service.held == 0, "nobody waits for it")
        assert path.exists()  # where it stands it is tried again
        disk.broken = False
        after = studio.wait_for_state(path, State.UPLOADED)
    assert after.id == shown.id


def test_it_is_tried_again_at_the_next_start(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = Disk(monkeypatch, OSError(5, "Input/output error"))
    studio.configure(intake={"incomplete_seconds": 0.5})
    path = studio.export(f"{GTIN}__broken.jpg")
    with running_service(studio):
        studio.wait_for_state(path, State.REJECTED)
    disk.broken = False
    with running_service(studio):
        studio.wait_for_state(path, State.UPLOADED)


def test_sync_ends_and_says_so(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    Disk(monkeypatch, OSError(5, "Input/output error"))
    studio.configure(intake={"incomplete_seconds": 0.5})
    broken, good = studio.export(f"{GTIN}__broken.jpg"), studio.export(f"{THIRD}__c.jpg")
    for _ in range(2):
        database = Database(studio.database, create=True)
        try:
            assert build_pass(studio.settings(), database, {}).run_once(lambda: None, Buttons())
        finally:
            database.close()
    states = {record.path: record.state for record in studio.records()}
    assert states == {os.fsencode(broken): State.REJECTED, os.fsencode(good): State.UPLOADED}
