"""How many products are complete: counted when something has changed, and beside the requests where that takes long."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from itertools import islice
from typing import Final

from folder_sync.errors import FolderSyncError
from folder_sync.report.products import Described, Listing, ProductReport
from folder_sync.settings import Settings
from folder_sync.store.ports import Reader
from folder_sync.store.products import Products
from folder_sync.web.catalogue import Catalogue
from folder_sync.web.records import Records

FEW: Final = 200
"""Up to so many photos and lines of the products file are counted at once, for whoever asks."""

AT_ONCE_SECONDS: Final = 0.005
"""More are as well, where counting took no longer than this."""

A_SHARE: Final = 50
"""Counting takes at most a fiftieth of a processor's time."""

IN_A_ROW: Final = 100
"""Products that are counted before others get their turn."""

RESTS: Final = 9
"""How many times as long as it works a count rests between them, so that nobody else is kept waiting."""


@dataclass(frozen=True, slots=True)
class Completeness:
    """How many products have all that they should, something, or no image at all. Of the listed ones, where there is a
    products file; else of all of which photos are known."""

    complete: int
    incomplete: int
    empty: int

    @property
    def all(self) -> int:
        return self.complete + self.incomplete + self.empty


@dataclass(frozen=True, slots=True)
class _Basis:
    """What a count is of: as long as it is the same, nothing needs to be counted."""

    shared: Reader
    listing: Listing
    progress: tuple[int, int]

    @property
    def is_small(self) -> bool:
        return self.progress[1] + len(self.listing.gtins) <= FEW


class Completenesses:
    """Nothing is counted while nobody asks."""

    def __init__(self, settings: Settings, catalogue: Catalogue, records: Records) -> None:
        self._settings = settings
        self._catalogue = catalogue
        self._records = records
        self._lock = threading.Lock()
        self._last: Completeness | None = None
        self._counted: _Basis | None = None
        self._spent = 0.0
        self._next_at = 0.0
        self._number = 0
        self._is_wanted = False
        self._thread: threading.Thread | None = None
        self._ended = threading.Event()

    @property
    def number(self) -> int:
        """Changes when ``last`` would say something else than before, though nothing else has changed meanwhile."""
        return self._number

    def last(self) -> Completeness | None:
        """As it is now; where counting takes long, as it was: ``number`` tells when it is known. None before the first
        count.

        Raises StoreUnavailable.
        """
        basis = self._basis(self._records.open())
        with self._lock:
            if basis == self._counted or self._ended.is_set():
                return self._last
            if self._thread is not None:
                self._is_wanted = True
            elif basis.is_small or (self._counted is not None and self._spent <= AT_ONCE_SECONDS):
                self._last, self._counted = self._count(basis.shared, basis.listing, lambda _: None), basis
            else:
                self._thread = threading.Thread(target=self._count_beside, name="completeness", daemon=True)
                self._thread.start()
            return self._last

    def close(self) -> None:
        """A count under way is given up."""
        self._ended.set()
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join()

    def _basis(self, database: Reader) -> _Basis:
        return _Basis(self._records.open(), self._catalogue.listing(), Products(database).progress())

    def _count_beside(self) -> None:
        """Until nobody wants more than what is known."""
        while True:
            found = False
            with suppress(FolderSyncError, _Ended):  # whoever asks for a page is told
                self._rest(self._next_at - time.monotonic())
                self._renew()
                found = True
            with self._lock:
                is_wanted, self._is_wanted = self._is_wanted, False
                if not (found and is_wanted):
                    self._thread = None
                    return

    def _renew(self) -> None:
        """Over a connection of its own: nobody waits for it, and nobody closes it."""
        with closing(self._records.store.open(read_only=True)) as database:
            basis = self._basis(database)
            if basis == self._counted:
                return
            found = self._count(database, basis.listing, self._rest)
        with self._lock:
            self._next_at = time.monotonic() + self._spent * A_SHARE
            self._number += found != self._last
            self._last, self._counted = found, basis

    def _rest(self, seconds: float) -> None:
        """Raises _Ended."""
        if self._ended.wait(max(seconds, 0.0)):
            raise _Ended

    def _count(self, database: Reader, listing: Listing, rest: Callable[[float], None]) -> Completeness:
        gtins = listing.gtins if self._catalogue.is_configured else None
        products = ProductReport(database, self._settings, listing).all(gtins)
        numbers: Counter[str] = Counter()
        self._spent = 0.0
        began = time.monotonic()
        while some := [_kind(product) for product in islice(products, IN_A_ROW)]:
            numbers.update(some)
            spent = time.monotonic() - began
            self._spent += spent
            rest(spent * RESTS)
            began = time.monotonic()
        return Completeness(**{name: numbers[name] for name in ("complete", "incomplete", "empty")})


class _Ended(Exception):
    """Nobody needs it any more."""


def _kind(product: Described) -> str:
    if product.is_complete:
        return "complete"
    return "incomplete" if product.known.uploaded else "empty"
