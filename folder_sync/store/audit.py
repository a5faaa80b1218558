"""How far the catalogue was held against the records, what differed, and what that has cost of each key's quota."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from folder_sync.photo import Gtin14
from folder_sync.rules.auditing import Difference, Held, Kind
from folder_sync.store.photo_list import IS_HERO_NOW, is_of
from folder_sync.store.ports import Database
from folder_sync.store.quota import KEEP_SECONDS
from folder_sync.store.rows import COLUMNS, record

AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Differing:
    """A difference, and of which product."""

    account: str
    gtin: Gtin14
    difference: Difference


class Audits:
    def __init__(self, database: Database) -> None:
        self._db = database

    def begin(self, account: str, now: float) -> float:
        """Since when the pass goes on that is under way; a new one begins where none is. Its products are noted down,
        a few hundred at a time, for nobody is to wait."""
        self._db.change("DELETE FROM audit_use WHERE second < :long_ago", {"long_ago": int(now - KEEP_SECONDS)})
        rows = self._db.read(
            "SELECT since FROM audit_pass WHERE account = :account AND finished_at IS NULL", {"account": account}
        )
        if rows:
            return float(rows[0][0])
        for gtins in self._uploaded(account):
            with self._db.write() as transaction:
                transaction.executemany(
                    "INSERT INTO audited (account, gtin, at) VALUES (:account, :gtin, 0)"
                    " ON CONFLICT (account, gtin) DO NOTHING",
                    [{"account": account, "gtin": gtin} for gtin in gtins],
                )
        self._db.change(
            "INSERT INTO audit_pass (account, since, finished_at) VALUES (:account, :now, NULL)"
            " ON CONFLICT (account) DO UPDATE SET since = excluded.since, finished_at = NULL",
            {"account": account, "now": now},
        )
        return now

    def _uploaded(self, account: str) -> Iterator[list[str]]:
        after = ""
        while rows := self._db.read(
            "SELECT DISTINCT gtin FROM photo WHERE gtin > :after AND account = :account AND state = 'uploaded'"
            " ORDER BY gtin LIMIT :most",
            {"after": after, "account": account, "most": AT_ONCE},
        ):
            after = rows[-1][0]
            yield [gtin for (gtin,) in rows]

    def left(self, account: str, since: float) -> int:
        """How many products the pass still has to ask for."""
        of_pass = {"account": account, "since": since}
        rows = self._db.read("SELECT count(*) FROM audited WHERE account = :account AND at < :since", of_pass)
        return int(rows[0][0])

    def to_ask(self, account: str, since: float) -> Iterator[Gtin14]:
        """The products that the pass still has to ask for, those asked for longest ago first; each once."""
        at, gtin = -1.0, ""
        while rows := self._db.read(
            "SELECT at, gtin FROM audited WHERE account = :account AND at < :since AND (at, gtin) > (:at, :gtin)"
            " ORDER BY at, gtin LIMIT 1",
            {"account": account, "since": since, "at": at, "gtin": gtin},
        ):
            at, gtin = rows[0]
            yield Gtin14(gtin)

    def finish(self, account: str, now: float) -> None:
        self._db.change(
            "UPDATE audit_pass SET finished_at = :now, through_at = :now WHERE account = :account",
            {"account": account, "now": now},
        )

    def found(self) -> dict[tuple[str, ...], int]:
        """(account, kind) → how many differences the last look at each product found."""
        rows = self._db.read("SELECT account, kind, differences FROM difference_tally ORDER BY account, kind")
        return {(account, kind): int(number) for account, kind, number in rows}

    def finished(self) -> dict[str, float]:
        """By account, when the last pass over all products was through, also while the next one is under way."""
        rows = self._db.read("SELECT account, through_at FROM audit_pass WHERE through_at IS NOT NULL")
        return {account: float(at) for account, at in rows}

    def held(self, account: str, gtin: Gtin14) -> list[Held]:
        """All photos of a product that have an image, or had one."""
        rows = self._db.read(
            f"SELECT {COLUMNS}, {IS_HERO_NOW}, unwanted FROM photo"
            " WHERE gtin = :gtin AND account = :account AND state IN ('uploaded', 'superseded') ORDER BY id",
            {"gtin": gtin, "account": account},
        )
        return [Held(record(row[:-2]), bool(row[-2]), bool(row[-1])) for row in rows]

    def is_on_its_way(self, account: str, gtin: Gtin14) -> bool:
        """Whether a photo of it is being sent, or in doubt."""
        return self._has(account, gtin, "state IN ('uploading', 'unconfirmed')")

    def is_uploaded(self, account: str, gtin: Gtin14) -> bool:
        return self._has(account, gtin, "state = 'uploaded'")

    def _has(self, account: str, gtin: Gtin14, condition: str) -> bool:
        of_product = {"account": account, "gtin": gtin}
        sql = f"SELECT 1 FROM photo WHERE gtin = :gtin AND account = :account AND {condition} LIMIT 1"
        return bool(self._db.read(sql, of_product))

    def conclude(self, account: str, gtin: Gtin14, now: float, differences: Sequence[Difference]) -> None:
        """The product was asked for. What differed before, and still does, stays as it is noted."""
        product = {"account": account, "gtin": gtin}
        wanted = {(one.kind.value, one.photo, one.image_id): one for one in differences}
        with self._db.write() as transaction:
            known = transaction.execute(
                "SELECT id, kind, photo_id, image_id FROM difference WHERE account = :account AND gtin = :gtin", product
            ).fetchall()
            gone = [{"id": id_} for id_, *key in known if tuple(key) not in wanted]
            transaction.executemany("DELETE FROM difference WHERE id = :id", gone)
            for _, *key in known:
                wanted.pop(tuple(key), None)
            transaction.executemany(
                "INSERT INTO difference (account, gtin, kind, photo_id, image_id, message, found_at)"
                " VALUES (:account, :gtin, :kind, :photo, :image, :message, :now)",
                [
                    product
                    | {"kind": one.kind.value, "photo": one.photo, "image": one.image_id}
                    | {"message": one.message, "now": now}
                    for one in wanted.values()
                ],
            )
            transaction.execute(
                "UPDATE audited SET at = :now WHERE account = :account AND gtin = :gtin", product | {"now": now}
            )

    def forget(self, account: str, gtin: Gtin14) -> None:
        """No photo of it is uploaded any more."""
        product = {"account": account, "gtin": gtin}
        with self._db.write() as transaction:
            transaction.execute("DELETE FROM difference WHERE account = :account AND gtin = :gtin", product)
            transaction.execute("DELETE FROM audited WHERE account = :account AND gtin = :gtin", product)

    def differences(self, gtins: Collection[Gtin14] | None = None) -> list[Differing]:
        of = "1 = 1" if gtins is None else is_of(gtins)
        rows = self._db.read(
            f"SELECT account, gtin, kind, photo_id, image_id, message FROM difference WHERE {of} ORDER BY gtin, id"
        )
        return [Differing(account, Gtin14(gtin), Difference(Kind(kind), *rest)) for account, gtin, kind, *rest in rows]

    def is_due(self, account: str, now: float, every_seconds: float) -> bool:
        """Whether a pass is to begin, or to go on."""
        rows = self._db.read("SELECT since, finished_at FROM audit_pass WHERE account = :account", {"account": account})
        return not rows or rows[0][1] is None or float(rows[0][1]) + every_seconds <= now

    def spend(self, account: str, now: float) -> None:
        """One request of the share."""
        self._db.change(
            "INSERT INTO audit_use (account, second, requests) VALUES (:account, :second, 1)"
            " ON CONFLICT (account, second) DO UPDATE SET requests = audit_use.requests + 1",
            {"account": account, "second": int(now)},
        )

    def used(self, account: str, since: float) -> list[tuple[int, int]]:
        """(second, requests), oldest first."""
        rows = self._db.read(
            "SELECT second, requests FROM audit_use WHERE account = :account AND second >= :since ORDER BY second",
            {"account": account, "since": int(since)},
        )
        return [(second, requests) for second, requests in rows]
