"""What the file permissions forbid is told. Root is forbidden nothing, so the tests look on as another user."""

from __future__ import annotations

import os
import queue
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from folder_sync.errors import WatchUnavailable
from folder_sync.files.ignoring import IgnoreRules
from folder_sync.files.opening import Unreadable, open_photo
from folder_sync.files.scanning import scan
from folder_sync.files.watching import WatchEvent, Watching, watch
from folder_sync.photo import Fingerprint
from folder_sync.report.checks import check
from folder_sync.settings import Account, Settings, Store, Watch
from tests.support.waiting import PATIENCE_SECONDS

NOBODY = 65534


@contextmanager
def unprivileged() -> Iterator[None]:
    user = os.geteuid()
    if user == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(user)


@pytest.fixture
def root() -> Iterator[bytes]:
    # Not tmp_path: its parents are closed to other users.
    with tempfile.TemporaryDirectory(prefix="folder-sync-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        for child, mode in (("closed", 0o000), ("closed2", 0o000), ("listable", 0o444), ("open", 0o755)):
            (folder / child).mkdir()
            (folder / child / "a.jpg").touch()
            (folder / child).chmod(mode)
        yield os.fsencode(folder)


def test_a_scan_tells_what_is_closed_and_its_files_have_not_vanished(root: bytes) -> None:
    old = {b"a.jpg": Fingerprint(1, 1, 1)}
    with unprivileged():
        folders = list(
            scan(root, recursive=True, ignore=IgnoreRules(root), known=lambda path: {} if path == root else old)
        )
    told = {os.path.relpath(folder.path, root): folder for folder in folders}
    assert sorted(told) == [b".", b"closed", b"closed2", b"listable", b"open"]
    assert all(folder.vanished == [] for folder in folders)
    assert {name: folder.unreadable for name, folder in told.items() if folder.unreadable} == {
        b"closed": [root + b"/closed"],
        b"closed2": [root + b"/closed2"],
        b"listable": [root + b"/listable/a.jpg"],
    }
    assert [name for name, folder in told.items() if folder.changed] == [b"open"]


def test_a_link_into_a_closed_folder_can_not_be_looked_at(root: bytes) -> None:
    link = os.path.join(root, b"link.jpg")
    Path(os.fsdecode(link)).symlink_to("closed/a.jpg")
    with unprivileged():
        top = next(scan(root, recursive=True, ignore=IgnoreRules(root), known=lambda _: {}))
    assert top.unreadable == [link]
    assert top.changed == top.special == []


@pytest.mark.parametrize("folder", [b"open", b"closed"])
def test_a_photo_closed_to_us_is_unreadable(root: bytes, folder: bytes) -> None:
    path = os.path.join(root, folder, b"a.jpg")
    if folder == b"open":
        Path(os.fsdecode(path)).chmod(0)
    with unprivileged(), pytest.raises(Unreadable, match=r"a\.jpg can't be read: Permission denied\. Check the perm"):
        open_photo(path, root)


def test_a_closed_root_can_be_neither_watched_nor_scanned(root: bytes) -> None:
    closed = os.path.join(root, b"closed")
    rules = IgnoreRules(closed)
    with unprivileged():
        with pytest.raises(WatchUnavailable, match="may not be read"):
            watch(closed, recursive=True, backend="native", poll_seconds=lambda: 1.0, ignore=rules, on=lambda *_: None)
        with pytest.raises(WatchUnavailable, match="may not be read"):
            list(scan(closed, recursive=True, ignore=rules, known=lambda _: {}))


def test_around_closed_folders_watching_goes_on_and_when_opened_they_are_watched_too(root: bytes) -> None:
    reports: queue.Queue[tuple[WatchEvent, bytes]] = queue.Queue()
    with unprivileged():
        watching: Watching = watch(
            root,
            recursive=True,
            backend="native",
            poll_seconds=lambda: 1.0,
            ignore=IgnoreRules(root),
            on=lambda kind, path: reports.put((kind, path)),
        )
    try:
        os.utime(root + b"/open/a.jpg")
        assert reports.get(timeout=PATIENCE_SECONDS) == (WatchEvent.WRITTEN, root + b"/open/a.jpg")
        Path(os.fsdecode(root), "closed").chmod(0o755)
        assert reports.get(timeout=PATIENCE_SECONDS) == (WatchEvent.FOLDER, root + b"/closed")
        os.utime(root + b"/closed/a.jpg")
        assert reports.get(timeout=PATIENCE_SECONDS) == (WatchEvent.WRITTEN, root + b"/closed/a.jpg")
        # It could be listed before, so it was watched; but what was in it could not be looked at.
        Path(os.fsdecode(root), "listable").chmod(0o755)
        assert reports.get(timeout=PATIENCE_SECONDS) == (WatchEvent.FOLDER, root + b"/listable")
        os.utime(root + b"/listable/a.jpg")
        assert reports.get(timeout=PATIENCE_SECONDS) == (WatchEvent.WRITTEN, root + b"/listable/a.jpg")
        Path(os.fsdecode(root), "listable").chmod(0o750)  # as open as before, to us
        os.utime(root + b"/open/a.jpg")
        assert reports.get(timeout=PATIENCE_SECONDS) == (WatchEvent.WRITTEN, root + b"/open/a.jpg")
    finally:
        watching.stop()


@pytest.mark.parametrize("place", ["closed", "closed/in", "listable"])
def test_check_says_what_is_closed_and_does_not_call_it_missing(root: bytes, place: str) -> None:
    folder = Path(os.fsdecode(root)) / place
    settings = Settings(
        accounts={"main": Account()}, watch=(Watch(path=folder),), store=Store(url=f"sqlite:///{folder}/x.db")
    )
    with unprivileged():
        wrong = [finding for finding in check(settings, {}) if not finding.ok]
    assert {
        (f"folder {folder}", "may not be read"),
        ("database", f"The database {folder}/x.db can't be used: unable to open database file."),
    } <= {(finding.check, finding.detail) for finding in wrong}
    assert all(finding.hint for finding in wrong)


def test_check_names_the_closed_folders_inside_a_watched_one(root: bytes) -> None:
    folder = os.fsdecode(root)
    settings = Settings(
        accounts={"main": Account()}, watch=(Watch(path=Path(folder)),), store=Store(url="sqlite:////x.db")
    )
    with unprivileged():
        wrong = {finding.check: finding for finding in check(settings, {}) if not finding.ok}
    expected = ", ".join(f"{folder}/{name}" for name in ("closed", "closed2", "listable"))
    assert wrong[f"folder {folder}"].detail == f"photos in 3 folders of it can't be seen: {expected}"
