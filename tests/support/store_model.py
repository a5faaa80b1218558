"""What the state machine holds the store against: a disk and a server that keep in memory what really happened."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from folder_sync.photo import Content, Details, Fingerprint, Format, Gtin14, Image, Label, Reason, Record
from folder_sync.rules.arrivals import Arrival, Seen
from folder_sync.rules.names import convention
from folder_sync.store.incoming import Incoming
from folder_sync.store.recording import Place

CORRUPT = "corrupt"
"""Bytes that no catalogue would take; all others are sound photos."""

SMALL = "small"
"""So begin those of a photo with remarks."""

REMARKS = (Reason("small", "The picture is only 400 by 300 pixels."),)

Key = tuple[str, str, str, str, bool]
"""Account, GTIN, SHA-256, title, primary flag: what makes two files one photo."""


def digest(data: str) -> str:
    return hashlib.sha256(data.encode()).hexdigest()


def key_of(record: Record) -> Key:
    return record.account, record.gtin or "", record.sha256 or "", record.title, record.is_primary


@dataclass(frozen=True, slots=True)
class File:
    data: str
    fingerprint: Fingerprint


class Disk:
    """Files by path. Every change, a rename too, gives a new change time, as Linux does."""

    def __init__(self) -> None:
        self.files: dict[bytes, File] = {}
        self._ticks = 0

    def put(self, path: bytes, data: str) -> None:
        self._ticks += 1
        self.files[path] = File(data, Fingerprint(len(data), self._ticks, self._ticks))

    def rename(self, old: bytes, new: bytes) -> None:
        self.put(new, self.files[old].data)
        if new != old:
            del self.files[old]

    def swap(self, one: bytes, other: bytes) -> None:
        first, second = self.files[one].data, self.files[other].data
        self.put(one, second)
        self.put(other, first)

    def exists(self, path: bytes) -> bool:
        return path in self.files

    def holds(self, path: bytes, sha256: str | None) -> bool:
        return path in self.files and digest(self.files[path].data) == sha256

    def inside(self, folder: bytes) -> dict[bytes, Fingerprint]:
        return {
            os.path.basename(path): file.fingerprint
            for path, file in self.files.items()
            if os.path.dirname(path) == folder
        }


def arrive(
    incoming: Incoming, place: Place, seen: Seen, now: float, exists: Callable[[bytes], bool]
) -> tuple[Arrival, Record | None]:
    """As intake does it: what matters, what the disk says, what it means."""
    occupied = {path: exists(path) for path in incoming.candidates(place, seen, now)}
    return incoming.arrive(place, seen, now, occupied)


def judged(path: bytes, data: str) -> Seen:
    """What the service makes of these bytes under this name."""
    match convention.parse(os.fsdecode(os.path.basename(path))):
        case convention.Named(label, announced):
            reason = Reason("corrupt", "The picture is damaged.") if data == CORRUPT else None
            content = Content(len(data), digest(data), announced if reason is None else None)
            return Seen(label, content, reason, details=Details(notes=REMARKS if data.startswith(SMALL) else ()))
        case convention.Rejected(reason, gtin, copy_of=Label() as original):
            return Seen(None, Content(len(data), digest(data), Format.JPEG), reason, gtin, original)
        case convention.Rejected(reason, gtin):
            return Seen(None, None, reason, gtin)
        case other:
            raise AssertionError(f"{path!r} is {other}")


@dataclass(frozen=True, slots=True)
class Stored:
    """An image on the server, and what we alone know of it: the version of which record it is."""

    image: Image
    key: Key
    record: int
    arrival: int


@dataclass(slots=True)
class Server:
    """Images in the order in which they were stored; ``late``: bodies that arrived and are not stored yet; ``deleted``:
    the ids of those that we had deleted."""

    stored: list[Stored] = field(default_factory=list)
    late: list[Stored] = field(default_factory=list)
    deleted: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)
    _made: int = 0

    def make(self, photo: Record, now: float) -> Stored:
        self._made += 1
        image = Image(f"image-{self._made}", photo.title, photo.is_primary, now, f"/images/{self._made}")
        return Stored(image, key_of(photo), photo.id, photo.arrival)

    def land(self) -> None:
        """What was late is there now."""
        self.stored += self.late
        self.late.clear()

    def delete(self, image_id: str) -> None:
        self.stored = [item for item in self.stored if item.image.id != image_id]
        self.deleted.add(image_id)

    def images(self, account: str, gtin: Gtin14 | None) -> Iterator[Stored]:
        return (item for item in self.stored if item.key[:2] == (account, gtin))

    def listed(self, account: str, gtin: Gtin14 | None) -> list[Image]:
        """As the API lists them: storing a hero demotes the one before it."""
        found = list(self.images(account, gtin))
        hero = max((index for index, item in enumerate(found) if item.key[4]), default=-1)
        return [
            Image(item.image.id, item.image.title, index == hero, item.image.created, item.image.image_url)
            for index, item in enumerate(found)
        ]
