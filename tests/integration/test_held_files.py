"""Files that are in no list yet are counted and named by `status`, and why that is."""

from __future__ import annotations

import json
import os
import signal
from typing import Any

import pytest

from folder_sync.photo import State
from folder_sync.service.intake import inspectors
from folder_sync.service.intake.judging import judge
from folder_sync.store.held_files import HeldFiles, WhyHeld
from folder_sync.store.sqlite.database import Database
from tests.support.running import running_service
from tests.support.studio import GTIN, OTHER, THIRD, Studio, photo_data
from tests.support.waiting import wait_for


def held(studio: Studio) -> dict[str, WhyHeld]:
    database = Database(studio.database, create=False)
    try:
        return {os.path.basename(file.path).decode(): file.why for file in HeldFiles(database).named()}
    finally:
        database.close()


def test_what_intake_waits_for(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(path: bytes, *rest: Any) -> object:
        if b"__broken" in path:
            raise OSError(5, "Input/output error")
        return judge(path, *rest)

    monkeypatch.setattr(inspectors, "judge", broken)
    studio.configure(intake={"incomplete_seconds": 600.0})
    with running_service(studio):
        torn = studio.export(f"{GTIN}__torn.jpg", photo_data("torn")[:-100])
        unreadable = studio.export(f"{OTHER}__broken.jpg")
        written = studio.folder / f"{THIRD}__written.jpg"
        expected = {torn.name: WhyHeld.INCOMPLETE, unreadable.name: WhyHeld.FAILING, written.name: WhyHeld.WRITTEN}
        with written.open("wb", buffering=0) as file:
            file.write(photo_data("written"))
            wait_for(lambda: held(studio) == expected, "each is told, and why")
        written.unlink()
        torn.write_bytes(photo_data("torn"))
        studio.wait_for_state(torn, State.UPLOADED)
        wait_for(lambda: held(studio) == {unreadable.name: WhyHeld.FAILING}, "the others are settled")
    unreadable.unlink()
    with running_service(studio):
        wait_for(lambda: held(studio) == {}, "what was held before the start, and is gone, is forgotten")


def test_status_counts_and_names_them(studio: Studio) -> None:
    studio.configure(intake={"incomplete_seconds": 600.0})
    with studio.start("run") as service:
        torn = studio.export(f"{GTIN}__torn.jpg", photo_data("torn")[:-100])
        wait_for(lambda: studio.database.exists() and bool(held(studio)), "it is held")
        found = json.loads(studio.command("status", "--json").stdout)["held"]
        assert (found["count"], found["files"][0]["path"], found["files"][0]["why"]) == (1, str(torn), "incomplete")
        shown = studio.command("status").stdout
        assert "1 file is not taken in yet:\n" in shown
        assert f"{torn}: is incomplete so far, since " in shown
        assert service.end(signal.SIGTERM) == 0
    assert "not taken in yet" not in studio.command("status").stdout
    assert json.loads(studio.command("status", "--json").stdout)["held"] == {"count": 0, "files": []}
