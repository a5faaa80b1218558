"""The disk under the database is full, read-only, locked or broken: it is said; nothing is forgotten or repeated."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from folder_sync.photo import State
from folder_sync.sandbox.state import Sandbox
from folder_sync.store.sqlite.database import Database
from folder_sync.store.sqlite.lock import InstanceLock
from folder_sync.store.sqlite.soundness import SMALL_BYTES
from tests.support.proof import assert_exactly_once, gtin14, sent_again, take_up_work, wait_for_ends, wide_sandbox
from tests.support.studio import GTIN, Process, Studio, photo_data
from tests.support.waiting import PATIENCE_SECONDS, wait_for

SMALL_DISK: Final = 2_000_000


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with wide_sandbox() as running:
        yield running


@pytest.fixture
def studio(tmp_path: Path, sandbox: Sandbox) -> Iterator[Studio]:
    studio = Studio(tmp_path, sandbox)
    studio.configure(
        account=f'organization_id = "{sandbox.organization_id}"',
        delivery={"confirm_after_seconds": 0.3, "retry_base_seconds": 0.05},
    )
    yield studio
    assert sent_again(sandbox) == []


@contextmanager
def _mounted(folder: Path, *options: str) -> Iterator[None]:
    """Needs root, as continuous integration has it."""
    subprocess.run(["mount", *options, str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def _full(folder: Path) -> Iterator[None]:
    """Not a byte is left on this file system."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (4096, 1):
            try:
                while file.write(bytes(size)):
                    pass
            except OSError:
                continue
    try:
        yield
    finally:
        filler.unlink()


@contextmanager
def _at_work(studio: Studio) -> Iterator[Process]:
    with studio.start("run") as process:
        wait_for(lambda: f'"pid": {process.pid}' in studio.told(), "the service has started")
        yield process
        assert process.end(signal.SIGTERM) == 0


def _deliver(studio: Studio, count: int, title: str = "a") -> list[Path]:
    return [studio.export(f"{gtin14(number)}__{title}.jpg") for number in range(count)]


def _complaints(studio: Studio) -> int:
    return studio.told().count('"store_unavailable"')


def _wait_for_answers(studio: Studio, count: int) -> None:
    """Of which nothing can be recorded."""
    wait_for(lambda: sum(arrival.status == 201 for arrival in studio.sandbox.ledger.arrivals) == count, "all are sent")
    wait_for(lambda: _complaints(studio) > 0, "the log tells of the database")


def _assert_all_there(studio: Studio, paths: list[Path]) -> None:
    for path in paths:
        assert_exactly_once(studio.sandbox, studio.wait_for_state(path, State.UPLOADED))


def _posts(studio: Studio) -> int:
    return len(studio.sandbox.ledger.arrivals)


def test_the_disk_is_full_for_a_while(studio: Studio) -> None:
    """New photos can't be recorded, and how uploads ended that were under way can't either."""
    studio.database.parent.mkdir()
    with _mounted(studio.database.parent, "-t", "tmpfs", "-o", f"size={SMALL_DISK}", "tmpfs"):
        take_up_work(studio)
        with _at_work(studio) as process:
            under_way = _deliver(studio, 3)
            studio.sandbox.faults.add("stall", route="upload", seconds=1.0, stored=True, count=3)
            wait_for(lambda: len(studio.sandbox.ledger.stored) == 3, "three are stored, and not answered")
            with _full(studio.database.parent):
                late = _deliver(studio, 3, "late")
                _wait_for_answers(studio, 3)
                assert _posts(studio) == 3
                assert process.poll() is None
            _assert_all_there(studio, [*under_way, *late])
            assert _posts(studio) == 6
        assert studio.told().count("is full. Make room; nothing is forgotten.") == 1


def test_killed_while_the_disk_is_full(studio: Studio) -> None:
    """What ended while nothing could be recorded is known to nobody but the server."""
    studio.database.parent.mkdir()
    with _mounted(studio.database.parent, "-t", "tmpfs", "-o", f"size={SMALL_DISK}", "tmpfs"):
        take_up_work(studio)
        with studio.start("run") as process:
            paths = _deliver(studio, 3)
            studio.sandbox.faults.add("stall", route="upload", seconds=1.0, stored=True, count=3)
            wait_for(lambda: len(studio.sandbox.ledger.stored) == 3, "three are stored, and not answered")
            with _full(studio.database.parent):
                _wait_for_answers(studio, 3)
                assert process.end(signal.SIGKILL) == -signal.SIGKILL
        with _at_work(studio):
            _assert_all_there(studio, paths)
        assert _posts(studio) == 3


def test_started_again_while_the_disk_is_still_full(studio: Studio) -> None:
    """It waits, or ends as what systemd starts again; either way it says so, and goes on where there is room."""
    studio.database.parent.mkdir()
    with _mounted(studio.database.parent, "-t", "tmpfs", "-o", f"size={SMALL_DISK}", "tmpfs"):
        take_up_work(studio)
        with studio.start("run") as process:
            paths = _deliver(studio, 3)
            studio.sandbox.faults.add("stall", route="upload", seconds=1.0, stored=True, count=3)
            wait_for(lambda: len(studio.sandbox.ledger.stored) == 3, "three are stored, and not answered")
            wait_for(lambda: len(_backups(studio)) == 1, "today's backup is written")
            _backups(studio)[0].unlink()  # the next start writes another, and that needs room
            with _full(studio.database.parent):
                wait_for(lambda: _complaints(studio) > 0, "the log tells of the database")
                assert process.end(signal.SIGKILL) == -signal.SIGKILL
                told = len(studio.told())
                with studio.start("run") as again:
                    wait_for(lambda: "is full." in " ".join(studio.told()[told:].split()), "it says so")
                    again.send_signal(signal.SIGTERM)
                    assert again.wait(PATIENCE_SECONDS) in (0, 1)
                assert "Traceback" not in studio.told()
        assert _posts(studio) == 3
        with _at_work(studio):
            _assert_all_there(studio, paths)
        assert _posts(studio) == 3
        with _full(studio.database.parent):  # and now there is not even room for the log that a clean end took away
            done = studio.command("run")
            assert done.returncode == 1, done
            assert "Make room" in done.stderr
            assert "Traceback" not in done.stderr


def test_started_while_another_program_holds_the_database(studio: Studio) -> None:
    take_up_work(studio)
    paths = _deliver(studio, 2)
    with closing(sqlite3.connect(studio.database, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        done = studio.command("run")
        assert done.returncode == 1, done
        assert "is locked by another program. Close that program, then try again." in " ".join(done.stderr.split())
        assert "Traceback" not in done.stderr
    assert studio.sandbox.ledger.arrivals == ()
    with _at_work(studio):
        _assert_all_there(studio, paths)


def test_no_database_can_be_made_on_a_full_disk(studio: Studio) -> None:
    studio.database.parent.mkdir()
    paths = _deliver(studio, 1)
    with _mounted(studio.database.parent, "-t", "tmpfs", "-o", f"size={SMALL_DISK}", "tmpfs"):
        with _full(studio.database.parent):
            done = studio.command("run")
            assert done.returncode == 1
            assert "can't be written: No space left on device. Make room on the disk." in " ".join(done.stderr.split())
        with _at_work(studio):
            _assert_all_there(studio, paths)


@pytest.mark.parametrize("seconds", [2.0, 12.0], ids=["shorter than it waits", "longer than it waits"])
def test_another_program_locks_the_database(studio: Studio, seconds: float) -> None:
    take_up_work(studio)
    with _at_work(studio) as process:
        under_way = _deliver(studio, 3)
        studio.sandbox.faults.add("stall", route="upload", seconds=0.5, stored=True, count=3)
        wait_for(lambda: len(studio.sandbox.ledger.stored) == 3, "three are stored, and not answered")
        with closing(sqlite3.connect(studio.database, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            late = _deliver(studio, 3, "late")
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(seconds)
            assert _posts(studio) == 3
        _assert_all_there(studio, [*under_way, *late])
        assert _posts(studio) == 6


def test_the_file_system_is_read_only(studio: Studio) -> None:
    take_up_work(studio)
    paths = _deliver(studio, 2)
    folder = studio.database.parent
    with _mounted(folder, "--bind", str(folder)):
        subprocess.run(["mount", "-o", "remount,bind,ro", str(folder)], check=True)
        done = studio.command("run")
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith("Error: ")
        assert "Traceback" not in done.stderr
        assert "defect" not in done.stderr
    assert studio.sandbox.ledger.arrivals == ()
    with _at_work(studio):
        _assert_all_there(studio, paths)


def test_the_watched_folder_is_read_only(studio: Studio) -> None:
    """Photos go; that they can't be put away afterwards is said."""
    studio.configure(after={"uploaded": "move"})
    take_up_work(studio)
    paths = _deliver(studio, 2)
    with _mounted(studio.folder, "--bind", str(studio.folder)):
        subprocess.run(["mount", "-o", "remount,bind,ro", str(studio.folder)], check=True)
        with _at_work(studio):
            _assert_all_there(studio, paths)
            wait_for(lambda: '"file_left"' in studio.told(), "it says that the files stay")
    with _at_work(studio):
        wait_for(lambda: not any(path.exists() for path in paths), "the files are put away")
    assert _posts(studio) == len(paths)


@pytest.mark.parametrize("another", [False, True])
def test_a_database_that_goes_under_the_service_ends_it(studio: Studio, *, another: bool) -> None:
    """It went on in a file that nobody sees: `status` said that there is no database, and what it recorded was lost."""
    take_up_work(studio)
    copy = studio.database.read_bytes()
    with studio.start("run") as process:
        wait_for(lambda: f'"pid": {process.pid}' in studio.told(), "the service has started")
        paths = _deliver(studio, 2)
        _assert_all_there(studio, paths)
        for file in studio.database.parent.glob(f"{studio.database.name}*"):
            file.unlink()
        if another:
            studio.database.write_bytes(copy)
        assert process.wait(PATIENCE_SECONDS) == 1
    said = f"The database {studio.database} was taken away, or another one put in its place, while the service ran."
    assert f"Error: {said}" in studio.told()
    assert "Traceback" not in studio.told()
    with _at_work(studio):
        _assert_all_there(studio, paths)
    assert _posts(studio) == 2


def _zero_the_first_page(database: Path) -> None:
    with database.open("r+b") as file:
        file.write(bytes(4096))


def _overwrite_the_middle(database: Path) -> None:
    with database.open("r+b") as file:
        file.seek(8192)
        file.write(b"\xa5" * (database.stat().st_size - 8192))


def _spoil_the_header(database: Path) -> None:
    """It still says that it is a database."""
    with database.open("r+b") as file:
        file.seek(16)
        file.write(b"\xa5" * 84)


def _cut_off_half(database: Path) -> None:
    os.truncate(database, database.stat().st_size // 2)


@pytest.mark.parametrize("damage", [_zero_the_first_page, _overwrite_the_middle, _spoil_the_header, _cut_off_half])
def test_a_damaged_database_is_set_aside_and_rebuilt_without_a_post(studio: Studio, damage: Any) -> None:
    take_up_work(studio)
    with _at_work(studio):
        paths = _deliver(studio, 5)
        _assert_all_there(studio, paths)
    before = {record.sha256: record.image_id for record in studio.records()}
    damage(studio.database)
    damaged = studio.database.read_bytes()
    with _at_work(studio):
        _assert_all_there(studio, paths)
        studio.wait_until_settled(6)
        new = studio.export(f"{gtin14(0)}__new.jpg")
        _assert_all_there(studio, [new])
    assert {record.sha256: record.image_id for record in studio.records() if record.path != os.fsencode(new)} == before
    assert _posts(studio) == 6
    (aside,) = [path for path in studio.database.parent.glob("*.damaged-*") if not path.name.endswith(("-wal", "-shm"))]
    assert aside.read_bytes() == damaged
    assert f"was damaged. It is kept as {aside}" in studio.told()


def test_damage_of_a_large_database_is_found_at_work_and_set_aside_by_the_next_start(studio: Studio) -> None:
    """A start does not read all of it, or a million photos would take seconds before it is ready."""
    take_up_work(studio)
    with _at_work(studio):
        paths = _deliver(studio, 3)
        _assert_all_there(studio, paths)
    with closing(sqlite3.connect(studio.database)) as connection, connection:
        connection.execute("CREATE TABLE padding (page BLOB)")
        connection.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
            " INSERT INTO padding SELECT zeroblob(4000) FROM n",
            (SMALL_BYTES // 4096,),
        )
    with studio.database.open("r+b") as file:
        file.seek(-100_000, os.SEEK_END)
        file.write(b"\xa5" * 100_000)
    for backup in _backups(studio):
        backup.unlink()
    with studio.start("run") as process:
        assert process.wait(60) == 1
    told = studio.told()
    assert told.count("service_started") == 2
    assert f"Error: The database {studio.database} is damaged." in told
    assert "Traceback" not in told
    assert _backups(studio) == []
    with _at_work(studio):
        assert "It is kept as" in studio.told()
        _assert_all_there(studio, paths)
    assert _posts(studio) == 3


@pytest.mark.parametrize("spoilt", ["an empty file", "rubbish in the log", "an empty file beside its log"])
def test_a_database_that_lost_something_sends_nothing_again(studio: Studio, spoilt: str) -> None:
    """An empty file is a new database; a log that is none is no part of it. Neither is anything to set aside."""
    take_up_work(studio)
    wal = Path(f"{studio.database}-wal")
    with studio.start("run") as process:
        paths = _deliver(studio, 3)
        _assert_all_there(studio, paths)
        assert process.end(signal.SIGTERM if spoilt == "rubbish in the log" else signal.SIGKILL) in (0, -signal.SIGKILL)
    if spoilt == "rubbish in the log":
        wal.write_bytes(b"\xa5" * 40_000)
    else:
        os.truncate(studio.database, 0)
        if spoilt == "an empty file":
            wal.unlink()
            Path(f"{studio.database}-shm").unlink()
    with _at_work(studio):
        _assert_all_there(studio, paths)
        studio.wait_until_settled(4)
        _assert_all_there(studio, [studio.export(f"{gtin14(0)}__new.jpg")])
    assert _posts(studio) == 4


def test_what_is_no_database_is_left_alone(studio: Studio) -> None:
    studio.database.parent.mkdir()
    studio.database.write_text("Dear diary, ...\n" * 1000)
    before = studio.database.read_bytes()
    studio.export(f"{gtin14(0)}__a.jpg")
    for command in ("run", "sync", "list"):
        done = studio.command(command)
        assert done.returncode == 1
        assert "is not a database of folder-sync." in done.stderr
    assert studio.database.read_bytes() == before
    assert studio.sandbox.ledger.calls == ()


@pytest.mark.parametrize("target", ["/dev/full", "a closed pipe"])
def test_nobody_takes_the_log(studio: Studio, target: str) -> None:
    take_up_work(studio)
    if target == "/dev/full":
        log = os.open(target, os.O_WRONLY)
    else:
        reader, log = os.pipe()
        os.close(reader)
    command = [sys.executable, "-m", "folder_sync", "--config", str(studio.config), "run"]
    with Process(command, stdout=subprocess.DEVNULL, stderr=log, env=studio.environment()) as process:
        os.close(log)
        _assert_all_there(studio, _deliver(studio, 3))
        assert process.end(signal.SIGTERM) == 0
    assert _posts(studio) == 3


def _backups(studio: Studio) -> list[Path]:
    return list(studio.database.parent.glob("*.backup-????-??-??"))


def test_going_back_to_a_backup_as_documented(studio: Studio) -> None:
    """docs/operations.md, Backup: the copy knows nothing of what came after it, and that is noticed."""

    with _at_work(studio):
        early = _deliver(studio, 3)
        _assert_all_there(studio, early)
        wait_for(lambda: len(_backups(studio)) == 1, "today's backup is written")
        _backups(studio)[0].unlink()
    with _at_work(studio):
        wait_for(lambda: len(_backups(studio)) == 1, "and another, in which the early photos are")
        late = _deliver(studio, 3, "late")
        _assert_all_there(studio, late)
        replaced = studio.export(early[0].name, photo_data("a new version"))
        wait_for_ends(studio, 7)
        _assert_all_there(studio, [replaced])
    (backup,) = _backups(studio)
    assert backup.stat().st_mode & 0o777 == 0o600
    known = {record.sha256: record.image_id for record in studio.records()}
    shutil.copy(backup, studio.database)
    for suffix in ("-wal", "-shm"):
        Path(f"{studio.database}{suffix}").unlink(missing_ok=True)
    done = studio.command("sync", "--json")
    assert done.returncode == 0
    assert "an older copy of the database was put back" in done.stderr
    assert json.loads(done.stdout)["uploaded"] == 0
    assert {record.sha256: record.image_id for record in studio.records()} == known
    assert _posts(studio) == 7
    with _at_work(studio):
        _assert_all_there(studio, [*late, replaced])


@pytest.mark.parametrize("exists", [True, False])
def test_a_database_that_is_a_link_has_one_log_and_one_lock(studio: Studio, exists: bool) -> None:
    """SQLite follows the link, and its log lies where that leads."""
    real = studio.home / "big disk" / "photos.db"
    real.parent.mkdir()
    studio.database.parent.mkdir()
    studio.database.symlink_to(real)
    if exists:
        Database(real, create=True).close()
    studio.export(f"{GTIN}__Front.jpg")
    assert json.loads(studio.command("sync", "--json").stdout)["uploaded"] == 1
    assert [photo.state for photo in studio.records()] == [State.UPLOADED]
    assert studio.database.is_symlink()
    assert not list(studio.database.parent.glob("*.lock"))
    lock = InstanceLock(real)
    second = studio.command("sync")
    lock.release()
    assert (second.returncode, str(os.getpid()) in second.stderr) == (75, True)
