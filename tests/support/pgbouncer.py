"""A PgBouncer of the tests' own, before the tests' PostgreSQL: on a socket beside the server's, gone with its tests."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
from psycopg import sql

from folder_sync.store.postgres.store import PostgresStore
from folder_sync.store.whose import Whose
from tests.support.postgres import MACHINE, new_schema
from tests.support.waiting import wait_for

_CONFIGURATION = """
[databases]
* = host={server}
[pgbouncer]
listen_addr =
unix_socket_dir = {folder}
listen_port = 5432
auth_type = trust
auth_file = {folder}/users
pool_mode = {mode}
server_round_robin = 1
min_pool_size = 3
max_client_conn = 100
logfile = {folder}/log
"""


@contextmanager
def pooled(mode: str) -> Iterator[PostgresStore]:
    """A schema without tables, as the role sees it that owns it, through a pooler that works by the ``mode``.

    Whoever asks twice is mostly given another session: as many as three are kept, in turn.
    """
    with new_schema() as direct, tempfile.TemporaryDirectory(prefix="pgb-", dir="/tmp") as name:
        folder, nobody = Path(name), pwd.getpwnam("nobody")
        ((server, schema),) = direct.ask("SELECT current_setting('unix_socket_directories'), current_schema()")
        direct.ask(_said("CREATE ROLE {0} LOGIN", schema))
        direct.ask(_said("ALTER ROLE {0} SET search_path = {0}", schema))
        direct.ask(_said("ALTER SCHEMA {0} OWNER TO {0}", schema))
        (folder / "users").write_text(f'"{schema}" ""\n')
        (folder / "ini").write_text(_CONFIGURATION.format(server=server, folder=folder, mode=mode))
        program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
        assert program is not None
        user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}
        if user:
            for path in (folder, folder / "users", folder / "ini"):
                os.chown(path, nobody.pw_uid, nobody.pw_gid)
        process = subprocess.Popen([program, "-q", folder / "ini"], cwd=folder, **user)  # type: ignore[call-overload]
        try:
            where = f"host={folder} user={schema} dbname=postgres"
            wait_for(lambda: _answers(where), "the pooler answers")
            yield PostgresStore(where, folder / "photos.db", Whose(MACHINE))
        finally:
            process.terminate()
            process.wait(30)
            direct.ask("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE usename = %s", schema)
            direct.ask(_said("ALTER SCHEMA {0} OWNER TO postgres", schema))
            direct.ask(_said("REASSIGN OWNED BY {0} TO postgres", schema))
            direct.ask(_said("DROP OWNED BY {0}", schema))
            direct.ask(_said("DROP ROLE {0}", schema))


def _said(statement: str, name: str) -> str:
    return sql.SQL(statement).format(sql.Identifier(name)).as_string()


def _answers(where: str) -> bool:
    with suppress(psycopg.OperationalError):
        psycopg.connect(where).close()
        return True
    return False
