"""What was read of the catalogue: lists of images, and their bytes. Read once and kept, over restarts too."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from folder_sync.photo import Gtin14, Image
from folder_sync.store.ports import Database


@dataclass(frozen=True, slots=True)
class Served:
    """The bytes at an image's address. ``sha256`` None: more than ``size`` bytes, of which no more were read."""

    sha256: str | None
    size: int


class SeenImages:
    def __init__(self, database: Database) -> None:
        self._db = database

    def served(self, account: str, image_id: str) -> Served | None:
        """None where it was never read."""
        rows = self._db.read(
            "SELECT sha256, size FROM image_bytes WHERE account = :account AND image_id = :image_id",
            {"account": account, "image_id": image_id},
        )
        return Served(*rows[0]) if rows else None

    def remember(self, account: str, image_id: str, served: Served) -> None:
        self._db.change(
            "INSERT INTO image_bytes (account, image_id, sha256, size) VALUES (:account, :image_id, :sha256, :size)"
            " ON CONFLICT (account, image_id) DO UPDATE SET sha256 = excluded.sha256, size = excluded.size",
            {"account": account, "image_id": image_id, "sha256": served.sha256, "size": served.size},
        )

    def is_shared(self, account: str, image_id: str, served: Served) -> bool:
        """Whether the same was served for another image."""
        return bool(
            self._db.read(
                "SELECT 1 FROM image_bytes WHERE account = :account AND sha256 = :sha256 AND image_id <> :image_id",
                {"account": account, "sha256": served.sha256, "image_id": image_id},
            )
        )

    def keep_list(self, account: str, gtin: Gtin14, images: Iterable[Image]) -> None:
        """All images of a product, read while nothing of it was on its way."""
        product = {"account": account, "gtin": gtin}
        rows = [
            {
                **product,
                "image_id": image.id,
                "title": image.title,
                "is_primary": int(image.is_primary),
                "created": image.created,
                "image_url": image.image_url,
                "place": place,
            }
            for place, image in enumerate(images)
        ]
        with self._db.write() as connection:
            connection.execute(
                "INSERT INTO listed (account, gtin) VALUES (:account, :gtin) ON CONFLICT (account, gtin) DO NOTHING",
                product,
            )
            connection.execute(
                "UPDATE listed_image SET place = NULL WHERE account = :account AND gtin = :gtin", product
            )
            connection.executemany(
                "INSERT INTO listed_image (account, gtin, image_id, title, is_primary, created, image_url, place)"
                " VALUES (:account, :gtin, :image_id, :title, :is_primary, :created, :image_url, :place)"
                " ON CONFLICT (account, gtin, image_id) DO UPDATE SET"
                " title = excluded.title, is_primary = excluded.is_primary, created = excluded.created,"
                " image_url = excluded.image_url, place = excluded.place",
                rows,
            )

    def listed(self, account: str, gtin: Gtin14) -> list[Image] | None:
        """As the list had them, in its order; None where the product was not listed since photos are looked for."""
        product = {"account": account, "gtin": gtin}
        if not self._db.read("SELECT 1 FROM listed WHERE account = :account AND gtin = :gtin", product):
            return None
        return self._of(account, gtin, " AND place IS NOT NULL")

    def known(self, account: str, gtin: Gtin14) -> frozenset[str]:
        """The ids that were ever listed while nothing of this product was on its way."""
        return frozenset(image.id for image in self._of(account, gtin))

    def _of(self, account: str, gtin: Gtin14, only: str = "") -> list[Image]:
        rows = self._db.read(
            "SELECT image_id, title, is_primary, created, image_url FROM listed_image"
            f" WHERE account = :account AND gtin = :gtin{only} ORDER BY place",
            {"account": account, "gtin": gtin},
        )
        return [Image(id_, title, bool(hero), created, url) for id_, title, hero, created, url in rows]
