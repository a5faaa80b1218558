"""Folders inside a watched one that are closed to the service: their photos are in no list, so the folder is."""

from __future__ import annotations

import os

import pytest

from folder_sync.app import build_pass
from folder_sync.files import scanning
from folder_sync.photo import State
from folder_sync.store.sqlite.database import Database
from tests.integration.test_mounted_folders import service_state, wait_for_pause
from tests.support.running import Buttons, running_service
from tests.support.studio import GTIN, OTHER, Studio
from tests.support.waiting import wait_for


@pytest.fixture
def closed(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> set[bytes]:
    """Folders that may not be listed: root, as which tests are run, may list everything."""
    closed = {os.fsencode(studio.folder / "inner")}
    into = scanning._Look.into

    def refuse(look: scanning._Look, path: bytes, known: object) -> object:
        if path in closed:
            raise PermissionError(13, "Permission denied")
        return into(look, path, known)  # type: ignore[arg-type]  # what it was given

    monkeypatch.setattr(scanning._Look, "into", refuse)
    return closed


def test_it_is_said_and_its_photos_go_when_it_opens(studio: Studio, closed: set[bytes]) -> None:
    studio.configure(intake={"rescan_seconds": 0.2})
    hidden = studio.export(f"inner/{GTIN}__a.jpg")
    with running_service(studio):
        studio.wait_for_state(studio.export(f"{OTHER}__b.jpg"), State.UPLOADED)
        wait_for_pause(studio, studio.folder / "inner", "can't be seen: the service may not read it.")
        assert studio.record(hidden) is None
        closed.clear()
        studio.wait_for_state(hidden, State.UPLOADED)
        wait_for(lambda: service_state(studio)[0] == {}, "the folder can be looked through again")


def test_sync_goes_on_with_the_others_and_tells_of_it(studio: Studio, closed: set[bytes]) -> None:
    hidden, path = studio.export(f"inner/{GTIN}__a.jpg"), studio.export(f"{OTHER}__b.jpg")
    database = Database(studio.database, create=True)
    try:
        assert build_pass(studio.settings(), database, {}).run_once(lambda: None, Buttons())
    finally:
        database.close()
    studio.wait_for_state(path, State.UPLOADED)
    assert studio.record(hidden) is None
    assert list(service_state(studio)[0]) == [f"folder:{studio.folder}/inner"]  # which makes its exit code 1
    assert closed
