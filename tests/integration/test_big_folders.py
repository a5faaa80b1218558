"""Much at once: thousands of photos by one rename, folders filled in an instant, deep trees, a burst that overflows."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from watchdog.observers.inotify_c import InotifyEvent

from folder_sync.errors import StoreUnavailable
from folder_sync.files.watching import _Folder, _Native
from folder_sync.photo import Format, State
from folder_sync.sandbox.drawing import photo_bytes
from folder_sync.service.intake import inspectors as inspecting
from folder_sync.service.intake import judging
from folder_sync.store.incoming import Incoming
from folder_sync.store.sqlite.database import Database
from tests.support import small_queue
from tests.support.proof import gtin14
from tests.support.running import intake_of, running_service
from tests.support.studio import GTIN, OTHER, Studio, photo_data
from tests.support.waiting import PATIENCE_SECONDS, wait_for

TINY: Final = photo_bytes(Format.GIF, width=8)
MANY: Final = 2_000


@pytest.fixture(autouse=True)
def paused(studio: Studio) -> None:
    """The key is refused, so that photos stay where intake put them; and no line of log for each."""
    studio.configure(log={"level": "error"})
    studio.sandbox.revoke_key()


@pytest.fixture
def running(studio: Studio) -> Iterator[Studio]:
    with running_service(studio):
        yield studio


def counts(studio: Studio) -> Counter[str]:
    """How many photos are in each state."""
    database = Database(studio.database, create=False)
    try:
        return Counter(dict(database.read("SELECT state, count(*) FROM photo GROUP BY state")))
    finally:
        database.close()


def wait_for_count(studio: Studio, count: int, seconds: float = 4 * PATIENCE_SECONDS) -> None:
    try:
        wait_for(lambda: counts(studio).total() == count, f"{count} photos are known", seconds)
    except AssertionError as failure:
        failure.add_note(str(counts(studio)))
        raise


def test_thousands_of_photos_by_one_rename(studio: Studio) -> None:
    staged = studio.home / "job"
    for number in range(MANY):
        folder = staged / f"{number // 1_000}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{gtin14(number % 500)}__photo_{number}.gif").write_bytes(TINY)
    with running_service(studio):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        staged.rename(studio.folder / "job")
        wait_for_count(studio, MANY)
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert counts(studio) == {"queued": MANY}
    assert grown < 60_000, grown  # kB


def test_a_thousand_folders_each_filled_as_it_is_made(running: Studio) -> None:
    """By another process, as fast as it can."""
    (running.home / "photo").write_bytes(TINY)
    script = """
import os, sys
root, source, gtin = sys.argv[1:4]
data = open(source, "rb").read()
for number in range(1_000):
    folder = os.path.join(root, f"job {number % 10}", f"set {number}", "final")
    os.makedirs(folder)
    with open(os.path.join(folder, f"{gtin}__photo_{number}.gif"), "wb") as file:
        file.write(data)
"""
    program: list[str | Path] = [sys.executable, "-c", script, running.folder, running.home / "photo", GTIN]
    subprocess.run(program, check=True, timeout=PATIENCE_SECONDS)
    wait_for_count(running, 1_000)


def test_a_folder_renamed_again_and_again_while_it_is_looked_through(running: Studio) -> None:
    for number in range(200):
        path = running.folder / "job 0" / f"{GTIN}__photo_{number}.gif"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(TINY)
    for number in range(20):
        (running.folder / f"job {number}").rename(running.folder / f"job {number + 1}")
    last = os.fsencode(running.folder / "job 20")

    def all_followed() -> bool:
        return {os.path.dirname(record.path) for record in running.records()} == {last} and counts(running) == {
            "queued": 200
        }

    wait_for(all_followed, "every record has followed its file")


def test_deep_trees(running: Studio) -> None:
    path = running.export("/".join(f"level {level}" for level in range(100)) + f"/{GTIN}__a.jpg")
    running.wait_for_state(path, State.QUEUED)
    later = path.with_name(f"{GTIN}__b.jpg")
    later.write_bytes(photo_data("b"))
    running.wait_for_state(later, State.QUEUED)
    shutil.rmtree(running.folder / "level 0")
    running.wait_for_state(later, State.MISSING)


def test_a_tree_too_deep_for_any_path_hides_nothing_else(studio: Studio) -> None:
    """Paths end at 4,096 bytes; folders can go on below."""
    here = os.open(studio.folder, os.O_RDONLY)
    for _ in range(20):
        os.mkdir("x" * 250, dir_fd=here)
        below = os.open("x" * 250, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    with running_service(studio):
        studio.wait_for_state(studio.export(f"zz/{GTIN}__a.jpg"), State.QUEUED)


def test_files_lost_in_an_overflow_are_found(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """More events than the kernel keeps, while the watcher is held up; the last of them are lost."""
    small_queue.make_it_small(monkeypatch)
    held, go_on = threading.Event(), threading.Event()
    pair = studio.folder / "a.txt", studio.folder / "b.txt"
    for path in pair:
        path.touch()
    happened = _Native.happened

    def hold(self: _Native, folder: _Folder, event: InotifyEvent) -> None:
        held.set()
        go_on.wait(PATIENCE_SECONDS)
        happened(self, folder, event)

    monkeypatch.setattr(_Native, "happened", hold)
    with running_service(studio):
        os.utime(pair[1])
        assert held.wait(PATIENCE_SECONDS)
        for number in range(small_queue.BURST):
            os.utime(pair[number % 2])
        paths = [studio.export(f"{OTHER}__lost_{number}.jpg") for number in range(5)]
        paths.append(studio.export(f"new/{OTHER}__lost.jpg"))
        go_on.set()
        for path in paths:
            studio.wait_for_state(path, State.QUEUED)


def test_a_photo_deleted_while_it_waits_its_turn_holds_up_no_other_of_its_product(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The incident: it took the turns of all that waited behind it along, until the next start."""
    begun, go_on = threading.Event(), threading.Event()

    def slow(path: bytes, *more: Any) -> object:
        if GTIN.encode() in path:
            begun.set()
            go_on.wait(PATIENCE_SECONDS)
        return judging.judge(path, *more)

    def waits(name: str) -> Path:
        """What was delivered later, of another product, has been taken in: so this one has been offered before."""
        path = studio.export(f"{GTIN}__{name}.jpg")
        studio.wait_for_state(studio.export(f"{OTHER}__after_{name}.jpg"), State.QUEUED)
        return path

    monkeypatch.setattr(inspecting, "judge", slow)
    with running_service(studio) as running:
        first = studio.export(f"{GTIN}__first.jpg")
        assert begun.wait(PATIENCE_SECONDS)
        second, third = waits("second"), waits("third")
        second.unlink()
        taking_in = intake_of(running, studio.folder)
        wait_for(lambda: taking_in.held == 2, "it is gone")
        go_on.set()
        for path in (first, third):
            studio.wait_for_state(path, State.QUEUED)
    assert studio.record(second) is None


def test_a_torn_photo_that_could_not_be_recorded_is_offered_again(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The incident: when it was given up the database was locked, and it waited for a change that never came."""
    arrive = Incoming.arrive
    locked = iter([True, True])

    def locked_twice(*arguments: Any, **more: Any) -> object:
        if next(locked, False):
            raise StoreUnavailable("The database is locked.")
        return arrive(*arguments, **more)

    monkeypatch.setattr(Incoming, "arrive", locked_twice)
    studio.configure(intake={"incomplete_seconds": 0.3})
    with running_service(studio):
        studio.wait_for_state(studio.export(f"{GTIN}__torn.jpg", photo_data("torn")[:-100]), State.REJECTED)


def test_a_start_opens_nothing_that_is_known(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [studio.export(f"job/{GTIN}__photo_{number}.jpg") for number in range(50)]
    with running_service(studio):
        wait_for_count(studio, 50)

    opened: list[bytes] = []

    def judge(path: bytes, *_: object) -> object:
        opened.append(path)
        raise AssertionError(path)

    before = {path: path.stat().st_atime_ns for path in paths}
    with monkeypatch.context() as patched:
        patched.setattr(inspecting, "judge", judge)
        with running_service(studio) as running:
            scanner = intake_of(running, studio.folder)._scanner
            wait_for(lambda: bool(scanner.pass_cost()) and running.service._intake.idle, "everything is looked through")
            assert not opened
    assert {path: path.stat().st_atime_ns for path in paths} == before
