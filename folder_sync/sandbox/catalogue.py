"""Products and their images. The bytes lie on disk, each image a file of the sandbox's own folder."""

from __future__ import annotations

import hashlib
import itertools
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path
from threading import RLock
from typing import Any

from folder_sync.photo import Format
from folder_sync.sandbox.clock import Clock, iso_utc
from folder_sync.sandbox.codes import is_gtin, make_id
from folder_sync.sandbox.rewriting import REWRITES, ImageUrls, Titles, UrlRule, UrlRules
from folder_sync.sandbox.sniffing import HEAD_BYTES, sniff


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
        self.titles: Titles = "original"
        self.list_lag = 0.0
        """How far lists lag behind, in seconds."""
        self._urls = UrlRules()
        self._folder = folder
        self._url = url
        self._clock = clock
        self._unknown: set[str] = set()
        self._products: defaultdict[tuple[str, str], list[StoredImage]] = defaultdict(list)
        self._late: list[tuple[float, StoredImage]] = []
        self._earlier: defaultdict[tuple[str, str], list[tuple[float, list[StoredImage]]]] = defaultdict(list)
        """For lagging lists: which images a product had, and until when; oldest first."""
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

    @property
    def image_urls(self) -> tuple[UrlRule, ...]:
        with self._lock:
            return self._urls.rules

    def set_image_urls(self, mode: ImageUrls, image_format: Format | None = None, *, from_now_on: bool = False) -> None:
        """For images of one format, or all; existing ones included, unless ``from_now_on``."""
        with self._lock:
            self._urls.add(UrlRule(mode, image_format, next(self._numbers) if from_now_on else 0))

    def url_mode(self, image: StoredImage) -> ImageUrls:
        with self._lock:
            return self._urls.mode(image.number, image.format)

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
        """Add an image without an upload: neither the quota nor the ledger counts it."""
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
        """Take over the file at ``path``. The image appears after ``delay`` seconds."""
        with self._lock:
            image = StoredImage(
                id=make_id(),
                organization_id=organization_id,
                gtin=gtin,
                title=REWRITES[self.titles](title),
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
                self._show(image, self._clock.true())
            return image

    def images(self, organization_id: str, gtin: str) -> list[StoredImage]:
        """In the order of the API's list: primary first, then ascending priority, then newest."""
        with self._lock:
            self._show_late()
            return _in_order(self._products[organization_id, gtin.zfill(14)])

    def listed(self, organization_id: str, gtin: str) -> list[StoredImage]:
        """The same, as the API's list shows it: the list may lag behind."""
        with self._lock:
            self._show_late()
            shown = self._clock.true() - self.list_lag
            earlier = (images for until, images in self._earlier[organization_id, gtin] if shown < until)
            return _in_order(next(earlier, self._products[organization_id, gtin]))

    @property
    def all_images(self) -> list[StoredImage]:
        """Every image of every organization, oldest first."""
        with self._lock:
            self._show_late()
            return sorted(itertools.chain(*self._products.values()), key=lambda image: image.number)

    def find(self, image_id: str) -> StoredImage | None:
        with self._lock:
            self._show_late()
            return next((image for image in itertools.chain(*self._products.values()) if image.id == image_id), None)

    def delete(self, organization_id: str, gtin: str, image_id: str) -> bool:
        """Whether the product had this image."""
        with self._lock:
            for image in self.images(organization_id, gtin):
                if image.id == image_id:
                    self._changing(organization_id, image.gtin, self._clock.true())
                    self._products[organization_id, image.gtin].remove(image)
                    image.path.unlink()
                    return True
            return False

    def to_json(self, image: StoredImage) -> dict[str, Any]:
        """The image object of the API."""
        url = None if self.url_mode(image) == "null" else f"{self._url}/media/{image.id}.{image.format}"
        return {
            "id": image.id,
            "title": image.title,
            "is_primary": image.is_primary,
            "priority": image.priority,
            "created": iso_utc(image.created),
            "image_url": url,
        }

    def _show(self, image: StoredImage, at: float) -> None:
        self._changing(image.organization_id, image.gtin, at)
        images = self._products[image.organization_id, image.gtin]
        if image.is_primary:  # the last primary to arrive is the hero
            images[:] = [replace(other, is_primary=False) for other in images]
        images.append(image)

    def _show_late(self) -> None:
        now = self._clock.true()
        due = sorted((entry for entry in self._late if entry[0] <= now), key=lambda entry: entry[0])
        self._late = [entry for entry in self._late if entry[0] > now]
        for at, image in due:
            self._show(image, at)

    def _changing(self, organization_id: str, gtin: str, at: float) -> None:
        """Record that the product's images changed at ``at``, and drop what no lagging list can show any more."""
        product = (organization_id, gtin)
        oldest = self._clock.true() - self.list_lag
        kept = [*self._earlier[product], (at, list(self._products[product]))]
        self._earlier[product] = [earlier for earlier in kept if oldest < earlier[0]]


def _in_order(images: list[StoredImage]) -> list[StoredImage]:
    return sorted(images, key=lambda image: (not image.is_primary, image.priority, -image.created, -image.number))
