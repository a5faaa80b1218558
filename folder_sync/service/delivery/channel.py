"""A lane is one account on its way to the server: its key's quota, what it knows of itself, and why it stands still.

Nothing here sends anything: a lane answers which kind of thing may be done now, and remembers what came of it.
"""

from __future__ import annotations

import math
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from folder_sync.closient.client import Client
from folder_sync.closient.fetching import Fetcher
from folder_sync.closient.headers import Heard
from folder_sync.errors import RateLimited, StoreUnavailable
from folder_sync.rules.outcome import Pause, Policy, Scope, backoff
from folder_sync.service.delivery.fidelity import ByteFidelity
from folder_sync.service.delivery.rate_limiter import RateLimiter
from folder_sync.store.service_state import ServiceState
from folder_sync.text import iso

log = structlog.get_logger()

FORBIDDEN_IN_A_ROW = 3
"""So many products in a row that are somebody else's mean that the account is wrong, not the products."""

UNANSWERED_IN_A_ROW = 3
"""So many lost answers in a row mean that the server is in trouble: it is tried with one request at a time."""

TEST_SECONDS = 60.0
"""How long a photo sent to learn something may take before another one is."""

LONGEST_PARKING_SECONDS = 86_400.0
"""No window is longer than a day: a later Retry-After is a proxy's mistake, and must not stop a studio for years."""

LONGEST_TURN_SECONDS = 90.0
"""How long an errand under way waits for its next request: over the end of a minute, not of a day."""


@dataclass(slots=True)
class _Standstill:
    """A pause that ends when one try, made at ``until``, succeeds."""

    until: float
    failures: int
    reason: str
    trying: bool = False


class Channel:
    """Thread-safe. ``organization_id`` is None until configured, remembered or told by whoami."""

    def __init__(
        self,
        account: str,
        base_url: str,
        *,
        connect: Callable[[Callable[[Heard], None]], Client],
        rate_limiter: RateLimiter,
        fetcher: Fetcher,
        service_state: ServiceState,
        policy: Policy,
        organization_id: str | None,
        clock: Callable[[], float] = time.time,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.account = account
        self.base_url = base_url
        self.client = connect(self._heard)
        self.fidelity = ByteFidelity(account, base_url, fetcher, service_state, clock=clock)
        self._fetcher = fetcher
        self.rate_limiter = rate_limiter
        self.organization_id = organization_id
        self.skew = 0.0
        self._service_state = service_state
        self._policy = policy
        self._clock = clock
        self._jitter = jitter
        self._lock = threading.RLock()
        # An account that is not identified yet stands still until whoami, tried at once, has named it.
        self._refused = None if organization_id else _Standstill(0.0, 0, "not identified yet")
        self._down: _Standstill | None = None
        self._parked = False
        self._told: set[str] = set()
        self._forbidden = 0
        self._unanswered = 0
        self._tested_until = 0.0

    def delay(self, now: float) -> float:
        """Seconds until the next request may go, whatever it is. Infinite while one try is already under way."""
        with self._lock:
            standstills = (standstill for standstill in (self._refused, self._down) if standstill is not None)
            delays = [math.inf if standstill.trying else standstill.until - now for standstill in standstills]
            return max(self.rate_limiter.delay(), *delays, 0.0)

    def must_identify(self) -> bool:
        """Whether whoami comes before anything else."""
        return self._refused is not None

    @property
    def paused(self) -> bool:
        """Whether the key is refused or the host can't be reached."""
        return self._down is not None or (self._refused is not None and self._refused.failures > 0)

    @property
    def refused(self) -> bool:
        return self._refused is not None and self._refused.failures > 0

    def close(self) -> None:
        """No request is under way any more."""
        self.client.close()
        self._fetcher.close()

    def begin(self, *, recorded: bool = False) -> None:
        """A request is about to go: while the lane stands still it is the one try.

        ``recorded``: the database has counted it already, with the claim that causes it.
        """
        self.rate_limiter.begin(recorded=recorded)
        with self._lock:
            if self._parked:
                self._parked = False
                self._resumed("key")
            for standstill in (self._refused, self._down):
                if standstill is not None:
                    standstill.trying = True

    def end(self) -> None:
        """That request, or the last of several, is over."""
        self.rate_limiter.end()
        with self._lock:
            for standstill in (self._refused, self._down):
                if standstill is not None:
                    standstill.trying = False

    def again(self) -> None:
        """One more request of the same errand: waits for its turn. Raises RateLimited where that would take long."""
        while (delay := self.rate_limiter.delay()) > 0:
            if delay > LONGEST_TURN_SECONDS:
                raise RateLimited("The key's quota is used up.", retry_after=delay)
            time.sleep(min(delay, 0.5))
        self.rate_limiter.end()
        self.rate_limiter.begin()

    def clock_set_back(self, seconds: float) -> None:
        """What this lane waits for comes as much earlier as the clock now shows less."""
        with self._lock:
            self._tested_until -= seconds
            for standstill in (self._refused, self._down):
                if standstill is not None:
                    standstill.until -= seconds

    def failures(self) -> int:
        """How often in a row the host could not be reached."""
        return self._down.failures if self._down else 0

    def reached(self) -> None:
        """The server gave an answer that means something, whatever it said."""
        with self._lock:
            self._unanswered = 0
            if self._down is not None:
                self._down = None
                self._resumed("host")

    def identified(self, organization_id: str) -> None:
        """whoami accepted the key and named the organization."""
        with self._lock:
            if self.organization_id != organization_id:
                self.organization_id = organization_id
                self._service_state.set_organization(self.account, self.base_url, organization_id)
            if self._refused is not None:
                was_paused, self._refused = self._refused.failures > 0, None
                if was_paused:
                    self._resumed("account")

    def forbidden(self, now: float) -> None:
        """403 although whoami names the organization."""
        with self._lock:
            self._forbidden += 1
            if self._forbidden >= FORBIDDEN_IN_A_ROW:
                reason = "Several products in a row belong to somebody else: is this the right key?"
                # whoami will name the organization again, and end this pause: the next one is longer all the same.
                self._refuse(self._forbidden - FORBIDDEN_IN_A_ROW + 1, reason, now)

    def may_test(self, now: float) -> bool:
        """Whether a photo may be sent only to learn how the server serves it: one at a time."""
        with self._lock:
            if now < self._tested_until:
                return False
            self._tested_until = now + TEST_SECONDS
            return True

    def accepted(self) -> None:
        self._forbidden = 0

    def unanswered(self, reason: str, now: float) -> None:
        """An answer was lost, or was no answer: after several in a row it is the server, not the photo."""
        with self._lock:
            self._unanswered += 1
            if self._unanswered >= UNANSWERED_IN_A_ROW or self._down is not None:
                self.obey(Pause(Scope.HOST, now, reason), now)

    def obey(self, pause: Pause, now: float) -> None:
        """Stand still as the outcome of a request demands; longer each time in a row."""
        with self._lock:
            match pause.scope:
                case Scope.KEY:
                    seconds = min(pause.until - now, LONGEST_PARKING_SECONDS)
                    self.rate_limiter.park(seconds)
                    self._parked = True
                    self._paused("key", pause.reason, now + seconds)
                case Scope.HOST:
                    failures = self._down.failures + 1 if self._down else 1
                    self._down = self._standstill(failures, pause.reason, now)
                    self._paused("host", pause.reason, self._down.until)
                case Scope.ACCOUNT:
                    self._refuse(self._refused.failures + 1 if self._refused else 1, pause.reason, now)

    def _heard(self, heard: Heard) -> None:
        now = self._clock()
        if heard.server_time is not None:
            self.skew = heard.server_time - now
        try:
            self.rate_limiter.heard(heard)
        except StoreUnavailable as error:
            # What was heard is only remembered for the next run; the answer itself must not be lost over it.
            log.warning("store_unavailable", reason=str(error))

    def _refuse(self, failures: int, reason: str, now: float) -> None:
        self._refused = self._standstill(failures, reason, now)
        self._paused("account", reason, self._refused.until)

    def _standstill(self, failures: int, reason: str, now: float) -> _Standstill:
        return _Standstill(now + backoff(failures, self._jitter(), self._policy), failures, reason)

    def _paused(self, scope: str, reason: str, until: float) -> None:
        self._service_state.pause(f"{scope}:{self.account}", reason, until)
        # Once is enough for the operator; how often it was tried in vain is for whoever looks for a fault.
        level = log.debug if scope in self._told else log.warning
        level("service_paused", scope=f"{scope}:{self.account}", reason=reason, until=iso(until))
        self._told.add(scope)

    def _resumed(self, scope: str) -> None:
        self._service_state.resume(f"{scope}:{self.account}")
        self._told.discard(scope)
        log.info("service_resumed", scope=f"{scope}:{self.account}")
