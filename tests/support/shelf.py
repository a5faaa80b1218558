"""A real store over a model disk: files put there are taken in at once, and delivery is a method call."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from folder_sync.errors import FolderSyncError
from folder_sync.photo import Gtin14, Image, Record, State
from folder_sync.rules import outcome
from folder_sync.rules.arrivals import Arrival
from folder_sync.rules.outcome import Policy, Transition
from folder_sync.store.adoption import Adoption
from folder_sync.store.expected_files import ExpectedFiles
from folder_sync.store.incoming import Incoming
from folder_sync.store.look_first import LookFirst
from folder_sync.store.opening import store_at
from folder_sync.store.photo_queries import PhotoQueries
from folder_sync.store.ports import Store
from folder_sync.store.queue import Queue
from folder_sync.store.recording import Place
from folder_sync.store.retrying import Retrying
from tests.support.store_model import Disk, arrive, judged

GTIN = Gtin14("00012345678905")
OTHER_GTIN = Gtin14("00040000000013")
FOLDER = b"/studio"


class Shelf:
    """``now`` is the clock; every photo is delivered to the account ``main``."""

    def __init__(self, where: Path | Store) -> None:
        store = store_at(where) if isinstance(where, Path) else where
        self.db = store.open(create=True)
        self.disk = Disk()
        self.now = 1_000.0
        self.adoption = Adoption(self.db)
        self.incoming, self.photo_queries = Incoming(self.db, self.adoption), PhotoQueries(self.db)
        self.expected = ExpectedFiles(self.db)
        self.queue, self.retrying = Queue(self.db, run="this run"), Retrying(self.db)
        self.look_first = LookFirst(self.db)
        self._images = 0

    def wish(self, *, deletes_superseded: bool) -> None:
        """As after a restart with another ``after.superseded``."""
        self.queue = Queue(self.db, run="this run", deletes_superseded=deletes_superseded)
        self.incoming = Incoming(self.db, self.adoption, deletes_superseded=deletes_superseded)

    def put(self, name: str, data: str) -> tuple[Arrival, Record | None]:
        self.disk.put(path(name), data)
        return self.take_in(name)

    def take_in(self, name: str) -> tuple[Arrival, Record | None]:
        """Intake looks at it, and then there is nothing more to look at."""
        arrival, photo = self.look(name)
        self.incoming.conclude(self.now)
        return arrival, photo and self.again(photo)

    def look(self, name: str) -> tuple[Arrival, Record | None]:
        """Intake looks at what stands there."""
        seen = judged(path(name), self.disk.files[path(name)].data)
        return arrive(self.incoming, self.place(name), seen, self.now, self.disk.exists)

    def place(self, name: str) -> Place:
        return Place(path(name), "main", "organization", self.disk.files[path(name)].fingerprint)

    def add(self, name: str, data: str) -> Record:
        record = self.put(name, data)[1]
        assert record is not None
        return record

    def rename(self, old: str, new: str) -> Arrival:
        self.disk.rename(path(old), path(new))
        return self.take_in(new)[0]

    def remove(self, name: str) -> None:
        del self.disk.files[path(name)]
        self.incoming.gone(path(name), self.now)
        self.incoming.conclude(self.now)

    def claim(self) -> Record:
        photo = self.queue.claim("main", self.now)
        assert photo is not None
        return photo

    def end(self, photo: Record, end: Image | FolderSyncError) -> list[Record]:
        decision = outcome.decide(end, attempts=photo.attempts, now=self.now, u=0.0, policy=Policy(), member=True)
        return self.queue.apply(photo, decision.transition, self.now)

    def image(self, photo: Record) -> Image:
        self._images += 1
        made = "SELECT 1 FROM photo WHERE account = :account AND gtin = :gtin AND image_id = :id"
        while self.db.read(made, {"account": photo.account, "gtin": photo.gtin, "id": f"image-{self._images}"}):
            self._images += 1  # another shelf on the same records has made this one
        return Image(f"image-{self._images}", photo.title, photo.is_primary, self.now, None)

    def upload(self) -> Record:
        """Sends the next photo, with success."""
        photo = self.claim()
        self.end(photo, self.image(photo))
        return self.again(photo)

    def step(self, photo: Record, to: State, not_before: float | None = None) -> list[Record]:
        return self.queue.apply(photo, Transition(to, not_before), self.now)

    def again(self, photo: Record) -> Record:
        """The photo as it is now."""
        found = self.photo_queries.by_id(photo.id)
        assert found is not None
        return found

    def at(self, name: str) -> Record | None:
        return self.photo_queries.by_path(path(name))

    def state(self, name: str) -> State | None:
        found = self.at(name)
        return found.state if found else None


def path(name: str) -> bytes:
    return os.path.join(FOLDER, name.encode())


def claimed_by_many(shelf: Shelf, photos: int) -> list[int]:
    """The ids that four services at once have claimed of so many photos, each of a product of its own; sorted."""
    for number in range(photos):
        shelf.add(f"{GTIN}__{number}.jpg", str(number))
    shelf.db.change("UPDATE photo SET gtin = lpad(id::text, 14, '0')")  # as PostgreSQL has it

    def work(number: int) -> list[int]:
        mine, claimed = shelf.db.store.open(), []
        queue = Queue(mine, run=str(number))
        while (photo := queue.claim("main", 1.0)) is not None:
            claimed.append(photo.id)
        mine.close()
        return claimed

    with ThreadPoolExecutor(4) as pool:
        return sorted(id_ for ids in pool.map(work, range(4)) for id_ in ids)
