"""Photos a page at a time, the newest first, by key: what comes meanwhile moves nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from folder_sync.photo import Record
from folder_sync.store.photo_list import Selection
from folder_sync.store.ports import Database
from folder_sync.store.rows import COLUMNS, record
from folder_sync.store.search import LAST_INDEXED

SHORTEST_SEARCH: Final = 3
"""Characters: shorter ones are no trigrams, and are looked for among the newest photos only."""

LOOKED_THROUGH: Final = 20_000
"""So many of the newest photos are looked through for a search that no index helps."""

_LIKE: Final = (
    "(title LIKE :pattern ESCAPE '!' OR gtin LIKE :pattern ESCAPE '!' OR CAST(name AS TEXT) LIKE :pattern ESCAPE '!')"
)


@dataclass(frozen=True, slots=True)
class PhotoPage:
    """``older``: where the next page begins; None where this is the last one."""

    photos: Sequence[Record]
    older: int | None


class PhotoPages:
    def __init__(self, database: Database) -> None:
        self._db = database

    def page(self, wanted: Selection, before: int | None, most: int) -> PhotoPage:
        """At most ``most`` photos with smaller ids than ``before``."""
        start = (1 << 62) if before is None else before
        text = " ".join(wanted.search.split())
        if not text:
            found = self._found(wanted, start, most + 1)
        elif len(text) < SHORTEST_SEARCH:
            ((last,),) = self._db.read("SELECT coalesce(max(id), 0) FROM photo")
            found = self._looked_through(wanted, text, start, min(start, last + 1) - LOOKED_THROUGH, most + 1)
        else:
            # What came since the index was last brought up to date is newer than all that it has.
            ((indexed,),) = self._db.read(LAST_INDEXED)
            found = self._looked_through(wanted, text, start, indexed, most + 1)
            if len(found) <= most:
                found += self._indexed(wanted, text, start, most + 1 - len(found))
        shown = found[:most]
        return PhotoPage(shown, shown[-1].id if len(found) > most else None)

    def _found(self, wanted: Selection, start: int, most: int) -> list[Record]:
        conditions, parameters = wanted.conditions()
        sql = f"SELECT {COLUMNS} FROM photo WHERE {conditions} AND id < :start ORDER BY id DESC LIMIT :most"
        return [record(row) for row in self._db.read(sql, parameters | {"start": start, "most": most})]

    def _looked_through(self, wanted: Selection, text: str, start: int, after: int, most: int) -> list[Record]:
        conditions, parameters = wanted.conditions()
        pattern = f"%{text.replace('!', '!!').replace('%', '!%').replace('_', '!_')}%"
        rows = self._db.read(
            f"SELECT {COLUMNS} FROM photo WHERE {conditions} AND id < :start AND id > :after AND {_LIKE}"
            " ORDER BY id DESC LIMIT :most",
            parameters | {"start": start, "after": after, "pattern": pattern, "most": most},
        )
        return [record(row) for row in rows]

    def _indexed(self, wanted: Selection, text: str, start: int, most: int) -> list[Record]:
        """The index gives them newest first, one by one: only as many are looked at as it takes."""
        conditions, parameters = wanted.conditions()
        quoted = text.replace('"', '""')
        rows = self._db.read(
            f"SELECT {COLUMNS} FROM photo_text JOIN photo ON id = photo_text.rowid"
            f" WHERE photo_text MATCH :text AND photo_text.rowid < :start AND {conditions}"
            " ORDER BY photo_text.rowid DESC LIMIT :most",
            parameters | {"text": f'"{quoted}"', "start": start, "most": most},
        )
        return [record(row) for row in rows]
