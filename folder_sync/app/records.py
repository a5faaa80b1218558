"""The database, opened once, and what each part asks of it."""

from __future__ import annotations

from dataclasses import dataclass

from folder_sync.app.quality import quality_of
from folder_sync.rules.quality import Code
from folder_sync.settings import Settings
from folder_sync.store.adoption import Adoption
from folder_sync.store.conversions import Conversions
from folder_sync.store.expected_files import ExpectedFiles
from folder_sync.store.held_files import HeldFiles
from folder_sync.store.incoming import Incoming
from folder_sync.store.look_first import LookFirst
from folder_sync.store.photo_queries import PhotoQueries
from folder_sync.store.places import Places
from folder_sync.store.ports import Database
from folder_sync.store.provenance import Provenance
from folder_sync.store.queue import Queue
from folder_sync.store.quota import QuotaBook
from folder_sync.store.request_tallies import RequestTallies
from folder_sync.store.seen_images import SeenImages
from folder_sync.store.service_state import ServiceState
from folder_sync.store.unwatched import Unwatched


@dataclass(frozen=True, slots=True)
class Records:
    """One for each kind of question."""

    adoption: Adoption
    book: QuotaBook
    conversions: Conversions
    expected: ExpectedFiles
    incoming: Incoming
    look_first: LookFirst
    photo_queries: PhotoQueries
    places: Places
    provenance: Provenance
    queue: Queue
    seen_images: SeenImages
    service_state: ServiceState
    request_tallies: RequestTallies
    held_files: HeldFiles
    unwatched: Unwatched


def records_of(settings: Settings, database: Database, run: str) -> Records:
    deletes_superseded = settings.after.superseded == "delete"
    adoption = Adoption(database)
    incoming = Incoming(
        database,
        adoption,
        deletes_superseded=deletes_superseded,
        other_product=quality_of(settings).mode(Code.OTHER_PRODUCT),
    )
    return Records(
        adoption=adoption,
        book=QuotaBook(database),
        conversions=Conversions(database),
        expected=ExpectedFiles(database),
        incoming=incoming,
        look_first=LookFirst(database),
        photo_queries=PhotoQueries(database),
        places=Places(database),
        provenance=Provenance(database),
        queue=Queue(database, run=run, deletes_superseded=deletes_superseded),
        seen_images=SeenImages(database),
        service_state=ServiceState(database),
        request_tallies=RequestTallies(database),
        held_files=HeldFiles(database),
        unwatched=Unwatched(database, incoming),
    )
