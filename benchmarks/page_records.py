"""Years of a studio's photos for the page: records with every state and reason, and files for the newest of them.

Written as rows, with the triggers and indexes that the service writes through; one by one a million would take hours.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from benchmarks import photos
from folder_sync.photo import Format, Gtin14, Label, ReasonCode, State
from folder_sync.store.ports import Database as AnyDatabase
from folder_sync.store.search import SearchIndex
from folder_sync.store.sqlite.database import Database

OF_A_JOB: Final = 400
"""Photos in a folder."""

ON_DISK: Final = 120
"""So many of the newest have a file, for their small pictures."""

_AT_ONCE: Final = 20_000
_YEARS: Final = 5 * 365 * 86_400.0
_PHOTO_BYTES: Final = 200_000
_TITLES: Final = (
    "Front_of_package",
    "Back",
    "Left_side",
    "Ingredients",
    "Nutrition_facts",
    "In_use",
    "Detail",
    "Group",
)
_REASONS: Final = (
    (
        ReasonCode.BAD_NAME,
        "“IMG” is no GTIN. A name begins with the product's GTIN, such as 00012345678905__Front.jpg.",
    ),
    (ReasonCode.TRUNCATED, "The file ends before the picture does. Copy or export it again."),
    (ReasonCode.UNKNOWN_FLAG, "“primay” is neither the title nor a flag; perhaps primary is meant."),
    (ReasonCode.WRONG_FORMAT, "The content is PNG and the ending says JPEG. Export it again, or name it .png."),
)
_COLUMNS: Final = (
    "folder, name, account, gtin, title, is_primary, state, reason_code, reason_message, image_id, image_url, sha256,"
    " size, format, mtime_ns, ctime_ns, arrival, first_seen, uploaded_at, replaced, not_before, owner, started_at,"
    " superseded_at, changed_at"
)


def fill(home: Path, count: int) -> None:
    """``count`` photos in ``home/folder-sync.db``, and the newest of them in ``home/export``."""
    database = Database(home / "folder-sync.db", create=True)
    try:
        _insert(database, home / "export", count)
        index = SearchIndex(database)
        while index.catch_up():
            pass
        database.change("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        database.close()


def _insert(database: AnyDatabase, root: Path, count: int) -> None:
    marks = ", ".join("?" * len(_COLUMNS.split(",")))
    rows = _rows(root, count)
    for _ in range(0, count, _AT_ONCE):
        with database.write() as transaction:
            some = [row for row, _ in zip(rows, range(_AT_ONCE), strict=False)]
            transaction.executemany(f"INSERT INTO photo ({_COLUMNS}) VALUES ({marks})", some)


def _rows(root: Path, count: int) -> Iterator[tuple[object, ...]]:
    now = time.time()
    for number in range(count):
        folder = root / f"job-{number // OF_A_JOB}"
        name = photos.name(number).replace("View", _TITLES[number % len(_TITLES)])
        moment = now - _YEARS + _YEARS * number / count
        state = _state(number % 1000)
        digest = f"{number * 7919:064x}"
        if count - number <= ON_DISK:
            folder.mkdir(parents=True, exist_ok=True)
            data = photos.jpeg(_PHOTO_BYTES, number)
            (folder / name).write_bytes(data)
            digest = hashlib.sha256(data).hexdigest()
        yield _row(os.fsencode(folder), name, digest, number, state, moment)


def _state(of_a_thousand: int) -> State:
    match of_a_thousand:
        case n if n < 10:
            return State.REJECTED
        case n if n < 15:
            return State.WAITING
        case n if n < 18:
            return State.QUEUED
        case n if n < 38:
            return State.SUPERSEDED
        case n if n < 40:
            return State.MISSING
        case 40:
            return State.UNCONFIRMED
    return State.UPLOADED


def _label(name: str) -> Label:
    """As the rules would read it, which takes a third of the time of all this."""
    gtin, title, *flags = name.removesuffix(".jpg").split("__")
    return Label(Gtin14(gtin), title.replace("_", " "), bool(flags))


def _row(folder: bytes, name: str, digest: str, number: int, state: State, moment: float) -> tuple[object, ...]:
    label, is_there = _label(name), state in (State.UPLOADED, State.SUPERSEDED)
    code, message = _REASONS[number % len(_REASONS)] if state is State.REJECTED else (None, None)
    if state is State.WAITING:
        code, message = ReasonCode.UNKNOWN_PRODUCT, "The catalogue does not know this product yet."
    in_doubt = state is State.UNCONFIRMED
    image = f"image-{number}" if is_there else None
    return (
        folder,
        name.encode(),
        "main",
        label.gtin,
        label.title,
        int(label.is_primary),
        state.value,
        code.value if code else None,
        message,
        image,
        f"https://images.example.com/{image}.jpg" if image else None,
        digest,
        _PHOTO_BYTES,
        Format.JPEG.value,
        int(moment * 1e9),
        int(moment * 1e9),
        number,
        moment,
        moment + 20 if is_there else None,
        int(state is State.SUPERSEDED),
        moment + 3600 if state is State.WAITING or in_doubt else None,
        "an earlier run" if in_doubt else None,
        moment if in_doubt else None,
        moment + 86_400 if state is State.SUPERSEDED else None,
        moment + 20,
    )
