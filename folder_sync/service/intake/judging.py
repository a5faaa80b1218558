"""Looking at one settled file: its name, then its bytes. What it means for what is known is decided elsewhere."""

from __future__ import annotations

import os
from dataclasses import dataclass

from folder_sync.files.opening import (
    Gone,
    IsFolder,
    NotOpened,
    OutsideFolder,
    TryLater,
    follow,
    has_holes,
    open_photo,
)
from folder_sync.files.pictures import flaws
from folder_sync.files.pictures.inspection import Incomplete, Unsound, inspect
from folder_sync.files.writers import is_being_written
from folder_sync.photo import Fingerprint, Label, Reason, ReasonCode
from folder_sync.rules.arrivals import Seen
from folder_sync.rules.names import convention
from folder_sync.text import path_text


@dataclass(frozen=True, slots=True)
class Unfinished:
    """Ends too early, or somebody has it open for writing. ``seen`` is what it is if nothing more comes."""

    seen: Seen


@dataclass(frozen=True, slots=True)
class Vanished:
    """Nothing is there any more, or nothing that is ever recorded."""


@dataclass(frozen=True, slots=True)
class Unreachable:
    """The disk, the network or this program is in trouble: that may say nothing about the photo. To be tried again.

    ``why``: for people, should it stay so.
    """

    why: str


Judgement = Seen | Unfinished | Vanished | Unreachable


def label_of(path: bytes) -> Label | None:
    """What a file's name says of it; None where it is not understood."""
    understood = convention.parse(os.fsdecode(os.path.basename(path)))
    return understood.label if isinstance(understood, convention.Named) else None


def is_hero(path: bytes) -> bool:
    label = label_of(path)
    return label is not None and label.is_primary


def judge(path: bytes, root: bytes, fingerprint: Fingerprint, max_bytes: int) -> tuple[Judgement, Fingerprint]:
    """What stands at ``path``, and the fingerprint of the bytes that were read. Raises nothing about the file.

    ``fingerprint`` is the settled one; where the file was not opened, it is returned as it is.
    """
    understood = convention.parse(os.fsdecode(os.path.basename(path)))
    if isinstance(understood, convention.Ignored):
        return Vanished(), fingerprint
    label = understood.label if isinstance(understood, convention.Named) else None
    try:
        if os.path.islink(path):  # where it leads comes first: a linked folder may have any name
            follow(path, root)
        if isinstance(understood, convention.Rejected):
            return Seen(None, None, understood.reason, understood.gtin), fingerprint
        file, opened = open_photo(path, root)
    except NotOpened as error:
        return _not_opened(error, understood, label), fingerprint
    try:
        with file:
            inspection = inspect(file, understood.format, max_bytes)
            unwritten = has_holes(file)
            unfinished = unwritten or is_being_written(file)
    except OSError as error:
        return unreadable(path, error.strerror or str(error)), opened
    match inspection:
        case Incomplete(content, reason):
            return Unfinished(Seen(label, content, reason)), opened
        case Unsound(content, reason):
            seen = Seen(label, content, reason)
            return Unfinished(seen) if unfinished else seen, opened
        case sound if unwritten:
            return Unfinished(Seen(label, sound.content, flaws.never_written())), opened
        case sound:
            seen = Seen(label, sound.content)
            return Unfinished(seen) if unfinished else seen, opened


def unreadable(path: bytes, trouble: str) -> Unreachable:
    return Unreachable(f"{path_text(os.path.basename(path))} can't be read: {trouble}.")


def _not_opened(error: NotOpened, understood: convention.Named | convention.Rejected, label: Label | None) -> Judgement:
    match error:
        case Gone() | IsFolder():
            return Vanished()
        case TryLater():
            return Unreachable(str(error))
        case OutsideFolder():
            return Seen(label, None, Reason(ReasonCode.OUTSIDE_FOLDER, str(error)))
        case _ if isinstance(understood, convention.Rejected):
            return Seen(None, None, understood.reason, understood.gtin)
        case _:
            return Seen(label, None, Reason(ReasonCode.UNREADABLE, str(error)))
