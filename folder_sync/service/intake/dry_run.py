"""What a pass would do, without doing it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from folder_sync.files.scanning import scan
from folder_sync.photo import Fingerprint, Gtin14, Label, Reason
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
    """``other``: of a duplicate or a file that moved, the photo that is known already. ``beside``: of a duplicate of a
    photo that nobody knows yet, the file of that."""

    path: bytes
    fate: Fate
    label: Label | None = None
    reason: Reason | None = None
    other: int | None = None
    beside: bytes | None = None


def preview(
    folders: Iterable[Folder],
    incoming: Incoming,
    expected: ExpectedFiles,
    max_bytes: int,
    quality: QualityCheck,
    now: float,
) -> Iterator[Foreseen]:
    """Each file that a pass would do something about. Raises WatchUnavailable where a folder can't be scanned.

    What is called like a copy that a computer made comes last: its original may be any of the others.
    """
    earlier, copies = _Earlier(), list[tuple[Folder, Foreseen, Seen]]()
    for folder in folders:
        passed = scan(folder.root, recursive=folder.recursive, ignore=folder.ignore, known=expected.fingerprints)
        for found in passed:
            for path, fingerprint in (*found.changed, *found.special, *found.outside):
                foreseen, seen = _foreseen(folder, path, fingerprint, incoming, max_bytes, quality, now)
                if foreseen is None:
                    continue
                if seen is not None and seen.copy_of is not None:
                    copies.append((folder, foreseen, seen))
                else:
                    yield earlier.compared(folder, foreseen, seen)
    for folder, foreseen, seen in copies:
        yield earlier.compared(folder, foreseen, seen)


class _Earlier:
    """What this pass would upload: a later file may be a duplicate of a photo that no record tells of yet."""

    def __init__(self) -> None:
        self._files: dict[tuple[str, Label | Gtin14, str], bytes] = {}

    def compared(self, folder: Folder, foreseen: Foreseen, seen: Seen | None) -> Foreseen:
        path, label = foreseen.path, foreseen.label
        if seen is None or seen.content is None:
            return foreseen
        original: bytes | None = None
        if foreseen.fate is Fate.UPLOAD and label is not None:
            original = self._files.setdefault((folder.account, label, seen.content.sha256), path)
            self._files.setdefault((folder.account, label.gtin, seen.content.sha256), path)
        elif foreseen.fate is Fate.REJECT and seen.copy_of is not None:
            original = self._files.get((folder.account, seen.copy_of.gtin, seen.content.sha256))
        if original is None or original == path:
            return foreseen
        return Foreseen(path, Fate.DUPLICATE, label, beside=original)


def _foreseen(
    folder: Folder,
    path: bytes,
    fingerprint: Fingerprint,
    incoming: Incoming,
    max_bytes: int,
    quality: QualityCheck,
    now: float,
) -> tuple[Foreseen | None, Seen | None]:
    """None: nothing would be done. With what was seen, where the file was judged."""
    judgement, opened = judge(path, folder.root, fingerprint, max_bytes, folder.names, quality, incoming.is_vouched)
    match judgement:
        case Seen():
            place = Place(path, folder.account, None, opened)
            occupied = {other: os.path.lexists(other) for other in incoming.candidates(place, judgement, now)}
            arrival, seen = incoming.preview(place, judgement, now, occupied)
            return _meant(path, seen, arrival), seen
        case Unfinished() | Unreachable():
            return Foreseen(path, Fate.WAIT), None
    return None, None


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
