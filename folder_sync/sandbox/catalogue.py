"""Products and their images. The bytes lie on disk, each image a file of the sandbox's own folder."""

from __future__ import annotations

import hashlib
import itertools
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path
from threading import RLock
from typing import Any, Literal

from folder_sync.photo import Format
from folder_sync.sandbox.clock import Clock, iso_utc
from folder_sync.sandbox.codes import is_gtin, make_id
from folder_sync.sandbox.sniffing import HEAD_BYTES, sniff

ImageUrls = Literal["original", "altered", "null"]
"""What ``image_url`` leads to: the uploaded bytes; the same picture in other bytes (one is appended); or nothing."""


@dataclass(frozen=True, slots=True)
class StoredImage:
    """An image the catalogue shows. ``created`` is the server's time, skew included."""

    id: str
    organization_id: str
    gtin: str
    title: str
    is_primary: bool
    priority: int
    created: float
    number: int
    """Counts up: tells which of two is newer where ``created`` is equal."""
    path: Path
    format: Format
    size: int
    sha256: str


class Catalogue:
    """Knows every product whose GTIN has a right check digit, except those marked unknown. Thread-safe."""

    def __init__(self, folder: Path, url: str, clock: Clock) -> None:
        self.image_urls: ImageUrls = "original"
        self._folder = folder
        self._url = url
        self._clock = clock
        self._unknown: set[str] = set()
        self._products: defaultdict[tuple[str, str], list[StoredImage]] = defaultdict(list)
        self._late: list[tuple[float, StoredImage]] = []
        self._numbers = itertools.count(1)
        self._lock = RLock()

    def mark_unknown(self, gtin: str) -> None:
        """From now on 404 for this product, in every organization."""
        with self._lock:
            self._unknown.add(gtin.zfill(14))

    def mark_known(self, gtin: str) -> None:
        with self._lock:
            self._unknown.discard(gtin.zfill(14))

    def knows(self, gtin: str) -> bool:
        with self._lock:
            return is_gtin(gtin) and gtin not in self._unknown

    @property
    def unknown(self) -> tuple[str, ...]:
        with self._lock:
            return tuple(sorted(self._unknown))

    def put(
        self,
        organization_id: str,
        gtin: str,
        data: bytes,
        title: str = "",
        *,
        is_primary: bool = False,
        priority: int = 0,
    ) -> StoredImage:
        """An image that came another way than through an upload, so that no quota and no ledger knows of it."""
        path = self.new_file()
        path.write_bytes(data)
        image_format = sniff(data[:HEAD_BYTES])
        if image_format is None:
            raise ValueError("Not an image of a format the API takes.")
        return self.store(
            organization_id,
            gtin.zfill(14),
            path,
            format=image_format,
            size=len(data),
            sha256=hashlib.sha256(data).hexdigest(),
            title=title,
            is_primary=is_primary,
            priority=priority,
        )

    def new_file(self) -> Path:
        """A name for a file inside the sandbox's folder that nothing else uses."""
        return self._folder / f"{next(self._numbers)}.image"

    def store(
        self,
        organization_id: str,
        gtin: str,
        path: Path,
        *,
        format: Format,  # noqa: A002 - the field's name
        size: int,
        sha256: str,
        title: str,
        is_primary: bool,
        priority: int = 0,
        delay: float = 0.0,
    ) -> StoredImage:
        """Take over the file at ``path``. With a ``delay`` (seconds) the image only appears when that has passed."""
        with self._lock:
            image = StoredImage(
                id=make_id(),
                organization_id=organization_id,
                gtin=gtin,
                title=title,
                is_primary=is_primary,
                priority=priority,
                created=self._clock.shown() + delay,
                number=next(self._numbers),
                path=path,
                format=format,
                size=size,
                sha256=sha256,
            )
            if delay:
                self._late.append((self._clock.true() + delay, image))
            else:
                self._show(image)
            return image

    def images(self, organization_id: str, gtin: str) -> list[StoredImage]:
        """In the order of the API's list: primary first, then ascending priority, then newest."""
        with self._lock:
            self._show_late()
            images = self._products[organization_id, gtin.zfill(14)]
            return sorted(images, key=lambda i: (not i.is_primary, i.priority, -i.created, -i.number))

    @property
    def all_images(self) -> list[StoredImage]:
        """Every image of every organization, oldest first."""
        with self._lock:
            self._show_late()
            return sorted(itertools.chain(*self._products.values()), key=lambda image: image.number)

    def find(self, image_id: str) -> StoredImage | None:
        return next((image for image in self.all_images if image.id == image_id), None)

    def delete(self, organization_id: str, gtin: str, image_id: str) -> bool:
        """Whether the product had this image."""
        with self._lock:
            for image in self.images(organization_id, gtin):
                if image.id == image_id:
                    self._products[organization_id, image.gtin].remove(image)
                    image.path.unlink()
                    return True
            return False

    def to_json(self, image: StoredImage) -> dict[str, Any]:
        """The image object of the API."""
        url = None if self.image_urls == "null" else f"{self._url}/media/{image.id}.{image.format}"
        return {
            "id": image.id,
            "title": image.title,
            "is_primary": image.is_primary,
            "priority": image.priority,
            "created": iso_utc(image.created),
            "image_url": url,
        }

    def _show(self, image: StoredImage) -> None:
        images = self._products[image.organization_id, image.gtin]
        if image.is_primary:  # the last primary to arrive is the hero
            images[:] = [replace(other, is_primary=False) for other in images]
        images.append(image)

    def _show_late(self) -> None:
        now = self._clock.true()
        due = sorted((entry for entry in self._late if entry[0] <= now), key=lambda entry: entry[0])
        self._late = [entry for entry in self._late if entry[0] > now]
        for _, image in due:
            self._show(image)
