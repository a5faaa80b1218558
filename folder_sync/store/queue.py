"""What delivery asks of the store: claim the next photo, record how its request ended, find what is due."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from folder_sync.errors import OutOfDate
from folder_sync.photo import TRANSITIONS, Gtin14, Record, State
from folder_sync.rules.outcome import Transition
from folder_sync.store.deletions import Deletions
from folder_sync.store.doubts import Doubts, owner_of
from folder_sync.store.lineage import forget, supersede, went_meanwhile
from folder_sync.store.ports import Database
from folder_sync.store.product_waits import ProductWaits
from folder_sync.store.quota import AS_KNOWN, count_as_now, give_back
from folder_sync.store.rows import AS_READ, COLUMNS, as_read, expect_one, in_watchers, record, written_notes

TIMED: Final = (State.QUEUED, State.UNCONFIRMED, State.WAITING)
"""The states in which a photo may have to wait for a moment."""

# A step of its own, or the next clock that is set back would not be noticed: a photo waited for five minutes too long.
_CLOCK_SET_BACK: Final = "changed_at = :now, note = 'the clock was set back; it waits no longer for that'"

_CLAIMABLE: Final = """
  p.account = :account AND p.watcher = :watcher AND p.state = 'queued' AND p.look_first = 0
  AND (p.not_before IS NULL OR p.not_before <= :now)
  AND NOT EXISTS (SELECT 1 FROM photo q WHERE q.account = p.account AND q.gtin = p.gtin
                  AND q.state IN ('uploading', 'unconfirmed'))
  AND NOT EXISTS (SELECT 1 FROM photo q WHERE q.account = p.account AND q.gtin = p.gtin AND q.state = 'queued'
                  AND q.look_first = 1 AND (q.not_before IS NULL OR q.not_before <= :now))
  AND NOT (p.is_primary = 1 AND EXISTS (SELECT 1 FROM photo q WHERE q.account = p.account AND q.gtin = p.gtin
           AND q.is_primary = 1 AND q.state IN ('queued', 'waiting') AND q.arrival < p.arrival))
"""

_STEP: Final = f"""
  UPDATE photo SET state = :to, not_before = :not_before, reason_code = :reason_code, reason_message = :reason_message,
    note = :note, image_id = :image_id, image_url = :image_url, uploaded_at = :uploaded_at, changed_at = :now,
    absences = :absences, attempts = attempts - :uncounted, undecidable = :undecidable, look_first = 0, looked_for = 0
  WHERE id = :id AND {AS_READ} AND state = CAST(:from AS TEXT)
    AND (state NOT IN ('uploading', 'unconfirmed') OR owner = :owner)"""

_STEP_REMARKED: Final = _STEP.replace("note = :note", "note = :note, notes = :notes")

_TAKEN: Final = "SELECT 1 FROM photo WHERE account = :account AND gtin = :gtin AND image_id = :image_id AND id <> :id"

_ALONE: Final = "successor IS NULL AND NOT EXISTS (SELECT 1 FROM photo old WHERE old.successor = photo.id)"


class Queue:
    """``run`` names this run of the service.

    ``deletes_superseded``: the images of superseded photos are wanted no longer.
    """

    def __init__(self, database: Database, run: str, *, deletes_superseded: bool = False) -> None:
        self._db = database
        self._turn = 0
        self._owner = owner_of(database.watcher, run)
        self._deletes_superseded = deletes_superseded
        self.deletions = Deletions(database)
        self.doubts = Doubts(database, self._owner)
        self.products = ProductWaits(database)

    def claim(
        self,
        account: str,
        now: float,
        *,
        away: Collection[bytes] = (),
        heroes_only: bool = False,
        besides: int = 0,
        known: int | None = None,
    ) -> Record | None:
        """The next photo that may go, now `uploading`; ``make_claims_durable`` comes before a byte leaves.

        In order of arrival; one request in flight per product; a hero never before an earlier hero of its product.
        Spends one request of the key's quota. ``away``: folders that are not there now; nothing of theirs is claimed.
        ``besides``: a photo that is passed over. ``known``: only if other machines have spent no more often than that.
        """
        there, places = _not_in(away)
        heroes = "AND p.is_primary = 1" if heroes_only else ""
        spent: dict[str, object] = {} if known is None else {"known": known, "machine": self._db.watcher}
        claim = f"""UPDATE photo SET state = 'uploading', owner = :owner, started_at = :now, changed_at = :now,
                not_before = NULL, reason_code = NULL, reason_message = NULL, attempts = attempts + 1, note = ''
                WHERE id = (SELECT p.id FROM photo p WHERE {_CLAIMABLE} {there} {heroes} AND p.id <> :besides
                            ORDER BY p.arrival LIMIT 1) AND state = 'queued' {f"AND {AS_KNOWN}" if spent else ""}
                RETURNING {COLUMNS}"""
        values = {"account": account, "now": now, "owner": self._owner, "besides": besides, **places, **spent}
        watchers, self._turn = self._db.sendable, self._turn + 1
        for number in range(len(watchers)):  # one after another, for each has its order in the index
            watcher = watchers[(self._turn + number) % len(watchers)]
            if rows := self._db.change(claim, values | {"watcher": watcher}):
                return record(rows[0])
        return None

    def _ours(self, whose: Sequence[str] = (), **more: object) -> tuple[str, dict[str, object]]:
        """Whose turn it is: who watches a file sends it, and a request in doubt is settled by one run of a service."""
        watched, watchers = in_watchers(whose or self._db.watchers)
        sql = f"({watched} AND state <> 'unconfirmed' OR owner = :owner AND state = 'unconfirmed')"
        return sql, {"owner": self._owner, **watchers, **more}

    def make_claims_durable(self) -> None:
        """Returns when every claim so far survives a power cut. Apart from ``claim``, for it waits for the disk."""
        self._db.make_durable()

    def apply(self, photo: Record, transition: Transition, now: float, *, durable: bool = False) -> list[Record]:
        """Leave the state that ``photo`` is in. Returns the records that are superseded by this.

        ``durable``: the step survives a power cut once this returns; asked for before a file is moved or deleted.

        Raises OutOfDate where something was found out about it that holds no longer; or where its image is that of
        another photo of the product: replaced, that one would have it deleted.
        """
        to = transition.to
        if to is not photo.state and to not in TRANSITIONS[photo.state]:
            raise RuntimeError(f"no photo goes from {photo.state} to {to}")
        image, reason = transition.image, transition.reason
        step = {
            "to": to,
            "not_before": transition.not_before,
            "reason_code": reason.code if reason else None,
            "reason_message": reason.message if reason else None,
            "note": transition.note or (reason.message if reason else ""),
            "image_id": image.id if image else None,
            "image_url": image.image_url if image else None,
            "uploaded_at": now if image else None,
            "now": now,
            "absences": transition.absences,
            "uncounted": 0 if transition.counted else 1,
            "undecidable": 1 if transition.undecidable else 0,
            "from": photo.state,
            "owner": self._owner,
            "account": photo.account,
            "gtin": photo.gtin,
            **as_read(photo),
        }
        statement = _STEP
        if transition.notes is not None:
            statement, step = _STEP_REMARKED, step | {"notes": written_notes(transition.notes)}
        is_recognised = image is not None and photo.state is not State.UPLOADING
        # The usual end of a photo that replaces nothing, and is replaced by nothing.
        if (
            to is State.UPLOADED
            and not is_recognised
            and self._db.change(
                f"{statement} AND {_ALONE} AND NOT EXISTS ({_TAKEN}) RETURNING 1", step, durable=durable
            )
        ):
            return []
        with self._db.write(durable=durable) as connection:
            if image is not None and connection.execute(_TAKEN, step).rows:
                raise OutOfDate
            stepped = connection.execute(statement, step)  # which counts a request, also of a record that goes now
            if photo.state is not State.UPLOADING and stepped.rowcount == 0:
                raise OutOfDate
            expect_one(stepped)
            if not transition.asked:
                give_back(connection, photo.account, self._db.watcher, now)
            if to is State.QUEUED:
                ((successor,),) = connection.execute(
                    "SELECT successor FROM photo WHERE id = :id", {"id": photo.id}
                ).fetchall()
                if successor is not None:
                    # Its bytes are no longer on the disk: the newer version stands for it.
                    forget(connection, photo.id, successor=successor)
                    return []
            if to in (State.QUEUED, State.WAITING, State.REJECTED):
                went_meanwhile(connection, photo.id, now)
            if to is not State.UPLOADED:
                return []
            return supersede(connection, photo.id, now, unwanted=self._deletes_superseded)

    def clock_set_back(self, seconds: float, now: float) -> None:
        """The clock was set back: bring forward by as much every moment that a photo waits for."""
        ours, values = self._ours(seconds=seconds, now=now)
        with self._db.write() as connection:
            count_as_now(connection, now)
            connection.execute(
                f"UPDATE photo SET not_before = not_before - :seconds, {_CLOCK_SET_BACK}"
                f" WHERE not_before IS NOT NULL AND {ours}",
                values,
            )

    def wait_from(self, now: float) -> None:
        """At start: what was told to wait at a time that is still to come was told so before the clock was set back.

        It waits from now, as long as was meant. Of each photo by itself: some may have stepped after the clock did.
        """
        ours, values = self._ours(now=now)
        with self._db.write() as connection:
            count_as_now(connection, now)
            connection.execute(
                f"UPDATE photo SET not_before = not_before - changed_at + :now, {_CLOCK_SET_BACK}"
                f" WHERE not_before >= changed_at AND changed_at > :now AND {ours}",
                values,
            )

    def postpone(self, photo: Record, until: float) -> None:
        """Ask about it later; nothing else is new."""
        with self._db.write() as connection:
            connection.execute(
                f"UPDATE photo SET not_before = :until WHERE id = :id AND {AS_READ} AND state = :state"
                " AND undecidable = 0",
                {"until": until, "state": photo.state, **as_read(photo)},
            )

    def anything_to_ask(self, account: str, now: float) -> bool:
        """Whether ``due`` or ``to_look_for`` may find anything: the usual no for the price of one."""
        watched, watchers = in_watchers(self._db.watchers)
        ours, values = self._ours(account=account, now=now)
        rows = self._db.read(
            f"""SELECT EXISTS (SELECT 1 FROM photo WHERE account = :account AND state IN ('unconfirmed', 'waiting')
                               AND not_before <= :now AND {ours})
                OR EXISTS (SELECT 1 FROM photo WHERE look_first = 1 AND state = 'queued' AND account = :account
                           AND {watched})""",
            values | watchers,
        )
        return bool(rows[0][0])

    def due(self, account: str, state: State, now: float, most: int) -> list[Record]:
        """At most so many photos in this state whose time has come, first come first."""
        ours, values = self._ours(account=account, state=state, now=now, most=most)
        rows = self._db.read(
            f"SELECT {COLUMNS} FROM photo WHERE account = :account AND state = CAST(:state AS TEXT)"
            f" AND not_before <= :now AND {ours} ORDER BY not_before, arrival LIMIT :most",
            values,
        )
        return [record(row) for row in rows]

    def claimable(self, account: str, now: float, *, away: Collection[bytes] = (), heroes_only: bool = False) -> bool:
        there, places = _not_in(away)
        heroes = "AND p.is_primary = 1" if heroes_only else ""
        claimable = f"SELECT 1 FROM photo p WHERE {_CLAIMABLE} {there} {heroes} LIMIT 1"
        values = {"account": account, "now": now, **places}
        return any(self._db.read(claimable, values | {"watcher": watcher}) for watcher in self._db.sendable)

    def next_time(self, account: str, now: float, states: Collection[State] = TIMED) -> float | None:
        """The next moment after ``now`` at which a photo in one of these states, or an unwanted image, becomes due."""
        ours, values = self._ours(self._db.sendable, account=account, now=now)
        rows = self._db.read(
            " UNION ALL ".join(
                "SELECT min(not_before) FROM photo"
                f" WHERE account = :account AND state = '{state}' AND not_before > :now AND {ours}"
                for state in (*states, State.SUPERSEDED)
            ),
            values,
        )
        return min((float(moment) for (moment,) in rows if moment is not None), default=None)

    def claimed_images(self, account: str, gtin: Gtin14) -> frozenset[str]:
        """The image ids of this product that records hold."""
        rows = self._db.read(
            "SELECT image_id FROM photo WHERE account = :account AND gtin = :gtin AND image_id IS NOT NULL",
            {"account": account, "gtin": gtin},
        )
        return frozenset(id_ for (id_,) in rows)


def _not_in(folders: Collection[bytes]) -> tuple[str, dict[str, bytes]]:
    """Leaves out the photos of folders that are away: nothing could be read, and no request be spent."""
    conditions: list[str] = []
    places: dict[str, bytes] = {}
    for number, root in enumerate(folders):
        conditions.append(f"AND NOT (p.folder = :at{number} OR (p.folder > :from{number} AND p.folder < :to{number}))")
        places |= {f"at{number}": root, f"from{number}": root + b"/", f"to{number}": root + b"0"}
    return " ".join(conditions), places
