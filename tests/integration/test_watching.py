"""Real inotify: what happens in a folder is reported at once, and where that is impossible it is said."""

from __future__ import annotations

import errno
import os
import queue
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from watchdog.observers.inotify_c import InotifyFD

from folder_sync.errors import WatchUnavailable
from folder_sync.files.ignoring import IgnoreRules
from folder_sync.files.limits import count_folders, limit
from folder_sync.files.scanning import scan
from folder_sync.files.watching import WatchEvent, Watching, watch
from tests.support import small_queue
from tests.support.waiting import PATIENCE_SECONDS

Event = tuple[WatchEvent, str]


class Watched:
    """A watched folder, and what was reported of it, with paths below it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.reports: queue.Queue[Event] = queue.Queue()
        self.hold = threading.Event()
        self.hold.set()
        self.is_held = threading.Event()
        self._watching: Watching | None = None

    def start(
        self, *, recursive: bool = True, backend: Literal["native", "polling"] = "native", poll_seconds: float = 5.0
    ) -> Watching:
        root = os.fsencode(self.root)
        rules = IgnoreRules(root, folders=(b"uploaded",), patterns=("*_web.jpg",))
        self._watching = watch(
            self.root.as_posix(),
            recursive=recursive,
            backend=backend,
            poll_seconds=lambda: poll_seconds,
            ignore=rules,
            on=self.report,
        )
        return self._watching

    def report(self, kind: WatchEvent, path: bytes) -> None:
        if not self.hold.is_set():
            self.is_held.set()
        self.hold.wait(PATIENCE_SECONDS)
        self.reports.put((kind, os.fsdecode(os.path.relpath(path, os.fsencode(self.root)))))

    def stop(self) -> None:
        self.hold.set()
        if self._watching is not None:
            self._watching.stop()

    def until(self, last: Event) -> list[Event]:
        """All reports up to and including ``last``."""
        seen: list[Event] = []
        while not seen or seen[-1] != last:
            try:
                seen.append(self.reports.get(timeout=PATIENCE_SECONDS))
            except queue.Empty:
                raise AssertionError(f"{last} was not reported, only {seen}") from None
        return seen

    def so_far(self) -> list[Event]:
        """All reports of what happened until now."""
        (self.root / "flush.jpg").touch()
        seen = self.until((WatchEvent.WRITTEN, "flush.jpg"))
        (self.root / "flush.jpg").unlink()
        self.until((WatchEvent.GONE, "flush.jpg"))
        return seen[:-1]


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    root = tmp_path / "export"
    root.mkdir()
    watched = Watched(root)
    yield watched
    watched.stop()


def distinct(events: list[Event]) -> list[Event]:
    """In order, each once: how many events a write makes is the kernel's business."""
    return list(dict.fromkeys(events))


def test_a_written_file_is_reported_last_when_it_is_closed(watched: Watched) -> None:
    watched.start()
    with (watched.root / "a.jpg").open("wb") as file:
        watched.until((WatchEvent.WRITTEN, "a.jpg"))
        file.write(b"photo")
        file.flush()
        assert watched.so_far() == []
    assert watched.until((WatchEvent.WRITTEN, "a.jpg")) == [(WatchEvent.WRITTEN, "a.jpg")]


def test_times_set_after_the_closing_are_reported(watched: Watched) -> None:
    (watched.root / "a.jpg").touch()
    watched.start()
    os.utime(watched.root / "a.jpg", (1, 1))
    assert watched.so_far() == [(WatchEvent.WRITTEN, "a.jpg")]


def test_temp_to_final_is_reported_under_the_final_name_only(watched: Watched) -> None:
    watched.start()
    (watched.root / "a.jpg.part").write_bytes(b"photo")
    (watched.root / "a.jpg.part").rename(watched.root / "a.jpg")
    assert watched.so_far() == [(WatchEvent.WRITTEN, "a.jpg")]


def test_a_rename_is_a_file_gone_and_a_file_written(watched: Watched) -> None:
    (watched.root / "sub").mkdir()
    (watched.root / "a.jpg").touch()
    watched.start()
    (watched.root / "a.jpg").rename(watched.root / "sub" / "b.jpg")
    assert watched.so_far() == [(WatchEvent.GONE, "a.jpg"), (WatchEvent.WRITTEN, "sub/b.jpg")]


def test_files_moved_in_out_linked_and_deleted_are_reported(watched: Watched, tmp_path: Path) -> None:
    for name in ("in.jpg", "target.jpg"):
        (tmp_path / name).touch()
    for name in ("out.jpg", "deleted.jpg"):
        (watched.root / name).touch()
    watched.start()
    (tmp_path / "in.jpg").rename(watched.root / "in.jpg")
    (watched.root / "out.jpg").rename(tmp_path / "out.jpg")
    (watched.root / "deleted.jpg").unlink()
    (watched.root / "hard.jpg").hardlink_to(tmp_path / "target.jpg")
    (watched.root / "soft.jpg").symlink_to(tmp_path / "target.jpg")
    assert watched.so_far() == [
        (WatchEvent.WRITTEN, "in.jpg"),
        (WatchEvent.GONE, "out.jpg"),
        (WatchEvent.GONE, "deleted.jpg"),
        (WatchEvent.WRITTEN, "hard.jpg"),
        (WatchEvent.WRITTEN, "soft.jpg"),
    ]


def test_our_own_reading_is_not_reported(watched: Watched) -> None:
    (watched.root / "sub").mkdir()
    (watched.root / "sub" / "a.jpg").write_bytes(b"photo")
    watched.start()
    (watched.root / "sub" / "a.jpg").read_bytes()
    assert os.listdir(watched.root / "sub") == ["a.jpg"]
    assert watched.so_far() == []


def test_names_that_are_not_utf8_are_reported_as_they_are(watched: Watched) -> None:
    watched.start()
    folder = os.path.join(os.fsencode(watched.root), b"caf\xe9")
    os.makedirs(folder)
    watched.until((WatchEvent.FOLDER, os.fsdecode(b"caf\xe9")))
    with open(os.path.join(folder, b"\xff.jpg"), "wb"):
        pass
    watched.until((WatchEvent.WRITTEN, os.fsdecode(b"caf\xe9/\xff.jpg")))


def test_ignored_files_and_folders_are_not_reported(watched: Watched, tmp_path: Path) -> None:
    (watched.root / "uploaded").mkdir()
    (watched.root / "shoes").mkdir()
    watched.start()
    for name in ("uploaded/a.jpg", "a.xmp", ".a.jpg", "shoes/a_web.jpg"):
        (watched.root / name).touch()
    (watched.root / "CaptureOne").mkdir()
    (watched.root / "CaptureOne" / "a.jpg").touch()
    (watched.root / "CaptureOne").rename(tmp_path / "CaptureOne")
    (watched.root / "shoes" / "a.jpg").touch()
    (watched.root / "shoes" / "a.jpg").rename(watched.root / "uploaded" / "b.jpg")
    assert distinct(watched.so_far()) == [(WatchEvent.WRITTEN, "shoes/a.jpg"), (WatchEvent.GONE, "shoes/a.jpg")]


def test_linked_folders_are_reported_and_not_followed(watched: Watched, tmp_path: Path) -> None:
    watched.start()
    (watched.root / "link").symlink_to(tmp_path)
    (watched.root / "nowhere.jpg").symlink_to("missing")
    (watched.root / "CaptureOne").symlink_to(tmp_path)
    (tmp_path / "a.jpg").touch()
    assert watched.so_far() == [(WatchEvent.WRITTEN, "link"), (WatchEvent.WRITTEN, "nowhere.jpg")]
    (watched.root / "link").unlink()
    assert watched.so_far() == [(WatchEvent.GONE, "link")]


def test_without_recursion_subfolders_are_not_reported(watched: Watched) -> None:
    (watched.root / "sub").mkdir()
    watched.start(recursive=False)
    (watched.root / "sub" / "a.jpg").touch()
    (watched.root / "new").mkdir()
    (watched.root / "new").rename(watched.root / "newer")
    (watched.root / "newer").rmdir()
    (watched.root / "a.jpg").touch()
    assert distinct(watched.so_far()) == [(WatchEvent.WRITTEN, "a.jpg")]


def test_events_and_scans_together_find_all_files_of_folders_filled_at_once(watched: Watched) -> None:
    watched.start()
    expected = set()
    for folder in ("a", "a/b", "a/b/c", "d"):
        (watched.root / folder).mkdir()
        for number in range(100):
            name = f"{folder}/{number}.jpg"
            (watched.root / name).touch()
            expected.add(name)
    root = os.fsencode(watched.root)
    found = set()
    for kind, path in watched.so_far():
        if kind is WatchEvent.FOLDER:
            start = os.path.join(root, os.fsencode(path))
            for scanned in scan(root, recursive=True, ignore=IgnoreRules(root), known=lambda _: {}, start=start):
                found |= {os.fsdecode(os.path.relpath(file, root)) for file, _ in scanned.changed}
        else:
            assert kind is WatchEvent.WRITTEN
            found.add(path)
    assert found == expected


def test_a_folder_moved_in_is_reported_and_watched_to_its_depth(watched: Watched, tmp_path: Path) -> None:
    (tmp_path / "in" / "deep").mkdir(parents=True)
    watched.start()
    (tmp_path / "in").rename(watched.root / "in")
    assert watched.until((WatchEvent.FOLDER, "in")) == [(WatchEvent.FOLDER, "in")]
    (watched.root / "in" / "deep" / "a.jpg").touch()
    assert distinct(watched.so_far()) == [(WatchEvent.WRITTEN, "in/deep/a.jpg")]


def test_files_in_a_renamed_folder_are_reported_under_its_new_name(watched: Watched) -> None:
    (watched.root / "a" / "deep").mkdir(parents=True)
    (watched.root / "ab").mkdir()
    watched.start()
    (watched.root / "a").rename(watched.root / "b")
    assert watched.until((WatchEvent.FOLDER, "b")) == [(WatchEvent.FOLDER_GONE, "a"), (WatchEvent.FOLDER, "b")]
    (watched.root / "b" / "deep" / "a.jpg").touch()
    (watched.root / "ab" / "a.jpg").touch()
    assert distinct(watched.so_far()) == [(WatchEvent.WRITTEN, "b/deep/a.jpg"), (WatchEvent.WRITTEN, "ab/a.jpg")]


def test_a_folder_renamed_onto_an_empty_one_goes_on_being_watched(watched: Watched) -> None:
    (watched.root / "a").mkdir()
    (watched.root / "b").mkdir()
    watched.start()
    os.rename(watched.root / "a", watched.root / "b")
    watched.until((WatchEvent.FOLDER, "b"))
    assert watched.so_far() == []
    (watched.root / "b" / "a.jpg").touch()
    assert distinct(watched.so_far()) == [(WatchEvent.WRITTEN, "b/a.jpg")]


def test_a_folder_moved_out_is_gone_and_silent(watched: Watched, tmp_path: Path) -> None:
    (watched.root / "a" / "deep").mkdir(parents=True)
    watched.start()
    (watched.root / "a").rename(tmp_path / "a")
    watched.until((WatchEvent.FOLDER_GONE, "a"))
    (tmp_path / "a" / "deep" / "a.jpg").touch()
    assert watched.so_far() == []


def test_a_deleted_folder_is_gone_and_one_made_in_its_place_is_watched(watched: Watched) -> None:
    (watched.root / "a" / "deep").mkdir(parents=True)
    watched.start()
    (watched.root / "a" / "deep").rmdir()
    still_open = os.open(watched.root / "a", os.O_RDONLY)
    (watched.root / "a").rmdir()
    (watched.root / "a").mkdir()
    os.close(still_open)
    gone = WatchEvent.FOLDER_GONE
    assert watched.so_far() == [(gone, "a/deep"), (gone, "a"), (WatchEvent.FOLDER, "a")]
    (watched.root / "a" / "a.jpg").touch()
    assert distinct(watched.so_far()) == [(WatchEvent.WRITTEN, "a/a.jpg")]


def test_a_folder_made_and_gone_at_once_does_no_harm(watched: Watched) -> None:
    watched.start()
    watched.hold.clear()
    (watched.root / "first.jpg").touch()
    (watched.root / "a").mkdir()
    (watched.root / "a").rename(watched.root / "b")
    (watched.root / "b").rmdir()
    watched.hold.set()
    events = watched.so_far()
    assert events[-1] == (WatchEvent.FOLDER_GONE, "b")


def remove(root: Path) -> None:
    root.rmdir()


def move(root: Path) -> None:
    root.rename(root.with_name("moved"))


def exchange(root: Path) -> None:
    move(root)
    root.mkdir()


@pytest.mark.parametrize("end", [remove, move, exchange])
def test_when_the_root_goes_it_is_said_and_nothing_is_reported_any_more(
    watched: Watched, end: Callable[[Path], None]
) -> None:
    watcher = watched.start()
    assert watcher.alive()
    end(watched.root)
    assert watched.until((WatchEvent.LOST, ".")) == [(WatchEvent.LOST, ".")]
    assert not watcher.alive()
    watcher.stop()
    watcher.stop()
    assert watched.reports.empty()


def test_what_follows_the_end_is_not_reported(watched: Watched) -> None:
    watched.start()
    watched.hold.clear()
    (watched.root / "a.jpg").symlink_to("target")
    move(watched.root)
    (watched.root.with_name("moved") / "b.jpg").touch()
    watched.hold.set()
    assert watched.until((WatchEvent.LOST, ".")) == [(WatchEvent.WRITTEN, "a.jpg"), (WatchEvent.LOST, ".")]
    watched.stop()
    assert watched.reports.empty()


def test_when_a_folder_above_the_root_is_moved_the_watcher_knows_on_being_asked(tmp_path: Path) -> None:
    watched = Watched(tmp_path / "above" / "export")
    watched.root.mkdir(parents=True)
    watcher = watched.start()
    assert watcher.alive()
    (tmp_path / "above").rename(tmp_path / "moved")
    assert not watcher.alive()
    watched.root.mkdir(parents=True)
    assert not watcher.alive()
    watched.stop()


def test_a_root_that_is_a_link_is_watched_under_its_own_name(watched: Watched, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(watched.root)
    link = Watched(tmp_path / "link")
    link.start()
    (watched.root / "a.jpg").touch()
    assert distinct(link.so_far()) == [(WatchEvent.WRITTEN, "a.jpg")]
    link.stop()


def overflow(watched: Watched, pair: tuple[Path, Path]) -> None:
    """More events than the kernel queues, while the watcher is held up."""
    watched.hold.clear()
    os.utime(pair[1])
    assert watched.is_held.wait(PATIENCE_SECONDS)
    for number in range(small_queue.BURST):
        os.utime(pair[number % 2])  # in turns: the kernel merges equal events


def test_after_an_overflow_everything_is_to_be_scanned_and_new_folders_are_watched(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_queue.make_it_small(monkeypatch)
    (watched.root / "old").mkdir()
    pair = watched.root / "a.jpg", watched.root / "b.jpg"
    for path in pair:
        path.touch()
    watcher = watched.start()
    overflow(watched, pair)
    (watched.root / "new").mkdir()
    watched.hold.set()
    events = watched.until((WatchEvent.LOST, "."))
    assert (WatchEvent.FOLDER, "new") not in events
    assert watcher.alive()
    for folder in ("old", "new"):
        (watched.root / folder / "a.jpg").touch()
    assert distinct(watched.so_far()) == [(WatchEvent.WRITTEN, "old/a.jpg"), (WatchEvent.WRITTEN, "new/a.jpg")]


def test_an_overflow_during_which_the_root_went_ends_the_watching(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_queue.make_it_small(monkeypatch)
    pair = watched.root / "a.jpg", watched.root / "b.jpg"
    for path in pair:
        path.touch()
    watcher = watched.start()
    overflow(watched, pair)
    exchange(watched.root)
    watched.root.rmdir()
    watched.hold.set()
    watched.until((WatchEvent.LOST, "."))
    watcher.stop()
    assert watched.reports.empty()
    assert not watcher.alive()


def refuse_after(monkeypatch: pytest.MonkeyPatch, count: int, number: int) -> None:
    """The kernel's limit in small: only so many folders can be watched."""
    add = InotifyFD.add_callback
    left = iter(range(count))

    def limited(*arguments: object) -> object:
        if next(left, None) is None:
            raise OSError(number, os.strerror(number))
        return add(*arguments)  # type: ignore[arg-type]  # passed through as they came

    monkeypatch.setattr(InotifyFD, "add_callback", limited)


def test_too_few_watches_name_the_limit_and_what_is_needed(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a", "b", "b/c", "uploaded", "uploaded/d"):
        (watched.root / name).mkdir()
    threads = threading.active_count()
    refuse_after(monkeypatch, 2, errno.ENOSPC)
    with pytest.raises(WatchUnavailable) as caught:
        watched.start()
    assert "needs 4 watches" in caught.value.title
    assert f"fs.inotify.max_user_watches to {limit('max_user_watches') + 4} or more" in caught.value.hint
    assert threading.active_count() == threads


def test_too_few_instances_name_the_limit(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: object) -> int:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr(InotifyFD, "_create_inotify_fd", refuse)
    with pytest.raises(WatchUnavailable) as caught:
        watched.start()
    assert f"fs.inotify.max_user_instances to {limit('max_user_instances') + 1} or more" in caught.value.hint


def test_a_new_folder_that_can_not_be_watched_ends_the_watching(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_after(monkeypatch, 1, errno.ENOSPC)
    watcher = watched.start()
    (watched.root / "a").mkdir()
    assert watched.until((WatchEvent.LOST, ".")) == [(WatchEvent.LOST, ".")]
    assert not watcher.alive()


def test_folders_counted_are_those_that_would_be_watched(tmp_path: Path) -> None:
    for name in ("a", "a/b", ".hidden", ".hidden/c"):
        (tmp_path / name).mkdir()
    (tmp_path / "link").symlink_to("a")
    root = os.fsencode(tmp_path)
    assert count_folders(root, IgnoreRules(root)) == 3
    assert count_folders(root + b"/gone", IgnoreRules(root)) == 0


@pytest.mark.parametrize("backend", ["native", "polling"])
def test_only_folders_can_be_watched(watched: Watched, backend: Literal["native", "polling"]) -> None:
    watched.root.rmdir()
    with pytest.raises(WatchUnavailable, match="is not there"):
        watched.start(backend=backend)
    watched.root.touch()
    with pytest.raises(WatchUnavailable, match="is not a folder"):
        watched.start(backend=backend)


def test_polling_asks_for_a_scan_again_and_again(watched: Watched) -> None:
    watcher = watched.start(backend="polling", poll_seconds=0.01)
    assert [watched.reports.get(timeout=PATIENCE_SECONDS) for _ in range(3)] == [(WatchEvent.LOST, ".")] * 3
    assert watcher.alive()
    watcher.stop()
    assert not watcher.alive()


def test_polling_knows_that_the_root_was_exchanged(watched: Watched) -> None:
    watcher = watched.start(backend="polling")
    exchange(watched.root)
    assert not watcher.alive()
