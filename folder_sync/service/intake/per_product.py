"""One file of a product at a time, whichever folder it stands in: the order in which they were finished is recorded."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

Product = tuple[str, str]
"""Account and GTIN."""


class PerProductQueue:
    """Shared by the intakes of all folders."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[Product, deque[Callable[[], None]]] = {}

    def take(self, product: Product, begin: Callable[[], None]) -> None:
        """``begin`` is called at once, or when those that came before have all ended."""
        with self._lock:
            if product in self._waiting:
                self._waiting[product].append(begin)
                return
            self._waiting[product] = deque()
        begin()

    def end(self, product: Product) -> None:
        with self._lock:
            waiting = self._waiting[product]
            if not waiting:
                del self._waiting[product]
                return
            begin = waiting.popleft()
        begin()
