"""What the page shows of the records at a glance. Each question has an index: none costs more where more is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from folder_sync.photo import Gtin14, Record
from folder_sync.store.ports import Reader
from folder_sync.store.rows import COLUMNS, record

_STOPPED: Final = "state NOT IN ('queued', 'uploading', 'uploaded')"
"""As the index has it."""


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the history of all photos. ``path``: of the file, as it is spelt on disk."""

    id: int
    photo: int
    at: float
    event: str
    detail: str
    path: bytes


class Glances:
    def __init__(self, database: Reader) -> None:
        self._db = database

    def newest_uploaded(self, most: int) -> list[Record]:
        rows = self._db.read(
            f"SELECT {COLUMNS} FROM photo WHERE state = 'uploaded' ORDER BY uploaded_at DESC LIMIT :most",
            {"most": most},
        )
        return [record(row) for row in rows]

    def uploaded_since(self, moment: float, most: int) -> int:
        """How many photos that are in the catalogue were uploaded since then; counts no further than ``most``."""
        rows = self._db.read(
            "SELECT count(*) FROM (SELECT 1 FROM photo WHERE state = 'uploaded' AND uploaded_at >= :since LIMIT :most)"
            " AS newest",
            {"since": moment, "most": most},
        )
        return int(rows[0][0])

    def newest_rejected(self, most: int) -> list[Record]:
        rows = self._db.read(
            f"SELECT {COLUMNS} FROM photo WHERE state = 'rejected' AND {_STOPPED} ORDER BY id DESC LIMIT :most",
            {"most": most},
        )
        return [record(row) for row in rows]

    def undecidable(self, most: int) -> list[Record]:
        """Photos in doubt about which only people can tell."""
        rows = self._db.read(
            f"SELECT {COLUMNS} FROM photo WHERE state = 'unconfirmed' AND {_STOPPED} AND reason_code IS NOT NULL"
            " ORDER BY id DESC LIMIT :most",
            {"most": most},
        )
        return [record(row) for row in rows]

    def steps(self, before: int | None, most: int) -> list[Step]:
        """The newest first; ``before``: only those older than this step."""
        rows = self._db.read(
            "SELECT h.id, h.photo_id, h.at, h.event, h.detail, p.folder, p.name FROM history h"
            " JOIN photo p ON p.id = h.photo_id WHERE h.id < :before ORDER BY h.id DESC LIMIT :most",
            {"before": (1 << 62) if before is None else before, "most": most},
        )
        return [
            Step(id_, photo, at, event, detail, bytes(folder) + b"/" + name)
            for id_, photo, at, event, detail, folder, name in rows
        ]

    def of_product(self, gtin: Gtin14, most: int) -> list[Record]:
        """All photos of a product, in every account, the newest first."""
        rows = self._db.read(
            f"SELECT {COLUMNS} FROM photo WHERE gtin = :gtin ORDER BY arrival DESC LIMIT :most",
            {"gtin": gtin, "most": most},
        )
        return [record(row) for row in rows]

    def versions(self, photo: Record, most: int) -> list[Record]:
        """Other records of the same path, and copies: what replaced it, what it replaced, what is the same photo."""
        rows = self._db.read(
            f"SELECT {COLUMNS} FROM photo WHERE id IN (SELECT id FROM photo WHERE successor = :id UNION"
            " SELECT successor FROM photo WHERE id = :id UNION SELECT id FROM photo WHERE duplicate_of = :id UNION"
            " SELECT duplicate_of FROM photo WHERE id = :id) AND id <> :id ORDER BY arrival DESC LIMIT :most",
            {"id": photo.id, "most": most},
        )
        return [record(row) for row in rows]
