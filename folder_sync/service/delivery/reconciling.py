"""Which of the catalogue's images is this photo, if any: after a lost answer, and after the records were lost."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final

from folder_sync.closient.answers import ImagePage
from folder_sync.closient.listing import all_images
from folder_sync.errors import ApiError, Forbidden, OutOfDate, UnknownProduct
from folder_sync.photo import Image, Reason, Record, State
from folder_sync.rules import confirming, outcome
from folder_sync.rules.confirming import Bytes, Candidate
from folder_sync.rules.outcome import Pause, Scope, Transition
from folder_sync.service.delivery.channel import Channel, Permit
from folder_sync.service.delivery.outcomes import OutcomeRecorder, gtin_of, is_member, organization_of
from folder_sync.store.look_first import LookFirst
from folder_sync.store.queue import Queue

UNTESTED_SECONDS: Final = 120.0
"""How long a photo waits at most for an upload of its format to show what bytes that differ mean."""


class Reconciler:
    """Only asks. Never sends a photo."""

    def __init__(
        self,
        queue: Queue,
        look_first: LookFirst,
        recorder: OutcomeRecorder,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._queue = queue
        self._look_first = look_first
        self._recorder = recorder
        self._monotonic = monotonic
        self._absent_at: dict[int, float] = {}  # when this run saw the first time that a photo was not there

    def confirm(self, permit: Permit, photo: Record) -> None:
        """Ask the server what became of a request whose answer is not known."""
        try:
            images = self._images(permit, photo)
        except UnknownProduct:
            self._recorder.answered(permit, photo)
            self._found(photo, confirming.unlisted(photo, self._now(), self._policy))
            return
        except ApiError as error:
            self._recorder.postponed(permit, photo, error)
            return
        self._recorder.answered(permit, photo)
        transition = self._settled(permit, photo, images)
        if transition.to is State.QUEUED and (status := self._recorder.refusals.hopeless(photo)) is not None:
            transition = outcome.refused_on_the_way(status)
        if transition.not_before is not None and _is_said(photo, transition):
            # Known already: a line in the log and the history each time says no more.
            self._queue.postpone(photo, transition.not_before)
        else:
            self._found(photo, transition)

    def _found(self, photo: Record, transition: Transition) -> None:
        try:
            self._recorder.record(photo, transition, self._now())
        except OutOfDate:
            self._queue.postpone(photo, self._now() + self._policy.confirm_after_seconds)

    def _settled(self, permit: Permit, photo: Record, images: Sequence[Image]) -> Transition:
        channel, undecided = permit.channel, ("undecided", photo.id)
        fidelity = channel.fidelity
        server = fidelity.server(photo, channel.skew)
        known_before = channel.seen_images.known(photo.account, gtin_of(photo))
        claimed = self._queue.claimed_images(photo.account, gtin_of(photo))
        candidates = [
            Candidate(image, fidelity.look(image, photo, photo.most_bytes, anew=image.id not in known_before))
            for image in images
            if image.id not in claimed
        ]
        looks = self._recorder.vain.count(undecided)
        verdict = confirming.settle(photo, candidates, server, known_before=known_before, looks=looks)
        if isinstance(verdict, confirming.Undecidable):
            self._recorder.vain.failed(undecided)
            if any(candidate.bytes is Bytes.OTHERS for candidate in candidates):
                fidelity.contradicted(photo)
        else:
            self._recorder.vain.worked(undecided)
            channel.settled(permit, stored=isinstance(verdict, confirming.Found))
        absent_at = self._absent_at.get(photo.id) if photo.absences else None
        absent_for = None if absent_at is None else self._monotonic() - absent_at
        transition = confirming.conclude(
            photo, verdict, self._now(), self._recorder.jitter(), self._policy, looks=looks, absent_for=absent_for
        )
        if transition.to is not State.UNCONFIRMED:
            self._absent_at.pop(photo.id, None)
        elif absent_for is None and isinstance(verdict, confirming.Absent):
            self._absent_at[photo.id] = self._monotonic()
        return transition

    def look_for(self, permit: Permit, first: Record) -> None:
        """One listing for all photos of a product that the catalogue may have already. What was read is kept."""
        try:
            images = self._images(permit, first)
        except (Forbidden, UnknownProduct) as error:
            self._unlisted(permit, first, error)
            return
        except ApiError as error:
            self._recorder.postponed(permit, first, error)
            return
        self._recorder.answered(permit, first)
        permit.channel.seen_images.keep_list(first.account, gtin_of(first), images)
        self.compare(permit.channel, first)

    def _unlisted(self, permit: Permit, first: Record, error: Forbidden | UnknownProduct) -> None:
        """The product is unknown, or somebody else's: its photos wait for it, and are looked for again then.

        Where it is the key that has lost the organization, they stay in the queue, and the account pauses."""
        if isinstance(error, Forbidden) and not (member := is_member(permit)):
            if member is None:
                self._recorder.postponed(permit, first, error)
            else:
                permit.channel.obey(permit, Pause(Scope.ACCOUNT, error.title))
            return
        self._recorder.obey(permit, error)
        now = self._now()
        if isinstance(error, Forbidden):
            permit.channel.forbidden(permit)
            reason = Reason("api_forbidden", str(error))
            transition = Transition(State.WAITING, now + self._policy.recheck_seconds, reason)
        else:
            transition = outcome.decide(error, attempts=1, now=now, u=0.0, policy=self._policy).transition
        photos = self._look_first.to_look_for_of(first.account, gtin_of(first))
        self._queue.products.park(first.account, gtin_of(first), transition, now)
        for photo in photos:
            self._recorder.tell(photo, transition)

    def compare(self, channel: Channel, first: Record) -> None:
        """Hold the photos of a product against what its list had: adopt those that it has. Asks nothing of the API."""
        gtin, now = gtin_of(first), self._now()
        images = channel.seen_images.listed(first.account, gtin) or []
        claimed = set(self._queue.claimed_images(first.account, gtin))
        photos = self._look_first.to_look_for_of(first.account, gtin)
        left = list(photos)
        most = max((photo.most_bytes for photo in photos), default=0)
        for photo in photos:
            if not self._look_first.is_ours(photo) or (photo.not_before is not None and photo.not_before > now):
                continue
            rivals = [other for other in left if other is not photo]
            unclaimed = [image for image in images if image.id not in claimed]
            image = self._recognised(channel, photo, unclaimed, rivals=rivals, most=most)
            if image is not None:
                claimed.add(image.id)
                left.remove(photo)

    def _recognised(
        self, channel: Channel, photo: Record, unclaimed: Sequence[Image], *, rivals: Sequence[Record], most: int
    ) -> Image | None:
        fidelity, now, unread = channel.fidelity, self._now(), ("unread", photo.id)
        # What was served while an image was new may be something else by now.
        new = now + channel.skew - confirming.STORED_LATE_SECONDS
        is_patient = self._recorder.vain.count(unread) < confirming.UNREAD_LOOKS
        candidates = [
            Candidate(
                image,
                fidelity.look(
                    image, photo, most, anew=photo.looked_for and image.created >= new, is_patient=is_patient
                ),
            )
            for image in unclaimed
        ]
        server = fidelity.server(photo, channel.skew)
        match confirming.recognise(
            photo, candidates, server, rivals=rivals, may_test=fidelity.may_test(photo), now=now
        ):
            case confirming.Found(image, note):
                transition = Transition(State.UPLOADED, image=image, note=note)
                try:
                    self._recorder.record(photo, transition, now, adopted=True)
                except OutOfDate:  # another machine was faster, say: what is left is looked at again
                    self._queue.postpone(photo, now + self._policy.confirm_after_seconds)
                    return None
                self._recorder.vain.worked(unread)
                return image
            case confirming.Untested() if not fidelity.begin_test(photo):
                self._queue.postpone(photo, now + UNTESTED_SECONDS)
            case confirming.Unread():
                times = self._recorder.vain.failed(unread)
                wait = self._policy.confirm_after_seconds * 2.0 ** min(times, 60)
                self._look_first.looked_for(photo, now + min(wait, self._policy.retry_max_seconds))
            case _:
                self._look_first.not_there(photo)
        return None

    def _images(self, permit: Permit, photo: Record) -> list[Image]:
        def ask(page: int) -> ImagePage:
            if page > 1:
                permit.channel.again(permit)
            return permit.channel.client.images(organization_of(permit), gtin_of(photo), page)

        return all_images(ask)

    def _now(self) -> float:
        return self._recorder.clock()

    @property
    def _policy(self) -> outcome.Policy:
        return self._recorder.policy


def _is_said(photo: Record, transition: Transition) -> bool:
    """Whether the photo stands there for the same reason already."""
    return transition.reason is not None and photo.reason is not None and transition.reason.code == photo.reason.code
