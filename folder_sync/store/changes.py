"""Each step of each photo in the order in which they were taken, for programs that carry the image ids on."""

from __future__ import annotations

import re
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from folder_sync.store.photo_list import Listed, PhotoList
from folder_sync.store.ports import Reader

_CURSOR: Final = re.compile(r"([0-9]{1,18})-([0-9]{1,16})")


class NotACursor(ValueError):
    """What is given as a cursor is not one, or is one of other records."""


@dataclass(frozen=True, slots=True)
class Change:
    """A step. ``cursor``: to go on after it; ``photo``: as it is now, not as it was then. ``at``: Unix time."""

    cursor: str
    at: float
    event: str
    detail: str
    photo: Listed


class Changes:
    """Goes on where ``after`` says; an empty one: from the first step that is known. Raises NotACursor."""

    def __init__(self, database: Reader, after: str = "") -> None:
        self._db = database
        self._photos = PhotoList(database)
        self._last = self._understood(after) if after else 0

    def more(self, most: int) -> Sequence[Change]:
        """At most so many of the next; none where nothing is new. A power cut undoes none that is returned: its number
        would go to another step, which nobody who goes on after it would see.

        One process at a time writes, so a step that is seen later never has a smaller number.
        """
        while rows := self._db.read(
            "SELECT id, photo_id, at, event, detail FROM history WHERE id > :id ORDER BY id LIMIT :most",
            {"id": self._last, "most": most},
        ):
            self._db.make_sure()
            self._last = rows[-1][0]
            photos = {photo.record.id: photo for photo in self._photos.of({photo_id for _, photo_id, *_ in rows})}
            found = [
                Change(_cursor(id_, at), at, event, detail, photos[photo_id])
                for id_, photo_id, at, event, detail in rows
                if photo_id in photos  # or it was forgotten just now, and its history with it
            ]
            if found:
                return found
        return []

    def _understood(self, cursor: str) -> int:
        """The step it names: it need not be there any more, but must have been."""
        parts = _CURSOR.fullmatch(cursor)
        if parts is None:
            raise NotACursor(cursor)
        number = int(parts[1])
        there = self._db.read("SELECT at FROM history WHERE id = :id", {"id": number})
        if number > self._db.ever_numbered("history") or (there and _cursor(number, there[0][0]) != cursor):
            raise NotACursor(cursor)
        return number


class StepsFromNow:
    """What moves on from the moment on in which this is made."""

    def __init__(self, database: Reader) -> None:
        self._db = database
        self._last = int(database.read("SELECT coalesce(max(id), 0) FROM history")[0][0])

    def photos(self) -> Sequence[int]:
        """The ids of the photos that took a step since."""
        rows = self._db.stream("SELECT DISTINCT photo_id FROM history WHERE id > :id", {"id": self._last})
        return array("q", (photo_id for (photo_id,) in rows))


def _cursor(number: int, at: float) -> str:
    """The time tells these records from others, such as an older copy that was put back."""
    return f"{number}-{round(abs(at) * 1000)}"
