"""Settling an attempt whose answer was lost: which of the product's images is ours, if any.

The API keeps no idempotency key and no content hash, so the evidence is: the image is new to us, its title is ours,
and its bytes are. Where bytes can't tell: its hero flag, and that it was made since the request, on the server's clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from folder_sync.photo import Image, Reason, Record, State
from folder_sync.rules.outcome import Policy, Transition, backoff

CLOCK_SLACK_SECONDS = 5.0
"""``Date`` has whole seconds and the skew is learned from it: times are compared with this much tolerance."""

STORED_LATE_SECONDS = 900.0
"""How long after the request began a slow server may still create the image."""

SECOND_LOOK = 3.0
"""How many times ``confirm_after_seconds`` to wait before asking again about an image that was absent."""


@dataclass(frozen=True, slots=True)
class Found:
    image: Image
    note: str


@dataclass(frozen=True, slots=True)
class Absent:
    """Surely not there at the time of asking."""


@dataclass(frozen=True, slots=True)
class Undecidable:
    """``unseen``: the server names a place where bytes are to be had, and they were not to be had just now."""

    note: str
    unseen: bool = False


@dataclass(frozen=True, slots=True)
class Untested:
    """An image with this label holds other bytes: another photo, or ours re-encoded? One upload tells the two apart."""


Verdict = Found | Absent | Undecidable


def settle(
    record: Record,
    free: Sequence[Image],
    digests: Mapping[str, str | None],
    *,
    skew: float,
    serves_unchanged: bool | None,
) -> Verdict:
    """Which image is ours, if any. ``free``: the photo's namesakes.

    ``digests``: image id → SHA-256 of its bytes, None where they can't be had. ``skew``: server clock minus ours, in
    seconds. Equal bytes prove all, whenever they were stored. Bytes that differ prove something only where the server
    is known to serve what it was sent (``verbatim``), for ``image_url`` may be re-encoded.

    Times only ever pick the one image that is adopted. They never show absence: somebody may have set a clock since,
    and a second POST can't be taken back.
    """
    for image in free:
        if digests.get(image.id) == record.sha256:
            return Found(image, f"image {image.id} holds our bytes")
    possible = [image for image in free if not serves_unchanged or digests.get(image.id) is None]
    if not possible:
        return Absent()
    fitting = [image for image in possible if _fits(record, image, skew)]
    if len(fitting) == 1:
        why = "could not be compared" if digests.get(fitting[0].id) is None else "were re-encoded"
        return Found(fitting[0], f"image {fitting[0].id} adopted by title and time: its bytes {why}")
    count = "An image" if len(possible) == 1 else f"{len(possible)} images"
    return Undecidable(
        f"{count} of this product could be this photo: neither the bytes nor the time can tell. "
        "Look at the product in the catalogue; then `folder-sync retry` uploads it once more.",
        unseen=any(image.image_url is not None and digests.get(image.id) is None for image in possible),
    )


def _fits(record: Record, image: Image, skew: float) -> bool:
    """Made since the request began, by the server's clock. A hero may have been demoted since, never the reverse."""
    started = (record.started_at or record.first_seen) + skew
    earliest, latest = started - CLOCK_SLACK_SECONDS, started + STORED_LATE_SECONDS
    return (record.is_primary or not image.is_primary) and earliest <= image.created <= latest


def namesakes(record: Record, images: Sequence[Image], claimed: frozenset[str]) -> list[Image]:
    """The images of the product with the photo's title that no record holds. ``claimed``: the ids that records hold."""
    return [image for image in images if image.id not in claimed and image.title == record.title]


def conclude(record: Record, verdict: Verdict, now: float, u: float, policy: Policy) -> Transition:
    """What the verdict means for the photo: adopted; asked again, later; queued once absent twice; or left to people.

    ``u``: uniform in [0, 1), for the jitter of the next attempt.
    """
    match verdict:
        case Found(image, note):
            return Transition(State.UPLOADED, image=image, note=note)
        case Undecidable(note, unseen):
            # A network that broke between the list and the bytes must not leave to people what these would have told.
            again = now + policy.retry_max_seconds if unseen else None
            reason = Reason("api_unconfirmed", note)
            return Transition(State.UNCONFIRMED, again, reason=reason, absences=record.absences, note=note)
        case Absent() if record.absences == 0:
            # A slow server may store late, so the second look comes after a longer wait.
            again = now + SECOND_LOOK * policy.confirm_after_seconds
            note = "the catalogue does not have it; asked again later, to be sure"
            return Transition(State.UNCONFIRMED, again, absences=1, note=note)
        case _:
            not_before = now + backoff(record.attempts, u, policy)
            return Transition(
                State.QUEUED, not_before, note="the catalogue does not have it, asked twice: it is sent again"
            )


def unlisted(record: Record, now: float, policy: Policy) -> Transition:
    """The catalogue does not know the product now, so it showed no list. That is not absence: it may know it again."""
    note = "the catalogue does not know this product now; asked again from time to time"
    return Transition(State.UNCONFIRMED, now + policy.recheck_seconds, absences=record.absences, note=note)


def lookalikes(record: Record, images: Sequence[Image], claimed: frozenset[str]) -> list[Image]:
    """The images of the product that may be this photo although nobody remembers having sent it."""
    return [image for image in namesakes(record, images, claimed) if record.is_primary or not image.is_primary]


def recognise(
    record: Record,
    possible: Sequence[Image],
    digests: Mapping[str, str | None],
    *,
    rivals: int,
    serves_unchanged: bool | None,
) -> Verdict | Untested:
    """Whether one of the lookalikes is this photo: then it is adopted, without being sent.

    ``rivals``: how many photos with this label, this one included, are looked for. Undecidable at first sight where
    bytes differ or could not be compared: another photo may show whether the server serves what it was sent. At second
    sight (of a photo that was looked for before) labels decide, if there are enough images for all rivals, and if it is
    known that bytes can't: a new photo under an old label must not be taken for the old one, or it would never be
    uploaded.
    """
    for image in possible:
        if digests.get(image.id) == record.sha256:
            return Found(image, f"found in the catalogue: image {image.id} holds these bytes")
    unproven = [image for image in possible if not serves_unchanged or digests.get(image.id) is None]
    if len(unproven) < rivals:
        return Absent()
    if not record.looked_for:
        return Undecidable("its bytes could not be compared")
    if serves_unchanged is None and any(digests.get(image.id) is not None for image in unproven):
        return Untested()
    image = unproven[0] if record.is_primary else min(unproven, key=lambda image: image.created)
    return Found(image, f"found in the catalogue by its title: the bytes of image {image.id} could not be compared")


def same_label(record: Record, other: Record) -> bool:
    return (record.title, record.is_primary) == (other.title, other.is_primary)
