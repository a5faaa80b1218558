"""Records of photos that no store holds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from folder_sync.photo import Fingerprint, Format, Gtin14, Record, State

OURS: Final = "a" * 64
SENT_AT: Final = 1_000_000.0

_SENT: Final = Record(
    id=1,
    path=b"/studio/photo.jpg",
    account="main",
    organization_id="organization",
    gtin=Gtin14("00012345678905"),
    title="Front",
    is_primary=False,
    number=None,
    state=State.UNCONFIRMED,
    reason=None,
    image_id=None,
    image_url=None,
    sha256=OURS,
    size=1_000,
    format=Format.JPEG,
    fingerprint=Fingerprint(1_000, 1, 1),
    attempts=1,
    absences=0,
    not_before=None,
    first_seen=SENT_AT - 100.0,
    started_at=SENT_AT,
    uploaded_at=None,
    arrival=1,
    successor=None,
    duplicate_of=None,
)


def sent_photo(**changes: Any) -> Record:
    """One that was sent at ``SENT_AT``, and whose answer was lost."""
    return replace(_SENT, **changes)
