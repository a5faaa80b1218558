"""The records that matter to a file that arrives, and what they make of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from folder_sync.photo import Content, Label, Record, State
from folder_sync.rules.arrivals import Arrival, Later, Same, Seen, Wait, decide
from folder_sync.store.ports import Row
from folder_sync.store.recording import Here, Place
from folder_sync.store.rows import ALIKE, COLUMNS, CURRENT, REUSABLE, WATCHED, path_of, record

_LIVE: Final = "state IN ('queued', 'uploading', 'unconfirmed', 'uploaded', 'waiting', 'missing')"

RENAME_SECONDS: Final = 300.0
"""A file that went away longer ago than this, and bytes like its that appear under another label, are two things:
the same photo may well serve two products. Only within this time is it one file, renamed."""

Read = Callable[[str, Mapping[str, object]], list[Row]]


@dataclass(frozen=True, slots=True)
class Known:
    """The records that matter to a file that arrives; the words are those of ``rules.arrivals``.

    ``stood``: the old version whose file has been moved here, and may be what still stands here. ``old_versions`` and
    ``same_bytes`` (under any label) are the newest first; the first whose file is gone is what this one was.
    ``other_products``: some that have the same bytes, the oldest first.
    """

    here: Record | None
    stood: Record | None = None
    same_upload: Record | None = None
    reusable: Record | None = None
    old_versions: Sequence[Record] = ()
    same_bytes: Sequence[Record] = ()
    other_products: Sequence[Record] = ()

    def elsewhere(self, here: Here, place: Place) -> frozenset[bytes]:
        """Paths on the machine that asks."""
        records = (self.same_upload, *self.old_versions, *self.same_bytes)
        return frozenset(r.path for r in records if r is not None and r.watcher in here.watchers) - {place.path}


def known_of(read: Read, here: Here, place: Place, seen: Seen, now: float) -> Known:
    if seen.copy_of is not None and seen.content is not None:
        rows = read(_KNOWN_TO_A_COPY, _parameters(here.watcher, place, seen.copy_of, seen.content, now))
    elif seen.label is None or seen.content is None:
        folder, name = os.path.split(place.path)
        rows = read(_HERE, {"watcher": here.watcher, "folder": folder, "name": name})
    else:
        rows = read(_KNOWN, _parameters(here.watcher, place, seen.label, seen.content, now))
    found: dict[str, list[Record]] = {}
    for what, *row in rows:
        found.setdefault(what, []).append(record(row))
    current, stood, same_upload, reusable = (
        next(iter(found.get(what, ())), None) for what in ("here", "stood", "same upload", "reusable")
    )
    several = (found.get(what, ()) for what in ("old", "same bytes", "other product"))
    return Known(current, stood, same_upload, reusable, *several)


def candidates(read: Read, here: Here, place: Place, seen: Seen, now: float) -> frozenset[bytes]:
    """The paths on the machine that asks of which it matters whether a file still stands there."""
    label = seen.copy_of or seen.label
    if label is None or seen.content is None:
        return frozenset()
    wanted = _ELSEWHERE if seen.copy_of is None else _ELSEWHERE_TO_A_COPY
    rows = read(wanted, _parameters(here.watcher, place, label, seen.content, now))
    return frozenset(path_of(*row) for whose, *row in rows if whose in here.watchers) - {place.path}


def _parameters(watcher: str, place: Place, label: Label, content: Content, now: float) -> dict[str, object]:
    folder, name = os.path.split(place.path)
    return {
        "watcher": watcher,
        "folder": folder,
        "name": name,
        "account": place.account,
        "gtin": label.gtin,
        "sha256": content.sha256,
        "title": label.title,
        "is_primary": int(label.is_primary),
        "since": now - RENAME_SECONDS,
    }


def decision(
    known: Known,
    here: Here,
    place: Place,
    seen: Seen,
    occupied: Mapping[bytes, bool],
    *,
    hasty: bool = False,
) -> Arrival:
    if not known.elsewhere(here, place) <= occupied.keys():
        return Later(Wait.DISKS)

    def is_gone(photo: Record) -> bool:
        """Whether its file stands nowhere else, so that it may be this one. Of another machine's the record speaks; and
        where it was found missing after the disks had been asked, nothing would come of a copy of it.
        """
        if photo.watcher not in here.watchers:
            return photo.is_gone
        return photo.path == place.path or photo.state is State.MISSING or not occupied[photo.path]

    same_upload, stood = known.same_upload, known.stood
    if known.here is None and stood is not None and seen.content and seen.content.sha256 == stood.sha256:
        return Same(stood)  # its name has not changed either
    old = next(filter(is_gone, known.old_versions), None)
    return decide(
        seen,
        known.here,
        same_upload,
        next(filter(is_gone, known.same_bytes), None),
        None if same_upload else known.reusable,
        None if same_upload else old or next(iter(known.old_versions), None),
        same_upload_gone=same_upload is not None and is_gone(same_upload),
        old_version_gone=old is not None,
        hasty=hasty,
    )


_AT: Final = f"{WATCHED} AND folder = :folder AND name = :name"
_SAME_UPLOAD: Final = f"FROM photo WHERE {ALIKE} AND {_LIVE}"
# The one that the copy is called after first, and one that stands at the copy's own path before any other.
_SAME_PRODUCT: Final = f"""
  FROM photo WHERE account = :account AND gtin = :gtin AND sha256 = :sha256 AND {_LIVE} AND {CURRENT}
    ORDER BY CASE WHEN {_AT} THEN 0
      WHEN title = :title AND is_primary = CAST(:is_primary AS INTEGER) THEN 1 ELSE 2 END, arrival LIMIT 1"""
_SAME_BYTES: Final = f"""
  FROM photo WHERE sha256 = :sha256 AND account = :account AND {CURRENT} AND state NOT IN ('duplicate', 'rejected')
    AND NOT ({_AT}) AND put_away = 0 AND (gone_at IS NULL OR gone_at >= :since)
    ORDER BY arrival DESC LIMIT 20"""

# What is to be replaced is not looked at: it goes.
_OTHER_PRODUCTS: Final = f"""
  FROM photo WHERE sha256 = :sha256 AND gtin <> :gtin AND {_LIVE} AND state <> 'missing' AND successor IS NULL
    ORDER BY arrival LIMIT 3"""

# At its own path an old version replaces what replaced it. And as long as its bytes are shown under another label, it
# is none: the photo got that label, and now it is delivered under the old one as well.
_OLD: Final = f"""
  FROM photo WHERE {ALIKE} AND state = 'superseded' AND NOT ({REUSABLE})
    AND NOT ({_AT} AND place IS NULL)
    AND NOT EXISTS (SELECT 1 FROM photo shown WHERE shown.sha256 = :sha256 AND shown.account = :account
                    AND shown.gtin = :gtin AND shown.{_LIVE})
    ORDER BY arrival DESC LIMIT 20"""

_HERE: Final = f"""
  SELECT 'here', {COLUMNS} FROM photo WHERE {_AT} AND {CURRENT}
  UNION ALL
  SELECT 'stood', {COLUMNS} FROM photo WHERE {_AT} AND stands = 1
"""

# What stands at the path, the same upload elsewhere, what was the same upload once, and the same bytes elsewhere, of
# this product and of others: in one statement, for each would be a turn at the lock, and every photo comes by here.
_KNOWN: Final = f"""{_HERE}
  UNION ALL
  SELECT 'same upload', {COLUMNS} {_SAME_UPLOAD}
  UNION ALL
  SELECT * FROM (
    SELECT 'reusable', {COLUMNS} FROM photo WHERE {ALIKE} AND {REUSABLE} ORDER BY arrival DESC LIMIT 1) AS once
  UNION ALL
  SELECT * FROM (SELECT 'old', {COLUMNS} {_OLD}) AS old
  UNION ALL
  SELECT * FROM (SELECT 'same bytes', {COLUMNS} {_SAME_BYTES}) AS alike
  UNION ALL
  SELECT * FROM (SELECT 'other product', {COLUMNS} {_OTHER_PRODUCTS}) AS others
"""
_KNOWN_TO_A_COPY: Final = f"""{_HERE}
  UNION ALL
  SELECT * FROM (SELECT 'same upload', {COLUMNS} {_SAME_PRODUCT}) AS alike
"""
_ELSEWHERE: Final = f"""
  SELECT watcher, folder, name, place {_SAME_UPLOAD}
  UNION
  SELECT * FROM (SELECT watcher, folder, name, place {_OLD}) AS old
  UNION
  SELECT * FROM (SELECT watcher, folder, name, place {_SAME_BYTES}) AS alike
"""
_ELSEWHERE_TO_A_COPY: Final = f"SELECT watcher, folder, name, place {_SAME_PRODUCT}"
