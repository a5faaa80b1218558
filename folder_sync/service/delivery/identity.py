"""Whose a key is, as whoami says, and when it is to be asked."""

from __future__ import annotations

import math
from collections.abc import Callable

from folder_sync.rules.outcome import Policy, backoff


class Identity:
    """``organization_id`` is None until configured, remembered or told by whoami; ``unsaved``: told, and not recorded.

    Not thread-safe: the channel that owns it holds its lock around every change.
    """

    def __init__(
        self,
        organization_id: str | None,
        policy: Policy,
        *,
        monotonic: Callable[[], float],
        jitter: Callable[[], float],
    ) -> None:
        self.organization_id = organization_id
        self.unsaved: str | None = None
        self._policy = policy
        self._monotonic = monotonic
        self._jitter = jitter
        self._told_at = -math.inf
        self._due_at = math.inf
        self._vain = 0

    def seconds_to_ask(self) -> float:
        """Until whoami is due, although nothing is paused for it."""
        return max(self._due_at - self._monotonic(), 0.0)

    def suspect(self) -> None:
        """The key may have lost its organization: whoami is asked again, but not at once after it was asked."""
        self._due_at = min(self._due_at, self._told_at + self._policy.retry_max_seconds)

    def told(self, organization_id: str) -> None:
        if self.organization_id != organization_id:
            self.organization_id = self.unsaved = organization_id
        self._told_at, self._due_at, self._vain = self._monotonic(), math.inf, 0

    def not_told(self) -> None:
        """whoami was not answered: it is asked again, later each time in a row."""
        self._vain += 1
        wait = backoff(self._vain, self._jitter(), self._policy)
        if self.organization_id is not None:
            self._due_at = self._monotonic() + wait
