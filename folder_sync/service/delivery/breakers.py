"""What keeps an account from the server: one circuit breaker for its key, one for its quota, one for the host."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import structlog

from folder_sync.rules.circuit_breaker import CircuitBreaker
from folder_sync.rules.outcome import Policy, Scope, backoff
from folder_sync.text import iso

log = structlog.get_logger()

Generations = Mapping[Scope, int]
"""Those that a request was begun in: what it meets counts only while they last."""

Note = tuple[str, float] | None
"""Why something is paused, and until when (Unix time); None: it is no longer."""


class Breakers:
    """Logs what is paused and what resumes, and keeps notes of it for `status` until they are recorded.

    Not thread-safe: the channel that owns it holds its lock around every call. ``clock`` is Unix time, for people;
    waits run on ``monotonic``. ``jitter`` returns 0.0 up to 1.0.
    """

    def __init__(
        self,
        account: str,
        policy: Policy,
        *,
        clock: Callable[[], float],
        monotonic: Callable[[], float],
        jitter: Callable[[], float],
    ) -> None:
        self._account = account
        self._policy = policy
        self._clock = clock
        self._monotonic = monotonic
        self._jitter = jitter
        # Before anything else, whoami has to say whose the key is: at the start, and after each reload.
        self._breakers = {
            Scope.ACCOUNT: CircuitBreaker(until=-math.inf),
            Scope.HOST: CircuitBreaker(),
            Scope.KEY: CircuitBreaker(),
        }
        self._notes: dict[Scope, Note] = {}

    def is_open(self, scope: Scope) -> bool:
        return self._breakers[scope].is_open

    def failures(self, scope: Scope) -> int:
        """How many tries in a row have failed."""
        return self._breakers[scope].failures

    def is_refused(self) -> bool:
        """Whether the key was refused, not just unknown so far."""
        account = self._breakers[Scope.ACCOUNT]
        return account.is_open and account.failures > 0

    def delay(self) -> float:
        """Seconds until a request may go as far as these are concerned; infinite while one try is under way."""
        now = self._monotonic()
        return max(breaker.delay(now) for breaker in self._breakers.values())

    def begin(self) -> Generations:
        """A request begins: the one try, where anything is paused."""
        generations = {scope: breaker.generation for scope, breaker in self._breakers.items()}
        self._breakers = {scope: breaker.begun() for scope, breaker in self._breakers.items()}
        return generations

    def fail(
        self, generations: Generations, scope: Scope, reason: str, *, tolerated: int = 0, at_least: float = 0.0
    ) -> float | None:
        """A request failed: until when (on ``monotonic``) the scope is paused for that; None where it is not.

        ``tolerated``: so many failures in a row change nothing. ``at_least``: seconds.
        """
        now, u = self._monotonic(), self._jitter()
        before = self._breakers[scope]
        after = before.failed(
            generations[scope],
            now,
            lambda failures: max(backoff(failures, u, self._policy), at_least),
            tolerated=tolerated,
        )
        self._breakers[scope] = after
        if after.generation == before.generation or after.until is None:
            return None
        until = self._clock() + after.until - now
        self._notes[scope] = reason, until
        # Once is enough for the operator; how often it failed is for whoever looks for a fault.
        level = log.debug if before.is_open and before.failures > 0 else log.warning
        level("service_paused", scope=self._name(scope), reason=reason, until=iso(until))
        return after.until

    def succeed(self, generations: Generations, *scopes: Scope) -> None:
        """A request got through as far as these are concerned."""
        self._move(CircuitBreaker.succeeded, generations, scopes)

    def admit(self, generations: Generations, scope: Scope) -> None:
        """whoami got through; whether what had failed does remains to be seen."""
        self._move(CircuitBreaker.admitted, generations, (scope,))

    def release(self, generations: Generations) -> None:
        """A request ended. Where it was the one try, and nothing was learned from it, the next one is."""
        self._move(CircuitBreaker.released, generations, tuple(Scope))

    def notes(self) -> list[tuple[Scope, str, Note]]:
        """Pauses that began or ended and are not recorded yet, by the name that `status` knows them by."""
        return [(scope, self._name(scope), note) for scope, note in self._notes.items()]

    def recorded(self, scope: Scope, note: Note) -> None:
        """Unless there is another one by now."""
        if self._notes[scope] is note:
            del self._notes[scope]

    def _move(
        self,
        step: Callable[[CircuitBreaker, int], CircuitBreaker],
        generations: Generations,
        scopes: tuple[Scope, ...],
    ) -> None:
        for scope in scopes:
            before = self._breakers[scope]
            after = step(before, generations[scope])
            if after is before:
                continue
            self._breakers[scope] = after
            if before.is_open and not after.is_open and before.failures > 0:
                self._notes[scope] = None
                log.info("service_resumed", scope=self._name(scope))

    def _name(self, scope: Scope) -> str:
        return f"{scope.value}:{self._account}"
