"""Who works on a folder, and whether its records know all that was done there."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from json import dumps
from pathlib import Path

import pytest

from folder_sync.service.watch.mark import SILENT_SECONDS, Mark, born, owner_besides, read
from folder_sync.service.watch.owner_mark import BEAT_SECONDS, Claim, OwnerMark
from folder_sync.store.opening import store_at
from folder_sync.store.ports import Database
from folder_sync.store.provenance import Provenance
from tests.support.shelf import GTIN, Shelf
from tests.support.waiting import wait_for

Laid = Callable[[bytes, bytes], None]


class Ground:
    """A folder, and the records of two services."""

    def __init__(self, place: Path) -> None:
        self.path = os.fsencode(place / ".folder-sync-mark")
        self.shelf = Shelf(place / "ours.db")
        self.other = store_at(place / "other.db").open(create=True)
        self.clock = 0.0

    def ours(self, run: str = "ours", **more: object) -> OwnerMark:
        return self.mark(self.shelf.db, run, **more)

    def mark(self, database: Database, run: str, **more: object) -> OwnerMark:
        provenance = Provenance(database)
        return OwnerMark(self.path, provenance, run, clock=lambda: self.clock, **more)  # type: ignore[arg-type]

    def alive(self, **fields: object) -> Mark:
        """Write the mark of another process that lives: pid 1."""
        before = self.mark(self.other, "other")
        if before.claim().behind:
            before.catch_up()
            before.claim()
        mark = read(self.path)
        assert mark is not None
        mark = replace(mark, pid=1, born=born(1) or 0, beat=mark.beat + 1)
        mark = replace(mark, **fields)  # type: ignore[arg-type]
        Path(os.fsdecode(self.path)).write_text(dumps(asdict(mark)))
        return mark


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    ground = Ground(tmp_path)
    yield ground
    ground.shelf.db.close()
    ground.other.close()


def test_nobody_was_here(ground: Ground) -> None:
    claim = ground.ours().claim()
    assert (claim.other, claim.behind) == (None, "")
    mark = read(ground.path)
    assert mark is not None
    assert (mark.run, mark.pid) == ("ours", os.getpid())
    assert stat.S_IMODE(os.stat(ground.path).st_mode) & 0o333 == 0o200


def test_whoever_lives_keeps_the_folder(ground: Ground) -> None:
    other = ground.alive()
    mark = ground.ours()
    assert mark.claim().other == other
    assert mark.claim().other == other
    mark.release()
    assert read(ground.path) == other, "it never was ours"


@pytest.mark.parametrize(
    "fields",
    [{"pid": 0}, {"boot": "before the power cut"}, {"pid": 2**22 + 1}, {"born": 1}, {"pid": os.getpid()}],
    ids=["stopped", "another boot", "no such process", "another process by now", "before a reload"],
)
def test_who_has_ended_has_left_it(ground: Ground, fields: dict[str, object]) -> None:
    ground.alive(**fields)
    claim = ground.ours().claim()
    assert (claim.other, claim.behind) == (None, "another database was in use here before")


def test_records_that_are_behind_are_until_it_is_recorded_that_they_are(ground: Ground) -> None:
    """The database may go away in between, or the service be killed: what is known from the mark alone must stay."""
    ground.alive(pid=0)
    before = read(ground.path)
    for run in ("killed", "ours"):
        mark = ground.ours(run)
        for _ in range(2):
            assert mark.claim().behind
            assert read(ground.path) == before
            ground.clock += BEAT_SECONDS
    mark.catch_up()
    assert mark.claim() == Claim()
    found = read(ground.path)
    assert found is not None
    assert found.run == "ours"
    assert ground.ours("after that").claim().behind == "", "said once"


def test_what_was_caught_up_with_is_one_mark_and_no_later_one(ground: Ground) -> None:
    ground.alive(pid=0)
    mark = ground.ours()
    assert mark.claim().behind
    ground.alive(pid=0, steps=7)
    mark.catch_up()
    assert mark.claim().behind


def test_of_another_machine_it_is_known_by_its_silence(ground: Ground) -> None:
    ground.alive(host="elsewhere")
    mark = ground.ours()
    assert mark.claim().other is not None
    ground.clock += SILENT_SECONDS - 1
    other = mark.claim().other
    assert other is not None
    assert "on elsewhere" in other.owner
    ground.alive(host="elsewhere", beat=99)
    ground.clock += 2
    assert mark.claim().other is not None, "it was heard again"
    ground.clock += SILENT_SECONDS
    assert mark.claim().other is None


def test_it_is_renewed_from_time_to_time_and_told_when_it_is_taken(ground: Ground) -> None:
    mark = ground.ours()
    beats = []
    for _ in range(3):
        assert mark.claim().other is None
        found = read(ground.path)
        assert found is not None
        beats.append(found.beat)
        ground.clock += BEAT_SECONDS / 2 + 1
    assert beats == [1, 1, 2]
    ground.alive()  # as after this machine slept for long
    assert mark.claim().other is not None


def test_released_it_says_so(ground: Ground) -> None:
    mark = ground.ours()
    mark.claim()
    mark.release()
    found = read(ground.path)
    assert found is not None
    assert found.has_surely_ended()
    assert ground.ours("next").claim().behind == ""


def test_records_that_know_less_than_was_done_are_an_older_copy(ground: Ground) -> None:
    ground.shelf.add(f"{GTIN}__Front.jpg", "A")
    mark = ground.ours()
    mark.claim()
    mark.release()
    found = read(ground.path)
    assert found is not None
    Path(os.fsdecode(ground.path)).write_text(dumps(asdict(replace(found, steps=found.steps + 1))))
    assert ground.ours("next").claim().behind == "an older copy of the database was put back"


def test_steps_are_never_given_twice(ground: Ground) -> None:
    ground.shelf.add("nonsense.jpg", "X")
    before = Provenance(ground.shelf.db).steps()
    ground.shelf.remove("nonsense.jpg")
    assert Provenance(ground.shelf.db).steps() >= before > 0


@pytest.mark.parametrize("recursive", [True, False])
def test_a_folder_inside_of_one_that_another_works_on(ground: Ground, recursive: bool) -> None:
    ground.alive(recursive=recursive)
    inner = Path(os.fsdecode(ground.path)).parent / "inner"
    inner.mkdir()
    mark = OwnerMark(os.fsencode(inner / ".folder-sync-mark"), Provenance(ground.shelf.db), "ours", above=[ground.path])
    assert (mark.claim().other is not None) is recursive


@pytest.mark.parametrize("text", ["", "[]", "{}", "rubbish", '{"run": 1}'])
def test_what_is_no_mark_is_written_over(ground: Ground, text: str) -> None:
    Path(os.fsdecode(ground.path)).write_text(text)
    assert ground.ours().claim().behind == ""
    assert read(ground.path) is not None


def test_where_none_can_be_made_the_folder_is_ours(ground: Ground) -> None:
    Path(os.fsdecode(ground.path)).mkdir()
    mark = ground.ours()
    assert mark.claim().other is None
    assert mark.problem.endswith("no mark can be left here (Is a directory).")
    mark.release()
    Path(os.fsdecode(ground.path)).rmdir()
    assert mark.claim().other is None
    assert read(ground.path) is None, "not tried all the time"
    ground.clock += BEAT_SECONDS
    assert mark.claim().other is None
    assert (mark.problem, read(ground.path) is None) == ("", False)


def test_where_an_old_one_can_not_be_replaced_the_catalogue_is_looked_through_once(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that the service may only read."""
    ground.alive(pid=0)
    before = Path(os.fsdecode(ground.path)).read_bytes()
    really = os.open

    def read_only(path: bytes, flags: int, mode: int = 0o777) -> int:
        if flags & os.O_RDWR:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        return really(path, flags, mode)

    monkeypatch.setattr(os, "open", read_only)
    mark, claims = ground.ours(), []
    for _ in range(3):
        claims.append(mark.claim())
        mark.catch_up()
        ground.clock += BEAT_SECONDS
    assert [claim.other for claim in claims] == [None] * 3
    assert [bool(claim.behind) for claim in claims] == [True, False, False]
    assert mark.problem.endswith("(Read-only file system).")
    assert Path(os.fsdecode(ground.path)).read_bytes() == before


def test_a_lock_that_nobody_answers_for_keeps_nobody_from_work(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a share whose server has the port of its lock service closed."""
    answers, waits = threading.Event(), []

    def unanswered(*_: object) -> None:
        waits.append(1)
        assert answers.wait(20)

    monkeypatch.setattr(fcntl, "flock", unanswered)
    mark = ground.ours(answer_seconds=0.01)
    for _ in range(3):
        assert mark.claim().other is None
        assert mark.problem
        ground.clock += BEAT_SECONDS
    assert len(waits) == 1, "no second try beside one that waits"
    answers.set()
    wait_for(lambda: read(ground.path) is not None, "the first has got it")


@pytest.mark.parametrize("laid", [os.symlink, os.link])
def test_nothing_that_somebody_laid_there_is_written_to(ground: Ground, tmp_path: Path, laid: Laid) -> None:
    precious = tmp_path / "precious"
    precious.write_text("precious")
    laid(os.fsencode(precious), ground.path)
    mark = ground.ours()
    assert mark.claim().other is None
    mark.release()
    assert precious.read_text() == "precious"


def test_no_pipe_that_somebody_laid_there_is_waited_for(ground: Ground) -> None:
    os.mkfifo(ground.path)
    assert ground.ours().claim().other is None


def test_that_of_another_user_is_replaced_once_his_service_has_ended(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    ground.alive(pid=0)
    before = os.stat(ground.path).st_ino
    really = os.open

    def as_nobody(path: bytes, flags: int, mode: int = 0o777) -> int:
        if flags & os.O_RDWR and os.path.exists(path) and os.stat(path).st_ino == before:
            raise PermissionError(errno.EACCES, "not yours")
        return really(path, flags, mode)

    monkeypatch.setattr(os, "open", as_nobody)
    mark = ground.ours()
    assert mark.claim().behind == "another database was in use here before"
    mark.catch_up()
    assert mark.claim() == Claim()
    found = read(ground.path)
    assert found is not None
    assert found.run == "ours"


def test_one_whose_lock_somebody_holds_is_read_all_the_same(ground: Ground) -> None:
    other = ground.alive()
    held = os.open(ground.path, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    assert ground.ours().claim().other == other
    os.close(held)


def test_in_a_shared_folder_services_on_the_same_records_are_no_strangers(ground: Ground) -> None:
    """Which of them works there is for the records to say."""
    ours = Provenance(ground.shelf.db).records
    ground.alive(records=ours)
    assert owner_besides(ground.path, [], ours, os.getpid(), is_shared=True) is None
    assert owner_besides(ground.path, [], ours, os.getpid()) is not None
    assert ground.ours().claim().other is not None
    assert ground.ours(is_shared=True).claim().other is None
    ground.alive()
    assert owner_besides(ground.path, [], ours, os.getpid(), is_shared=True) is not None
    assert ground.ours(is_shared=True).claim().other is not None
