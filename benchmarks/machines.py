"""``python -m benchmarks.machines [--services 1 2 4] [--seconds 10]``: photos claimed and completed in one PostgreSQL.

With fsync on. Each service is a process with its own connection and four threads, as ``concurrency`` has it; each of
its accounts has a quota of its own, shared with all services. Before each claim the others' requests are looked at, as
the service does; nothing is sent. The photos are those of ``--known`` that were uploaded before, and as many as can go.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from typing import Final

import psycopg

from benchmarks import photos
from benchmarks.processes import processor_seconds
from folder_sync.photo import Image, State
from folder_sync.rules.outcome import Transition
from folder_sync.rules.quota import Window
from folder_sync.service.delivery.rate_limiter import RateLimiter
from folder_sync.store.postgres import locking
from folder_sync.store.postgres.store import PostgresStore
from folder_sync.store.queue import Queue
from folder_sync.store.quota import QuotaBook
from folder_sync.store.whose import Whose
from tests.support.postgres import Server, new_schema

THREADS: Final = 4
ACCOUNTS: Final = 40
"""As many keys as it takes for 200 requests a second."""
BEFORE: Final = 1_700_000_000.0


@dataclass(frozen=True, slots=True)
class Measured:
    """``ours`` and ``servers``: seconds of a processor for each photo, in the service and in its server's process."""

    services: int
    photos_a_second: float
    claim_p50: float
    claim_p99: float
    ours: float
    servers: float

    def __str__(self) -> str:
        return (
            f"{self.services} services: {self.photos_a_second:5.0f} photos/s claimed and completed,"
            f" a claim {self.claim_p50 * 1e3:.1f} ms, 99 of 100 within {self.claim_p99 * 1e3:.1f} ms;"
            f" a photo takes {self.ours * 1e3:.2f} ms of a processor here and {self.servers * 1e3:.2f} ms there"
        )


def measure(store: PostgresStore, services: int, seconds: float) -> Measured:
    begin_at = time.time() + 3.0 + services
    command = [sys.executable, "-m", "benchmarks.machines", "--work", store.where, str(seconds), str(begin_at)]
    processes = [
        subprocess.Popen([*command, f"studio{number}"], stdout=subprocess.PIPE) for number in range(1, services + 1)
    ]
    done = [json.loads(process.communicate()[0]) for process in processes]
    claims = [claim for took, _, _ in done for claim in took]
    cuts = quantiles(claims, n=100)
    ours, servers = (sum(one[place] for one in done) / len(claims) for place in (1, 2))
    return Measured(services, len(claims) / seconds, cuts[49], cuts[98], ours, servers)


def fill(store: PostgresStore, known: int, queued: int, services: int) -> None:
    """``known`` uploaded photos, and ``queued`` ones on each of so many machines."""
    with psycopg.connect(store.where) as connection:
        connection.execute(
            "SET session_replication_role = replica"
        )  # no history: what counts is how many rows there are
        with connection.cursor() as cursor:
            columns = (
                "watcher, folder, name, account, organization_id, gtin, title, is_primary, state, sha256, size, format,"
                " mtime_ns, ctime_ns, arrival, first_seen, changed_at, uploaded_at, image_id"
            )
            with cursor.copy(f"COPY photo ({columns}) FROM STDIN") as copy:
                for row in _rows(known, queued, services):
                    copy.write_row(row)
        connection.execute("SET session_replication_role = origin")
        connection.execute(
            "INSERT INTO tally (account, state, photos, noted, entered, bytes, at)"
            " SELECT account, state, count(*), 0, count(*), 0, 0 FROM photo GROUP BY account, state"
            " ON CONFLICT (account, state) DO UPDATE SET photos = excluded.photos"
        )
    with psycopg.connect(store.where, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE photo")


def _rows(known: int, queued: int, services: int) -> Iterator[tuple[object, ...]]:
    for number in range(known + queued * services):
        name, is_known = photos.name(number), number < known
        yield (
            f"studio{number % services + 1}",
            b"/srv/export/%d" % (number // 500),
            os.fsencode(name),
            f"account{number // services % ACCOUNTS}",
            "organization",
            name[:14],
            "Front",
            0,
            "uploaded" if is_known else "queued",
            f"{number:064x}",
            200_000,
            "jpg",
            1,
            1,
            number,
            BEFORE,
            BEFORE,
            BEFORE if is_known else None,
            f"image {number}" if is_known else None,
        )


def work(where: str, seconds: float, begin_at: float, machine: str) -> None:
    """As one service of several: writes how many seconds each claim took, and how much of a processor it needed itself,
    and its server's process."""
    with tempfile.TemporaryDirectory() as home, ExitStack() as stack:
        store = PostgresStore(where, Path(home) / "beside", Whose(machine))
        database = stack.enter_context(closing(store.open(create=True)))
        database.lease.renew(70.0)
        queue, book = Queue(database, "run"), QuotaBook(database)
        limiters = [
            (account, RateLimiter(account, book, (Window(1_000_000, 60),)))
            for account in (f"account{number}" for number in range(ACCOUNTS))
        ]
        took: list[float] = []
        ((backend,),) = store.ask("SELECT pid FROM pg_stat_activity WHERE application_name = %s", locking.alias())
        time.sleep(max(begin_at - time.time(), 0.0))
        before = time.process_time(), processor_seconds(backend)
        end = time.monotonic() + seconds

        def send(first: int) -> None:
            turn = first
            while time.monotonic() < end:
                account, limiter = limiters[turn % ACCOUNTS]
                turn += 1
                began = time.perf_counter()
                limiter.look()
                known = limiter.known
                assert limiter.reserve() == 0
                photo = queue.claim(account, time.time(), known=known)
                if photo is None:  # outrun by another machine, or nothing is left
                    limiter.refund()
                    continue
                took.append(time.perf_counter() - began)
                limiter.end()
                image = Image(f"{machine} {photo.id}", photo.title, photo.is_primary, time.time(), None)
                queue.apply(photo, Transition(State.UPLOADED, image=image), time.time())

        threads = [threading.Thread(target=send, args=(number * ACCOUNTS // THREADS,)) for number in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        needed = time.process_time() - before[0], processor_seconds(backend) - before[1]
    json.dump([took, *needed], sys.stdout)


def bloat(store: PostgresStore) -> str:
    """What the tables weigh by now, and how many dead rows lie in them."""
    rows = store.ask(
        "SELECT relname, n_live_tup, n_dead_tup, pg_total_relation_size(relid)::float8 / 1e6, n_tup_hot_upd, n_tup_upd"
        " FROM pg_stat_user_tables WHERE schemaname = current_schema() AND n_tup_upd + n_tup_ins > 0"
        " ORDER BY 4 DESC LIMIT 6"
    )
    lines = [
        f"  {name:14} {live:9} rows, {dead:7} dead, {size:8.1f} MB, {hot}/{updated} updates in place"
        for name, live, dead, size, hot, updated in rows
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.machines", description=__doc__)
    parser.add_argument("--services", type=int, nargs="*", default=[1, 2, 4])
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--known", type=int, default=0, help="photos uploaded before (default: none)")
    parser.add_argument("--work", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        where, seconds, begin_at, machine = options.work
        work(where, float(seconds), float(begin_at), machine)
        return
    server = Server(flushes=True)
    try:
        for services in options.services:
            with new_schema(server) as store:
                store.open(create=True).close()
                fill(store, options.known, int(options.seconds * 1_000 / services), services)
                print(f"load {os.getloadavg()[0]:.1f}: {measure(store, services, options.seconds)}", flush=True)
                print(bloat(store), flush=True)
    finally:
        server.stop()


if __name__ == "__main__":
    main()
