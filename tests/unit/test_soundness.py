"""A damaged database is found, by a start or by the running service, and set aside by the next start."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from folder_sync.errors import StoreDamaged, StoreUnavailable
from folder_sync.store.sqlite.database import Database
from folder_sync.store.sqlite.soundness import SMALL_BYTES, is_suspected, make_sure, set_aside_if_damaged


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "photos.db"


def make(file: Path, size: int = 100_000) -> None:
    """Some pages that nothing but a full look comes by."""
    database = Database(file, create=True)
    with database.write() as connection:
        connection.execute("CREATE TABLE padding (page BLOB)")
        connection.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
            " INSERT INTO padding SELECT zeroblob(4000) FROM n",
            (size // 4096,),
        )
    database.close()


def damage_the_end(file: Path) -> None:
    """The last pages of the padding."""
    with file.open("r+b") as opened:
        opened.seek(-20_000, os.SEEK_END)
        opened.write(b"\xa5" * 20_000)


def parts(file: Path) -> list[str]:
    return sorted(path.name for path in file.parent.iterdir() if not path.name.endswith(("-wal", "-shm")))


def test_a_sound_one_stays(file: Path) -> None:
    make(file)
    assert set_aside_if_damaged(file) is None
    make_sure(file)
    assert parts(file) == ["photos.db"]


def test_a_small_one_is_read_through_by_each_start(file: Path) -> None:
    make(file)
    damage_the_end(file)
    aside = set_aside_if_damaged(file)
    assert aside is not None
    assert parts(file) == [aside.name]


def test_a_large_one_is_read_through_once_the_service_works(file: Path) -> None:
    make(file, SMALL_BYTES + 1_000_000)
    damage_the_end(file)
    assert set_aside_if_damaged(file) is None
    with pytest.raises(StoreDamaged, match="is damaged"):
        make_sure(file)
    assert is_suspected(file)
    aside = set_aside_if_damaged(file)
    assert aside is not None
    assert (parts(file), is_suspected(file)) == ([aside.name], False)


def test_whoever_meets_damage_leaves_a_mark(file: Path) -> None:
    make(file)
    damage_the_end(file)
    database = Database(file, create=False)
    with pytest.raises(StoreDamaged, match="is damaged"):
        database.read("SELECT * FROM padding")
    database.close()
    assert is_suspected(file)
    assert stat.S_IMODE(file.with_name("photos.db.suspect").stat().st_mode) & 0o077 == 0
    assert set_aside_if_damaged(file) is not None


@pytest.mark.parametrize("look", [make_sure, set_aside_if_damaged])
def test_a_false_alarm_is_forgotten(file: Path, look: object) -> None:
    make(file)
    file.with_name("photos.db.suspect").touch()
    assert callable(look)
    look(file)
    assert parts(file) == ["photos.db"]


def test_what_cant_be_read_is_not_called_damaged(file: Path) -> None:
    with pytest.raises(StoreUnavailable, match="can't be read") as caught:
        make_sure(file / "of a file that is none")
    assert not isinstance(caught.value, StoreDamaged)
