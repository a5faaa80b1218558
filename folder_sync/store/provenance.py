"""Which records these are, and how far they have come: an older copy of them, put back, is told by that."""

from __future__ import annotations

from folder_sync.store.ports import Reader


class Provenance:
    """``records``: names this database and every copy of it, and no other."""

    def __init__(self, database: Reader) -> None:
        self._db = database
        self.records = str(database.read("SELECT records FROM provenance")[0][0])

    def steps(self) -> int:
        """How many steps of photos were ever recorded; never less than before."""
        return self._db.ever_numbered("history")
