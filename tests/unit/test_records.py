"""Where the configuration says that the records are: a file, or a database of PostgreSQL."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from folder_sync.errors import ConfigInvalid, StoreUnavailable
from folder_sync.records import store_of
from folder_sync.settings import Settings, load
from folder_sync.store.postgres.store import PostgresStore
from folder_sync.store.whose import Whose
from tests.support.postgres import new_schema


def settings(tmp_path: Path, store: str) -> Settings:
    (tmp_path / "config.toml").write_text(
        f"[accounts.main]\nkey_file = 'main.key'\n[[watch]]\npath = '{tmp_path}'\n[store]\n{store}\n"
    )
    return load(tmp_path / "config.toml", {"HOME": str(tmp_path)})


def test_a_file_unless_something_else_is_said(tmp_path: Path) -> None:
    store = store_of(settings(tmp_path, ""), {"HOME": str(tmp_path)})
    assert store.is_file
    assert store.name == str(store.path) == str(tmp_path / ".local/state/folder-sync/folder-sync.db")
    assert list(store.shortcomings()) == []


def test_a_database_of_a_server_with_what_belongs_beside_it_on_this_machine(tmp_path: Path) -> None:
    with new_schema() as known:
        host = known.ask("SELECT current_setting('unix_socket_directories')")[0][0]
        schema = known.ask("SELECT current_schema()")[0][0]
        url = f"postgresql://postgres@/postgres?host={host}&options=-csearch_path%3D{schema}"
        store = store_of(settings(tmp_path, f"url = '{url}'"), {"STATE_DIRECTORY": str(tmp_path / "state")})
        assert not store.is_file
        assert store.is_missing()
        assert store.name == f"postgres on {host}"
        store.open(create=True).close()
        assert not known.is_missing()
        assert store.path.parent.stat().st_mode & 0o777 == 0o700
        assert not store.path.exists()


@pytest.mark.parametrize("given", ["password_file = 'db.password'", ""])
def test_its_password_comes_from_a_file_or_a_credential(
    tmp_path: Path, given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / ("db.password" if given else "store.password")
    place.write_text("hunter 2\n")
    asked: list[tuple[object, ...]] = []
    monkeypatch.setattr(PostgresStore, "at", lambda url, _beside, *rest: asked.append((url, *rest)))
    url = "postgresql://me@db.example.com/photos"
    store_of(settings(tmp_path, f"url = '{url}'\nmachine = 'set 1'\n{given}"), {"CREDENTIALS_DIRECTORY": str(tmp_path)})
    assert asked == [(url, "hunter 2", Whose("set 1"))]
    place.write_text("")
    with pytest.raises(ConfigInvalid, match=r"The password file .* of the database is empty"):
        store_of(settings(tmp_path, f"url = '{url}'\n{given}"), {"CREDENTIALS_DIRECTORY": str(tmp_path)})


def test_without_a_password_libpq_finds_one_or_none(tmp_path: Path) -> None:
    store = store_of(settings(tmp_path, "url = 'postgresql://me@db.example.com/photos'"), {})
    assert store.name == "photos on db.example.com"


def test_an_address_that_libpq_does_not_understand(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="not an address that PostgreSQL understands"):
        store_of(settings(tmp_path, "url = 'postgresql://me@a/b?no_such_option=1'"), {})


WITHOUT = """
import sys
sys.modules["psycopg"] = None
from folder_sync.cli import main
main()
"""


def test_without_the_extra_it_is_refused_in_words(tmp_path: Path) -> None:
    settings(tmp_path, "url = 'postgresql://me@a/b'")
    ran = subprocess.run(
        [sys.executable, "-c", WITHOUT, "--config", str(tmp_path / "config.toml"), "status"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 78
    assert "pip install 'folder-sync[postgres]'" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_file_needs_nothing_of_postgresql(tmp_path: Path) -> None:
    settings(tmp_path, "")
    ran = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "folder_sync", "--config", str(tmp_path / "config.toml"), "status"],
        capture_output=True,
        text=True,
        check=False,
        env={"HOME": str(tmp_path)},
    )
    assert "folder_sync.store.sqlite.store" in ran.stderr
    assert "psycopg" not in ran.stderr
    assert "folder_sync.store.postgres" not in ran.stderr
