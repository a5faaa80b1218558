"""Judges one settled file: its name, then its bytes. What that means for the records is decided elsewhere."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import BinaryIO

from folder_sync.files.opening import (
    Gone,
    IsFolder,
    LeadsNowhere,
    NotOpened,
    OutsideFolder,
    TryLater,
    first_hole,
    follow,
    open_photo,
)
from folder_sync.files.pictures import flaws
from folder_sync.files.pictures.inspection import Incomplete, Sound, Unsound, identify, inspect, inspect_source
from folder_sync.files.writers import is_being_written
from folder_sync.photo import Details, Fingerprint, Label, Reason, ReasonCode
from folder_sync.rules.arrivals import Seen
from folder_sync.rules.names.meaning import Ignored, Named, Rejected
from folder_sync.service.intake.quality_check import UNJUDGED, QualityCheck
from folder_sync.service.names import Names
from folder_sync.text import path_text


@dataclass(frozen=True, slots=True)
class Unfinished:
    """Ends too early, or somebody has it open for writing. ``seen`` is what it is if nothing more comes."""

    seen: Seen


@dataclass(frozen=True, slots=True)
class Vanished:
    """Nothing is there any more, or nothing that is ever recorded (an ignored name)."""


@dataclass(frozen=True, slots=True)
class Unreachable:
    """The disk, the network or this program is in trouble, which may say nothing about the photo: try again. ``why``:
    for people, should it last.
    """

    why: str


Judgement = Seen | Unfinished | Vanished | Unreachable


def nobody_vouches(_sha256: str) -> bool:
    return False


def judge(
    path: bytes,
    root: bytes,
    fingerprint: Fingerprint,
    max_bytes: int,
    names: Names,
    quality: QualityCheck = UNJUDGED,
    is_vouched: Callable[[str], bool] = nobody_vouches,
) -> tuple[Judgement, Fingerprint]:
    """What stands at ``path``, and the fingerprint of the bytes that were read. Raises nothing about the file.

    ``fingerprint`` is the settled one; where the file was not opened, it is returned as it is. ``is_vouched``: of
    bytes with this SHA-256 somebody said that they are a whole picture; then a hole in them means nothing.
    """
    understood = names.understand(path)
    if isinstance(understood, Ignored):
        return Vanished(), fingerprint
    label = understood.label if isinstance(understood, Named) else None
    details = Details(understood.shot, notes=understood.remarks) if isinstance(understood, Named) else Details()
    try:
        if os.path.islink(path):  # where it leads comes first: a linked folder may have any name
            follow(path, root)
        if isinstance(understood, Rejected) and not _says_more_by_its_bytes(understood):
            return Seen(None, None, understood.reason, understood.gtin), fingerprint
        file, opened = open_photo(path, root)
    except NotOpened as error:
        return _not_opened(error, understood, label, details), fingerprint
    if isinstance(understood, Rejected):
        return _misnamed(path, file, opened, understood, names)
    try:
        with file:
            source = understood.source
            inspection = (
                inspect(file, understood.format, max_bytes)
                if source is None
                else inspect_source(file, source, max_bytes)
            )
            hole = first_hole(file)
            if hole is not None and is_vouched(inspection.content.sha256):
                hole = None
            doubtful = isinstance(inspection, Sound) and hole is not None and hole < inspection.unproven
            unfinished = hole is not None or is_being_written(file)
            if isinstance(inspection, Sound):
                unfinished |= inspection.has_blanks
            refused = None
            if isinstance(inspection, Sound) and not doubtful:
                details, refused = quality.judge(file, inspection, understood.label, details, source)
    except OSError as error:
        return unreadable(path, error.strerror or str(error)), opened
    match inspection:
        case Incomplete(content, reason):
            return Unfinished(Seen(label, content, reason, details=details)), opened
        case Unsound(content, reason):
            seen = Seen(label, content, reason, details=details)
            return Unfinished(seen) if unfinished or reason.code == ReasonCode.CORRUPT else seen, opened
        case sound if doubtful:
            return Unfinished(Seen(label, sound.content, flaws.never_written(), details=details)), opened
        case sound:
            content = sound.content
            if source is not None:
                content = replace(content, format=details.sent_format or understood.format)
            seen = Seen(label, content, refused, details=details)
            is_damaged = refused is not None and refused.code == ReasonCode.CORRUPT
            return Unfinished(seen) if unfinished or is_damaged else seen, opened


def unreadable(path: bytes, trouble: str) -> Unreachable:
    return Unreachable(f"{path_text(os.path.basename(path))} can't be read: {trouble}.")


def _says_more_by_its_bytes(understood: Rejected) -> bool:
    """A copy may have those of the photo that it is a copy of; and what has the wrong ending may be a JPEG."""
    return understood.copy_of is not None or understood.reason.code == ReasonCode.UNSUPPORTED_FORMAT


def _misnamed(
    path: bytes, file: BinaryIO, opened: Fingerprint, understood: Rejected, names: Names
) -> tuple[Judgement, Fingerprint]:
    try:
        with file:
            content = identify(file)
            unfinished = is_being_written(file)
    except OSError as error:
        return unreadable(path, error.strerror or str(error)), opened
    if content.format is not None and understood.reason.code == ReasonCode.UNSUPPORTED_FORMAT:
        by_bytes = names.by_bytes(path, content.format)
        understood = by_bytes if isinstance(by_bytes, Rejected) else understood
    if understood.copy_of is None:
        seen = Seen(None, None, understood.reason, understood.gtin)
    else:
        seen = Seen(None, content, understood.reason, understood.gtin, understood.copy_of)
    return Unfinished(seen) if unfinished else seen, opened


def _not_opened(error: NotOpened, understood: Named | Rejected, label: Label | None, details: Details) -> Judgement:
    match error:
        case Gone() | IsFolder():
            return Vanished()
        case TryLater():
            return Unreachable(str(error))
        case OutsideFolder():
            return Seen(label, None, Reason(ReasonCode.OUTSIDE_FOLDER, str(error)), details=details)
        case _ if isinstance(understood, Rejected):
            return Seen(None, None, understood.reason, understood.gtin)
        case _:
            nowhere = isinstance(error, LeadsNowhere)
            reason = Reason(ReasonCode.UNREADABLE, str(error))
            return Seen(label, None, reason, leads_nowhere=nowhere, details=details)
