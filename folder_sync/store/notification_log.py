"""Who was told what; it survives restarts, so that nothing is reported twice and nothing is forgotten.

A target is known by its number and scheme in the configuration (``1 mailto``): its address holds secrets.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from folder_sync.photo import Record
from folder_sync.rules.noticing import Episode, Kind, Trouble, Weight
from folder_sync.store.ports import Database
from folder_sync.store.rows import COLUMNS, record

_NOTICE = "kind, subject, text, relief, weight, since, until, times, told"

_TOLD: Final = "(SELECT coalesce(max(step), 0) FROM told_photos WHERE target = :target AND kind = :kind)"
OfPhotos: TypeAlias = Literal[Kind.REJECTED, Kind.REMARKED]
# Both grow at their end: what was told once is not looked at again.
_UNTOLD: Final[Mapping[OfPhotos, str]] = {
    # The last rejection of each photo that is still rejected.
    Kind.REJECTED: f"""
      SELECT last.photo_id, step, at FROM
        (SELECT photo_id, max(history.id) AS step FROM history JOIN photo ON photo.id = photo_id
         WHERE event = 'rejected' AND history.id > {_TOLD} AND state = 'rejected' GROUP BY photo_id) AS last
      JOIN history ON history.id = step""",
    Kind.REMARKED: f"""
      SELECT photo_id, step, uploaded_at AS at FROM remarked JOIN photo ON photo.id = photo_id
      WHERE step > {_TOLD} AND state = 'uploaded' AND notes <> ''""",
}


@dataclass(frozen=True, slots=True)
class Untold:
    """Photos of which a target was not told. ``until``: the last step of them, to be kept once it was."""

    count: int
    oldest_at: float
    newest: Sequence[Record]
    until: int


@dataclass(frozen=True, slots=True)
class Ledger:
    """What one target was told: when it got its last message of a kind, and what is open or still to be said."""

    episodes: Mapping[str, Episode] = field(default_factory=dict)
    last: Mapping[Kind, float] = field(default_factory=dict)


class NotificationLog:
    def __init__(self, database: Database) -> None:
        self._db = database

    def ledger(self, target: str) -> Ledger:
        rows = self._db.read(
            f"SELECT {_NOTICE} FROM notice WHERE target = :target ORDER BY since, subject", {"target": target}
        )
        episodes = {
            subject: Episode(
                Trouble(Kind(kind), subject, text, relief, Weight(weight)), since, until, times, bool(told)
            )
            for kind, subject, text, relief, weight, since, until, times, told in rows
        }
        last = self._db.read("SELECT kind, at FROM told WHERE target = :target", {"target": target})
        return Ledger(episodes, {Kind(kind): at for kind, at in last})

    def keep(self, target: str, ledger: Ledger, told_until: Mapping[OfPhotos, int] | None = None) -> None:
        """In place of what was kept before. ``told_until``: of which photos it was told, up to ``Untold.until``."""
        notices = [{"target": target, **_columns(episode)} for episode in ledger.episodes.values()]
        with self._db.write() as connection:
            connection.execute("DELETE FROM notice WHERE target = :target", {"target": target})
            connection.executemany(
                f"INSERT INTO notice (target, {_NOTICE}) VALUES (:target, :{_NOTICE.replace(', ', ', :')})", notices
            )
            connection.executemany(
                "INSERT INTO told (target, kind, at) VALUES (:target, :kind, :at)"
                " ON CONFLICT (target, kind) DO UPDATE SET at = excluded.at",
                [{"target": target, "kind": kind, "at": at} for kind, at in ledger.last.items()],
            )
            connection.executemany(
                "INSERT INTO told_photos (target, kind, step) VALUES (:target, :kind, :step)"
                " ON CONFLICT (target, kind) DO UPDATE SET step = excluded.step",
                [{"target": target, "kind": kind, "step": step} for kind, step in (told_until or {}).items()],
            )

    def untold(self, target: str, kind: OfPhotos, named: int) -> Untold | None:
        """Those of which the target was not told, the last ``named`` of them as records; None where there are none."""
        count, oldest_at, until = self._db.read(
            f"SELECT count(*), min(at), max(step) FROM ({_UNTOLD[kind]}) AS untold", {"target": target, "kind": kind}
        )[0]
        if not count:
            return None
        newest = self._db.read(
            f"SELECT {COLUMNS} FROM photo JOIN (SELECT photo_id, step FROM ({_UNTOLD[kind]}) AS untold"
            " ORDER BY step DESC LIMIT :named) AS newest ON newest.photo_id = photo.id ORDER BY step",
            {"target": target, "kind": kind, "named": named},
        )
        return Untold(count, oldest_at, [record(row) for row in newest], until)

    def forget_others(self, targets: Collection[str]) -> None:
        """Targets that are not configured any more."""
        with self._db.write() as connection:
            for table in ("notice", "told", "told_photos"):
                known = connection.execute(f"SELECT DISTINCT target FROM {table}").fetchall()
                gone = [{"target": target} for (target,) in known if target not in targets]
                connection.executemany(f"DELETE FROM {table} WHERE target = :target", gone)


def _columns(episode: Episode) -> dict[str, object]:
    trouble = episode.trouble
    return {
        "kind": trouble.kind,
        "subject": trouble.subject,
        "text": trouble.text,
        "relief": trouble.relief,
        "weight": int(trouble.weight),
        "since": episode.since,
        "until": episode.until,
        "times": episode.times,
        "told": int(episode.told),
    }
