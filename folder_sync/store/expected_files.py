"""What intake asks of the store about files that should be there: where photos stand, and which of them can't go."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from typing import Final

from folder_sync.photo import Fingerprint, Reason, ReasonCode, State
from folder_sync.rules.names.meaning import OF_THE_CATALOGUE, OF_THE_NAME
from folder_sync.store.ports import Reader
from folder_sync.store.rows import CURRENT, PRESENT, WATCHED, in_states, in_watchers, path_of

_REJECTED = in_states([State.REJECTED])
_STANDS = f"{PRESENT} AND state <> 'missing'"

_OF_NONE: Final = Fingerprint(-1, 0, 0)
"""No file has this size."""

# Everything below /a lies between "/a/" and "/a0", for 0 is the character after the slash; /a-b does not.
_BELOW = f"{WATCHED} AND folder >= :folder AND folder < :behind AND (folder = :folder OR folder > :inside)"


class ExpectedFiles:
    """Paths are those of this machine, ``folder`` an absolute one. All methods raise StoreUnavailable."""

    def __init__(self, database: Reader) -> None:
        self._db = database

    def fingerprints(self, folder: bytes) -> Mapping[bytes, Fingerprint]:
        """Name → fingerprint of the files that should stand right inside a folder; no file's, where to look again."""
        columns = "name, look_again, size, mtime_ns, ctime_ns"
        rows = self._db.read(
            f"SELECT {columns} FROM photo WHERE {WATCHED} AND folder = :folder AND {_STANDS}"
            f" UNION ALL SELECT {columns} FROM photo WHERE {WATCHED} AND folder = :folder AND stands = 1",
            {"watcher": self._db.watcher_of(folder), "folder": folder},
        )
        return {name: _OF_NONE if look_again else Fingerprint(*fingerprint) for name, look_again, *fingerprint in rows}

    def paths_below(self, folder: bytes) -> list[bytes]:
        """Paths of the photos that should stand in a folder and everything under it."""
        rows = self._db.read(f"SELECT folder, name FROM photo WHERE {_BELOW} AND {_STANDS}", self._below(folder))
        return [parent + b"/" + name for parent, name in rows]

    def some_below(self, folder: bytes, most: int) -> list[bytes]:
        """Paths of a few of them."""
        rows = self._db.read(
            f"SELECT folder, name FROM photo WHERE {_BELOW} AND {_STANDS} LIMIT :most",
            self._below(folder) | {"most": most},
        )
        return [parent + b"/" + name for parent, name in rows]

    def folders_below(self, folder: bytes) -> list[bytes]:
        """The folders, from this one downwards, in which photos should stand."""
        rows = self._db.read(f"SELECT DISTINCT folder FROM photo WHERE {_BELOW} AND {_STANDS}", self._below(folder))
        return [parent for (parent,) in rows]

    def unreadable(self) -> list[bytes]:
        """Paths of the photos that could not be read: they may be readable by now, though their files look the same."""
        ours, watchers = in_watchers(self._db.watchers)
        rows = self._db.read(
            f"SELECT folder, name, place FROM photo WHERE {_REJECTED} AND {ours} AND {PRESENT} AND reason_code = :code",
            watchers | {"code": ReasonCode.UNREADABLE},
        )
        return [path_of(*row) for row in rows]

    def is_unreadable(self, path: bytes) -> bool:
        """Whether what stands at a path is known to be so."""
        folder, name = os.path.split(path)
        rows = self._db.read(
            f"SELECT 1 FROM photo WHERE {WATCHED} AND folder = :folder AND name = :name AND {CURRENT}"
            " AND state = 'rejected' AND reason_code = :code",
            {"watcher": self._db.watcher_of(path), "folder": folder, "name": name, "code": ReasonCode.UNREADABLE},
        )
        return bool(rows)

    def refused_for(self, codes: Collection[str]) -> list[tuple[bytes, str]]:
        """Paths of photos that stand in their folders, and were refused for one of these reasons."""
        ours, watchers = in_watchers(self._db.watchers)
        wanted = ", ".join(f"'{code}'" for code in sorted(codes))
        rows = self._db.read(
            f"SELECT folder, name, reason_code FROM photo WHERE {_REJECTED} AND {ours} AND {PRESENT}"
            f" AND reason_code IN ({wanted})",
            watchers,
        )
        return [(folder + b"/" + name, code) for folder, name, code in rows]

    def refused_by_name(self) -> list[tuple[bytes, Reason]]:
        """Photos that stand in their folders, and can't go as they are called."""
        ours, watchers = in_watchers(self._db.watchers)
        codes = ", ".join(f"'{code}'" for code in sorted(OF_THE_NAME | OF_THE_CATALOGUE))
        rows = self._db.read(
            f"SELECT folder, name, reason_code, reason_message FROM photo WHERE {_REJECTED} AND {ours} AND {PRESENT}"
            f" AND reason_code IN ({codes})",
            watchers,
        )
        return [(folder + b"/" + name, Reason(code, message)) for folder, name, code, message in rows]

    def _below(self, folder: bytes) -> dict[str, object]:
        return {
            "watcher": self._db.watcher_of(folder),
            "folder": folder,
            "inside": folder + b"/",
            "behind": folder + b"0",
        }
