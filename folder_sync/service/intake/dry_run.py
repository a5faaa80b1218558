"""What a pass would do, without doing it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from folder_sync.files.scanning import scan
from folder_sync.photo import Fingerprint, Label, Reason
from folder_sync.rules.arrivals import Arrival, Duplicate, Follow, Later, OldVersion, Same, Seen, why_old
from folder_sync.service.folders import Folder
from folder_sync.service.intake.judging import Unfinished, Unreachable, judge
from folder_sync.service.intake.quality_check import QualityCheck
from folder_sync.store.expected_files import ExpectedFiles
from folder_sync.store.incoming import Incoming
from folder_sync.store.recording import Place


class Fate(StrEnum):
    """What would become of a file."""

    UPLOAD = "upload"
    REJECT = "reject"
    DUPLICATE = "duplicate"
    MOVE = "move"
    """Its record follows it, without a request."""
    WAIT = "wait"
    """It may still be being written, or can't be read just now."""


@dataclass(frozen=True, slots=True)
class Foreseen:
    """``other``: of a duplicate or a file that moved, the photo that is known already."""

    path: bytes
    fate: Fate
    label: Label | None = None
    reason: Reason | None = None
    other: int | None = None


def preview(
    folders: Iterable[Folder],
    incoming: Incoming,
    expected: ExpectedFiles,
    max_bytes: int,
    quality: QualityCheck,
    now: float,
) -> Iterator[Foreseen]:
    """Each file that a pass would do something about. Raises WatchUnavailable where a folder can't be scanned."""
    for folder in folders:
        passed = scan(folder.root, recursive=folder.recursive, ignore=folder.ignore, known=expected.fingerprints)
        for found in passed:
            for path, fingerprint in (*found.changed, *found.special, *found.outside):
                foreseen = _foreseen(folder, path, fingerprint, incoming, max_bytes, quality, now)
                if foreseen is not None:
                    yield foreseen


def _foreseen(
    folder: Folder,
    path: bytes,
    fingerprint: Fingerprint,
    incoming: Incoming,
    max_bytes: int,
    quality: QualityCheck,
    now: float,
) -> Foreseen | None:
    judgement, opened = judge(path, folder.root, fingerprint, max_bytes, folder.names, quality, incoming.is_vouched)
    match judgement:
        case Seen():
            place = Place(path, folder.account, None, opened)
            occupied = {other: os.path.lexists(other) for other in incoming.candidates(place, judgement, now)}
            arrival, seen = incoming.preview(place, judgement, now, occupied)
            return _meant(path, seen, arrival)
        case Unfinished() | Unreachable():
            return Foreseen(path, Fate.WAIT)
    return None


def _meant(path: bytes, seen: Seen, arrival: Arrival) -> Foreseen | None:
    match arrival:
        case Same(revive=revive):
            return Foreseen(path, Fate.UPLOAD, seen.label) if revive else None
        case Duplicate(of):
            return Foreseen(path, Fate.DUPLICATE, seen.label, other=of.id)
        case Follow(record):
            return Foreseen(path, Fate.MOVE, seen.label, other=record.id)
        case OldVersion(of, moved=True):
            return Foreseen(path, Fate.MOVE, seen.label, other=of.id)
        case OldVersion(of):
            return Foreseen(path, Fate.REJECT, seen.label, why_old(of), of.id)
        case Later():
            return Foreseen(path, Fate.WAIT, seen.label)
    if seen.reason is not None:
        return Foreseen(path, Fate.REJECT, seen.label, seen.reason)
    return Foreseen(path, Fate.UPLOAD, seen.label)
