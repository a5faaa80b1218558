"""A channel is one account's way to the server: its key's quota, what it knows about itself, why it is paused.

Nothing here sends anything: a channel answers whether something may be done now, and remembers what came of it. What
it remembers lives in memory; ``publish`` writes it down for `status`, after whatever matters more.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from folder_sync.closient.client import Client
from folder_sync.closient.fetching import Fetcher
from folder_sync.closient.headers import Heard
from folder_sync.errors import OutOfTurn, StoreUnavailable
from folder_sync.rules.outcome import Pause, Policy, Scope
from folder_sync.service import store_trouble
from folder_sync.service.delivery.breakers import Breakers, Generations
from folder_sync.service.delivery.fidelity import Fidelity
from folder_sync.service.delivery.identity import Identity
from folder_sync.service.delivery.progress import Progress
from folder_sync.service.delivery.rate_limiter import RateLimiter
from folder_sync.store.seen_images import SeenImages
from folder_sync.store.service_state import ServiceState

FORBIDDEN_IN_A_ROW: Final = 3
"""This many products in a row that belong to somebody else mean that the account is wrong, not the products."""

UNANSWERED_IN_A_ROW: Final = 3
"""This many lost answers in a row mean that the server is in trouble: then one request at a time probes it."""

LONGEST_PARKING_SECONDS: Final = 86_400.0
"""No window is longer than a day: a later Retry-After is a proxy's mistake, and must not stop a studio for years."""

LONGEST_TURN_SECONDS: Final = 90.0
"""How long a job under way waits for its next request: past the end of a minute, not of a day."""

TURN_SECONDS: Final = 0.5
"""How often a job that waits for its next request checks whether it may go, and shows that it is alive."""


@dataclass(slots=True)
class Permit:
    """Permission for one job to make requests, one at a time. ``generations``: those of the breakers when it was given.

    ``probes``: it is the one try while the host is paused. ``about``: the id of the photo that the job is about.
    ``known``: what was known of other machines' requests when it was given; whoever spends it says so.
    """

    channel: Channel
    generations: Generations
    probes: bool
    known: int | None = None
    reserved: bool = True
    about: int = 0


class Channel:
    """Thread-safe. ``organization_id`` as of ``Identity``.

    ``clock`` is Unix time, for people; waits run on ``monotonic``, so that setting the machine's clock makes no pause
    longer.
    """

    def __init__(
        self,
        account: str,
        base_url: str,
        *,
        connect: Callable[[Callable[[Heard], None]], Client],
        rate_limiter: RateLimiter,
        fetcher: Fetcher,
        service_state: ServiceState,
        seen_images: SeenImages,
        policy: Policy,
        organization_id: str | None,
        progress: Progress,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.account = account
        self.base_url = base_url
        self.client = connect(self._heard)
        self.seen_images = seen_images
        self.fidelity = Fidelity(
            account,
            base_url,
            fetcher,
            service_state,
            seen_images,
            first_look_seconds=policy.confirm_after_seconds / 5,
            clock=clock,
            monotonic=monotonic,
        )
        self.rate_limiter = rate_limiter
        self.skew = 0.0
        self._fetcher = fetcher
        self._service_state = service_state
        self._progress = progress
        self._clock = clock
        self._lock = threading.RLock()
        self._publishing = threading.Lock()
        self._breakers = Breakers(account, policy, clock=clock, monotonic=monotonic, jitter=jitter)
        self._identity = Identity(organization_id, policy, monotonic=monotonic, jitter=jitter)
        self._forbidden = 0
        self._unjudged = 0  # uploads in a row that were forbidden while whoami could not say whether the key is
        self._in_vain: set[int] = set()  # photos in a row whose upload had no answer, and surely made no image
        self.accepted_photos = 0
        """How many photos the server has taken in this run."""
        self.suspect = 0
        """The id of the photo that failed last, which paused the host or may yet."""

    @property
    def organization_id(self) -> str | None:
        return self._identity.organization_id

    def delay(self) -> float:
        """Seconds until the next request may go, whatever it is. Infinite while one try is already under way."""
        with self._lock:
            return max(self.rate_limiter.delay(), self._breakers.delay())

    def begin(self) -> Permit | None:
        """Permission for one job, ended by ``end`` or ``give_back``; None where nothing may go now.

        Raises StoreUnavailable where other machines share the key, and it can't be known what they have used.
        """
        if self._breakers.delay() == 0:
            self.rate_limiter.look()
        known = self.rate_limiter.known
        with self._lock:
            if self._breakers.delay() > 0 or self.rate_limiter.reserve() > 0:
                return None
            probes = self._breakers.is_open(Scope.HOST)
            return Permit(self, self._breakers.begin(), probes=probes, known=known)

    def again(self, permit: Permit) -> None:
        """One more request of the same job: waits for its turn. Raises OutOfTurn where that would take long."""
        if permit.reserved:
            permit.reserved = False
            self.rate_limiter.end()
        while True:
            self.rate_limiter.look()
            permit.known = self.rate_limiter.known
            if (delay := self.rate_limiter.reserve()) == 0:
                permit.reserved = True
                if self.rate_limiter.record(permit.known):
                    return
                permit.reserved = False
                self.rate_limiter.refund()
                continue
            if delay > LONGEST_TURN_SECONDS:
                raise OutOfTurn("The key's quota is used up.")
            self._progress.note()
            time.sleep(min(delay, TURN_SECONDS))

    def end(self, permit: Permit) -> None:
        """The job is over."""
        if permit.reserved:
            permit.reserved = False
            self.rate_limiter.end()
        with self._lock:
            self._breakers.release(permit.generations)

    def give_back(self, permit: Permit) -> None:
        """The reserved request is not made after all."""
        if permit.reserved:
            permit.reserved = False
            self.rate_limiter.refund()
        with self._lock:
            self._breakers.release(permit.generations)

    def must_identify(self) -> bool:
        """Whether nothing but whoami may go."""
        return self._breakers.is_open(Scope.ACCOUNT)

    def may_identify(self) -> bool:
        """Whether whoami is due although everything else may go."""
        return self.seconds_to_identify() == 0

    def seconds_to_identify(self) -> float:
        return self._identity.seconds_to_ask()

    def suspect_key(self) -> None:
        """A question was forbidden: the product may be somebody else's, or the key may have lost its organization."""
        with self._lock:
            self._identity.suspect()

    @property
    def paused(self) -> bool:
        """Whether the key is refused or the host can't be reached."""
        return self.refused or self._breakers.is_open(Scope.HOST)

    @property
    def refused(self) -> bool:
        return self._breakers.is_refused()

    @property
    def uploads_fail(self) -> bool:
        """Whether several photos in a row were sent in vain, whatever else is answered."""
        return max(self._unjudged, len(self._in_vain)) >= UNANSWERED_IN_A_ROW

    def failures(self) -> int:
        """How often in a row the host could not be reached."""
        return self._breakers.failures(Scope.HOST)

    def close(self) -> None:
        """No request is under way any more."""
        self.client.close()
        self._fetcher.close()

    def reached(self, permit: Permit) -> None:
        """The server gave a meaningful answer, whatever it said."""
        with self._lock:
            self._breakers.succeed(permit.generations, Scope.KEY)
            self._host_answered(permit)

    def identified(self, permit: Permit, organization_id: str) -> None:
        """whoami accepted the key and named the organization. Whether what was refused works now remains to be seen."""
        with self._lock:
            self._identity.told(organization_id)
            self._unjudged = 0
            self._breakers.admit(permit.generations, Scope.ACCOUNT)

    def not_identified(self, permit: Permit) -> None:
        """whoami was not answered. Where the organization is known, everything else continues meanwhile."""
        with self._lock:
            self._identity.not_told()
            if self.organization_id is not None and self._breakers.failures(Scope.ACCOUNT) == 0:
                self._breakers.admit(permit.generations, Scope.ACCOUNT)

    def answered(self, permit: Permit) -> None:
        """The server did or answered what it was asked: the key is good for that."""
        with self._lock:
            self._breakers.succeed(permit.generations, Scope.ACCOUNT, Scope.KEY)
            self._host_answered(permit)

    def accepted(self, permit: Permit) -> None:
        """A photo was taken: the products are the organization's."""
        with self._lock:
            self._forbidden = self._unjudged = 0
            self._in_vain.clear()
            self.accepted_photos += 1
            self.answered(permit)

    def upload_judged(self, permit: Permit) -> None:
        """A photo was not taken, and the server said so: uploads are answered."""
        with self._lock:
            self._in_vain.clear()
            self.reached(permit)

    def upload_unanswered(self, permit: Permit, reason: str) -> None:
        """As ``unanswered``; where several photos in a row were sent in vain, each further one is a sign at once."""
        with self._lock:
            self._fail(permit, Scope.HOST, reason, tolerated=0 if self.uploads_fail else UNANSWERED_IN_A_ROW - 1)

    def settled(self, permit: Permit, *, stored: bool) -> None:
        """What became of an upload without an answer: there is its image, or surely none. A gateway that lists images
        and takes none had backlogs sent to it, photo after photo, until the day's quota was gone.
        """
        with self._lock:
            if stored:
                self._in_vain.clear()
            elif not self.uploads_fail:
                self._in_vain.add(permit.about)

    def forbidden(self, permit: Permit) -> None:
        """403 although whoami names the organization."""
        with self._lock:
            self._unjudged = 0
            self._forbidden += 1
            if self._forbidden >= FORBIDDEN_IN_A_ROW:
                self._fail(
                    permit, Scope.ACCOUNT, "Several products in a row belong to somebody else: is this the right key?"
                )

    def unanswered(self, permit: Permit, reason: str) -> None:
        """An answer was lost, or was no answer: after several in a row it is the server, not the photo."""
        self._fail(permit, Scope.HOST, reason, tolerated=UNANSWERED_IN_A_ROW - 1)

    def unjudged(self, permit: Permit, reason: str) -> None:
        """403, and whoami could not say whether the key is refused, or this product alone."""
        with self._lock:
            self._unjudged += 1
            self.upload_unanswered(permit, reason)

    def obey(self, permit: Permit, pause: Pause) -> None:
        """Pause as the outcome of a request demands; longer each time in a row."""
        if pause.scope is not Scope.HOST:
            with self._lock:
                if pause.scope is Scope.ACCOUNT:
                    self._unjudged = 0
                self._host_answered(permit)
        self._fail(permit, pause.scope, pause.reason, at_least=min(pause.seconds, LONGEST_PARKING_SECONDS))

    def publish(self) -> None:
        """Write down what has changed since the last time. Raises StoreUnavailable; nothing is forgotten then."""
        with self._publishing:
            self.rate_limiter.save()
            if (organization_id := self._identity.unsaved) is not None:
                self._service_state.set_organization(self.account, self.base_url, organization_id)
                self._identity.unsaved = None
            with self._lock:
                notes = self._breakers.notes()
            for scope, name, note in notes:
                if note is None:
                    self._service_state.resume(name)
                else:
                    self._service_state.pause(name, *note)
                with self._lock:
                    self._breakers.recorded(scope, note)

    def _heard(self, heard: Heard) -> None:
        if heard.server_time is not None:
            self.skew = heard.server_time - self._clock()
        try:
            self.rate_limiter.heard(heard)
        except StoreUnavailable as error:
            # What the headers said will be said again; the answer itself must not be lost over it.
            store_trouble.tell(error)

    def _host_answered(self, permit: Permit) -> None:
        """Where uploads fail one after the other, what else is answered opens the way for a try alone."""
        if self.uploads_fail:
            self._breakers.admit(permit.generations, Scope.HOST)
        else:
            self._breakers.succeed(permit.generations, Scope.HOST)

    def _fail(self, permit: Permit, scope: Scope, reason: str, *, tolerated: int = 0, at_least: float = 0.0) -> None:
        with self._lock:
            if scope is Scope.HOST:
                self.suspect = permit.about
            until = self._breakers.fail(permit.generations, scope, reason, tolerated=tolerated, at_least=at_least)
            if scope is Scope.KEY and until is not None:
                self.rate_limiter.hold_until(until)
