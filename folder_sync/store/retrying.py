"""What `retry` does to a photo, beside the running service, which notices that another process wrote."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from folder_sync.photo import ReasonCode, Record, State
from folder_sync.rules.names.meaning import OF_THE_NAME
from folder_sync.store.lineage import ARRIVAL_AGAIN, forget
from folder_sync.store.ports import Conflict, Database, Transaction
from folder_sync.store.rows import ALIKE, AS_READ, COLUMNS, REUSABLE, as_read, record


class Said(StrEnum):
    """What comes of a retry, as a sentence to follow the name of the photo."""

    QUEUED = "queued again"
    LOOKED_AT = "looked at again by the next pass"
    NAMED_WRONGLY = "can't go under this name; renaming the file starts it again"
    UPLOADING = "is being uploaded right now"
    UNCONFIRMED = "may be there already: the server is being asked, and answers before anything is sent again"
    UPLOADED = "is uploaded; to upload it again, change the file"
    DUPLICATE = "is the same as a photo that is queued or uploaded"
    SUPERSEDED = "was replaced by a newer version"
    OLD_VERSION = "was replaced since by a newer version; asked for alone, it is delivered after all"
    CHANGED = "has just changed its state; look again"
    PUT_AWAY = "was put away; moving it back into the export folder starts it again"
    GONE = "is not there any more; putting the file back starts it again"


@dataclass(frozen=True, slots=True)
class Answer:
    sentence: Said

    @property
    def accepted(self) -> bool:
        return self.sentence in (Said.QUEUED, Said.LOOKED_AT)


_REFUSALS = {
    State.UPLOADING: Said.UPLOADING,
    State.UNCONFIRMED: Said.UNCONFIRMED,
    State.UPLOADED: Said.UPLOADED,
    State.DUPLICATE: Said.DUPLICATE,
    State.SUPERSEDED: Said.SUPERSEDED,
}


class Retrying:
    def __init__(self, database: Database) -> None:
        self._db = database

    def candidates(self) -> Iterator[Record]:
        """What `--all` means: every photo that stopped and may go as it is. Of old versions none."""
        rows = self._db.read(
            f"SELECT {COLUMNS} FROM photo WHERE state IN ('waiting', 'missing')"
            f" OR (state = 'rejected' AND format IS NOT NULL AND reason_code NOT IN"
            f" ('{ReasonCode.OLD_VERSION}', '{ReasonCode.COPY_NAME}'))"
            " OR undecidable = 1 ORDER BY arrival"
        )
        return map(record, rows)

    def retry(self, photo: Record, now: float, *, vouches: bool = False) -> Answer:
        """``vouches``: somebody chose just this photo, which is their word that it is whole, whatever holes it has."""
        match photo.state:
            case State.WAITING | State.QUEUED:
                return self._queue(photo, now)
            case State.UNCONFIRMED if photo.reason is not None:  # nobody can tell, now at least
                return self._queue(photo, now)
            case State.REJECTED if photo.reason is not None and photo.reason.code in OF_THE_NAME:
                return Answer(Said.NAMED_WRONGLY)
            case State.REJECTED if photo.reason is not None and photo.reason.code == ReasonCode.OLD_VERSION:
                return self._queue(photo, now)
            case State.REJECTED if photo.attempts > 0:
                return self._look_again(photo) if self._has_reusable(photo) else self._queue(photo, now)
            case State.REJECTED if vouches and photo.reason is not None and photo.reason.code == ReasonCode.TRUNCATED:
                self._vouch(photo)
                return self._look_again(photo)
            case State.REJECTED | State.MISSING:
                return self._look_again(photo)
            case state:
                return Answer(_REFUSALS[state])

    def retry_among(self, photo: Record, now: float) -> Answer:
        """As one of many that a filter shows: an old version goes only where somebody asks for that one."""
        if photo.state is State.REJECTED and photo.reason is not None and photo.reason.code == ReasonCode.OLD_VERSION:
            return Answer(Said.OLD_VERSION)
        return self.retry(photo, now)

    def _queue(self, photo: Record, now: float) -> Answer:
        try:
            with self._db.write() as connection:
                _forget_missing_copy(connection, photo)
                changed = connection.execute(
                    f"UPDATE photo SET arrival = {ARRIVAL_AGAIN},"
                    " state = 'queued', not_before = NULL, undecidable = 0, reason_code = NULL, reason_message = NULL,"
                    " absences = 0, changed_at = :now, note = 'retried by the operator'"
                    f" WHERE id = :id AND {AS_READ} AND state = :state",
                    {"now": now, "state": photo.state, **as_read(photo)},
                ).rowcount
        except Conflict:  # a copy of it is live: taken in again, it becomes that one's duplicate
            answer = self._look_again(photo)
            return answer if answer.accepted else Answer(Said.DUPLICATE)
        return Answer(Said.QUEUED if changed else Said.CHANGED)

    def _has_reusable(self, photo: Record) -> bool:
        """Whether a copy of it was uploaded and replaced since it was refused: inspected again, it takes that one's
        place.
        """
        return bool(self._db.read(f"SELECT 1 FROM photo WHERE {ALIKE} AND {REUSABLE}", _upload(photo)))

    def _vouch(self, photo: Record) -> None:
        """Remembered with the bytes: moved, copied or put back they are believed, too. Others are not."""
        with self._db.write() as connection:
            connection.execute(
                "INSERT INTO vouched (sha256) VALUES (:sha256) ON CONFLICT (sha256) DO NOTHING",
                {"sha256": photo.sha256},
            )

    def _look_again(self, photo: Record) -> Answer:
        (put_away,) = self._db.read("SELECT put_away FROM photo WHERE id = :id", {"id": photo.id})[0]
        if put_away:
            return Answer(Said.PUT_AWAY)
        if photo.watcher in self._db.watchers and not os.path.lexists(photo.path):
            return Answer(Said.GONE)
        with self._db.write() as connection:
            connection.execute("UPDATE photo SET look_again = 1 WHERE id = :id", {"id": photo.id})
        return Answer(Said.LOOKED_AT)


def _forget_missing_copy(connection: Transaction, photo: Record) -> None:
    """A copy of this photo that went away before it was sent must not stand in the way of the one that is there."""
    missing = connection.execute(
        f"SELECT id FROM photo WHERE state = 'missing' AND id <> :id AND {ALIKE}", _upload(photo) | {"id": photo.id}
    ).fetchone()
    if missing is not None:
        forget(connection, missing[0], successor=photo.id)


def _upload(photo: Record) -> dict[str, object]:
    return {
        "account": photo.account,
        "gtin": photo.gtin,
        "sha256": photo.sha256,
        "title": photo.title,
        "is_primary": int(photo.is_primary),
    }
