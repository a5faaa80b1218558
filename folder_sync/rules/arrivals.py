"""What an observed file means, given the records: the table "What happens when", as a decision.

Pure: the caller says which known files are gone from the disk. Nothing here compares times: order is the
order in which files were seen.

The words: ``here`` is the current record of the same path; ``same_upload`` is the live record of the same bytes with
the same label for the same account (at most one: the store holds that as an index); where there is none, ``reusable``
is a superseded record of just that, whose image is as good as a new one; ``renamed_from`` is a record of the same bytes
under another label, whose file is gone, so that this file can only be that one, renamed; ``old_version`` is a
superseded record of the same upload that is not as good as a new one: a hero, which a later one replaced, or one whose
image may be deleted.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from folder_sync.photo import NO_DETAILS, Content, Details, Gtin14, Label, Reason, ReasonCode, Record, State
from folder_sync.text import path_text

PENDING: Final = frozenset({State.QUEUED, State.WAITING, State.MISSING, State.REJECTED, State.DUPLICATE})
"""Nothing of these was sent and nothing is under way: a new version simply takes their place."""

_NEVER_SENT: Final = PENDING - {State.QUEUED, State.WAITING}
"""Nor is anybody about to send them."""

LIVE: Final = frozenset(
    {State.QUEUED, State.UPLOADING, State.UNCONFIRMED, State.UPLOADED, State.WAITING, State.MISSING}
)
"""At most one of these per (account, GTIN, bytes, title, primary flag)."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A settled file, read once. ``label`` is None where the name was not understood, ``content`` where the
    name alone decided and the bytes were never read; ``reason`` says why it can't go, if so."""

    label: Label | None
    content: Content | None
    reason: Reason | None = None
    gtin: Gtin14 | None = None
    """The GTIN in a name that is wrong elsewhere: still worth finding it by."""
    copy_of: Label | None = None
    """What the original's name says, where this one is that of a copy which a computer made."""
    leads_nowhere: bool = False
    """A link whose file has gone; maybe the service itself put that away."""
    details: Details = NO_DETAILS


@dataclass(frozen=True, slots=True)
class Same:
    """Known as it is; remember its new fingerprint. ``revive``: back in the queue, for it had been missing."""

    record: Record
    revive: bool = False


@dataclass(frozen=True, slots=True)
class New:
    """A photo to upload, or to show as rejected. ``replaces``: superseded once this one is uploaded.

    ``displaced`` gives way too: of a file renamed over another, what it was before.
    """

    replaces: Record | None = None
    displaced: Record | None = None


@dataclass(frozen=True, slots=True)
class Replace:
    """The record takes the new bytes, path and label: nothing of the old version ever left. ``displaced`` as in New."""

    record: Record
    displaced: Record | None = None


@dataclass(frozen=True, slots=True)
class Follow:
    """The record moves to this path: renamed, or superseded once and here again. ``displaced``: what was known *here*
    before. ``renamed_from``: the record of this file under its old label; it is displaced too."""

    record: Record
    displaced: Record | None = None
    renamed_from: Record | None = None


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The same photo is already on its way or there. ``displaced``: what was known *here* before."""

    of: Record
    displaced: Record | None = None


@dataclass(frozen=True, slots=True)
class OldVersion:
    """The bytes of a photo that was replaced since, at another path. ``moved``: its file has come here, so its record
    follows, and nothing is sent; else this is a copy, which must not go by itself. ``displaced``: as in Follow."""

    of: Record
    moved: bool
    displaced: Record | None = None


class Wait(Enum):
    """What has to come before a file can be decided on."""

    OUTCOME = auto()
    """A request for the old version is under way: its end decides what this one is."""
    STILLNESS = auto()
    """The file may be being written over in place: it has to be still for longer."""
    DISKS = auto()
    """Another path became important of which the disks were not asked: ask, and decide again at once."""


@dataclass(frozen=True, slots=True)
class Later:
    """Nothing can be decided yet."""

    wait: Wait = Wait.OUTCOME


Arrival = Same | New | Replace | Follow | Duplicate | OldVersion | Later


def decide(
    seen: Seen,
    here: Record | None,
    same_upload: Record | None,
    renamed_from: Record | None,
    reusable: Record | None = None,
    old_version: Record | None = None,
    *,
    same_upload_gone: bool,
    old_version_gone: bool = False,
    hasty: bool = False,
) -> Arrival:
    """What to do about a settled file.

    ``same_upload_gone``: the path of ``same_upload`` holds no file any more (or is this path). ``renamed_from`` is only
    given where its file is gone, ``reusable`` and ``old_version`` where there is no ``same_upload``, and the latter
    where it stood at another path; ``old_version_gone``: nothing stands there any more. ``hasty``: the file was still
    for long enough to be a new one, not to be one that is written over in place: that looks complete all the time, for
    the old end stands behind the new beginning.

    Of a copy that a computer made, ``same_upload`` is any photo of its product with the same bytes.
    """
    if seen.copy_of is not None and same_upload is not None:
        is_there = not same_upload_gone or same_upload.state is State.UPLOADED
        if (copy := _as_a_copy(here, same_upload, is_there=is_there)) is not None:
            return copy
    if here is not None and _unchanged(seen, here):
        return _again(seen, here, same_upload, reusable, old_version, old_version_gone=old_version_gone)
    if here is not None and here.state is State.UPLOADING:
        return Later()
    if here is not None and seen.leads_nowhere and here.state in (State.UPLOADED, State.UNCONFIRMED):
        return Same(here)  # as if it had gone: nothing
    if here is not None and hasty and here.state is not State.MISSING:
        return Later(Wait.STILLNESS)
    if seen.reason is not None:
        return _rejected(here)
    if same_upload is not None:
        if here is not None and here.state is State.UNCONFIRMED:
            return Later()  # which of the two the server got last is not known yet
        if same_upload_gone or same_upload.successor is not None:
            return Follow(same_upload, displaced=here)
        return Duplicate(same_upload, displaced=here)
    if reusable is not None:
        return Follow(reusable, displaced=here, renamed_from=renamed_from)
    # Over a photo that was sent it is delivered on purpose; and what had another label until now is that, renamed.
    if old_version is not None and renamed_from is None and (here is None or here.state in _NEVER_SENT):
        return OldVersion(old_version, moved=old_version_gone, displaced=here)
    return version_of([old for old in (here, renamed_from) if old is not None])


def _as_a_copy(here: Record | None, photo: Record, *, is_there: bool) -> Arrival | None:
    """What a file means that is called like a copy and has the bytes of ``photo``; None where that settles nothing."""
    if here is not None and here.id == photo.id:
        return Same(here)  # it stands for the photo already, whose own file is gone
    if not is_there:
        return None
    if here is not None and here.state is State.DUPLICATE and here.duplicate_of == photo.id:
        return Same(here)
    return Duplicate(photo, displaced=here) if here is None or here.state in PENDING else None


def version_of(old: list[Record]) -> New | Replace:
    """What stood here and what this file was before: one record is reused where nothing of it was sent."""
    pending = next((record for record in old if record.state in PENDING), None)
    if pending is not None:
        return Replace(pending, *(record for record in old if record is not pending))
    return New(*old)


def _unchanged(seen: Seen, here: Record) -> bool:
    """Whether the path holds what its record says. Where only the name was judged, the name is all there is."""
    sha256 = seen.content.sha256 if seen.content else None
    label = seen.label if seen.label or seen.gtin is None else Label(seen.gtin)  # as a name half understood is kept
    return sha256 == here.sha256 and _identity(label) == _identity(here.label)


def _identity(label: Label | None) -> tuple[str, str, bool] | None:
    return None if label is None else (label.gtin, label.title, label.is_primary)


def _again(
    seen: Seen,
    here: Record,
    same_upload: Record | None,
    reusable: Record | None,
    old_version: Record | None,
    *,
    old_version_gone: bool,
) -> Arrival:
    if here.state is State.MISSING and seen.reason is None:
        return Same(here, revive=True)
    if seen.reason is not None:
        return Replace(here) if here.state in PENDING and here.reason != seen.reason else Same(here)
    # Refused by the server, and its copy was taken since.
    if here.state is State.REJECTED and same_upload is not None and same_upload.state is not State.MISSING:
        return Duplicate(same_upload, displaced=here)
    # The same, and that was replaced since; or what this was a copy of was.
    if here.state in (State.REJECTED, State.DUPLICATE) and reusable is not None:
        return Follow(reusable, displaced=here)
    # Rejected without ever having been sent, and acceptable now: it was unreadable then, or a limit was raised.
    judged_here = here.state is State.REJECTED and here.attempts == 0
    orphaned = here.state is State.DUPLICATE and same_upload is None
    if orphaned or judged_here:
        if old_version is not None and same_upload is None:
            is_known = here.reason is not None and here.reason.code == ReasonCode.OLD_VERSION
            unmoved = Same(here) if is_known else OldVersion(old_version, moved=False, displaced=here)
            return OldVersion(old_version, moved=True, displaced=here) if old_version_gone else unmoved
        return Replace(here) if same_upload is None else Duplicate(same_upload, displaced=here)
    return Same(here)


def why_old(of: Record) -> Reason:
    """For people: why a copy of an old version is not uploaded."""
    name = path_text(of.path.rpartition(b"/")[2])
    return Reason(
        ReasonCode.OLD_VERSION,
        f'This is an older version of "{name}", which was replaced since. `folder-sync retry` delivers it after all.',
    )


def _rejected(here: Record | None) -> Arrival:
    if here is None:
        return New()
    return Replace(here) if here.state in PENDING else New(replaces=here)
