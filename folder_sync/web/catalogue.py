"""What the products file says, kept between requests."""

from __future__ import annotations

import threading

from folder_sync.errors import ProductsUnreadable
from folder_sync.files import products as products_file
from folder_sync.report.products import Listing
from folder_sync.rules.names.products import Products, parse
from folder_sync.settings import Settings


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
            self.problem = ""  # it is back as it was
            return
        try:
            self._products = parse(products_file.read(self._file))
        except ProductsUnreadable as error:
            self.problem = error.title
            return
        self._version, self._listing, self.problem = version, Listing(self._products.listed), ""
