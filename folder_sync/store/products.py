"""What each product has, from the photos that are known. Works beside the running service."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from folder_sync.photo import Gtin14, State
from folder_sync.store.photo_list import IS_HERO_NOW, is_of
from folder_sync.store.ports import Reader

AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Product:
    """How many of its photos are in which state; ``queued``: on their way, those being sent or in doubt included.

    ``has_primary``: a hero of ours is shown in the catalogue.
    """

    account: str
    gtin: Gtin14
    has_primary: bool
    queued: int
    waiting: int
    rejected: int
    uploaded: int


@dataclass(frozen=True, slots=True)
class ShotPhoto:
    """What is needed of a photo to tell of which shot it is, and how far it has come."""

    id: int
    account: str
    gtin: Gtin14
    title: str
    shot: str | None
    state: State


class Products:
    """``at_once``: how many products are read in one go."""

    def __init__(self, database: Reader, *, at_once: int = AT_ONCE) -> None:
        self._db = database
        self._at_once = at_once

    def all(self, gtins: Collection[Gtin14] | None = None, after: str = "") -> Iterator[Product]:
        """In order of GTIN, then account, each once; ``gtins``: only these; only those after ``after``.

        A few hundred at a time, so that nothing is kept from being tidied up while somebody reads.
        """
        if gtins is None:
            yield from self._all("gtin IS NOT NULL", after)
            return
        ordered = iter(sorted({gtin for gtin in gtins if gtin > after}))
        while some := list(islice(ordered, self._at_once)):
            yield from self._all(is_of(some), "")

    def _all(self, of: str, after: str) -> Iterator[Product]:
        gtin, account = after, "\U0010ffff" if after else ""
        while rows := self._db.read(
            f"""SELECT account, gtin, EXISTS (SELECT 1 FROM photo WHERE photo.gtin = product.gtin
                    AND photo.account = product.account AND {IS_HERO_NOW}), {_HOW_MANY}
                FROM photo product WHERE {of} AND (gtin, account) > (:gtin, :account)
                GROUP BY gtin, account ORDER BY gtin, account LIMIT :most""",
            {"gtin": gtin, "account": account, "most": self._at_once},
        ):
            account, gtin = rows[-1][:2]
            for name, number, has_primary, *counts in rows:
                yield Product(name, Gtin14(number), bool(has_primary), *counts)

    def progress(self) -> tuple[int, int]:
        """Another one whenever anything of any product may have changed: the last step of all, and how many photos
        there are. Costs the same however many that are."""
        ((step, photos),) = self._db.read(
            "SELECT (SELECT coalesce(max(id), 0) FROM history), (SELECT coalesce(sum(photos), 0) FROM tally)"
        )
        return int(step), int(photos)

    def photos(self, gtins: Collection[Gtin14]) -> list[ShotPhoto]:
        """The photos of these products, in order of their ids, without copies and what was replaced."""
        rows = self._db.read(
            f"SELECT id, account, gtin, title, shot, state FROM photo WHERE {is_of(gtins)}"
            " AND state NOT IN ('superseded', 'duplicate') ORDER BY +id"
        )
        return [
            ShotPhoto(id_, account, Gtin14(gtin), title, shot, State(state))
            for id_, account, gtin, title, shot, state in rows
        ]


_HOW_MANY: Final = ", ".join(
    f"sum(CASE WHEN state IN ({states}) THEN 1 ELSE 0 END)"
    for states in ("'queued', 'uploading', 'unconfirmed'", "'waiting'", "'rejected'", "'uploaded'")
)
