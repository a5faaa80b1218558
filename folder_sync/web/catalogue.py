"""What the products file says, and how many products are complete. Both are cached between requests."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from folder_sync.errors import FolderSyncError, ProductsUnreadable
from folder_sync.files import products as products_file
from folder_sync.report.products import Listing, ProductReport
from folder_sync.rules.names.products import Products, parse
from folder_sync.settings import Settings
from folder_sync.store.ports import Database

AT_ONCE_SECONDS: Final = 0.02
"""Counts that take no longer are made for each request; slower ones are made in the background."""

FEW: Final = 500
"""How many products the first count covers, before it is known how long counting takes."""

A_SHARE: Final = 50
"""Counting takes at most a fiftieth of the time."""


class Catalogue:
    """The products file, read anew when it has changed. ``problem``: why it can't be read; what it said then stands."""

    def __init__(self, settings: Settings) -> None:
        self._file = settings.catalogue.products_file
        self._lock = threading.Lock()
        self._version: products_file.Version | None = None
        self._products = Products()
        self._listing = Listing()
        self.problem = ""

    @property
    def is_configured(self) -> bool:
        return self._file is not None

    def products(self) -> Products:
        with self._lock:
            self._read()
            return self._products

    def listing(self) -> Listing:
        with self._lock:
            self._read()
            return self._listing

    def _read(self) -> None:
        if self._file is None:
            return
        version = products_file.version(self._file)
        if version is not None and version == self._version:
            return
        try:
            self._products = parse(products_file.read(self._file))
        except ProductsUnreadable as error:
            self.problem = error.title
            return
        self._version, self._listing, self.problem = version, Listing(self._products.listed), ""


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


class Completenesses:
    """Counts now and then. Where that takes long it counts in the background, and answers with the last result."""

    def __init__(
        self,
        settings: Settings,
        catalogue: Catalogue,
        open_records: Callable[[], Database],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._catalogue = catalogue
        self._open = open_records
        self._clock = clock
        self._lock = threading.Lock()
        self._last: Completeness | None = None
        self._took = 0.0
        self._next_at = 0.0
        self._is_counting = False

    def last(self) -> Completeness | None:
        """None before the first count. Raises StoreUnavailable."""
        database = self._open()
        with self._lock:
            if self._is_counting or self._clock() < self._next_at:
                return self._last
            self._is_counting = True
        if not self._is_quick():
            threading.Thread(target=self._count, args=(database,), name="completeness", daemon=True).start()
        else:
            self._count(database)
        return self._last

    def _is_quick(self) -> bool:
        if self._last is None:
            return self._catalogue.is_configured and len(self._catalogue.listing().gtins) <= FEW
        return self._took <= AT_ONCE_SECONDS

    def _count(self, database: Database) -> None:
        begun = self._clock()
        try:
            found = self._counted(database)
        except FolderSyncError:  # requests report it themselves
            found = None
        with self._lock:
            self._took = self._clock() - begun
            self._next_at = self._clock() + (self._took * A_SHARE if self._took > AT_ONCE_SECONDS else 0.0)
            self._last = found or self._last
            self._is_counting = False

    def _counted(self, database: Database) -> Completeness:
        listing = self._catalogue.listing()
        gtins = listing.gtins if self._catalogue.is_configured else None
        complete = incomplete = empty = 0
        for product in ProductReport(database, self._settings, listing).all(gtins):
            if product.is_complete:
                complete += 1
            elif product.known.uploaded:
                incomplete += 1
            else:
                empty += 1
        return Completeness(complete, incomplete, empty)
