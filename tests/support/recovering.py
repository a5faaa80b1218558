"""What a start clears up, on any records."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from folder_sync.service.recovery import Recovery
from folder_sync.service.watch.owner_mark import OwnerMark
from folder_sync.store.adoption import Adoption
from folder_sync.store.ports import Database
from folder_sync.store.provenance import Provenance
from folder_sync.store.queue import Queue
from folder_sync.store.request_tallies import RequestTallies
from folder_sync.store.service_state import ServiceState

CONFIRM_SECONDS: Final = 10.0


def mark_of(database: Database, tmp_path: Path, run: str) -> OwnerMark:
    return OwnerMark(os.fsencode(tmp_path / "mark"), Provenance(database), run)


def recovery_of(database: Database, tmp_path: Path, run: str, now: float) -> Recovery:
    return Recovery(
        Queue(database, run=run),
        ServiceState(database),
        Adoption(database),
        mark_of(database, tmp_path, run),
        [],
        request_tallies=RequestTallies(database),
        lease=database.lease,
        machine="studio",
        confirm_after_seconds=CONFIRM_SECONDS,
        clock=lambda: now,
    )
