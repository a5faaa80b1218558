"""``python -m benchmarks.year [--days 365] [--a-day 10000] [--known 0]``: what a year leaves in one PostgreSQL.

Each photo comes, is claimed and is completed at its time of its day, through the service's triggers; some at a time,
for one by one they would take hours. ``--known``: so many came before, which are only written down as they ended.
Trimming, the page's search and what is timed are the service's own code. What autovacuum would do is done after each
day, by its own thresholds: it goes by the clock on the wall, and a day is over in seconds here. Nothing is flushed.

``POSTGRES_BIN`` names a server with contrib modules: with pg_trgm the search has its index, and with pgstattuple it is
said at the end how full the pages are.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from statistics import median, quantiles
from typing import Final

import psycopg

from benchmarks.year_records import ACCOUNT, VIEWS, Year, name_of
from folder_sync.photo import Image, State
from folder_sync.report.status import status
from folder_sync.rules.outcome import Transition
from folder_sync.rules.quota import Window
from folder_sync.service.delivery.rate_limiter import RateLimiter
from folder_sync.store.photo_list import Selection
from folder_sync.store.photo_pages import PhotoPages
from folder_sync.store.ports import Row
from folder_sync.store.queue import Queue
from folder_sync.store.quota import QuotaBook
from tests.support.postgres import Server, new_schema

TIMED: Final = 400
"""So many are claimed through the service's own code when it is timed."""
WINDOWS: Final = (Window(1_000_000, 60),)

_SIZES: Final = """
  SELECT relname, n_live_tup, n_dead_tup, pg_table_size(relid) / 1e6::float8, pg_indexes_size(relid) / 1e6::float8
  FROM pg_stat_user_tables WHERE schemaname = current_schema() ORDER BY pg_total_relation_size(relid) DESC"""
_INDEXES: Final = """
  SELECT relname, pg_relation_size(oid) / 1e6::float8 FROM pg_class
  WHERE relnamespace = current_schema()::regnamespace AND relkind = 'i' AND pg_relation_size(oid) > 1e6
  ORDER BY 2 DESC"""


def time_claims(year: Year) -> str:
    """Through the service's own code, from the look at the ledger on."""
    names = [name_of(10**8 + year.day * TIMED + number, 0) for number in range(TIMED)]
    year.arrive(names, 0)
    queue = Queue(year.database, "timed")
    limiter = RateLimiter(ACCOUNT, QuotaBook(year.database), WINDOWS, wall=lambda: year.now)
    claims, completions = [], []
    for number in range(TIMED):
        begun = time.perf_counter()
        limiter.look()
        known = limiter.known
        assert limiter.reserve() == 0
        photo = queue.claim(ACCOUNT, year.now, known=known)
        claims.append(time.perf_counter() - begun)
        assert photo is not None
        begun = time.perf_counter()
        image = Image(f"timed {year.day} {number}", photo.title, photo.is_primary, year.now, None)
        queue.apply(photo, Transition(State.UPLOADED, image=image), year.now)
        limiter.end()
        completions.append(time.perf_counter() - begun)
    return f"a claim {_spread(claims)}; a completion {_spread(completions)}"


def time_glances(year: Year) -> str:
    product = name_of((year.known + year.day * year.a_day) // VIEWS // 2, 0)[:14]
    pages = PhotoPages(year.database)
    glances: dict[str, Callable[[], object]] = {
        "status": lambda: status(year.database, {ACCOUNT: WINDOWS}, year.now),
        "newest 60 photos": lambda: pages.page(Selection(), None, 60),
        "a search for a GTIN": lambda: pages.page(Selection(search=product), None, 60),
    }
    return "; ".join(f"{name} {_median(glance) * 1e3:.1f} ms" for name, glance in glances.items())


def sizes(year: Year) -> Iterator[str]:
    year.connection.execute("SELECT pg_stat_force_next_flush()")
    tables = year.connection.execute(_SIZES).fetchall()
    for table, live, dead, own, indexes in tables[:6]:
        yield f"  {table:14} {live:9} rows, {dead:7} dead, {own:7.1f} MB and {indexes:7.1f} MB of indexes"
    yield f"  all together {sum(own + indexes for *_, own, indexes in tables):.0f} MB"
    times = ", ".join(f"{table} {number}" for table, number in sorted(year.vacuumed.items()))
    yield f"  vacuumed so far, in {year.vacuum_seconds:.0f} s: {times}"


def fill_of_pages(connection: psycopg.Connection[Row]) -> Iterator[str]:
    """What dead rows and free space take, and how full the leaves of indexes are: 90 % when they are new."""
    for table in ("photo", "history"):
        for size, dead, free in connection.execute(
            "SELECT table_len / 1e6::float8, dead_tuple_percent, free_percent FROM pgstattuple(%s)", (table,)
        ).fetchall():
            yield f"  {table}: {size:.0f} MB, of them {dead:.1f} % dead rows and {free:.1f} % free"
    for index, size in connection.execute(_INDEXES).fetchall():
        with suppress(psycopg.errors.FeatureNotSupported, psycopg.errors.WrongObjectType):  # no tree
            density = connection.execute(
                "SELECT avg_leaf_density, leaf_fragmentation FROM pgstatindex(%s)", (index,)
            ).fetchall()
            yield f"  {index}: {size:.0f} MB, leaves {density[0][0]:.0f} % full"


def _spread(samples: list[float]) -> str:
    cuts = quantiles(samples, n=100)
    return f"{cuts[49] * 1e3:.1f} ms, 99 of 100 within {cuts[98] * 1e3:.1f} ms"


def _median(glance: Callable[[], object], rounds: int = 5) -> float:
    """Median of a few."""
    took = []
    for _ in range(rounds):
        begun = time.perf_counter()
        glance()
        took.append(time.perf_counter() - begun)
    return median(took)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.year", description=__doc__)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--a-day", type=int, default=10_000, help="photos; a multiple of 100 (default: %(default)s)")
    parser.add_argument("--known", type=int, default=0, help="photos uploaded before (default: none)")
    parser.add_argument("--every", type=int, default=91, help="days between two reports (default: %(default)s)")
    options = parser.parse_args()
    server = Server()
    try:
        with new_schema(server) as store, psycopg.connect(store.where, autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET autovacuum = off")
            connection.execute("SELECT pg_reload_conf()")
            has_measure = bool(
                connection.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'pgstattuple'").fetchall()
            )
            if has_measure:
                connection.execute("CREATE EXTENSION pgstattuple")
            with closing(store.open(create=True)) as database:
                year = Year(database, connection, options.a_day, options.known)
                begun = time.monotonic()
                if options.known:
                    year.begin()
                while year.day < options.days:
                    year.live()
                    if year.day == 1 or year.day % options.every == 0 or year.day == options.days:
                        print(f"day {year.day}, after {time.monotonic() - begun:.0f} s, load {os.getloadavg()[0]:.1f}:")
                        print("\n".join(sizes(year)))
                        print(f"  {time_claims(year)}\n  {time_glances(year)}", flush=True)
                if has_measure:
                    print("\n".join(fill_of_pages(connection)))
    finally:
        server.stop()


if __name__ == "__main__":
    main()
