"""A year of a studio in PostgreSQL for ``benchmarks.year``, a day after another, and what its autovacuum would do."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import psycopg

from benchmarks import photos
from folder_sync.store.ports import Database, Row
from folder_sync.store.postgres import searching
from folder_sync.store.quota import QuotaBook
from folder_sync.store.search import SearchIndex
from tests.support.postgres import MACHINE

ACCOUNT: Final = "main"
AT_ONCE: Final = 25
"""Rows of one transaction. What it changes more than once, such as the tally, is cleared only after its end."""
VIEWS: Final = 4
"""Photos of each product, which come on the same day."""
DAY: Final = 86_400.0
BEGIN: Final = 1_735_718_400.0
"""A morning, at eight."""
WORK_SECONDS: Final = 32_400.0
_SCATTERED: Final = 387_420_489
"""Makes of one product's number after another's those of a studio, which are in no order. Odd, and no five in it."""

# What the statements of recording.py and queue.py set, of many rows.
_ARRIVE: Final = """
  INSERT INTO photo (watcher, folder, name, account, organization_id, gtin, title, is_primary, state, sha256, size,
    format, mtime_ns, ctime_ns, first_seen, changed_at, note, width, height, arrival, machine)
  SELECT %(watcher)s, %(folder)s, convert_to(name, 'UTF8'), %(account)s, 'organization', substr(name, 1, 14),
    replace(substr(name, 17, 6), '_', ' '), (position('primary' in name) > 0)::int, 'queued',
    encode(sha256(convert_to(name, 'UTF8')), 'hex'), 200000, 'jpg', (at * 1e9)::bigint, (at * 1e9)::bigint, at, at, '',
    2400, 3200, (SELECT coalesce(max(arrival), 0) FROM photo) + number, %(watcher)s
  FROM unnest(%(names)s::text[], %(times)s::float8[]) WITH ORDINALITY AS came (name, at, number)"""
_CLAIM: Final = """
  UPDATE photo SET state = 'uploading', owner = %(watcher)s || '|run', started_at = first_seen + 5,
    changed_at = first_seen + 5, not_before = NULL, reason_code = NULL, reason_message = NULL, attempts = attempts + 1,
    note = ''
  WHERE id IN (SELECT id FROM photo WHERE account = %(account)s AND watcher = %(watcher)s AND state = 'queued'
               ORDER BY arrival) AND state = 'queued'"""
_COMPLETE: Final = """
  UPDATE photo SET state = 'uploaded', not_before = NULL, reason_code = NULL, reason_message = NULL, note = '',
    image_id = gen_random_uuid()::text, image_url = 'https://images.example.com/' || sha256,
    uploaded_at = first_seen + 7, changed_at = first_seen + 7, absences = 0, undecidable = 0, look_first = 0,
    looked_for = 0
  WHERE account = %(account)s AND state = 'uploading' AND state IN ('uploading', 'unconfirmed')"""

_KNOWN: Final = (
    f"""INSERT INTO photo (watcher, folder, name, account, organization_id, gtin, title, is_primary, state, sha256,
      size, format, mtime_ns, ctime_ns, first_seen, changed_at, width, height, arrival, machine, attempts, owner,
      started_at, uploaded_at, image_id, image_url)
    SELECT %(watcher)s, convert_to('/srv/export/before ' || number / %(a_day)s, 'UTF8'),
      convert_to(gtin || '__View_' || view + 1 || '.jpg', 'UTF8'), %(account)s, 'organization', gtin,
      'View ' || view + 1, (view = 0)::int, 'uploaded', encode(sha256(convert_to(number::text, 'UTF8')), 'hex'), 200000,
      'jpg', (at * 1e9)::bigint, (at * 1e9)::bigint, at, at + 7, 2400, 3200, number + 1, %(watcher)s, 1,
      %(watcher)s || '|run', at + 5, at + 7, gen_random_uuid()::text, 'https://images.example.com/' || number
    FROM generate_series(0, %(known)s - 1::bigint) AS every (number),
      LATERAL (SELECT %(begin)s - (%(known)s - number) * {DAY} / %(a_day)s AS at, number %% {VIEWS} AS view,
        '0952' || lpad((number / {VIEWS} * {_SCATTERED} %% 1000000000)::text, 9, '0') || '0' AS gtin) AS one""",
    """INSERT INTO history (photo_id, at, event, detail)
    SELECT id, first_seen + took, event, '' FROM photo,
      LATERAL (VALUES (0, 'queued'), (5, 'uploading'), (7, 'uploaded')) AS step (took, event)""",
    """INSERT INTO tally (account, state, photos, noted, entered, bytes, at)
    SELECT account, state, count(*), 0, count(*), sum(size), max(uploaded_at) FROM photo GROUP BY account, state""",
    "DROP INDEX IF EXISTS photo_text_trigrams",
    "INSERT INTO photo_text (photo_id, text) SELECT id, photo_words(name, title, gtin) FROM photo",
)

# As autovacuum decides, by the settings of the server and of the table.
_DUE: Final = """
  SELECT pg_class.relname,
    n_dead_tup > 50 + coalesce((SELECT option_value::float8 FROM pg_options_to_table(reloptions)
      WHERE option_name = 'autovacuum_vacuum_scale_factor'), 0.2) * greatest(reltuples, 0)
      OR n_ins_since_vacuum > 1000 + 0.2 * greatest(reltuples, 0),
    n_mod_since_analyze > 50 + 0.1 * greatest(reltuples, 0)
  FROM pg_stat_user_tables JOIN pg_class ON pg_class.oid = relid WHERE schemaname = current_schema()"""


@dataclass
class Year:
    """One schema, and the day that it has come to."""

    database: Database
    connection: psycopg.Connection[Row]
    a_day: int
    known: int
    day: int = 0
    vacuumed: dict[str, int] = field(default_factory=dict)
    vacuum_seconds: float = 0.0

    def begin(self) -> None:
        """With what was uploaded before."""
        values = {"known": self.known, "a_day": self.a_day, "begin": BEGIN, "account": ACCOUNT, "watcher": MACHINE}
        self.connection.execute("SET session_replication_role = replica")
        for statement in _KNOWN:
            self.connection.execute(statement, values if "%" in statement else None)
        self.connection.execute("SET session_replication_role = origin")
        with self.connection.transaction():
            searching.index(self.connection)
        self.connection.execute("VACUUM ANALYZE photo, history, photo_text")

    def live(self) -> None:
        """A day, and the night after it."""
        for batch in range(self.a_day // AT_ONCE):
            self.arrive(list(self._names(batch)), batch * AT_ONCE)
            for statement in (_CLAIM, _COMPLETE):
                self._write(statement)
        self.day += 1
        while SearchIndex(self.database).catch_up():
            pass
        QuotaBook(self.database).trim(self.now)
        self._vacuum()

    @property
    def now(self) -> float:
        return BEGIN + self.day * DAY

    def _names(self, batch: int) -> Iterator[str]:
        """Of as many products, for one has one request in flight."""
        batches = self.a_day // AT_ONCE // VIEWS
        first = (self.known + self.day * self.a_day) // VIEWS + batch % batches * AT_ONCE
        return (name_of(first + number, batch // batches) for number in range(AT_ONCE))

    def arrive(self, names: list[str], before: int) -> None:
        times = [self.now + (before + number) * WORK_SECONDS / self.a_day for number in range(len(names))]
        self._write(_ARRIVE, folder=b"/srv/export/%d" % self.day, names=names, times=times)

    def _write(self, statement: str, **values: object) -> None:
        with self.connection.transaction():
            self.connection.execute(statement, {"account": ACCOUNT, "watcher": MACHINE, **values})
            self.connection.execute("UPDATE written SET times = times + 1")

    def _vacuum(self) -> None:
        self.connection.execute("SELECT pg_stat_force_next_flush()")
        begun = time.monotonic()
        for table, vacuum, analyze in self.connection.execute(_DUE).fetchall():
            if vacuum:
                self.vacuumed[table] = self.vacuumed.get(table, 0) + 1
            if vacuum or analyze:
                words = [word for word, is_due in (("VACUUM", vacuum), ("ANALYZE", analyze)) if is_due]
                self.connection.execute(f"{' '.join(words)} {table}")
        self.vacuum_seconds += time.monotonic() - begun


def name_of(product: int, view: int) -> str:
    return photos.name(product * _SCATTERED % 1_000_000_000 * VIEWS + view)
