"""What was counted as it happened: kept by triggers, never falling, and read at the same cost however much is known."""

from __future__ import annotations

from dataclasses import dataclass

from folder_sync.photo import State
from folder_sync.store.ports import Reader


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of one account and state. ``photos``: those in it now; ``entered``: how many ever came into it, and
    ``bytes`` their sizes; ``at``: when the last of them did."""

    account: str
    state: State
    photos: int
    entered: int
    bytes: int
    at: float


class Tallies:
    def __init__(self, database: Reader) -> None:
        self._db = database

    def tallies(self) -> list[Tally]:
        rows = self._db.read("SELECT account, state, photos, entered, bytes, at FROM tally")
        return [Tally(account, State(state), *rest) for account, state, *rest in rows]

    def rejections(self) -> dict[tuple[str, ...], int]:
        """(account, code of the reason) → how many photos were ever rejected for it."""
        rows = self._db.read("SELECT account, reason_code, photos FROM rejections")
        return {(account, code): int(photos) for account, code, photos in rows}

    def queued_since(self) -> dict[str, float]:
        """By account, since when the first photo in line has been on its way; only accounts that have one.

        A photo that was rejected yesterday and is tried again now is on its way since now.
        """
        first = self._db.read(
            "SELECT account, (SELECT id FROM photo WHERE photo.account = tally.account AND photo.state = 'queued'"
            " ORDER BY arrival LIMIT 1) FROM tally WHERE state = 'queued' AND photos > 0"
        )
        found = {account: self._on_its_way_since(photo) for account, photo in first}
        return {account: since for account, since in found.items() if since is not None}

    def _on_its_way_since(self, photo: int | None) -> float | None:
        ((since,),) = self._db.read(
            "SELECT min(at) FROM history WHERE photo_id = :photo AND id > coalesce((SELECT max(id) FROM history"
            " WHERE photo_id = :photo AND event NOT IN ('queued', 'uploading', 'unconfirmed', 'moved')), 0)",
            {"photo": photo},
        )
        return None if since is None else float(since)
