"""Which files one folder's intake holds back, since when and why, published for `status`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from folder_sync.rules.settling import Gate
from folder_sync.store.held_files import HeldFile, HeldFiles, WhyHeld

PUBLISH_SECONDS: Final = 2.0
"""What is held for longer than this is published for `status`, and this often: most photos are held only for a
moment.
"""

NAMED: Final = 20
"""How many of them are named."""


class HeldReport:
    """About the files that ``gate`` holds in the folder ``root``. ``clock`` is Unix time; ``now`` is the gate's clock.

    Belongs to the thread that owns the gate.
    """

    def __init__(self, root: bytes, gate: Gate, held_files: HeldFiles, clock: Callable[[], float]) -> None:
        self._root = root
        self._gate = gate
        self._held_files = held_files
        self._clock = clock
        self._why: dict[bytes, WhyHeld] = {}
        self._published: Sequence[HeldFile] = ()
        self._publish_at = 0.0

    def explain(self, path: bytes, why: WhyHeld) -> None:
        """What keeps this file from being taken in, until it is explained anew or forgotten."""
        self._why[path] = why

    def forget(self, path: bytes) -> None:
        """Nothing is known any more of what keeps it."""
        self._why.pop(path, None)

    def next_due(self) -> float | None:
        """When ``publish`` will have something to do; None while nothing is held or published."""
        return self._publish_at if len(self._gate) or self._published else None

    def publish(self, now: float) -> None:
        """Publish what is held for longer than photos usually are: at once when nothing is held any more, else now and
        then. Raises StoreUnavailable.
        """
        if now < self._publish_at and len(self._gate):
            return
        self._publish_at = now + PUBLISH_SECONDS
        held = self._gate.held_since(now - PUBLISH_SECONDS, NAMED)
        ago = self._clock() - now
        files = [HeldFile(path, round(since + ago, 1), self._why_held(path)) for path, since in held]
        count = len(self._gate) if files else 0
        if count or self._published:
            self._held_files.publish(self._root, count, files)
        self._published = files

    def _why_held(self, path: bytes) -> WhyHeld:
        why = self._why.get(path)
        if why is not None:
            return why
        return WhyHeld.WAITING if self._gate.is_handed_out(path) else WhyHeld.WRITTEN
