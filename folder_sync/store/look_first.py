"""Queued photos of this machine that the catalogue may have already: each is looked for before it is sent."""

from __future__ import annotations

from collections.abc import Collection

from folder_sync.photo import Format, Gtin14, Record
from folder_sync.store.ports import Database
from folder_sync.store.rows import AS_READ, COLUMNS, as_read, in_watchers, record


class LookFirst:
    """What delivery asks about them, and what it finds. Which they are is for ``adoption`` and ``retry`` to say."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def to_look_for(
        self, account: str, now: float, most: int, *, listed: bool | None = None, heroes_only: bool = False
    ) -> list[Record]:
        """Queued photos that the catalogue may have already: first those that were not looked for yet.

        ``listed``: only those of products whose list was read already, or (False) was not.

        Not while anything of their product is being sent or in doubt, nor is anything sent (``queue``) while they
        are looked for: an image whose record does not hold its id yet would be taken for theirs.
        """
        only = " AND is_primary = 1" if heroes_only else ""
        if listed is not None:
            only += f" AND {'' if listed else 'NOT '}EXISTS (SELECT 1 FROM listed l WHERE l.account = p.account"
            only += " AND l.gtin = p.gtin)"
        ours, watchers = in_watchers(self._db.watchers)
        rows = self._db.read(
            f"SELECT {COLUMNS} FROM photo p WHERE look_first = 1 AND state = 'queued' AND account = :account"
            f" AND {ours}{only} AND (not_before IS NULL OR not_before <= :now) AND NOT EXISTS ("
            " SELECT 1 FROM photo q WHERE q.account = p.account AND q.gtin = p.gtin"
            " AND q.state IN ('uploading', 'unconfirmed'))"
            " ORDER BY looked_for, not_before NULLS FIRST, arrival LIMIT :most",
            {"account": account, "now": now, "most": most, **watchers},
        )
        return [record(row) for row in rows]

    def looked_for(self, photo: Record, until: float) -> None:
        """The catalogue was looked through, and that did not decide: once more, later."""
        with self._db.write() as connection:
            connection.execute(
                "UPDATE photo SET looked_for = 1, not_before = :until"
                f" WHERE id = :id AND {AS_READ} AND state = 'queued' AND look_first = 1",
                {"until": until, **as_read(photo)},
            )

    def to_look_for_of(self, account: str, gtin: Gtin14) -> list[Record]:
        """All of them that are of one product, also other machines': what is theirs is not ours."""
        rows = self._db.read(
            f"SELECT {COLUMNS} FROM photo WHERE look_first = 1 AND state = 'queued'"
            " AND account = :account AND gtin = :gtin ORDER BY arrival",
            {"account": account, "gtin": gtin},
        )
        return [record(row) for row in rows]

    def is_ours(self, photo: Record) -> bool:
        """Whether it is for this machine to look for it."""
        return photo.watcher in self._db.watchers

    def is_looking(self, account: str) -> bool:
        """Whether any photo of this account is still to be looked for."""
        ours, watchers = in_watchers(self._db.watchers)
        return bool(
            self._db.read(
                f"SELECT 1 FROM photo WHERE look_first = 1 AND state = 'queued' AND account = :account AND {ours}",
                {"account": account, **watchers},
            )
        )

    def compare_again(self, account: str, formats: Collection[Format], now: float) -> None:
        """There is news of how these formats are served: what waits for it is compared again."""
        ours, watchers = in_watchers(self._db.watchers)
        for format_ in formats:
            self._db.change(
                f"UPDATE photo SET not_before = NULL WHERE account = :account AND {ours} AND look_first = 1"
                " AND state = 'queued' AND not_before > :now AND coalesce(sent_format, format) = :format",
                {"account": account, **watchers, "now": now, "format": format_},
            )

    def not_there(self, photo: Record) -> None:
        """The catalogue was looked through: this photo is to be uploaded."""
        with self._db.write() as connection:
            connection.execute(
                f"UPDATE photo SET look_first = 0, looked_for = 0, not_before = NULL WHERE id = :id AND {AS_READ}",
                as_read(photo),
            )
