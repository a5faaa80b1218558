"""Is a folder really watched? With real inotify, and a clock that jumps: proof, deafness, limits, coming and going."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Literal

import pytest
from watchdog.observers.inotify_c import InotifyFD

from folder_sync.errors import StoreUnavailable
from folder_sync.files import watching
from folder_sync.files.ignoring import IgnoreRules
from folder_sync.files.limits import limit
from folder_sync.service import folders
from folder_sync.service.folders import Folder
from folder_sync.service.intake.inbox import Inbox, LookThrough, Written
from folder_sync.service.wakeup import Wakeup
from folder_sync.service.watch.availability import FolderAvailability
from folder_sync.service.watch.canary import DEAF_SECONDS, PROVE_SECONDS
from folder_sync.service.watch.folder_watch import TRY_AGAIN_SECONDS, FolderWatch
from folder_sync.service.watch.owner_mark import OwnerMark
from folder_sync.store.adoption import Adoption
from folder_sync.store.provenance import Provenance
from folder_sync.store.service_state import ServiceState, WatchRemark, WatchStatus
from folder_sync.store.sqlite.database import Database
from folder_sync.store.sqlite.opening import Opener
from tests.integration.test_permissions import unprivileged
from tests.support.waiting import wait_for

NOW = 1_800_000_000.0


def _made(post: Post) -> list[str]:
    """What stands in the folder, but for the mark that stays."""
    return [name for name in os.listdir(post.path) if name != ".folder-sync-mark"]


class Post:
    """A watch on its folder, and all that it tells."""

    def __init__(self, home: Path, database: Database) -> None:
        self.path = home / "export"
        self.path.mkdir(mode=0o777)
        self.path.chmod(0o777)
        self.database = database
        self.inbox = Inbox()
        self.clock = 100.0
        self.should_stand = 0
        self.pass_seconds = 0.0
        self.keep_records_in(database)

    def keep_records_in(self, database: Database) -> None:
        self.service_state = ServiceState(database)
        self.provenance, self.adoption = Provenance(database), Adoption(database)
        self.availability = FolderAvailability(self, self.service_state, Wakeup())
        self.watched()

    def some_below(self, folder: bytes, most: int) -> list[bytes]:
        return [b"%s/%d.jpg" % (folder, number) for number in range(self.should_stand)][:most]

    def watched(
        self, backend: Literal["auto", "native", "polling"] = "auto", poll_seconds: float = 60.0
    ) -> FolderWatch:
        root = os.fsencode(self.path)
        self.folder = Folder(root, "main", True, backend, poll_seconds, IgnoreRules(root))  # noqa: FBT003 -- recursive
        self.folder_watch = FolderWatch(
            self.folder,
            availability=self.availability,
            service_state=self.service_state,
            inbox=self.inbox,
            mark=OwnerMark(self.folder.mark, self.provenance, "this run", clock=lambda: self.clock),
            adoption=self.adoption,
            pass_cost=lambda: self.pass_seconds,
            wall=lambda: NOW,
            clock=lambda: self.clock,
        )
        return self.folder_watch

    def watch_status(self) -> WatchStatus:
        (watch_status,) = self.service_state.watch_statuses()
        return watch_status

    def reason(self) -> str:
        """Why the folder is paused; empty where it is not."""
        return "".join(note.reason for note in self.service_state.pauses())

    def told(self) -> list[type]:
        """The kinds of all messages so far."""
        messages = iter(lambda: self.inbox.receive(0.0), None)
        return [type(message) for message in messages if message is not None]

    def prove(self) -> None:
        self.folder_watch.check()

        def proven() -> bool:
            self.folder_watch.check()
            return self.watch_status().heard_at is not None

        wait_for(proven, "it is heard")

    def be_deaf(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(watching._Native, "happened", lambda *_: None)


@pytest.fixture
def post() -> Iterator[Post]:
    # Not tmp_path: its parents are closed to other users.
    with tempfile.TemporaryDirectory(prefix="folder-sync-") as name:
        home = Path(name)
        home.chmod(0o755)
        database = Database(home / "state" / "folder-sync.db", create=True)
        post = Post(home, database)
        yield post
        post.folder_watch.stop()
        database.close()


def refuse_watches(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    def refuse(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(InotifyFD, "_create_inotify_fd" if number == errno.EMFILE else "add_callback", refuse)


def test_hearing_is_proven_with_a_file_that_does_not_stay(post: Post) -> None:
    post.prove()
    assert post.watch_status() == WatchStatus(post.folder.root, "native", NOW, None, "")
    post.folder_watch.check()
    assert _made(post) == []
    assert post.told() == [LookThrough]  # the canary is reported to nobody


def test_it_is_proven_again_and_again(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    post.prove()
    post.be_deaf(monkeypatch)
    post.clock += PROVE_SECONDS
    post.folder_watch.check()
    assert _made(post) == [".folder-sync-hearing"]
    post.folder_watch.stop()
    assert _made(post) == []


def test_a_deaf_watch_is_rebuilt_and_if_that_does_not_help_the_folder_is_polled(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        post.be_deaf(patched)
        post.watched(poll_seconds=0.01).check()
        post.clock += DEAF_SECONDS - 0.1
        post.folder_watch.check()
        assert post.told() == [LookThrough]
        post.clock += 0.1
        post.folder_watch.check()
        assert (post.watch_status().backend, post.told()) == ("native", [LookThrough])
        post.folder_watch.check()
        post.clock += DEAF_SECONDS
        post.folder_watch.check()
    watch_status = post.watch_status()
    assert (watch_status.backend, watch_status.poll_seconds, watch_status.about) == ("polling", 0.01, WatchRemark.DEAF)
    assert [type(post.inbox.receive(20)) for _ in range(3)] == [LookThrough] * 3


def test_one_bad_moment_is_forgotten_when_the_new_watch_hears(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(2):
        with monkeypatch.context() as patched:
            post.be_deaf(patched)
            post.clock += PROVE_SECONDS
            post.folder_watch.check()
            post.clock += DEAF_SECONDS
            post.folder_watch.check()
        assert post.watch_status().backend == "native"
        assert post.folder_watch._canary.misses == 1
        post.prove()
        wait_for(lambda: post.folder_watch._canary.misses == 0, "the new watch is proven")


def test_a_watcher_that_is_behind_is_not_deaf(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(post.folder_watch._canary, "heard", lambda: None)
    post.folder_watch.check()
    post.clock += DEAF_SECONDS - 1
    (post.path / "a.jpg").touch()
    wait_for(lambda: Written in post.told(), "the file is reported")
    post.clock += DEAF_SECONDS - 1
    post.folder_watch.check()
    assert post.folder_watch._canary.misses == 0

    def unheard() -> bool:
        post.clock += DEAF_SECONDS  # again and again: the last event of the file may be heard only now
        post.folder_watch.check()
        return post.folder_watch._canary.misses == 1

    wait_for(unheard, "the canary is missed when all has been heard")


@pytest.mark.parametrize(("number", "name"), [(errno.ENOSPC, "max_user_watches"), (errno.EMFILE, "max_user_instances")])
def test_at_a_limit_auto_polls_names_the_sysctl_and_watches_again_when_it_is_raised(
    post: Post, monkeypatch: pytest.MonkeyPatch, number: int, name: str
) -> None:
    with monkeypatch.context() as patched:
        refuse_watches(patched, number)
        post.folder_watch.check()
        assert (post.watch_status().backend, post.watch_status().poll_seconds, post.reason()) == ("polling", 60.0, "")
        assert f"sysctl fs.inotify.{name} to {limit(name) + 1} or more" in post.watch_status().remark
        assert post.watch_status().about is WatchRemark.LIMITED
        post.clock += TRY_AGAIN_SECONDS
        post.folder_watch.check()
        assert post.watch_status().backend == "polling"
    post.clock += TRY_AGAIN_SECONDS
    post.prove()
    assert post.watch_status() == WatchStatus(post.folder.root, "native", NOW, None, "")


def test_at_a_limit_what_shall_be_watched_natively_is_paused(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        refuse_watches(patched, errno.ENOSPC)
        post.watched("native").check()
        assert "fs.inotify.max_user_watches" in post.reason()
        assert not post.folder_watch.watching
    post.folder_watch.check()
    assert (post.reason(), post.folder_watch.watching) == ("", True)


def test_a_limit_met_later_is_told_as_well(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    post.prove()
    refuse_watches(monkeypatch, errno.ENOSPC)
    (post.path / "job").mkdir()

    def polled() -> bool:
        post.folder_watch.check()
        return post.watch_status().backend == "polling"

    wait_for(polled, "it is polled")
    assert "it needs 2 watches" in post.watch_status().remark


def test_network_file_systems_are_polled_and_why(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "file_system", lambda _: "cifs")
    post.folder_watch.check()
    assert post.watch_status().backend == "polling"
    assert post.watch_status().remark == "cifs sends no events of what other machines write."
    assert post.watch_status().about is WatchRemark.NETWORK
    assert _made(post) == []
    post.watched("native").check()
    assert post.watch_status().backend == "native"


def test_polling_stretches_with_what_a_pass_costs_and_that_is_told(post: Post) -> None:
    post.watched("polling", poll_seconds=5.0).check()
    assert post.watch_status() == WatchStatus(post.folder.root, "polling", None, 5.0, "")
    post.pass_seconds = 3.0
    post.folder_watch.check()
    assert post.watch_status().poll_seconds == 30.0
    post.pass_seconds = 0.1
    post.folder_watch.check()
    assert post.watch_status().poll_seconds == 5.0


def remove(path: Path) -> None:
    shutil.rmtree(path)


def move(path: Path) -> None:
    path.rename(path.with_name("away"))


def a_file_instead(path: Path) -> None:
    shutil.rmtree(path)
    path.touch()


@pytest.mark.parametrize("backend", ["native", "polling"])
@pytest.mark.parametrize(
    ("end", "reason"), [(remove, "is not there"), (move, "is not there"), (a_file_instead, "is not a folder")]
)
def test_a_folder_that_goes_is_paused_and_one_that_comes_is_taken_up(
    post: Post, backend: Literal["native", "polling"], end: Callable[[Path], None], reason: str
) -> None:
    post.watched(backend).check()
    wait_for(lambda: _made(post) == [], "the canary was heard")
    end(post.path)
    post.folder_watch.check()
    assert reason in post.reason()
    assert post.availability.away == {post.folder.root}
    post.told()
    if post.path.exists():
        post.path.unlink()
    post.path.mkdir()
    post.folder_watch.check()
    assert (post.reason(), post.availability.away) == ("", frozenset())
    assert LookThrough in post.told()
    if backend == "native":
        post.prove()


def test_a_folder_exchanged_between_two_looks_is_watched_as_the_new_one(post: Post) -> None:
    post.prove()
    move(post.path)
    post.path.mkdir()
    post.folder_watch.check()
    post.told()
    (post.path / "a.jpg").touch()
    wait_for(lambda: Written in post.told(), "the new folder is heard")


def test_an_emptied_folder_is_paused_until_it_shows_something(post: Post) -> None:
    (post.path / "a.jpg").touch()
    post.prove()
    post.should_stand = 2_000
    (post.path / "a.jpg").unlink()
    post.folder_watch.check()
    assert "is empty, although photos should be in it. Is it mounted?" in post.reason()
    post.told()
    (post.path / "a.jpg").touch()
    post.folder_watch.check()
    assert post.reason() == ""
    assert LookThrough in post.told()


def test_a_folder_that_may_not_be_read_any_more_is_paused(post: Post) -> None:
    post.prove()
    post.path.chmod(0)
    with unprivileged():
        post.folder_watch.check()
        assert post.reason() == (
            f"The watched folder {post.path} may not be read. Give the user that runs folder-sync the right to read it."
        )
    post.path.chmod(0o777)
    with unprivileged():
        post.folder_watch.check()
    assert post.reason() == ""


def test_where_no_file_can_be_made_that_is_said_instead(post: Post) -> None:
    post.path.chmod(0o555)
    with unprivileged():
        post.folder_watch.check()
    assert post.watch_status() == WatchStatus(
        post.folder.root,
        "native",
        None,
        None,
        "Whether events are heard can't be proven: no file can be made here (Permission denied)."
        " A second service on this folder would not be noticed: no mark can be left here (Permission denied).",
    )
    assert post.reason() == ""
    post.path.chmod(0o777)
    post.clock += PROVE_SECONDS
    post.prove()
    assert post.watch_status().remark == ""


def test_a_look_without_watching(post: Post) -> None:
    post.should_stand = 1
    post.folder_watch.look()
    assert "is empty, although" in post.reason()
    (post.path / "a.jpg").touch()
    post.folder_watch.look()
    assert (post.reason(), post.folder_watch.watching) == ("", False)
    (post.path / "a.jpg").unlink()
    shutil.rmtree(post.path)
    post.folder_watch.look()
    assert "is not there" in post.reason()
    assert post.service_state.watch_statuses() == []


def test_what_the_records_could_not_be_asked_about_at_the_start_is_asked_again(post: Post) -> None:
    """A folder where other records were in use before, and a database that is away right then."""
    with closing(Database(post.path.parent / "other.db", create=True)) as other:
        OwnerMark(post.folder.mark, Provenance(other), "before").claim()
    file = post.path.parent / "state" / "folder-sync.db"
    with closing(Database(file, create=False, opener=Opener(busy_seconds=0.01))) as database:
        post.keep_records_in(database)
        with post.database.write(), pytest.raises(StoreUnavailable):
            post.folder_watch.check()
        assert (post.adoption.is_open, post.told()) == (False, [])
        post.folder_watch.check()
        assert (post.adoption.is_open, post.told()) == (True, [LookThrough])
        post.folder_watch.stop()
