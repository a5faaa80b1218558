"""Photos, folders and quotas as the templates show them: words for people, and addresses."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from folder_sync.photo import Reason, ReasonCode, Record, State
from folder_sync.rules.names.meaning import OF_THE_CATALOGUE, OF_THE_NAME, Rejected, Understanding
from folder_sync.rules.quality import Code
from folder_sync.text import display, path_text
from folder_sync.web import record_words
from folder_sync.web.context import Site
from folder_sync.web.name_faults import said_anew
from folder_sync.web.words import Words

STATES: Final = {
    State.QUEUED: ("waits its turn", "wait"),
    State.UPLOADING: ("being sent", "wait"),
    State.UNCONFIRMED: ("being checked", "wait"),
    State.UPLOADED: ("in the catalogue", "good"),
    State.WAITING: ("product not known yet", "wait"),
    State.REJECTED: ("needs you", "bad"),
    State.DUPLICATE: ("a copy", "past"),
    State.MISSING: ("the file is gone", "past"),
    State.SUPERSEDED: ("replaced", "past"),
}
"""State → its words, and the tone in which to show them."""

HAPPENS: Final = {
    State.UNCONFIRMED: "The answer to its upload was lost. The catalogue is asked whether it has arrived.",
    State.DUPLICATE: "The same picture of this product is there or on its way already.",
    State.MISSING: "The file went away before it was uploaded. Put it back, and it goes.",
    State.SUPERSEDED: "A newer version has taken its place.",
}
"""What is to be known of a photo in such a state, unless it has a reason of this state."""

RETRIED: Final = frozenset({State.REJECTED, State.WAITING, State.MISSING, State.UNCONFIRMED})

TO_DO: Final = {
    ReasonCode.BAD_NAME: "The name can't be read. Put the GTIN first and two underscores between the parts.",
    ReasonCode.BAD_GTIN: "The number is not a GTIN. Compare it with the one on the product.",
    ReasonCode.UNKNOWN_FLAG: "A part of the name is neither the caption nor “primary”.",
    ReasonCode.TITLE_TOO_LONG: "The caption is too long. 255 characters are the most.",
    ReasonCode.UNSUPPORTED_FORMAT: "Files of this kind can't go. Export the photo as JPEG.",
    ReasonCode.WRONG_FORMAT: "The ending says one format and the content is another. Export it again.",
    ReasonCode.EMPTY: "The file is empty. Export it again.",
    ReasonCode.TRUNCATED: "The file ends before the picture does. Copy or export it again.",
    ReasonCode.CORRUPT: "The file is damaged. Export it again.",
    ReasonCode.TOO_LARGE: "The file is too large. Export it smaller.",
    ReasonCode.UNSAFE_SVG: "The drawing holds something that acts or loads. Export it as PNG.",
    ReasonCode.UNREADABLE: "The file can't be read. Ask whoever runs the service.",
    ReasonCode.OUTSIDE_FOLDER: "It is a link to somewhere else. Put the photo itself there.",
    ReasonCode.COPY_NAME: "The name is that of a copy which a computer made. Name it for what it shows.",
    ReasonCode.OLD_VERSION: "It is a version that was replaced. “Try again” delivers it after all.",
    ReasonCode.UNKNOWN_SKU: "The products file does not have this SKU. Once it does, the photo goes by itself.",
    ReasonCode.UNKNOWN_SHOT: "The shot list does not have this code.",
    ReasonCode.UNKNOWN_PRODUCT: "The catalogue does not know this product yet. Once it does, the photo goes by itself.",
}
"""What to do about a reason, in sentences that are translated; the record's own words say more, in English."""


SAYS_ALL: Final = frozenset({ReasonCode.EMPTY, ReasonCode.TRUNCATED, ReasonCode.UNKNOWN_PRODUCT})
"""Reasons about which the record says nothing more."""

NOTES: Final = {
    Code.SMALL: "The picture is small. Export it larger.",
    Code.NOT_SRGB: "The colours are not sRGB with 8 bits. Export it that way.",
    Code.NOT_WHITE: "The background of the hero is not white.",
    Code.ROTATED: "Only a note in the file turns the picture. Export it upright.",
    Code.HAS_LOCATION: "The file tells where it was taken. Export it without the location.",
    Code.HEAVY: "The file is heavy. Export it with stronger compression.",
    Code.ANIMATED: "The picture is animated. Export a single frame.",
    Code.OTHER_BARCODE: "The barcode in the picture is that of another product.",
    Code.OTHER_PRODUCT: "The same picture is delivered for another product.",
}
"""The same for remarks, and for what is refused for them."""


@dataclass(frozen=True, slots=True)
class PhotoView:
    """``path`` below the watched folder ``root``; ``why``: what keeps it, ``said``: further words, in English.

    ``meant``: the right name, where one suggests itself; ``other``: the photo
    that it is a copy of, or that has replaced it.
    """

    id: int
    name: str
    path: str
    root: str
    account: str
    organization: str
    machine: str
    gtin: str | None
    title: str
    state: State
    state_words: str
    tone: str
    why: str
    said: str
    meant: str
    other: int | None
    at: float | None
    next_at: float | None
    first_seen: float
    uploaded_at: float | None
    image_id: str | None
    sha256: str | None
    size_words: str
    attempts: int
    thumbnail: str
    may_be_retried: bool
    shot: str
    notes: Sequence[tuple[str, str]]
    """As ``explained``."""
    measures: str
    folder: str
    hero: str
    """A word for the badge: the hero that the product has now, or what was delivered as one; empty for others."""

    replaced_at: float | None
    removed_at: float | None
    image_url: str | None
    sent_sha256: str | None


HERO: Final = "Hero"
HERO_NOW: Final = "Hero now"


def photo_view(record: Record, site: Site, words: Words, *, is_hero_now: bool = False) -> PhotoView:
    state_words, tone = STATES[record.state]
    root, below = _below(record.path, site)
    is_of_name = record.reason is not None and record.reason.code in OF_THE_NAME | OF_THE_CATALOGUE
    understood = site.understand(record.path) if is_of_name else None
    why, said = explained(record.reason, words, understood, path_text(below))
    if record.state in HAPPENS and (record.reason is None or record.state is not State.UNCONFIRMED):
        why, said = words(HAPPENS[record.state]), ""
    return PhotoView(
        id=record.id,
        name=display(path_text(os.path.basename(record.path))),
        path=display(path_text(below)),
        root=display(path_text(root or os.path.dirname(record.path))),
        account=display(record.account),
        organization=record.organization_id or "",
        machine=display(record.machine or ""),
        gtin=record.gtin,
        title=display(record.title),
        state=record.state,
        state_words=state_words,
        tone="bad" if record.state is State.UNCONFIRMED and record.reason is not None else tone,
        why=why,
        said=said,
        meant=display(understood.suggestion) if isinstance(understood, Rejected) and understood.suggestion else "",
        other={State.DUPLICATE: record.duplicate_of, State.SUPERSEDED: record.successor}.get(record.state),
        at=record.uploaded_at if record.state is State.UPLOADED else record.first_seen,
        next_at=_next_at(record),
        first_seen=record.first_seen,
        uploaded_at=record.uploaded_at,
        image_id=record.image_id,
        sha256=record.sha256,
        size_words=_size(record.size, words),
        attempts=record.attempts,
        thumbnail=f"/photos/{record.id}/thumbnail" + (f"?{record.sha256[:16]}" if record.sha256 else ""),
        may_be_retried=_may_be_retried(record),
        shot=display(record.details.shot or ""),
        measures=_measures(record),
        notes=[explained(note, words) for note in record.details.notes],
        folder=display(path_text(root)) if len(site.roots) > 1 else "",
        hero=HERO_NOW if is_hero_now else HERO if record.is_primary else "",
        replaced_at=record.superseded_at,
        removed_at=record.image_deleted_at,
        image_url=record.image_url if (record.image_url or "").startswith(("https://", "http://")) else None,
        sent_sha256=record.details.sent_sha256,
    )


def _size(size: int, words: Words) -> str:
    if size >= 1_000_000:
        return words("{n} MB", n=f"{size / 1e6:.1f}".replace(".", words.point))
    return words("{n} KB", n=round(size / 1e3)) if size >= 1_000 else words("{n} bytes", n=size)


def _below(path: bytes, site: Site) -> tuple[bytes, bytes]:
    """The watched folder, and the path below it; empty, and all of the path, where it is in none."""
    root = next((root for root in site.roots if path.startswith(root.rstrip(b"/") + b"/")), b"")
    return root, os.path.relpath(path, root) if root else path


def _next_at(record: Record) -> float | None:
    """None also when it is due: it may go at any moment."""
    if record.state not in (State.QUEUED, State.WAITING, State.UNCONFIRMED) or record.not_before is None:
        return None
    return record.not_before if record.not_before > time.time() else None


def _measures(record: Record) -> str:
    details = record.details
    return f"{details.width} × {details.height}" if details.width and details.height else ""


def _may_be_retried(record: Record) -> bool:
    """Whether to offer `retry`: not where only a better name helps."""
    if record.state is State.UNCONFIRMED:
        return record.reason is not None
    return record.state in RETRIED and (record.reason is None or record.reason.code not in OF_THE_NAME)


def step_words(detail: str, path: bytes, site: Site, words: Words) -> tuple[str, str]:
    """What a step of the photo at ``path`` was about, as in ``record_words.in_words``."""
    known, said = record_words.in_words(detail, words)
    understood = site.understand(path) if said else None
    if not isinstance(understood, Rejected) or understood.reason.message != detail:
        return known, said
    return explained(understood.reason, words, understood, path_text(_below(path, site)[1]))


def explained(
    reason: Reason | None, words: Words, understood: Understanding | None = None, path: str = ""
) -> tuple[str, str]:
    """(why, in the reader's language; further words in English). In English the record's own words say it all.

    ``understood``: what the name at ``path``, below its folder, says now.
    """
    if reason is None:
        return "", ""
    message = display(reason.message)
    if words.tag == "en":
        return message, ""
    if anew := record_words.said_anew(message, words):
        return anew, ""
    known = next((sentence for code, sentence in (TO_DO | NOTES).items() if code == reason.code), None)
    if known is None:
        return words("Closient refused it.") if reason.code.startswith("api_") else "", message
    if isinstance(understood, Rejected) and understood.reason.code == reason.code:
        return said_anew(understood, path, words(known), words), ""
    return words(known), "" if reason.code in SAYS_ALL else message
