"""Photos as somebody wants to see them, one after another, whatever their number. Works beside the running service.

In order of their ids, which never change: each photo comes once, whatever happens meanwhile. Rows are asked for a few
hundred at a time, so that a pager left open overnight does not keep the database's log from being tidied up.
"""

from __future__ import annotations

import unicodedata
from array import array
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from folder_sync.photo import Gtin14, Record, State
from folder_sync.store.ports import Reader, Row
from folder_sync.store.rows import COLUMNS, in_states, in_values, record

AT_ONCE: Final = 500
LOOKED_THROUGH_AT_ONCE: Final = 5_000

IS_HERO_NOW: Final = """(photo.is_primary = 1 AND photo.state IN ('uploaded', 'superseded')
  AND photo.image_deleted_at IS NULL AND NOT EXISTS (
  SELECT 1 FROM photo later WHERE later.gtin = photo.gtin AND later.account = photo.account
  AND later.is_primary = 1 AND later.state IN ('uploaded', 'superseded') AND later.arrival > photo.arrival))"""
"""Heroes of a product are uploaded in the order of their arrival, and the last one is shown; also after it was
superseded by a photo that is no hero, as long as its image is kept."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What is to be seen; by default everything. ``gtins``: of these products; None: of all.

    ``since`` and ``until`` (exclusive) bound the time of the last step, in Unix seconds. ``search``: a part of the
    file's name, of the title or of the GTIN, in any letter case and Unicode normal form. ``notes``: only those with
    remarks.
    """

    states: Collection[State] = ()
    gtins: Collection[Gtin14] | None = None
    account: str | None = None
    search: str = ""
    since: float | None = None
    until: float | None = None
    notes: bool = False

    @property
    def is_narrow(self) -> bool:
        """An index leads to the photos; otherwise they are found by looking through all."""
        return self.gtins is not None or (bool(self.states) and State.UPLOADED not in self.states)

    def conditions(self) -> tuple[str, dict[str, object]]:
        """SQL for all of it but ``search``, and its parameters."""
        found = ["1 = 1"]
        if self.states:
            found.append(in_states(self.states))
        if self.gtins is not None:
            found.append(is_of(self.gtins))
        bounds = {
            "account = :account": self.account,
            "changed_at >= :since": self.since,
            "changed_at < :until": self.until,
        }
        given = {condition: bound for condition, bound in bounds.items() if bound is not None}
        found += given
        if self.notes:
            found.append("notes <> ''")  # as the index has it
        return " AND ".join(found), {condition.partition(":")[2]: bound for condition, bound in given.items()}


EVERYTHING: Final = Selection()


@dataclass(frozen=True, slots=True)
class Listed:
    """A photo, and what other photos say of it. ``original``: of a duplicate, the photo that it is a copy of."""

    record: Record
    is_hero_now: bool
    original: Record | None = None


class PhotoList:
    """``at_once``: how many photos are read in one go."""

    def __init__(self, database: Reader, *, at_once: int = AT_ONCE) -> None:
        self._db = database
        self._at_once = at_once

    def photos(self, wanted: Selection = EVERYTHING, newest: int | None = None) -> Iterator[Listed]:
        """Oldest first; ``newest``: only so many, the last of them."""
        ids = iter(self._ids(wanted, newest))
        while some := list(islice(ids, self._at_once)):
            yield from self._listed(some, wanted)

    def of(self, ids: Iterable[int]) -> Iterator[Listed]:
        """Those that are still there, in order of their ids."""
        ordered = iter(sorted(ids))
        while some := list(islice(ordered, self._at_once)):
            yield from self._listed(some, EVERYTHING)

    def last_id(self) -> int:
        """The largest there is; 0 where there is none."""
        return int(self._db.read("SELECT coalesce(max(id), 0) FROM photo")[0][0])

    def _ids(self, wanted: Selection, newest: int | None) -> Iterable[int]:
        # A sign before it keeps SQLite from going through all photos in their order.
        key = "+id" if wanted.is_narrow else "id"
        if newest is not None:
            last = array("q", islice(self._found(wanted, f"ORDER BY {key} DESC"), newest))
            last.reverse()
            return last
        return array("q", self._found(wanted, f"ORDER BY {key}")) if wanted.is_narrow else self._looked_through(wanted)

    def _found(self, wanted: Selection, order: str) -> Iterator[int]:
        """In one go, kept by the caller: an id takes eight bytes."""
        conditions, parameters = wanted.conditions()
        rows = self._db.stream(f"SELECT {_SEARCHED} FROM photo WHERE {conditions} {order}", parameters)
        return _matching(rows, wanted.search)

    def _looked_through(self, wanted: Selection) -> Iterator[int]:
        """The first ones at once, however long it takes to look through all."""
        conditions, parameters = wanted.conditions()
        columns, at_once = (_SEARCHED, LOOKED_THROUGH_AT_ONCE) if wanted.search else ("id", self._at_once)
        after = 0
        while rows := self._db.read(
            f"SELECT {columns} FROM photo WHERE {conditions} AND id > :after ORDER BY id LIMIT :most",
            parameters | {"after": after, "most": at_once},
        ):
            after = rows[-1][0]
            yield from _matching(rows, wanted.search)

    def _listed(self, ids: Sequence[int], wanted: Selection) -> list[Listed]:
        """What is not as wanted any more is left out."""
        conditions, parameters = wanted.conditions()
        marks, numbers = in_values("id", ids)
        rows = self._db.read(
            f"SELECT {COLUMNS}, {IS_HERO_NOW} FROM photo WHERE id IN {marks} AND {conditions} ORDER BY id",
            parameters | numbers,
        )
        found = [(record(row[:-1]), bool(row[-1])) for row in rows]
        originals = self._originals([photo for photo, _ in found])
        return [Listed(photo, is_hero, originals.get(photo.duplicate_of)) for photo, is_hero in found]

    def _originals(self, photos: Iterable[Record]) -> dict[int | None, Record]:
        ids = {photo.duplicate_of for photo in photos if photo.duplicate_of is not None}
        if not ids:
            return {}
        marks, numbers = in_values("id", ids)
        rows = self._db.read(f"SELECT {COLUMNS} FROM photo WHERE id IN {marks}", numbers)
        return {original.id: original for original in map(record, rows)}


_SEARCHED: Final = "id, name, title, gtin"


def is_of(gtins: Collection[Gtin14]) -> str:
    """SQL. Their digits stand in it, for a catalogue has more products than a statement may have parameters."""
    digits = ", ".join(f"'{gtin}'" for gtin in gtins)
    return f"gtin IN ({digits})" if digits else "1 = 0"


def _matching(rows: Iterable[Row], search: str) -> Iterator[int]:
    sought = _folded(search)
    for id_, *texts in rows:
        if not sought or any(sought in _folded(_text(text)) for text in texts):
            yield id_


def _text(value: bytes | str | None) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value or ""


def _folded(text: str) -> str:
    return text.lower() if text.isascii() else unicodedata.normalize("NFC", text.casefold())
