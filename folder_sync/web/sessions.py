"""Signing in: two passwords, sessions that live in memory, and a bound on guesses."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
from collections import OrderedDict, deque
from typing import Final

from folder_sync.settings.credentials import Passwords
from folder_sync.web.access import Role, network_of

FAILURES_A_MINUTE: Final = 10
"""Failures per minute from one address; after that it has to wait, even with the right password. Others need not."""

SESSION_SECONDS: Final = 14 * 86_400.0
"""A session ends this long after its last use, and with the process."""

_MOST_SESSIONS: Final = 1000
_MOST_ADDRESSES: Final = 10_000


class Sessions:
    """Thread-safe. Times are seconds on any clock that does not go back."""

    def __init__(self, passwords: Passwords) -> None:
        self._act = _digest(passwords.act.get_secret_value()) if passwords.act else None
        self._look = _digest(passwords.look.get_secret_value()) if passwords.look else None
        self._lock = threading.Lock()
        self._sessions: OrderedDict[bytes, tuple[Role, float]] = OrderedDict()
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()

    @property
    def are_needed(self) -> bool:
        """Whether there is a password at all."""
        return self._act is not None

    def wait(self, address: str, now: float) -> float:
        """Seconds until this address may try again; 0: now."""
        with self._lock:
            failures = self._failures.get(network_of(address), deque())
            if len(failures) < FAILURES_A_MINUTE:
                return 0.0
            return max(failures[0] + 60.0 - now, 0.0)

    def sign_in(self, password: str, address: str, now: float) -> str | None:
        """A token for the cookie; None if the password is wrong, which counts as a failure. Call ``wait`` first."""
        given = _digest(password)
        role = Role.NOBODY
        # Always compare both, so that the time taken reveals nothing.
        for known, what in ((self._look, Role.LOOK), (self._act, Role.ACT)):
            if known is not None and hmac.compare_digest(given, known):
                role = what
        if role is Role.NOBODY:
            self._failed(network_of(address), now)
            return None
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._sessions[_digest(token)] = role, now
            while len(self._sessions) > _MOST_SESSIONS:
                self._sessions.popitem(last=False)
        return token

    def role_of(self, token: str | None, now: float) -> Role:
        """What the holder of a cookie may do."""
        if not self.are_needed:
            return Role.ACT
        if token is None:
            return Role.NOBODY
        key = _digest(token)
        with self._lock:
            role, used = self._sessions.get(key, (Role.NOBODY, 0.0))
            if role is Role.NOBODY:
                return role
            if now - used > SESSION_SECONDS:
                del self._sessions[key]
                return Role.NOBODY
            self._sessions[key] = role, now
            self._sessions.move_to_end(key)
        return role

    def sign_out(self, token: str | None) -> None:
        if token is not None:
            with self._lock:
                self._sessions.pop(_digest(token), None)

    def _failed(self, network: str, now: float) -> None:
        with self._lock:
            failures = self._failures.setdefault(network, deque(maxlen=FAILURES_A_MINUTE))
            failures.append(now)
            while failures[0] <= now - 60.0:
                failures.popleft()
            self._failures.move_to_end(network)
            while len(self._failures) > _MOST_ADDRESSES:
                self._failures.popitem(last=False)


def _digest(text: str) -> bytes:
    """The same length for any text, and no secret stays in memory in the clear."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
