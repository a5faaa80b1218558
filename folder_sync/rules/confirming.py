"""Which of a product's images is this photo, if any: after a lost answer, and after the records were lost.

The API keeps no idempotency key and no content hash, and it may rewrite titles and re-encode pictures. So equal bytes
prove that an image is ours, whatever its title says; and a photo is only sent (again) after evidence that it is not
there, never for want of evidence: bytes that can't be fetched just now decide nothing, either way.
"""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from folder_sync.photo import Image, Reason, Record, State
from folder_sync.rules.outcome import Policy, Transition, backoff

CLOCK_SLACK_SECONDS = 5.0
"""``Date`` has whole seconds and the skew is learned from it: times are compared with this much tolerance."""

STORED_LATE_SECONDS = 900.0
"""How long after the request began a slow server may still create the image; or serve something else in its place."""

SECOND_LOOK = 3.0
"""How many times ``confirm_after_seconds`` to wait before asking again about an image that was absent."""

SOON_ENOUGH = 0.9
"""This share of a wait is all of it: the clock that it began on and the one that it is measured by may run apart."""

UNREAD_LOOKS = 6
"""After so many fruitless attempts to fetch bytes, ever less often, they count as unobtainable: some ten minutes."""

OVERDUE_SECONDS = 86_400.0
"""How long a photo that may be in the catalogue waits for bytes out of reach. Then it is sent: an image too many
can be deleted, and a photo that never arrives is not noticed."""


class Bytes(Enum):
    """What is known of an image's bytes."""

    OURS = auto()
    OTHERS = auto()
    """Another photo; or ours re-encoded, or not ready to be served yet."""
    UNREAD = auto()
    """The server names a place, and they can't be fetched there just now."""
    NOWHERE = auto()
    """The server names no place."""


@dataclass(frozen=True, slots=True)
class Candidate:
    image: Image
    bytes: Bytes


@dataclass(frozen=True, slots=True)
class Server:
    """``serves_unchanged``: whether it was seen to serve this format byte for byte; None: not known. ``skew``: its
    clock minus ours, in seconds. ``keeps_titles``: no title that it was given was seen to become another one."""

    serves_unchanged: bool | None
    skew: float = 0.0
    keeps_titles: bool = True


@dataclass(frozen=True, slots=True)
class Found:
    image: Image
    note: str


@dataclass(frozen=True, slots=True)
class Absent:
    """Surely not there at the time of asking."""


@dataclass(frozen=True, slots=True)
class Undecidable:
    """``again``: looking again may tell more."""

    note: str
    again: bool


@dataclass(frozen=True, slots=True)
class Unread:
    """Bytes that would tell can't be fetched just now: to be looked at again, ever less often."""


@dataclass(frozen=True, slots=True)
class Untested:
    """An image with this label holds other bytes: another photo, or ours re-encoded? One upload tells the two apart."""


def spelled(title: str) -> str:
    """A title without what servers are known to do to one: escaped for HTML, decomposed, trimmed."""
    return unicodedata.normalize("NFC", " ".join(html.unescape(title).split()))


def settle(
    record: Record, unclaimed: Sequence[Candidate], server: Server, *, known_before: frozenset[str], looks: int
) -> Found | Absent | Undecidable:
    """What became of a request whose answer was lost. ``unclaimed``: all images of the product that no record holds.

    ``known_before``: ids that were seen when nothing of this product was on its way: none of them can be its result.
    ``looks``: how often it was looked in vain. Times only ever pick the one image that is adopted, they never show
    absence: somebody may have set a clock since, and a second POST can't be taken back.
    """
    for candidate in unclaimed:
        if candidate.bytes is Bytes.OURS:
            return Found(candidate.image, f"image {candidate.image.id} holds our bytes")
    suspects = [
        candidate
        for candidate in unclaimed
        if candidate.image.id not in known_before
        and (_is_titled(record, candidate.image, server) or _since(record, candidate.image, server))
    ]
    if not suspects:
        return Absent()
    unread = any(candidate.bytes is Bytes.UNREAD for candidate in suspects)
    if not unread or looks >= UNREAD_LOOKS:
        titled = [one for one in suspects if _is_titled(record, one.image, server)]
        fitting = [one for one in titled if _fits(record, one.image, server)]
        if len(fitting) == 1 and not (fitting[0].bytes is Bytes.OTHERS and server.serves_unchanged):
            why = "were re-encoded" if fitting[0].bytes is Bytes.OTHERS else "could not be compared"
            image = fitting[0].image
            return Found(image, f"image {image.id} adopted by title and time: its bytes {why}")
    count = "An image" if len(suspects) == 1 else f"{len(suspects)} images"
    differ = any(candidate.bytes is Bytes.OTHERS for candidate in suspects)
    return Undecidable(
        f"{count} of this product could be this photo: neither the bytes nor the time can tell. "
        "Look at the product in the catalogue; then `folder-sync retry` uploads it once more.",
        # Something else may be served while a picture is worked on; and what is known of the server may turn out wrong.
        again=unread or (differ and server.serves_unchanged is not False),
    )


def _is_titled(record: Record, image: Image, server: Server) -> bool:
    return not server.keeps_titles or spelled(image.title) == spelled(record.title)


def _since(record: Record, image: Image, server: Server) -> bool:
    """Made since the request began, by the server's clock."""
    return image.created >= (record.started_at or record.first_seen) + server.skew - CLOCK_SLACK_SECONDS


def _fits(record: Record, image: Image, server: Server) -> bool:
    """Made by this request, as far as times tell. A hero may have been demoted since, never the reverse."""
    latest = (record.started_at or record.first_seen) + server.skew + STORED_LATE_SECONDS
    return (record.is_primary or not image.is_primary) and _since(record, image, server) and image.created <= latest


def conclude(
    record: Record,
    verdict: Found | Absent | Undecidable,
    now: float,
    u: float,
    policy: Policy,
    *,
    looks: int = 0,
    absent_for: float | None = None,
) -> Transition:
    """What the verdict means for the photo: adopted; asked again, later; queued once absent twice; or left to people.

    ``u``: uniform in [0, 1), for the jitter of the next attempt. ``looks`` as in ``settle``. ``absent_for``: how many
    seconds ago whoever asks saw for itself that it was absent, by a clock that nobody sets; None where it did not.
    Where the wall clock was set forward the second look came at once, and a slow server had not stored it yet.
    """
    patience = SECOND_LOOK * policy.confirm_after_seconds
    match verdict:
        case Found(image, note):
            return Transition(State.UPLOADED, image=image, note=note)
        case Undecidable(note, again):
            longest = max(policy.retry_max_seconds, policy.recheck_seconds)
            wait = min(policy.confirm_after_seconds * 2.0 ** min(looks + 1, 60), longest)
            reason = Reason("api_unconfirmed", note)
            return Transition(
                State.UNCONFIRMED, now + wait if again else None, reason, absences=record.absences, note=note
            )
        case Absent() if absent_for is None or absent_for < SOON_ENOUGH * patience:
            # A slow server may store late, so the second look comes after a longer wait.
            later = now + patience - (absent_for or 0.0)
            note = "the catalogue does not have it; asked again later, to be sure"
            return Transition(State.UNCONFIRMED, later, absences=1, note=note)
        case _:
            not_before = now + backoff(record.attempts, u, policy)
            return Transition(
                State.QUEUED, not_before, note="the catalogue does not have it, asked twice: it is sent again"
            )


def unlisted(record: Record, now: float, policy: Policy) -> Transition:
    """The catalogue does not know the product now, so it showed no list. That is not absence: it may know it again."""
    note = "the catalogue does not know this product now; asked again from time to time"
    return Transition(State.UNCONFIRMED, now + policy.recheck_seconds, absences=record.absences, note=note)


def recognise(
    record: Record,
    unclaimed: Sequence[Candidate],
    server: Server,
    *,
    rivals: Sequence[Record],
    may_test: bool,
    now: float,
) -> Found | Absent | Unread | Untested:
    """Whether one of the product's images is this photo, although nobody remembers having sent it.

    ``rivals``: the other photos of the product that are looked for. ``may_test``: whether an upload may still tell what
    bytes that differ mean. A label decides only where bytes can't: where there are none to be had, or the server is
    known to serve others; and where there are enough images for all rivals with that label. A new photo under an old
    label must not be taken for the old one, or it would never be uploaded.
    """
    # No other photo is made a hero; a hero may have been demoted since.
    possible = [candidate for candidate in unclaimed if record.is_primary or not candidate.image.is_primary]
    titled = [candidate for candidate in possible if _is_titled(record, candidate.image, server)]
    copies = {spelled(rival.title) for rival in rivals if rival.sha256 == record.sha256}
    for candidate in (*titled, *possible):
        # Whatever its title says now, unless it is the one of a copy.
        if candidate.bytes is Bytes.OURS and (candidate in titled or spelled(candidate.image.title) not in copies):
            image = candidate.image
            return Found(image, f"found in the catalogue: image {image.id} holds these bytes")
    if _unread(record, titled, server, now):
        return Unread()
    differ = [candidate.image for candidate in titled if candidate.bytes is Bytes.OTHERS]
    if differ and server.serves_unchanged is None and may_test:
        return Untested()
    by_label = [candidate.image for candidate in titled if candidate.bytes is Bytes.NOWHERE]
    by_label += differ if server.serves_unchanged is False else []
    if len(by_label) <= sum(same_label(record, rival) for rival in rivals):
        return Absent()
    image = by_label[0] if record.is_primary else min(by_label, key=lambda image: image.created)
    return Found(image, f"found in the catalogue by its title: the bytes of image {image.id} could not be compared")


def _unread(record: Record, titled: Sequence[Candidate], server: Server, now: float) -> bool:
    """Whether to look again: bytes can't be fetched, or an image is so new that others may be served in its place."""
    if now >= record.first_seen + OVERDUE_SECONDS:
        return False
    new = now + server.skew - STORED_LATE_SECONDS
    return any(
        one.bytes is Bytes.UNREAD or (one.bytes is Bytes.OTHERS and not record.looked_for and one.image.created >= new)
        for one in titled
    )


def same_label(record: Record, other: Record) -> bool:
    return (record.title, record.is_primary) == (other.title, other.is_primary)
