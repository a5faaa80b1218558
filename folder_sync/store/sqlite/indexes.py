"""The indexes, those among them that are invariants, and how large they become.

Each index more is written with every photo, and each condition on the state with every step of one: only what is asked
on a timer, at a glance or for every photo has one.
"""

from __future__ import annotations

from typing import Final

_INDEXES: Final[dict[str, tuple[str, str]]] = {
    # A path has one current record.
    "UNIQUE INDEX photo_path": (
        "photo (watcher, folder, name) WHERE replaced = 0",
        "1000000 1000000 500 1",
    ),
    "INDEX photo_present": (
        "photo (watcher, folder) WHERE replaced = 0 AND put_away = 0 AND gone_at IS NULL",
        "100000 100000 500",
    ),
    # Old versions whose files have been moved stand at a path, too.
    "UNIQUE INDEX photo_stands": ("photo (watcher, folder, name) WHERE stands = 1", "1000 1000 10 1"),
    # Deduplication: one live upload of the same bytes under the same label.
    "UNIQUE INDEX photo_live": (
        "photo (account, gtin, sha256, title, is_primary)"
        " WHERE state IN ('queued', 'uploading', 'unconfirmed', 'uploaded', 'waiting', 'missing')",
        "1000000 500000 5 1 1 1",
    ),
    # One request in flight, or in doubt, per product: order and reconciliation stay decidable.
    "UNIQUE INDEX photo_in_flight": (
        "photo (account, gtin) WHERE state IN ('uploading', 'unconfirmed')",
        "4 2 1",
    ),
    "INDEX photo_queue": ("photo (account, watcher, arrival) WHERE state = 'queued'", "1000 500 500 1"),
    "INDEX photo_hero": (
        "photo (account, gtin, arrival) WHERE is_primary = 1 AND state IN ('queued', 'waiting')",
        "200 100 1 1",
    ),
    "INDEX photo_look_first": (
        "photo (account, watcher, looked_for, not_before, arrival) WHERE look_first = 1",
        "1000 500 500 250 5 1",
    ),
    "INDEX photo_look_first_of": ("photo (account, gtin) WHERE look_first = 1", "1000 500 1"),
    "INDEX photo_due": ("photo (account, state, not_before) WHERE not_before IS NOT NULL", "1000 500 200 1"),
    "INDEX photo_state": ("photo (state) WHERE state NOT IN ('queued', 'uploading', 'uploaded')", "100000 20000"),
    "INDEX photo_uploaded": ("photo (uploaded_at) WHERE state = 'uploaded'", "1000000 1"),
    "INDEX photo_product": ("photo (gtin, account)", "1000000 5 5"),
    "INDEX photo_content": ("photo (sha256, account, arrival)", "1000000 1 1 1"),
    "INDEX photo_place": ("photo (place) WHERE place IS NOT NULL", "500000 1"),
    "INDEX photo_duplicate": ("photo (duplicate_of) WHERE duplicate_of IS NOT NULL", "10000 1"),
    "INDEX photo_successor": ("photo (successor) WHERE successor IS NOT NULL", "100000 1"),
    "INDEX photo_replaced": ("photo (successor) WHERE successor IS NOT NULL AND state = 'uploaded'", "10 1"),
    "INDEX photo_noted": ("photo (id) WHERE notes <> ''", "10000 1"),
    "INDEX image_bytes_content": ("image_bytes (account, sha256)", "100000 50000 1"),
    "INDEX audited_oldest": ("audited (account, at, gtin)", "200000 100000 1 1"),
    "INDEX difference_product": ("difference (gtin, account)", "1000 1 1"),
    "INDEX difference_photo": ("difference (photo_id)", "1000 1"),
    "INDEX history_photo": ("history (photo_id)", "4000000 4"),
    "INDEX history_rejected": ("history (id, photo_id) WHERE event = 'rejected'", "20000 1 1"),
}
"""By what it is: on what, and what ANALYZE would find in a big studio's database: rows of the index, and how many of
them share its first column, its first two, and so on. Without that SQLite thinks that an account has ten photos, and
goes through all of them."""


def _statistics(index: str, on: str, found: str) -> str:
    table, name = on.split()[0], index.split()[-1]  # noqa: PLC0207 -- both are short
    return f"INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('{table}', '{name}', '{found}')"


INDEXES: Final = (
    *(f"CREATE {index} ON {on}" for index, (on, _) in _INDEXES.items()),
    "ANALYZE",  # makes the table
    "DELETE FROM sqlite_stat1",
    *(_statistics(index, on, found) for index, (on, found) in _INDEXES.items()),
)
