"""What a pass would do, without doing it."""

from __future__ import annotations

import os
from collections.abc import Iterable

from folder_sync.files.scanning import scan
from folder_sync.photo import Fingerprint
from folder_sync.rules.arrivals import Duplicate, OldVersion, Same, Seen
from folder_sync.service.folders import Folder
from folder_sync.service.intake.judging import judge
from folder_sync.service.summary import RunSummary
from folder_sync.store.incoming import Incoming
from folder_sync.store.recording import Place


def preview(folders: Iterable[Folder], incoming: Incoming, max_bytes: int, now: float) -> RunSummary:
    """Counts what would be taken in. A file that is still being written counts for nothing yet.

    Raises WatchUnavailable where a folder can't be looked through.
    """
    summary = RunSummary()
    for folder in folders:
        passed = scan(folder.root, recursive=folder.recursive, ignore=folder.ignore, known=incoming.fingerprints)
        for found in passed:
            for path, fingerprint in (*found.changed, *found.special, *found.outside):
                _count(summary, folder, path, fingerprint, incoming, max_bytes, now)
    return summary


def _count(
    summary: RunSummary,
    folder: Folder,
    path: bytes,
    fingerprint: Fingerprint,
    incoming: Incoming,
    max_bytes: int,
    now: float,
) -> None:
    judgement, opened = judge(path, folder.root, fingerprint, max_bytes)
    if not isinstance(judgement, Seen):
        return
    place = Place(path, folder.account, None, opened)
    occupied = {other: os.path.lexists(other) for other in incoming.candidates(place, judgement, now)}
    match incoming.preview(place, judgement, now, occupied):
        case Same(revive=revive):
            summary.taken_in += revive
        case Duplicate():
            summary.duplicates += 1
        case OldVersion(moved=True):
            pass
        case OldVersion():
            summary.rejected += 1
        case _ if judgement.reason is not None:
            summary.rejected += 1
        case _:
            summary.taken_in += 1
