"""What `status` and `check` say of the watched folders while the service runs, and when it does not."""

from __future__ import annotations

import json
import os
import re
from typing import Any

import pytest

from folder_sync.report import checks
from folder_sync.report.serialize import watch_status
from folder_sync.store.service_state import ServiceState, WatchStatus
from folder_sync.store.sqlite import lock
from folder_sync.store.sqlite.database import Database
from tests.support.studio import Studio
from tests.support.waiting import wait_for


def folders(studio: Studio) -> list[dict[str, Any]]:
    """None where there is no database yet."""
    said = studio.command("status", "--json").stdout
    return list(json.loads(said)["folders"]) if said else []


def test_when_hearing_was_last_proven(studio: Studio) -> None:
    with studio.start("run"):
        wait_for(lambda: any(folder["heard_at"] for folder in folders(studio)), "hearing is proven")
        (folder,) = folders(studio)
        told, checked = studio.command("status").stdout, studio.command("check").stdout
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", folder.pop("heard_at"))
    assert folder == {"path": str(studio.folder), "backend": "native", "poll_seconds": None, "remark": None}
    proven = r"watched; last proven at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d \w+\."
    assert re.search(rf"^{re.escape(str(studio.folder))}: {proven}$", told, re.MULTILINE)
    assert re.search(rf"folder {re.escape(str(studio.folder))}: the service says: {proven}", checked)
    assert folders(studio) == []  # nothing is watched by a service that does not run


def test_what_polling_became(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    studio.configure(watch='backend = "polling"\npoll_seconds = 2.5')
    database = Database(studio.database, create=True)
    ServiceState(database).set_watch_status(WatchStatus(os.fsencode(studio.folder), "polling", None, 17.5))
    database.close()

    def details() -> list[str]:
        return [finding.detail for finding in checks.check(studio.settings(), {})]

    assert "scanned every 2.5 seconds" in details()
    assert not any("the service says" in detail for detail in details())  # none runs
    monkeypatch.setattr(lock, "holder", lambda _: 1)
    assert "the service says: scanned every 17.5 seconds." in details()
    studio.database.write_bytes(b"no database " * 500)
    assert any("is not a database of folder-sync" in detail for detail in details())
    assert not any("the service says" in detail for detail in details())


def test_in_words() -> None:
    assert watch_status(WatchStatus(b"/nas", "native", None)) == "watched; not proven yet."
    assert watch_status(WatchStatus(b"/nas", "polling", None, 12.5, "cifs is deaf.")) == (
        "scanned every 12.5 seconds. cifs is deaf."
    )
