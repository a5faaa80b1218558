"""What a worker can be sent out to do: upload, confirm, look a product up, ask who we are. One request each, or few.

Each errand spends quota, makes its request, lets the rules decide and records the decision.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from folder_sync.errors import (
    ApiError,
    FileChanged,
    FolderSyncError,
    Forbidden,
    KeyRefused,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    Refused,
    UnknownProduct,
)
from folder_sync.photo import Content, Gtin14, Image, ReasonCode, Record, State
from folder_sync.rules import confirming, outcome
from folder_sync.rules.outcome import Decision, Pause, Policy, Scope, Transition
from folder_sync.service.lanes import Lane
from folder_sync.store.queue import Queue
from folder_sync.views import iso

log = structlog.get_logger()

LOOK_AGAIN_SECONDS = 5.0
"""How long a photo that could not be compared waits for others to show whether comparing works."""


@dataclass(frozen=True, slots=True)
class Errand:
    """``photo``: the one it is about; None for whoami."""

    lane: Lane
    photo: Record | None = None


class Errands:
    """``durable``: an upload's end must survive a power cut before anybody hears of it.

    ``settled`` is told every record that reached its next state, ``look_again`` every path whose file changed."""

    def __init__(
        self,
        queue: Queue,
        policy: Policy,
        *,
        durable: bool,
        settled: Callable[[Record, Transition], None],
        look_again: Callable[[bytes], None],
        clock: Callable[[], float] = time.time,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._queue = queue
        self._policy = policy
        self._durable = durable
        self._settled = settled
        self._look_again = look_again
        self._clock = clock
        self._jitter = jitter

    def run(self, errand: Errand) -> None:
        photo = errand.photo
        if photo is None:
            self.identify(errand.lane)
        elif photo.state is State.UPLOADING:
            self.upload(errand.lane, photo)
        elif photo.state is State.UNCONFIRMED:
            self.confirm(errand.lane, photo)
        elif photo.state is State.QUEUED:
            self.look_for(errand.lane, photo)
        elif photo.state is State.SUPERSEDED:
            self.delete_image(errand.lane, photo)
        else:
            self.recheck(errand.lane, photo)

    def upload(self, lane: Lane, photo: Record) -> None:
        """The photo is `uploading`, durably; this is the one request that may make its image."""
        started = time.monotonic()
        self._queue.make_claims_durable()
        result = self._sent(lane, photo)
        now = self._clock()
        member = self._is_member(lane) if isinstance(result, Forbidden) else None
        decision = outcome.decide(
            result, attempts=photo.attempts, now=now, u=self._jitter(), policy=self._policy, member=member
        )
        self._answered(lane, result, decision, now)
        self._queue.apply(photo, decision.transition, now, durable=self._durable)
        if decision.whole_product and photo.gtin is not None:
            self._queue.park_product(photo.account, photo.gtin, decision.transition, now, besides=photo.id)
        _tell(photo, decision.transition, seconds=round(time.monotonic() - started, 3))
        self._settled(photo, decision.transition)
        if isinstance(result, Image):
            self._learn(lane, photo, result)
        if isinstance(result, FileChanged):
            self._look_again(photo.path)

    def _sent(self, lane: Lane, photo: Record) -> Image | FolderSyncError:
        label, format_ = photo.label, photo.format
        if label is None or format_ is None or photo.sha256 is None or lane.organization_id is None:
            raise AssertionError("the store lets no photo be claimed without these")
        content = Content(photo.size, photo.sha256, format_)
        try:
            return lane.client.upload(lane.organization_id, label, photo.path, content, format_.media_type)
        except FolderSyncError as error:
            return error
        except OSError as error:
            # Reading failed, so the last byte was not sent; intake looks again and says what it is.
            return FileChanged(f"The file can't be read any more: {error.strerror}.")

    def _answered(self, lane: Lane, result: Image | FolderSyncError, decision: Decision, now: float) -> None:
        """What the outcome says about the lane, beside the photo."""
        if isinstance(result, OutcomeUnknown):
            lane.unanswered(result.title, now)
        elif not isinstance(result, (NotSent, FileChanged)):
            lane.reached()
        if isinstance(result, Image):
            lane.accepted()
        if decision.transition.to is State.WAITING and isinstance(result, Forbidden):
            lane.forbidden(now)
        if decision.pause is not None:
            lane.obey(decision.pause, now)

    def _is_member(self, lane: Lane) -> bool | None:
        try:
            lane.again()
            who = lane.client.whoami()
        except KeyRefused:
            return False
        except ApiError:
            return None
        return lane.organization_id in {organization.id for organization in who.organizations}

    def confirm(self, lane: Lane, photo: Record) -> None:
        """Ask the server what became of a request whose answer is not known. Never sends the photo."""
        try:
            images = self._images(lane, photo)
            claimed = self._queue.claimed_images(photo.account, _gtin(photo))
            free = confirming.lookalikes(photo, images, claimed)
            digests = {image.id: self._digest(lane, image, photo) for image in free}
            # Equal bytes are ours whenever they were stored: somebody may have set a clock since.
            same = [image for image in free if digests[image.id] == photo.sha256]
            possible = same or confirming.candidates(photo, images, claimed, lane.skew)
            verdict = confirming.settle(photo, possible, digests, verbatim=lane.verbatim)
        except UnknownProduct:
            verdict = None
        except ApiError as error:
            self._postponed(lane, photo, error)
            return
        lane.reached()
        now = self._clock()
        if verdict is None:
            transition = confirming.unlisted(photo, now, self._policy)
        else:
            transition = confirming.conclude(photo, verdict, now, self._jitter(), self._policy)
        self._queue.apply(photo, transition, now, durable=self._durable)
        _tell(photo, transition)
        self._settled(photo, transition)

    def _images(self, lane: Lane, photo: Record) -> list[Image]:
        images: list[Image] = []
        page, more = 1, True
        while more:
            if page > 1:
                lane.again()
            answer = lane.client.images(_organization(lane), _gtin(photo), page)
            images += answer.images
            page, more = page + 1, answer.has_next
        return images

    def _digest(self, lane: Lane, image: Image, photo: Record) -> str | None:
        if image.image_url is None:
            return None
        digest = lane.fetcher.digest(image.image_url, photo.size)
        if digest == photo.sha256:
            lane.verbatim = True
        return digest

    def look_for(self, lane: Lane, first: Record) -> None:
        """One listing for all photos of a product that the catalogue may have already: adopt those that it has."""
        try:
            images = self._images(lane, first)
        except (Forbidden, UnknownProduct):
            images = []  # somebody else's, unknown, or a key that lost its organization: the upload will tell which
        except ApiError as error:
            self._postponed(lane, first, error)
            return
        lane.reached()
        claimed = set(self._queue.claimed_images(first.account, _gtin(first)))
        photos = self._queue.to_look_for_of(first.account, _gtin(first))
        unclaimed = list(photos)
        for photo in photos:
            rivals = sum(confirming.same_label(photo, other) for other in unclaimed)
            if image := self._recognised(lane, photo, images, frozenset(claimed), rivals):
                claimed.add(image.id)
                unclaimed.remove(photo)

    def _recognised(
        self, lane: Lane, photo: Record, images: list[Image], claimed: frozenset[str], rivals: int
    ) -> Image | None:
        possible = confirming.lookalikes(photo, images, claimed)
        digests = {image.id: self._digest(lane, image, photo) for image in possible}
        now = self._clock()
        match confirming.recognise(photo, possible, digests, rivals=rivals, verbatim=lane.verbatim):
            case confirming.Found(image, note):
                transition = Transition(State.UPLOADED, image=image, note=note)
                self._queue.apply(photo, transition, now, durable=self._durable)
                _tell(photo, transition, adopted=True)
                self._settled(photo, transition)
                return image
            case confirming.Untested() if lane.may_test(now):
                self._queue.not_there(photo)
            case confirming.Undecidable() | confirming.Untested():
                self._queue.postpone(photo, now + LOOK_AGAIN_SECONDS)
            case confirming.Absent():
                self._queue.not_there(photo)
        return None

    def _learn(self, lane: Lane, photo: Record, image: Image) -> None:
        """While photos are looked for: does the catalogue serve the bytes that it was just sent?"""
        if lane.verbatim is None and self._queue.is_looking(photo.account):
            lane.verbatim = self._digest(lane, image, photo) == photo.sha256

    def delete_image(self, lane: Lane, photo: Record) -> None:
        """Take a replaced image off the server: only one whose id this service recorded itself."""
        if photo.image_id is None:
            raise AssertionError("what was superseded had been uploaded")
        try:
            lane.client.delete_image(_organization(lane), _gtin(photo), photo.image_id)
        except UnknownProduct:
            pass  # somebody was faster
        except Refused as error:
            lane.reached()
            self._queue.deleted(photo, self._clock(), f"its image was not deleted: {error}")
            return
        except ApiError as error:
            self._postponed(lane, photo, error)
            return
        lane.reached()
        self._queue.deleted(photo, self._clock(), f"image {photo.image_id} deleted on the server")

    def recheck(self, lane: Lane, photo: Record) -> None:
        """One look-up for all photos of a product that the catalogue did not know."""
        gtin = _gtin(photo)
        try:
            if photo.reason is None or photo.reason.code == ReasonCode.UNKNOWN_PRODUCT:
                lane.client.trade_item(gtin)
        except UnknownProduct as error:
            lane.reached()
            now = self._clock()
            decision = outcome.decide(error, attempts=photo.attempts, now=now, u=0.0, policy=self._policy)
            self._queue.park_product(photo.account, gtin, decision.transition, now)
        except ApiError as error:
            self._postponed(lane, photo, error)
        else:
            lane.reached()
            self._queue.release_product(photo.account, gtin, self._clock(), "looked up again")

    def identify(self, lane: Lane) -> None:
        """whoami: is the key accepted, and whose is it?"""
        now = self._clock()
        try:
            who = lane.client.whoami()
        except (Forbidden, Refused, UnknownProduct) as error:
            lane.obey(Pause(Scope.ACCOUNT, now, error.title), now)
            return
        except ApiError as error:
            self._obey(lane, error, now)
            return
        lane.reached()
        ids = [organization.id for organization in who.organizations]
        if lane.organization_id in ids:
            lane.identified(lane.organization_id)
        elif lane.organization_id is None and len(ids) == 1:
            lane.identified(ids[0])
        else:
            lane.obey(Pause(Scope.ACCOUNT, now, _not_one(lane, len(ids))), now)

    def _postponed(self, lane: Lane, photo: Record, error: ApiError) -> None:
        """Asking failed: the photo stays where it is, and is asked about again."""
        now = self._clock()
        self._obey(lane, error, now)
        later = now + outcome.backoff(photo.absences + 1, self._jitter(), self._policy)
        self._queue.postpone(photo, later)

    def _obey(self, lane: Lane, error: ApiError, now: float) -> None:
        """A question was not answered: who has to wait? Nobody but the photo, where it was refused."""
        match error:
            case RateLimited():
                lane.obey(Pause(Scope.KEY, now + error.retry_after, error.title), now)
            case KeyRefused():
                lane.obey(Pause(Scope.ACCOUNT, now, error.title), now)
            case NotSent() | OutcomeUnknown():
                lane.obey(Pause(Scope.HOST, now, error.title), now)


def _not_one(lane: Lane, count: int) -> str:
    if lane.organization_id is not None:
        return f"The key does not belong to organization {lane.organization_id}."
    if count == 0:
        return "The key belongs to no organization."
    return f"The key belongs to {count} organizations: set organization_id for account {lane.account}."


def _gtin(photo: Record) -> Gtin14:
    if photo.gtin is None:
        raise AssertionError("only photos with a GTIN are ever sent")
    return photo.gtin


def _organization(lane: Lane) -> str:
    if lane.organization_id is None:
        raise AssertionError("nothing goes before the organization is known")
    return lane.organization_id


_EVENTS = {
    State.UPLOADED: "photo_uploaded",
    State.QUEUED: "upload_retried",
    State.UNCONFIRMED: "upload_unconfirmed",
    State.WAITING: "photo_waiting",
    State.REJECTED: "photo_rejected",
}


def _tell(photo: Record, transition: Transition, **more: object) -> None:
    """The one line that stands in the log for this unit of work."""
    values: dict[str, object] = {"photo": photo.id, "path": photo.path, "gtin": photo.gtin, "attempts": photo.attempts}
    if transition.image is not None:
        values["image_id"] = transition.image.id
    if transition.reason is not None:
        values["reason"] = transition.reason.code
    if transition.not_before is not None:
        values["not_before"] = iso(transition.not_before)
    if transition.note and transition.to is not State.UPLOADED:
        values["note"] = transition.note
    level = log.info if transition.to in (State.UPLOADED, State.QUEUED) else log.warning
    level(_EVENTS[transition.to], **values, **more)
