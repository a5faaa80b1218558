"""Which of the catalogue's images is this photo, if any: after a lost answer, and after the records were lost."""

from __future__ import annotations

from folder_sync.errors import ApiError, Forbidden, UnknownProduct
from folder_sync.photo import Image, Record, State
from folder_sync.rules import confirming, outcome
from folder_sync.rules.outcome import Transition
from folder_sync.service.delivery.channel import Channel, Permit
from folder_sync.service.delivery.outcomes import OutcomeRecorder, gtin_of, organization_of
from folder_sync.store.queue import Queue

LOOK_AGAIN_SECONDS = 5.0
"""How long a photo that could not be compared waits for others to show whether comparing works."""


class Reconciler:
    """Only asks. Never sends a photo."""

    def __init__(self, queue: Queue, recorder: OutcomeRecorder) -> None:
        self._queue = queue
        self._recorder = recorder

    def confirm(self, permit: Permit, photo: Record) -> None:
        """Ask the server what became of a request whose answer is not known."""
        channel = permit.channel
        try:
            images = self._images(permit, photo)
            claimed = self._queue.claimed_images(photo.account, gtin_of(photo))
            free = confirming.namesakes(photo, images, claimed)
            digests = {image.id: channel.fidelity.digest(image, photo) for image in free}
            verdict = confirming.settle(
                photo, free, digests, skew=channel.skew, serves_unchanged=channel.fidelity.serves_unchanged(photo)
            )
        except UnknownProduct:
            verdict = None
        except ApiError as error:
            self._recorder.postponed(permit, photo, error)
            return
        self._recorder.answered(permit, photo)
        now = self._recorder.clock()
        if verdict is None:
            transition = confirming.unlisted(photo, now, self._recorder.policy)
        else:
            transition = confirming.conclude(photo, verdict, now, self._recorder.jitter(), self._recorder.policy)
            if transition.to is State.QUEUED and (status := self._recorder.refusals.hopeless(photo)) is not None:
                transition = outcome.refused_on_the_way(status)
        if transition.not_before is not None and _said(photo, transition):
            # Known already: a line in the log and the history every quarter of an hour says no more.
            self._queue.postpone(photo, transition.not_before)
        else:
            self._recorder.record(photo, transition, now)

    def look_for(self, permit: Permit, first: Record) -> None:
        """One listing for all photos of a product that the catalogue may have already: adopt those that it has."""
        try:
            images = self._images(permit, first)
        except (Forbidden, UnknownProduct):
            images = []  # somebody else's, unknown, or a key that lost its organization: the upload will tell which
        except ApiError as error:
            self._recorder.postponed(permit, first, error)
            return
        self._recorder.answered(permit, first)
        claimed = set(self._queue.claimed_images(first.account, gtin_of(first)))
        photos = self._queue.to_look_for_of(first.account, gtin_of(first))
        unclaimed = list(photos)
        for photo in photos:
            rivals = sum(confirming.same_label(photo, other) for other in unclaimed)
            if image := self._recognised(permit.channel, photo, images, frozenset(claimed), rivals):
                claimed.add(image.id)
                unclaimed.remove(photo)

    def _recognised(
        self, channel: Channel, photo: Record, images: list[Image], claimed: frozenset[str], rivals: int
    ) -> Image | None:
        possible = confirming.lookalikes(photo, images, claimed)
        digests = {image.id: channel.fidelity.digest(image, photo) for image in possible}
        now = self._recorder.clock()
        match confirming.recognise(
            photo, possible, digests, rivals=rivals, serves_unchanged=channel.fidelity.serves_unchanged(photo)
        ):
            case confirming.Found(image, note):
                transition = Transition(State.UPLOADED, image=image, note=note)
                self._recorder.record(photo, transition, now, adopted=True)
                return image
            case confirming.Untested() if channel.may_test():
                self._queue.not_there(photo)
            case confirming.Undecidable() | confirming.Untested():
                self._queue.looked_for(photo, now + LOOK_AGAIN_SECONDS)
            case confirming.Absent():
                self._queue.not_there(photo)
        return None

    def _images(self, permit: Permit, photo: Record) -> list[Image]:
        images: list[Image] = []
        page, more = 1, True
        while more:
            if page > 1:
                permit.channel.again(permit)
            answer = permit.channel.client.images(organization_of(permit), gtin_of(photo), page)
            images += answer.images
            page, more = page + 1, answer.has_next
        return images


def _said(photo: Record, transition: Transition) -> bool:
    """Whether the photo stands there for the same reason already."""
    return transition.reason is not None and photo.reason is not None and transition.reason.code == photo.reason.code
