"""What the service of this machine remembers about itself: accounts, pauses, when it started. `status` reads it from
outside.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from folder_sync.photo import Format
from folder_sync.store.ports import Database, Machine
from folder_sync.store.rows import CURRENT, in_watchers
from folder_sync.version import program_version


@dataclass(frozen=True, slots=True)
class PauseNote:
    """``scope``: ``account:NAME``, ``host:NAME``, ``key:NAME`` or ``folder:PATH``. ``until``: the next try."""

    scope: str
    reason: str
    until: float | None


class WatchRemark(StrEnum):
    """Why a folder is watched as it is, where that is worth a word."""

    NONE = ""
    NETWORK = "network"
    """Its file system tells nothing of what other machines write."""
    LIMITED = "limited"
    """A limit of the kernel was met."""
    DEAF = "deaf"
    """No events come."""


@dataclass(frozen=True, slots=True)
class WatchStatus:
    """How a folder is watched. ``heard_at``: when that was last proven; ``poll_seconds``: what polling came to;
    ``remark``: in words, ``about``: the same for programs."""

    folder: bytes
    backend: str
    heard_at: float | None
    poll_seconds: float | None = None
    remark: str = ""
    about: WatchRemark = WatchRemark.NONE


class ServiceState:
    def __init__(self, database: Database) -> None:
        self._db = database

    def organization(self, account: str, base_url: str) -> str | None:
        """The organization that this account's records belong to; None where it was never learned."""
        rows = self._db.read(
            "SELECT organization_id FROM account WHERE name = :name AND base_url = :base_url",
            {"name": account, "base_url": base_url},
        )
        return str(rows[0][0]) if rows else None

    def set_organization(self, account: str, base_url: str, organization_id: str) -> None:
        """Also for the records of this account that were taken in before it was known."""
        with self._db.write() as connection:
            connection.execute(
                "INSERT INTO account (name, base_url, organization_id) VALUES (:account, :base_url, :organization)"
                " ON CONFLICT (name)"
                " DO UPDATE SET base_url = excluded.base_url, organization_id = excluded.organization_id",
                {"account": account, "base_url": base_url, "organization": organization_id},
            )
            connection.execute(
                "UPDATE photo SET organization_id = :organization WHERE account = :account AND organization_id IS NULL",
                {"organization": organization_id, "account": account},
            )

    def keeps_titles(self, account: str) -> bool:
        """False once this account's catalogue was seen to make another title of one that it was given."""
        return not self._db.read("SELECT 1 FROM account WHERE name = :name AND keeps_titles = 0", {"name": account})

    def set_titles_change(self, account: str) -> None:
        self._db.change("UPDATE account SET keeps_titles = 0 WHERE name = :name", {"name": account})

    def serves_unchanged(self, account: str, base_url: str) -> list[tuple[Format, bool, float]]:
        """(format, whether images of it were served as they were sent, when that was seen), of this server."""
        rows = self._db.read(
            "SELECT format, same, at FROM verbatim WHERE account = :account AND base_url = :base_url",
            {"account": account, "base_url": base_url},
        )
        return [(Format(format_), bool(same), at) for format_, same, at in rows]

    def set_serves_unchanged(self, account: str, base_url: str, format_: Format, now: float, *, same: bool) -> None:
        with self._db.write() as connection:
            connection.execute(
                "DELETE FROM verbatim WHERE account = :account AND base_url <> :base_url",
                {"account": account, "base_url": base_url},
            )
            connection.execute(
                "INSERT INTO verbatim (account, base_url, format, same, at)"
                " VALUES (:account, :base_url, :format, :same, :now) ON CONFLICT (account, format)"
                " DO UPDATE SET base_url = excluded.base_url, same = excluded.same, at = excluded.at",
                {"account": account, "base_url": base_url, "format": format_, "same": int(same), "now": now},
            )

    def is_new(self) -> bool:
        """No photo that is this machine's to look after was ever recorded."""
        ours, watchers = in_watchers(self._db.watchers)
        return not self._db.read(f"SELECT 1 FROM photo WHERE {ours} AND {CURRENT} LIMIT 1", watchers)

    def _me(self, **more: object) -> dict[str, object]:
        return {"watcher": self._db.watcher, **more}

    @property
    def machine(self) -> str:
        """This one; empty where there are no others."""
        return self._db.watcher

    def others(self) -> list[Machine]:
        return [machine for machine in self._db.machines() if self.machine and machine.name != self.machine]

    def pauses(self, machine: str | None = None) -> list[PauseNote]:
        """Of this machine, or another one."""
        watcher = self.machine if machine is None else machine
        rows = self._db.read(
            "SELECT scope, reason, until FROM pause WHERE watcher = :watcher ORDER BY scope", {"watcher": watcher}
        )
        return [PauseNote(*row) for row in rows]

    def pause(self, scope: str, reason: str, until: float | None) -> None:
        with self._db.write() as connection:
            connection.execute(
                "INSERT INTO pause (watcher, scope, reason, until) VALUES (:watcher, :scope, :reason, :until)"
                " ON CONFLICT (watcher, scope) DO UPDATE SET reason = excluded.reason, until = excluded.until",
                self._me(scope=scope, reason=reason, until=until),
            )

    def resume(self, scope: str) -> None:
        with self._db.write() as connection:
            connection.execute("DELETE FROM pause WHERE watcher = :watcher AND scope = :scope", self._me(scope=scope))

    def watch_statuses(self, machine: str | None = None) -> list[WatchStatus]:
        """Of this machine, or another one."""
        rows = self._db.read(
            "SELECT folder, backend, heard_at, poll_seconds, remark, about FROM hearing WHERE watcher = :watcher"
            " ORDER BY folder",
            {"watcher": self.machine if machine is None else machine},
        )
        return [
            WatchStatus(folder, backend, heard_at, poll_seconds, remark, WatchRemark(about))
            for folder, backend, heard_at, poll_seconds, remark, about in rows
        ]

    def set_watch_status(self, watch_status: WatchStatus) -> None:
        with self._db.write() as connection:
            connection.execute(
                "INSERT INTO hearing (watcher, folder, backend, heard_at, poll_seconds, remark, about)"
                " VALUES (:watcher, :folder, :backend, :heard_at, :poll_seconds, :remark, :about)"
                " ON CONFLICT (watcher, folder)"
                " DO UPDATE SET backend = excluded.backend, heard_at = excluded.heard_at,"
                " poll_seconds = excluded.poll_seconds, remark = excluded.remark, about = excluded.about",
                self._me(
                    folder=watch_status.folder,
                    backend=watch_status.backend,
                    heard_at=watch_status.heard_at,
                    poll_seconds=watch_status.poll_seconds,
                    remark=watch_status.remark,
                    about=watch_status.about,
                ),
            )

    def pass_seconds(self) -> dict[bytes, float]:
        """By watched folder, how long a pass through it takes."""
        return dict(self._db.read("SELECT folder, seconds FROM folder_pass WHERE watcher = :watcher", self._me()))

    def set_pass_seconds(self, folder: bytes, seconds: float) -> None:
        self._db.change(
            "INSERT INTO folder_pass (watcher, folder, seconds) VALUES (:watcher, :folder, :seconds)"
            " ON CONFLICT (watcher, folder) DO UPDATE SET seconds = excluded.seconds",
            self._me(folder=folder, seconds=seconds),
        )

    def identities(self) -> dict[bytes, tuple[int, int]]:
        """Device and inode of each watched folder when what it showed was last believed."""
        rows = self._db.read("SELECT folder, device, inode FROM identity WHERE watcher = :watcher", self._me())
        return {folder: (int(device), int(inode)) for folder, device, inode in rows}

    def identify(self, folder: bytes, identity: tuple[int, int]) -> None:
        device, inode = map(str, identity)
        with self._db.write() as connection:
            connection.execute(
                "INSERT INTO identity (watcher, folder, device, inode) VALUES (:watcher, :folder, :device, :inode)"
                " ON CONFLICT (watcher, folder) DO UPDATE SET device = excluded.device, inode = excluded.inode",
                self._me(folder=folder, device=device, inode=inode),
            )

    def mounts(self, folder: bytes) -> dict[bytes, tuple[int, int]]:
        """The places at, above and below a watched folder at which something belongs mounted: its device and inode."""
        rows = self._db.read(
            "SELECT place, device, inode FROM mount WHERE watcher = :watcher AND folder = :folder",
            self._me(folder=folder),
        )
        return {place: (int(device), int(inode)) for place, device, inode in rows}

    def remember_mounts(self, folder: bytes, mounts: Mapping[bytes, tuple[int, int]]) -> None:
        with self._db.write() as connection:
            connection.execute(
                "DELETE FROM mount WHERE watcher = :watcher AND folder = :folder", self._me(folder=folder)
            )
            connection.executemany(
                "INSERT INTO mount (watcher, folder, place, device, inode)"
                " VALUES (:watcher, :folder, :place, :device, :inode)",
                [
                    self._me(folder=folder, place=place, device=str(device), inode=str(inode))
                    for place, (device, inode) in mounts.items()
                ],
            )

    def forget_mounts_but(self, folders: Collection[bytes]) -> None:
        """Nothing is expected any more in folders that are no longer watched."""
        with self._db.write() as connection:
            known = connection.execute(
                "SELECT DISTINCT folder FROM mount WHERE watcher = :watcher", self._me()
            ).fetchall()
            gone = [self._me(folder=folder) for (folder,) in known if folder not in folders]
            connection.executemany("DELETE FROM mount WHERE watcher = :watcher AND folder = :folder", gone)

    def started(self, pid: int, now: float, machine: str) -> None:
        """A new run: no pause of an earlier one holds."""
        with self._db.write() as connection:
            for table in ("pause", "hearing", "held_file", "held_folder"):
                connection.execute(f"DELETE FROM {table} WHERE watcher = :watcher", self._me())
            connection.execute(
                "INSERT INTO run (watcher, pid, since, program, machine)"
                " VALUES (:watcher, :pid, :since, :program, :machine) ON CONFLICT (watcher) DO UPDATE"
                " SET pid = excluded.pid, since = excluded.since, program = excluded.program,"
                " machine = excluded.machine",
                self._me(pid=pid, since=now, program=program_version(), machine=machine),
            )

    def version(self) -> str | None:
        """The version of the program that ran last."""
        rows = self._db.read("SELECT program FROM run WHERE watcher = :watcher", self._me())
        return str(rows[0][0]) if rows else None

    def since(self) -> float | None:
        """When the last run started."""
        rows = self._db.read("SELECT since FROM run WHERE watcher = :watcher", self._me())
        return float(rows[0][0]) if rows else None
