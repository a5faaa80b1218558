"""What only PostgreSQL does: one writer at a time over all connections, and words for what goes wrong with a server."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Barrier

import psycopg
import pytest
import structlog
from psycopg import errors

from folder_sync.cli import run
from folder_sync.errors import AlreadyRunning, StoreTaken, StoreUnavailable, StoreUnreachable
from folder_sync.photo import State
from folder_sync.service import store_trouble
from folder_sync.service.signals import End
from folder_sync.settings import Settings, load
from folder_sync.store import outages, ports
from folder_sync.store.changes import Changes
from folder_sync.store.photo_queries import PhotoQueries
from folder_sync.store.postgres import database, listening, locking, searching, tables
from folder_sync.store.postgres.connecting import connect
from folder_sync.store.postgres.database import Database
from folder_sync.store.postgres.schema import STEPS as POSTGRES_STEPS
from folder_sync.store.postgres.schema import VERSION
from folder_sync.store.postgres.store import PostgresStore
from folder_sync.store.postgres.words import InWords
from folder_sync.store.postgres.workers import LEASE_SECONDS
from folder_sync.store.queue import Queue
from folder_sync.store.sqlite.database import Database as File
from folder_sync.store.sqlite.schema import STEPS
from folder_sync.store.whose import Whose
from tests.support.postgres import MACHINE, new_schema
from tests.support.shelf import GTIN, Shelf, claimed_by_many
from tests.support.waiting import wait_for

ONE, TWO = f"{GTIN}__One.jpg", f"{GTIN}__Two.jpg"
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND wait_event_type = 'Lock'"
NAIVE = """
  UPDATE photo SET state = 'uploading', owner = :owner, started_at = 1, changed_at = 1, attempts = attempts + 1
  WHERE id = (SELECT id FROM photo WHERE state = 'queued' ORDER BY arrival LIMIT 1) RETURNING id"""


@pytest.fixture
def shelf(place: PostgresStore) -> Iterator[Shelf]:
    shelf = Shelf(place)
    yield shelf
    shelf.db.close()


@pytest.fixture
def other(place: PostgresStore, shelf: Shelf) -> Iterator[Database]:
    """Another machine's."""
    other = place.open()
    yield other
    other.close()


@contextmanager
def unreachable(place: PostgresStore) -> Iterator[None]:
    """As a server that is down: nothing listens, and the connections that there were are gone."""
    with place.connect() as asking:
        ((folder,),) = asking.execute("SELECT current_setting('unix_socket_directories')").fetchall()
        socket = Path(folder) / ".s.PGSQL.5432"
        away = socket.with_name("away")
        socket.rename(away)
        asking.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
            " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
    try:
        yield
    finally:
        away.rename(socket)


def settings_for(place: PostgresStore, tmp_path: Path) -> Settings:
    ((host, schema),) = place.ask("SELECT current_setting('unix_socket_directories'), current_schema()")
    url = f"postgresql://postgres@/postgres?host={host}&options=-csearch_path%3D{schema}"
    (tmp_path / "config.toml").write_text(
        f"[accounts.main]\nkey_file = 'main.key'\n[[watch]]\npath = '{tmp_path}'\n"
        f"[store]\nurl = '{url}'\nmachine = '{MACHINE}'\n"
    )
    return load(tmp_path / "config.toml", {"HOME": str(tmp_path)})


# One writer at a time


def test_without_the_lock_two_machines_claim_one_photo(place: PostgresStore, shelf: Shelf) -> None:
    """The claim alone, as SQLite has it: what the lock is there for."""
    shelf.add(ONE, "A")
    claim = NAIVE.replace(":owner", "%s")
    with place.connect() as one, place.connect() as two, ThreadPoolExecutor(1) as pool:
        one.execute("BEGIN")
        first = one.execute(claim, ("one",)).fetchall()
        second = pool.submit(lambda: two.execute(claim, ("two",)).fetchall())
        wait_for(lambda: place.ask(WAITING) == [(1,)], "the second waits for the first")
        one.execute("COMMIT")
        assert second.result(30) == first
    ((attempts, spent),) = place.ask("SELECT attempts, (SELECT sum(times) FROM quota_spender) FROM photo")
    assert (attempts, spent) == (2, 2)


def test_two_machines_never_claim_one_photo(place: PostgresStore, shelf: Shelf, other: Database) -> None:
    shelf.add(ONE, "A")
    theirs = Queue(other, run="theirs")
    with ThreadPoolExecutor(1) as pool:
        with shelf.db.write() as transaction:
            second = pool.submit(theirs.claim, "main", 1.0)
            wait_for(lambda: place.ask(WAITING) == [(1,)], "the second waits for the first")
            (claimed,) = transaction.execute(NAIVE, {"owner": "ours"}).fetchall()
        assert claimed == (1,)
        assert second.result(30) is None


def test_many_claim_what_there_is_once(place: PostgresStore, shelf: Shelf) -> None:
    assert claimed_by_many(shelf, 40) == list(range(1, 41))
    assert shelf.photo_queries.counts()[State.UPLOADING] == 40


def test_who_waits_too_long_says_so(shelf: Shelf, other: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BEGIN", database.BEGIN.replace("lock_timeout = '5s'", "lock_timeout = '50ms'"))
    with shelf.db.write(), pytest.raises(StoreUnavailable, match="does not answer in time"):
        other.change("UPDATE photo SET note = ''")
    other.change("UPDATE photo SET note = ''")


def test_an_error_leaves_nothing_behind(shelf: Shelf, other: Database) -> None:
    def failing() -> None:
        with shelf.db.write() as transaction:
            transaction.execute("INSERT INTO pause (scope, reason) VALUES ('x', 'x')")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        failing()
    assert other.read("SELECT * FROM pause") == []


def test_within_a_transaction_only_its_own_statements_are_run(shelf: Shelf) -> None:
    with shelf.db.write(), pytest.raises(RuntimeError):
        shelf.db.read("SELECT 1")


NOT_FLUSHED = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"


@contextmanager
def nothing_is_flushed(place: PostgresStore) -> Iterator[None]:
    """As on a slow disk: commits wait for a standby that there is not."""

    def wait_for_standby(name: str) -> None:
        place.ask(f"ALTER SYSTEM SET synchronous_standby_names = '{name}'")
        place.ask("SELECT pg_reload_conf()")
        wait_for(lambda: place.ask("SHOW synchronous_standby_names") == [(name,)], "the server has read that")

    wait_for_standby("nobody")
    try:
        yield
    finally:
        wait_for_standby("")


def test_who_waits_for_the_disk_keeps_nobody_from_writing(place: PostgresStore, shelf: Shelf, other: Database) -> None:
    note = "INSERT INTO pause (scope, reason) VALUES (:scope, 'x')"
    with ThreadPoolExecutor(2) as pool:
        with nothing_is_flushed(place):
            first = pool.submit(shelf.db.change, note, {"scope": "one"})
            wait_for(lambda: place.ask(NOT_FLUSHED) == [(1,)], "the first waits for the disk")
            second = pool.submit(other.change, note, {"scope": "two"})
            wait_for(lambda: place.ask(NOT_FLUSHED) == [(2,)], "the second waits for the disk, and not for the first")
            assert not first.done()
            assert not second.done()
        first.result(30)
        second.result(30)


def test_a_step_is_handed_on_when_no_crash_of_the_server_can_undo_it(
    place: PostgresStore, shelf: Shelf, other: Database
) -> None:
    shelf.add(f"{GTIN}__Front.jpg", "A")
    follower = Changes(other)
    assert [change.event for change in follower.more(10)] == ["queued"]
    with ThreadPoolExecutor(2) as pool:
        with nothing_is_flushed(place):
            claimed = pool.submit(shelf.claim)
            wait_for(lambda: place.ask(NOT_FLUSHED) == [(1,)], "the claim waits for the disk")
            found = pool.submit(follower.more, 10)
            wait_for(lambda: place.ask(NOT_FLUSHED) == [(2,)], "who has read of it waits as well")
            assert not found.done()
        claimed.result(30)
        assert [change.event for change in found.result(30)] == ["uploading"]


def test_what_was_written_survives_a_power_cut(place: PostgresStore, shelf: Shelf) -> None:
    with shelf.db.write() as transaction:
        transaction.execute("INSERT INTO pause (scope, reason) VALUES ('x', 'x')")
        ((so_far,),) = transaction.execute("SELECT pg_current_wal_insert_lsn()::text").fetchall()
    assert place.ask("SELECT pg_current_wal_flush_lsn() > %s::pg_lsn", so_far) == [(True,)]


def test_the_server_compiles_no_question(place: PostgresStore) -> None:
    """With 360,000 photos known it did so for two seconds, at each `status`."""
    assert place.ask("SHOW jit") == [("off",)]


# The page's search

PLAN = "EXPLAIN (COSTS OFF) SELECT photo_id FROM photo_text WHERE text ILIKE '%front%'"


def test_photos_are_found_by_their_trigrams_where_the_server_has_them(place: PostgresStore, shelf: Shelf) -> None:
    has_them = place.ask("SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'") == [(1,)]
    with place.connect() as connection:
        connection.execute("SET enable_seqscan = off")
        plan = "".join(line for (line,) in connection.execute(PLAN).fetchall())
    assert ("photo_text_trigrams" in plan) == has_them
    lacking = [(f"{place.name} lacks pg_trgm, and the page's search looks through all photos", searching.HINT)]
    assert list(place.shortcomings()) == ([] if has_them else lacking)


# The server


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    store = PostgresStore(
        f"host={tmp_path} user=studio password=secret dbname=photos", tmp_path / "photos.db", Whose("studio")
    )
    with pytest.raises(StoreUnavailable) as caught:
        store.open()
    assert caught.value.title.startswith(f"The database photos on {tmp_path} can't be reached: ")
    assert "secret" not in caught.value.title
    assert not store.is_missing()  # nobody knows


def test_a_connection_that_is_lost_is_made_anew(place: PostgresStore, shelf: Shelf) -> None:
    shelf.add(ONE, "A")
    ((pid,),) = shelf.db.read("SELECT pg_backend_pid()")
    place.ask("SELECT pg_terminate_backend(%s)", pid)
    with pytest.raises(StoreUnavailable, match="can't be reached"):
        shelf.add(TWO, "B")
    shelf.add(TWO, "B")
    assert shelf.photo_queries.counts()[State.QUEUED] == 2


def test_an_outage_is_told_once(place: PostgresStore, shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "FIRST_PAUSE_SECONDS", 0.0)
    for _ in range(2):
        with unreachable(place), structlog.testing.capture_logs() as logs:
            for _ in range(4):
                with pytest.raises(StoreUnreachable) as met:
                    shelf.db.read("SELECT 1")
                store_trouble.tell(met.value)
        assert [line["event"] for line in logs] == ["store_unavailable"]
        shelf.db.read("SELECT 1")


def test_threads_do_not_queue_up_for_a_server_that_does_not_answer(
    place: PostgresStore, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each attempt may take as long as its time-out."""
    with unreachable(place):
        monkeypatch.setattr(database, "FIRST_PAUSE_SECONDS", 1e6)
        monkeypatch.setattr(database, "LONGEST_PAUSE_SECONDS", 1e6)
        for _ in range(2):
            with pytest.raises(StoreUnreachable):
                shelf.db.read("SELECT 1")
    with pytest.raises(StoreUnreachable):  # there again, and not asked yet
        shelf.db.read("SELECT 1")


def test_run_waits_for_a_server_that_is_down(
    place: PostgresStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path / "state"))
    settings = settings_for(place, tmp_path)
    with structlog.testing.capture_logs() as logs, ExitStack() as kept:
        down = kept.enter_context(ExitStack())
        down.enter_context(unreachable(place))
        waits = iter([lambda: None, down.close])

        class Patience:
            def wait(self, seconds: float) -> None:
                assert seconds > 0
                next(waits)()

        opened = run.database_when_it_answers(settings, Patience(), kept)
        assert opened is not None
        assert opened.read("SELECT count(*) FROM photo") == [(0,)]
    assert [line["event"] for line in logs] == ["store_unavailable"]
    assert place.holder() is None


def test_run_waits_for_records_that_another_machine_holds_up(
    place: PostgresStore, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that vanished while it wrote does so until the server gives it up: a reload right then ended the service."""
    monkeypatch.setattr(database, "BEGIN", database.BEGIN.replace(f"'{locking.LOCK_SECONDS}s'", "'10ms'"))
    with structlog.testing.capture_logs() as logs, place.connect() as vanished:
        vanished.execute(f"BEGIN; {locking.WRITING}")

        class Patience:
            def wait(self, seconds: float) -> None:
                assert seconds > 0
                vanished.execute("ROLLBACK")

        assert run.when_it_answers(lambda: shelf.db.change("SELECT 7"), Patience()) == [(7,)]
    assert [line["event"] for line in logs] == ["store_unavailable"]


def test_run_is_stopped_while_it_waits(place: PostgresStore, tmp_path: Path) -> None:
    class Stopped:
        def wait(self, _seconds: float) -> End:
            return End.STOP

    settings = settings_for(place, tmp_path)
    with unreachable(place), ExitStack() as kept:
        assert run.database_when_it_answers(settings, Stopped(), kept) is None


@pytest.mark.parametrize("what", ["database", "role"])
def test_what_is_not_there_is_no_outage(what: str) -> None:
    """It does not come by waiting."""
    with pytest.raises(StoreUnavailable, match="is not there") as caught, InWords("photos on a"):
        raise psycopg.OperationalError(f'connection failed: FATAL:  {what} "photos" does not exist')
    assert not isinstance(caught.value, StoreUnreachable)


def test_a_transaction_that_loses_its_connection_has_not_been(place: PostgresStore, shelf: Shelf) -> None:
    shelf.add(ONE, "A")
    ((pid,),) = shelf.db.read("SELECT pg_backend_pid()")

    def cut_off() -> None:
        with shelf.db.write() as transaction:
            transaction.execute("UPDATE photo SET note = 'half'")
            place.ask("SELECT pg_terminate_backend(%s)", pid)
            transaction.execute("UPDATE photo SET note = 'whole'")

    with pytest.raises(StoreUnavailable):
        cut_off()
    assert shelf.db.read("SELECT note FROM photo") == [("",)]


def test_who_only_looks_writes_nothing(place: PostgresStore, shelf: Shelf) -> None:
    shelf.add(ONE, "A")
    looking = place.open(read_only=True)
    assert PhotoQueries(looking).counts()[State.QUEUED] == 1
    with pytest.raises(StoreUnavailable, match="can't be written"):
        looking.change("DELETE FROM photo")
    looking.close()


def test_the_tables_of_a_later_program_are_left_alone(place: PostgresStore, shelf: Shelf) -> None:
    shelf.db.change("UPDATE written_by SET schema = 99, program = '9.9'")
    try:
        for create in (True, False):
            with pytest.raises(StoreUnavailable, match=r"was written by folder-sync 9\.9, which is newer"):
                place.open(create=create)
    finally:
        shelf.db.change(f"UPDATE written_by SET schema = {VERSION}")


def test_the_next_version_waits_for_its_service(monkeypatch: pytest.MonkeyPatch) -> None:
    with new_schema() as place:
        place.open(create=True).close()
        monkeypatch.setattr(tables, "VERSION", VERSION + 1)
        monkeypatch.setitem(POSTGRES_STEPS, "m9999_next", ("ALTER TABLE run ADD COLUMN next TEXT",))
        with pytest.raises(StoreUnavailable, match="is still that of folder-sync"):
            place.open()
        place.open(create=True).close()
        opened = place.open()
        assert opened.read("SELECT next FROM run") == []
        opened.close()


def test_whose_name_another_has_by_now_writes_no_more(
    place: PostgresStore, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its network was away for as long as its lease, and the second service began meanwhile."""
    monkeypatch.setattr(database, "FIRST_PAUSE_SECONDS", 0.0)
    shelf.add(ONE, "A")
    with pytest.raises(AlreadyRunning, match=str(os.getpid())):
        place.open(create=True)
    ((pid,),) = shelf.db.read("SELECT pg_backend_pid()")
    place.ask("SELECT pg_terminate_backend(%s)", pid)
    with pytest.raises(StoreUnavailable, match="can't be reached"):
        shelf.add(TWO, "B")
    with pytest.raises(AlreadyRunning, match=str(os.getpid())):
        place.open(create=True)
    place.ask("UPDATE worker SET seen_at = seen_at - %s", LEASE_SECONDS)
    second = place.open(create=True)
    assert place.holder() == os.getpid()
    with pytest.raises(StoreTaken, match="Another folder-sync took"):
        shelf.add(TWO, "B")
    second.close()
    with pytest.raises(StoreTaken, match="Another folder-sync took"):
        shelf.add(TWO, "B")
    assert place.holder() is None


def test_two_services_of_a_name_that_start_at_one_moment_are_one(place: PostgresStore) -> None:
    both = Barrier(4)

    def begin(_number: int) -> Database | None:
        both.wait(30)
        with suppress(AlreadyRunning):
            return place.open(create=True)
        return None

    with ThreadPoolExecutor(4) as pool:
        (only,) = [found for found in pool.map(begin, range(4)) if found is not None]
    only.close()


def test_what_was_begun_over_a_lost_connection_is_waited_for(
    place: PostgresStore, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server still carries it out: whoever reads before would not see what it itself has written."""
    monkeypatch.setattr(database, "FIRST_PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(locking, "LIMITS", locking.LIMITS.replace("lock_timeout = '5s'", "lock_timeout = '50ms'"))
    with place.connect() as believed_in:
        ((pid,),) = shelf.db.read("SELECT pg_backend_pid()")
        place.ask("SELECT pg_terminate_backend(%s)", pid)
        believed_in.execute(f"BEGIN; {locking.WRITING}")
        with pytest.raises(StoreUnreachable, match="can't be reached"):
            shelf.db.read("SELECT 1")
        with pytest.raises(StoreUnreachable, match="has not finished yet"):
            shelf.db.read("SELECT 1")
        with pytest.raises(StoreUnreachable, match="has not finished yet"):  # so that `run` waits
            place.open(create=True)
    shelf.db.read("SELECT 1")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            'connection to server at "a", port 5432 failed: FATAL:  password authentication failed for user "me"\n',
            'The database photos on a refuses this role: password authentication failed for user "me".',
        ),
        (
            'connection to server at "a", port 5432 failed: fe_sendauth: no password supplied\n',
            "The database photos on a asks for a password, and none is known.",
        ),
        (
            "server closed the connection unexpectedly\n\tThis probably means the server terminated abnormally\n",
            "The database photos on a can't be reached: server closed the connection unexpectedly.",
        ),
        (
            "consuming input failed: could not receive data from server: No route to host\n",
            "The database photos on a can't be reached: could not receive data from server: No route to host.",
        ),
    ],
)
def test_what_libpq_says_is_told_in_one_sentence(said: str, told: str) -> None:
    with pytest.raises(StoreUnavailable) as caught, InWords("photos on a"):
        raise psycopg.OperationalError(said)
    assert caught.value.title == told


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (errors.DiskFull, "The disk of the database"),
        (errors.LockNotAvailable, "does not answer in time"),
        (errors.InsufficientPrivilege, "Check the rights of its role"),
    ],
)
def test_a_server_that_answers_and_records_nothing_is_told_of_once(
    error: type[psycopg.Error], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where one thread or the other gets through in between; met much later, it is another outage."""
    in_words = InWords("photos on a")
    with structlog.testing.capture_logs() as logs:
        for _ in range(2):
            for _ in range(3):
                with pytest.raises(StoreUnavailable, match=told) as met, in_words:
                    raise error("no")
                store_trouble.tell(met.value)
                in_words.answered()
            monkeypatch.setattr(outages, "AGAIN_SECONDS", -1.0)
    assert [line["event"] for line in logs] == ["store_unavailable"] * 4


def test_an_address_has_the_last_word_and_several_hosts_mean_the_primary(place: PostgresStore) -> None:
    with connect(f"{place.where} connect_timeout=3") as connection:
        assert connection.info.get_parameters()["connect_timeout"] == "3"
    with connect(place.where) as connection:
        assert connection.info.get_parameters()["connect_timeout"] == "10"
        assert "target_session_attrs" not in connection.info.get_parameters()
    ((folder, _),) = place.ask("SELECT current_setting('unix_socket_directories'), 1")
    with connect(f"host=/nowhere,{folder} user=postgres dbname=postgres") as connection:
        assert connection.info.get_parameters()["target_session_attrs"] == "read-write"


def test_what_another_machine_writes_is_heard(place: PostgresStore, shelf: Shelf) -> None:
    with place.news() as news:
        assert not news.heard()
        shelf.add(ONE, "A")
        wait_for(news.heard, "it is heard")
        assert not news.heard()
        assert [change.event for change in Changes(shelf.db).more(9)] == ["queued"]


def hears(news: ports.News) -> bool:
    return news.descriptor is not None


def test_a_line_that_was_lost_is_made_anew_and_meanwhile_known_to_be_deaf(
    place: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    with place.news() as news:
        pids = "SELECT pid FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
        ((pid,),) = place.ask(pids)
        place.ask("SELECT pg_terminate_backend(%s, 10000)", pid)
        wait_for(lambda: not news.heard() and not hears(news), "it is noticed")
        monkeypatch.setattr(listening, "PROOF_SECONDS", 0.0)
        monkeypatch.setattr(listening, "PATIENCE_SECONDS", 30.0)
        with unreachable(place):
            assert not news.heard()
            assert not hears(news)
        assert news.heard()  # something may have come meanwhile
        assert hears(news)
        other = place.open()
        other.change("UPDATE provenance SET records = records")
        other.close()
        wait_for(news.heard, "it is heard")


def test_who_does_not_hear_itself_is_deaf(place: PostgresStore, shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """As behind a pooler, which takes LISTEN and passes nothing on."""
    monkeypatch.setattr(listening, "PATIENCE_SECONDS", 0.1)
    monkeypatch.setattr(listening, "CHANNEL", "another")
    monkeypatch.setattr(listening.Listening, "_listen", lambda self: setattr(self, "_schema", ""))
    with place.news() as news:
        assert news.descriptor is None
        shelf.add(ONE, "A")
        assert not news.heard()


# The tables are those of SQLite

_KINDS = {"BIGINT": "INTEGER", "DOUBLE PRECISION": "REAL", "BYTEA": "BLOB", "TEXT": "TEXT"}


def test_they_have_the_same_columns(shelf: Shelf, tmp_path: Path) -> None:
    file = File(tmp_path / "photos.db", create=True)
    theirs = {
        (table, column, _KINDS[kind.upper()], nullable == "NO")
        for table, column, kind, nullable in shelf.db.read(
            "SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns"
            " WHERE table_schema = current_schema()"
            " AND table_name NOT IN ('written', 'worker', 'taken_in', 'photo_text')"
        )
    }
    ours = {
        (table, column, kind, bool(not_null or key))
        for table, column, kind, not_null, key in file.read(
            'SELECT t.name, c.name, c.type, c."notnull", c.pk FROM pragma_table_list t, pragma_table_info(t.name) c'
            " WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND t.name NOT LIKE '_sqlite_%'"
        )
    }
    file.close()
    assert theirs == ours
    assert len(ours) > 100


def test_they_have_the_same_indexes(shelf: Shelf, tmp_path: Path) -> None:
    file = File(tmp_path / "photos.db", create=True)
    ours = file.read(
        'SELECT l.name, l."unique", l.partial FROM pragma_table_list t, pragma_index_list(t.name) l'
        " WHERE l.origin = 'c' AND t.name NOT LIKE '_sqlite_%' ORDER BY l.name"
    )
    file.close()
    theirs = shelf.db.read(
        "SELECT c.relname, i.indisunique::int, (i.indpred IS NOT NULL)::int FROM pg_index i"
        " JOIN pg_class c ON c.oid = i.indexrelid LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid"
        " WHERE c.relnamespace = current_schema()::regnamespace AND k.oid IS NULL"
        " AND c.relname <> 'photo_text_trigrams' ORDER BY c.relname"
    )
    assert theirs == ours
    assert ("photo_in_flight", 1, 1) in ours


def test_they_have_the_same_triggers(shelf: Shelf, tmp_path: Path) -> None:
    """Of which what they do is held equal by the state machine."""
    file = File(tmp_path / "photos.db", create=True)
    ours = file.read("SELECT name FROM sqlite_schema WHERE type = 'trigger' ORDER BY name")
    file.close()
    theirs = shelf.db.read(
        "SELECT tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid WHERE NOT tgisinternal"
        " AND relnamespace = current_schema()::regnamespace ORDER BY tgname"
    )
    assert theirs == ours


def test_they_have_as_many_checks(shelf: Shelf) -> None:
    written = sum(statement.count("CHECK (") for statements in STEPS.values() for statement in statements)
    own = 1  # of the tables that only PostgreSQL has
    found = shelf.db.read(
        "SELECT count(*) FROM pg_constraint WHERE contype = 'c' AND connamespace = current_schema()::regnamespace"
    )
    assert found == [(written + own,)]


def test_every_step_is_there() -> None:
    assert list(POSTGRES_STEPS) == list(STEPS)
