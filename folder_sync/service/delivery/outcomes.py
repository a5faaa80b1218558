"""How a job ends: the photo's next state is recorded, logged and passed on; a question that failed is asked again."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Hashable

import structlog

from folder_sync.errors import (
    ApiError,
    Forbidden,
    KeyRefused,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    Refused,
    UnknownProduct,
)
from folder_sync.photo import Gtin14, Record, State
from folder_sync.rules import outcome
from folder_sync.rules.outcome import Pause, Policy, Scope, Transition
from folder_sync.service.delivery.channel import Permit
from folder_sync.service.delivery.vain import Refusals, VainTries
from folder_sync.service.summary import RunLog
from folder_sync.service.tidying import Tidier
from folder_sync.store.queue import Queue
from folder_sync.text import iso

log = structlog.get_logger()


class OutcomeRecorder:
    """``durable``: the next state must survive a power cut before anybody hears of it."""

    def __init__(
        self,
        queue: Queue,
        policy: Policy,
        *,
        durable: bool,
        run_log: RunLog,
        tidier: Tidier,
        clock: Callable[[], float] = time.time,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.policy = policy
        self.clock = clock
        self.jitter = jitter
        self._queue = queue
        self._durable = durable
        self._run_log = run_log
        self._tidier = tidier
        self.vain = VainTries()
        self.refusals = Refusals()

    def record(
        self, photo: Record, transition: Transition, now: float, *, whole_product: bool = False, **more: object
    ) -> None:
        """``whole_product``: it holds for everything queued for this product. ``more``: values for the log."""
        self._queue.apply(photo, transition, now, durable=self._durable)
        if whole_product and photo.gtin is not None:
            self._queue.products.park(photo.account, photo.gtin, transition, now, besides=photo.id)
        self.tell(photo, transition, **more)

    def tell(self, photo: Record, transition: Transition, **more: object) -> None:
        """What was recorded of a photo. ``more``: values for the log."""
        _tell(photo, transition, **more)
        self._run_log.settled(photo, transition)
        self._tidier.settled(photo, transition.to, transition.reason)

    def answered(self, permit: Permit, photo: Record) -> None:
        """A question about this photo, or its product, got a meaningful answer."""
        permit.channel.answered(permit)
        self.vain.worked(_question(photo))

    def postponed(self, permit: Permit, photo: Record, error: ApiError, *, at_least: float = 0.0) -> int:
        """Asking failed: the photo stays where it is, and is asked about again, later each time in a row.

        A product that is looked up, or looked through, is so for all its photos. Returns how often in a row it failed.
        """
        failures = self.vain.failed(_question(photo))
        wait = outcome.backoff(max(failures, photo.absences + 1), self.jitter(), self.policy)
        later = self.clock() + max(wait, at_least)
        if photo.state in (State.WAITING, State.QUEUED):
            self._queue.products.postpone(photo, later)
        else:
            self._queue.postpone(photo, later)
        log.info("asked_in_vain", photo=photo.id, state=photo.state, reason=str(error), not_before=iso(later))
        # One kind of question may fail for days while all else works: that is no reason to hold up the rest. Least of
        # all a deletion, which may be all that is asked between one photo and the next.
        if not isinstance(error, OutcomeUnknown) or photo.state is not State.SUPERSEDED:
            self.obey(permit, error)
        return failures

    def obey(self, permit: Permit, error: ApiError) -> None:
        """A question was not answered as it should be: what has to wait, besides the photo it was about?"""
        channel = permit.channel
        match error:
            case RateLimited():
                channel.obey(permit, Pause(Scope.KEY, error.title, error.retry_after))
            case KeyRefused():
                channel.obey(permit, Pause(Scope.ACCOUNT, error.title))
            case NotSent(connected=False):
                channel.obey(permit, Pause(Scope.HOST, error.title))
            case NotSent() | OutcomeUnknown():
                channel.unanswered(permit, error.title)
            case Forbidden():
                channel.reached(permit)
                channel.suspect_key()
            case UnknownProduct() | Refused():
                channel.reached(permit)


def _question(photo: Record) -> Hashable:
    """What is asked about: of a photo that waits, or is looked for, its product."""
    if photo.state in (State.WAITING, State.QUEUED):
        return photo.state, photo.account, photo.gtin
    return photo.state, photo.id


def gtin_of(photo: Record) -> Gtin14:
    if photo.gtin is None:
        raise AssertionError("only photos with a GTIN are ever sent")
    return photo.gtin


def organization_of(permit: Permit) -> str:
    if permit.channel.organization_id is None:
        raise AssertionError("nothing goes before the organization is known")
    return permit.channel.organization_id


def is_member(permit: Permit) -> bool | None:
    """After a 403: whether whoami still names the organization; None where it can't be asked."""
    channel = permit.channel
    try:
        channel.again(permit)
        who = channel.client.whoami()
    except (KeyRefused, Forbidden):
        return False
    except RateLimited as error:
        channel.obey(permit, Pause(Scope.KEY, error.title, error.retry_after))
        return None
    except ApiError:
        return None
    return channel.organization_id in {organization.id for organization in who.organizations}


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
    is_remarked = transition.notes is not None and outcome.NOT_PRIMARY in transition.notes
    if is_remarked:
        values["remark"] = outcome.NOT_PRIMARY.code
    level = log.info if transition.to in (State.UPLOADED, State.QUEUED) and not is_remarked else log.warning
    level(_EVENTS[transition.to], **values, **more)
