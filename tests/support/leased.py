"""A shelf on PostgreSQL that holds a lease, as a service at work does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Final

from folder_sync.store.postgres.store import PostgresStore
from tests.support.shelf import Shelf

REQUEST_SECONDS: Final = 70.0
"""How long the service's requests may take, at most."""


@contextmanager
def leased_shelf(place: PostgresStore) -> Iterator[Shelf]:
    shelf = Shelf(place)
    with closing(shelf.db):
        shelf.db.lease.renew(REQUEST_SECONDS)
        yield shelf
