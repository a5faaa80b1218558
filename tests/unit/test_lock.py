"""One working service per database: the lock, and who holds it."""

from __future__ import annotations

import fcntl
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from folder_sync.errors import AlreadyRunning, StoreGone, StoreUnavailable
from folder_sync.store.sqlite.lock import InstanceLock, OwnFile, holder
from tests.support.processes import not_outliving

HOLD = """
import pathlib, sys
from folder_sync.store.sqlite.lock import InstanceLock
lock = InstanceLock(pathlib.Path(sys.argv[1]))
print(flush=True)
sys.stdin.read()
"""


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "state" / "photos.db"


def test_nobody_holds_what_was_never_locked(database: Path) -> None:
    assert holder(database) is None


def test_it_is_held_until_released(database: Path) -> None:
    lock = InstanceLock(database)
    assert holder(database) == os.getpid()
    lock.release()
    assert holder(database) is None
    InstanceLock(database).release()


def test_the_second_is_told_the_pid_of_the_first(database: Path) -> None:
    lock = InstanceLock(database)
    with pytest.raises(AlreadyRunning, match=f"process {os.getpid()}") as caught:
        InstanceLock(database)
    assert (caught.value.pid, caught.value.exit_code) == (os.getpid(), 75)
    lock.release()


def test_a_process_that_is_killed_holds_nothing(database: Path) -> None:
    arguments = [sys.executable, "-c", HOLD, str(database)]
    pipe = subprocess.PIPE
    started = subprocess.Popen(arguments, stdin=pipe, stdout=pipe, env=os.environ | {"PYTHONPATH": "."})
    with not_outliving(started) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert holder(database) == process.pid
        process.kill()
        process.wait()
        assert holder(database) is None
    InstanceLock(database).release()


def test_who_only_looks_is_no_other_instance(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`status` holds the lock for an instant; a start that falls into it tries again."""
    InstanceLock(database).release()
    looking = os.open(database.with_name("photos.db.lock"), os.O_RDONLY)
    fcntl.flock(looking, fcntl.LOCK_SH)
    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        fcntl.flock(looking, fcntl.LOCK_UN)

    monkeypatch.setattr("time.sleep", sleep)
    InstanceLock(database).release()
    assert len(pauses) == 1
    os.close(looking)


def test_a_lock_without_a_pid_yet(database: Path) -> None:
    lock = InstanceLock(database)
    os.truncate(database.with_name("photos.db.lock"), 0)
    assert holder(database) == 0
    lock.release()


def test_nobody_else_reads_the_lock(database: Path) -> None:
    InstanceLock(database).release()
    assert stat.S_IMODE(database.with_name("photos.db.lock").stat().st_mode) == 0o600


def test_a_place_that_cant_be_written(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    with pytest.raises(StoreUnavailable, match="can't be written"):
        InstanceLock(tmp_path / "state" / "photos.db")


@pytest.mark.parametrize("linked", ["the file", "its folder"])
def test_one_database_has_one_lock_however_it_is_spelt(tmp_path: Path, linked: str) -> None:
    (tmp_path / "real").mkdir()
    database = tmp_path / "real" / "photos.db"
    database.touch()
    link = tmp_path / "link"
    link.symlink_to(database if linked == "the file" else database.parent)
    spelt = link if linked == "the file" else link / "photos.db"
    lock = InstanceLock(database)
    assert holder(spelt) == os.getpid()
    with pytest.raises(AlreadyRunning):
        InstanceLock(spelt)
    lock.release()


def test_a_database_is_gone_only_where_that_is_sure(tmp_path: Path) -> None:
    there, loop = tmp_path / "photos.db", tmp_path / "loop"
    there.touch()
    own = OwnFile(there)
    assert own.gone() == []
    loop.symlink_to(loop)
    there.rename(tmp_path / "aside")
    there.symlink_to(loop)
    assert own.gone() == [], "where it leads nobody can tell"
    there.unlink()
    with pytest.raises(StoreGone):
        own.gone()
    there.touch()
    with pytest.raises(StoreGone):
        own.gone()
