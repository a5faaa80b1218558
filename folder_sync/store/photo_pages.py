"""Photos a page at a time, the newest first, by key: what comes meanwhile moves nothing.

No page takes longer where more is known. Where no index leads to what is wanted, a page looks through so many photos
and no more, and says where to look on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from folder_sync.photo import Gtin14, Record, State
from folder_sync.store.photo_list import Selection
from folder_sync.store.ports import Reader
from folder_sync.store.rows import COLUMNS, in_states, in_values, record

SHORTEST_SEARCH: Final = 3
"""Characters: shorter ones are not trigrams, and are looked for among the newest photos only."""

LOOKED_THROUGH: Final = 20_000
"""How many photos one page looks through; some 30 ms."""

CLOCK_SET_BACK: Final = 1_000
"""How many photos may have come with a clock that was set back afterwards."""


@dataclass(frozen=True, slots=True)
class PhotoPage:
    """``older``: where the next page begins; None where this is the last one. A page may hold fewer than it could, or
    none, and others follow: it has looked through enough."""

    photos: Sequence[Record]
    older: int | None


class PhotoPages:
    def __init__(self, database: Reader) -> None:
        self._db = database

    def page(self, wanted: Selection, before: int | None, most: int) -> PhotoPage:
        """At most ``most`` photos with smaller ids than ``before``."""
        start = self._start(wanted, before)
        if start == 0:
            return PhotoPage((), None)
        text = " ".join(wanted.search.split())
        if text:
            found, on = self._search(wanted, text, start, most + 1)
        elif wanted.is_narrow or wanted.notes:
            found, on = self._by_index(wanted, start, most + 1), None
        else:
            found, on = self._looked_through(wanted, "", start, 0, most + 1)
        shown = found[:most]
        return PhotoPage(shown, shown[-1].id if len(found) > most else on)

    def gtins(self, text: str, most: int) -> set[Gtin14]:
        """Products of the newest ``most`` photos that have this text about them."""
        found = self.page(Selection(search=text), None, most)
        return {photo.gtin for photo in found.photos if photo.gtin is not None}

    def _start(self, wanted: Selection, before: int | None) -> int:
        """The id after the newest photo that may be wanted; 0 where none is."""
        if wanted.account is not None and not self._db.read(
            "SELECT 1 FROM tally WHERE account = :account AND photos > 0", {"account": wanted.account}
        ):
            return 0
        ((last,),) = self._db.read("SELECT coalesce(max(id), 0) FROM photo")
        start = int(last) + 1 if before is None else min(int(last) + 1, before)
        return start if wanted.until is None else min(start, self._first_since(wanted.until, start))

    def _first_since(self, moment: float, end: int) -> int:
        """The first photo that was recorded at that moment or later, and a few: they were recorded in order of their
        ids. By the first step in the history, for that is never written anew."""
        low, high = 0, end
        while low < high:
            middle: int = (low + high) // 2
            found = self._db.read(
                "SELECT photo_id, at FROM history WHERE photo_id >= :middle ORDER BY photo_id, id LIMIT 1",
                {"middle": middle},
            )
            if not found or found[0][1] >= moment:
                high = middle
            else:
                low = int(found[0][0]) + 1
        return low + CLOCK_SET_BACK

    def _search(self, wanted: Selection, text: str, start: int, most: int) -> tuple[list[Record], int | None]:
        if len(text) < SHORTEST_SEARCH:
            return self._looked_through(wanted, text, start, 0, most)
        # What came since the index was last brought up to date is newer than all that it has.
        ((indexed,),) = self._db.read(self._db.text_index.last)
        found, on = self._looked_through(wanted, text, start, indexed, most)
        if on is not None or len(found) == most:
            return found, on
        rest, on = self._indexed(wanted, text, start, most - len(found))
        return found + rest, on

    def _by_index(self, wanted: Selection, start: int, most: int) -> list[Record]:
        """State by state: in the index of one its newest are found at once, and in that of several they are not."""
        conditions, parameters = wanted.conditions()
        one_by_one = [("1 = 1", "id")] if wanted.notes else [(in_states([one]), _KEY[one]) for one in wanted.states]
        ids: list[int] = []
        for condition, key in one_by_one:
            rows = self._db.read(
                f"SELECT id FROM photo WHERE {condition} AND {conditions} AND id < :start"
                f" ORDER BY {key} DESC LIMIT :most",
                parameters | {"start": start, "most": most},
            )
            ids += [id_ for (id_,) in rows]
        marks, parameters = in_values("id", sorted(ids, reverse=True)[:most])
        rows = self._db.read(f"SELECT {COLUMNS} FROM photo WHERE id IN {marks} ORDER BY id DESC", parameters)
        return [record(row) for row in rows]

    def _looked_through(
        self, wanted: Selection, text: str, start: int, after: int, most: int
    ) -> tuple[list[Record], int | None]:
        """Photos after ``after``, and where to look on where that was too many."""
        conditions, parameters = wanted.conditions()
        if text:
            pattern = f"%{text.replace('!', '!!').replace('%', '!%').replace('_', '!_')}%"
            conditions += f" AND {self._db.text_index.is_like}"
            parameters |= {"pattern": pattern}
        end = max(start - 1 - LOOKED_THROUGH, after)
        rows = self._db.read(
            f"SELECT {COLUMNS} FROM photo WHERE {conditions} AND id < :start AND id > :end"
            " ORDER BY id DESC LIMIT :most",
            parameters | {"start": start, "end": end, "most": most},
        )
        return [record(row) for row in rows], end + 1 if end > after else None

    def _indexed(self, wanted: Selection, text: str, start: int, most: int) -> tuple[list[Record], int | None]:
        """The index gives them newest first, one by one: only as many are looked at as it takes."""
        conditions, parameters = wanted.conditions()
        index = self._db.text_index
        matching = {"phrase": index.phrase(text), "start": start}
        last = self._db.read(
            f"SELECT {index.id} FROM {index.table} WHERE {index.matches} AND {index.id} < :start"
            f" ORDER BY {index.id} DESC LIMIT 1 OFFSET :enough",
            matching | {"enough": LOOKED_THROUGH},
        )
        on = last[0][0] + 1 if last else None
        rows = self._db.read(
            f"SELECT {COLUMNS} FROM {index.table} JOIN photo ON photo.id = {index.id}"
            f" WHERE {index.matches} AND {index.id} < :start AND {index.id} >= :end AND {conditions}"
            f" ORDER BY {index.id} DESC LIMIT :most",
            parameters | matching | {"end": on or 0, "most": most},
        )
        return [record(row) for row in rows], on


_KEY: Final = {state: "+id" if state in (State.QUEUED, State.UPLOADING) else "id" for state in State}
"""The indexes of these two are not in order of the ids, and SQLite would rather go through all photos than sort."""
