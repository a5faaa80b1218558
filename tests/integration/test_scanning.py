"""A pass over a folder tells what differs from what is known, whatever the folder holds."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from folder_sync.errors import WatchUnavailable
from folder_sync.files.ignoring import IgnoreRules
from folder_sync.files.opening import fingerprint
from folder_sync.files.scanning import ScannedFolder, root_identity, scan
from folder_sync.photo import Fingerprint

Database = dict[bytes, dict[bytes, Fingerprint]]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "export"
    folder.mkdir()
    return folder


def run(
    root: Path,
    database: Database | None = None,
    *,
    recursive: bool = True,
    ignore: IgnoreRules | None = None,
    start: Path | None = None,
) -> dict[bytes, ScannedFolder]:
    """The folders of one pass by their path below the root; what changed is recorded in the database."""
    database = {} if database is None else database
    top = os.fsencode(root)
    found: dict[bytes, ScannedFolder] = {}
    folders = scan(
        top,
        recursive=recursive,
        ignore=ignore or IgnoreRules(top),
        known=lambda path: database.get(path, {}),
        start=None if start is None else os.fsencode(start),
    )
    for folder in folders:
        key = os.path.relpath(folder.path, top)
        assert key not in found, "visited twice"
        found[key] = folder
        names = database.setdefault(folder.path, {})
        for path, seen in folder.changed + folder.special + folder.outside:
            names[os.path.basename(path)] = seen
        for path in folder.vanished:
            del names[os.path.basename(path)]
    return found


def names(seen: list[tuple[bytes, Fingerprint]]) -> list[bytes]:
    return sorted(os.path.basename(path) for path, _ in seen)


def differences(found: dict[bytes, ScannedFolder]) -> list[object]:
    return [
        difference
        for folder in found.values()
        for difference in [*folder.changed, *folder.special, *folder.outside, *folder.vanished, *folder.unreadable]
    ]


def test_new_changed_and_vanished_files_are_told_and_the_rest_is_not(root: Path) -> None:
    (root / "a.jpg").write_bytes(b"a")
    (root / "b.jpg").write_bytes(b"b")
    (root / "deep" / "er").mkdir(parents=True)
    (root / "deep" / "er" / "c.jpg").write_bytes(b"c")
    database: Database = {}

    first = run(root, database)
    assert list(first) == [b".", b"deep", b"deep/er"]
    assert names(first[b"."].changed) == [b"a.jpg", b"b.jpg"]
    path = root / "deep" / "er" / "c.jpg"
    assert first[b"deep/er"].changed == [(os.fsencode(path), fingerprint(path.stat()))]
    assert [folder.entries for folder in first.values()] == [3, 1, 1]

    assert differences(run(root, database)) == []

    (root / "a.jpg").write_bytes(b"longer")
    (root / "b.jpg").unlink()
    second = run(root, database)
    assert names(second[b"."].changed) == [b"a.jpg"]
    assert second[b"."].vanished == [os.fsencode(root / "b.jpg")]


@pytest.mark.parametrize("field", ["size", "mtime_ns", "ctime_ns"])
def test_any_part_of_the_fingerprint_tells_a_change(root: Path, field: str) -> None:
    (root / "a.jpg").write_bytes(b"a")
    seen = fingerprint((root / "a.jpg").stat())
    old = {name: getattr(seen, name) - (name == field) for name in ("size", "mtime_ns", "ctime_ns")}
    found = run(root, {os.fsencode(root): {b"a.jpg": Fingerprint(**old)}})
    assert found[b"."].changed == [(os.fsencode(root / "a.jpg"), seen)]


def test_unchanged_files_are_neither_judged_nor_opened(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "a.jpg").write_bytes(b"a")
    database: Database = {}
    run(root, database)

    def judge(_: IgnoreRules, path: bytes) -> bool:
        raise AssertionError(path)

    monkeypatch.setattr(IgnoreRules, "file", judge)
    before = (root / "a.jpg").stat().st_atime_ns
    assert differences(run(root, database)) == []
    assert (root / "a.jpg").stat().st_atime_ns == before


def test_names_that_are_not_utf8_are_told_as_they_are(root: Path) -> None:
    folder = os.path.join(os.fsencode(root), b"caf\xe9")
    os.makedirs(folder)
    with open(os.path.join(folder, b"\xff.jpg"), "wb"):
        pass
    assert names(run(root)[b"caf\xe9"].changed) == [b"\xff.jpg"]


def test_without_recursion_subfolders_do_not_exist(root: Path, tmp_path: Path) -> None:
    (root / "sub").mkdir()
    (root / "sub" / "a.jpg").touch()
    (root / "link").symlink_to(tmp_path)
    found = run(root, recursive=False)
    assert list(found) == [b"."]
    assert differences(found) == []


def test_ignored_files_and_folders_are_passed_over(root: Path) -> None:
    for name in ("a.jpg", "a.xmp", "._a.jpg", "a_web.jpg", "pipe.tmp"):
        (root / name).touch()
    for name in ("uploaded", "CaptureOne", "drafts", "kept"):
        (root / name).mkdir()
        (root / name / "b.jpg").touch()
    (root / "away.part").symlink_to("/")
    (root / "@eaDir").symlink_to("/")
    top = os.fsencode(root)
    found = run(root, ignore=IgnoreRules(top, folders=(b"uploaded",), patterns=("*_web.jpg", "drafts*")))
    assert sorted(found) == [b".", b"kept"]
    assert names(found[b"."].changed) == [b"a.jpg"]
    assert found[b"."].outside == found[b"."].special == []


def test_a_known_file_that_is_ignored_now_has_not_vanished(root: Path) -> None:
    (root / "a.jpg").touch()
    database: Database = {}
    run(root, database)
    found = run(root, database, ignore=IgnoreRules(os.fsencode(root), patterns=("a.*",)))
    assert differences(found) == []


def test_a_link_to_a_file_counts_as_its_target(root: Path, tmp_path: Path) -> None:
    target = tmp_path / "elsewhere.jpg"
    target.write_bytes(b"photo")
    (root / "a.jpg").symlink_to(target)
    database: Database = {}
    assert run(root, database)[b"."].changed == [(os.fsencode(root / "a.jpg"), fingerprint(target.stat()))]
    target.write_bytes(b"another")
    assert names(run(root, database)[b"."].changed) == [b"a.jpg"]


def test_what_no_one_should_open_is_told_once(root: Path) -> None:
    os.mkfifo(root / "pipe.jpg")
    (root / "nowhere.jpg").symlink_to("missing")
    (root / "below_a_file.jpg").symlink_to("pipe.jpg/x")
    (root / "loop.jpg").symlink_to("loop.jpg")
    (root / "device.jpg").symlink_to("/dev/null")
    database: Database = {}
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(root / "socket.jpg"))
        found = run(root, database)
        assert names(found[b"."].special) == [
            b"below_a_file.jpg", b"device.jpg", b"loop.jpg", b"nowhere.jpg", b"pipe.jpg", b"socket.jpg"
        ]  # fmt: skip
        assert found[b"."].changed == []
        assert differences(run(root, database)) == []


def test_linked_folders_are_not_followed_and_those_outside_are_told(root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "export2"
    outside.mkdir()
    (outside / "secret.jpg").touch()
    (root / "sub").mkdir()
    (root / "sub" / "a.jpg").touch()
    (root / "sub" / "up").symlink_to(root)
    (root / "inside").symlink_to("sub")
    (root / "away").symlink_to(outside)
    database: Database = {}
    found = run(root, database)
    assert sorted(found) == [b".", b"sub"]
    assert names(found[b"."].outside) == [b"away"]
    assert names(found[b"sub"].changed) == [b"a.jpg"]
    assert found[b"sub"].outside == []
    assert differences(run(root, database)) == []


def test_a_root_that_is_a_link_is_scanned_under_its_own_name(root: Path, tmp_path: Path) -> None:
    (root / "sub").mkdir()
    (root / "sub" / "a.jpg").touch()
    (root / "inside").symlink_to("sub")
    link = tmp_path / "link"
    link.symlink_to(root)
    found = run(link)
    assert found[b"sub"].changed[0][0] == os.fsencode(link / "sub" / "a.jpg")
    assert found[b"."].outside == []


def test_one_subfolder_can_be_scanned_alone(root: Path) -> None:
    for name in ("a", "b"):
        (root / name / "deep").mkdir(parents=True)
    assert sorted(run(root, start=root / "a")) == [b"a", b"a/deep"]


@pytest.mark.parametrize("stands", ["nothing", "a file"])
def test_one_that_has_gone_since_it_was_heard_of_is_not_closed_to_us(root: Path, stands: str) -> None:
    if stands == "a file":
        (root / "gone").touch()
    assert run(root, start=root / "gone") == {}


def test_a_folder_that_goes_away_during_the_scan_is_passed_over(root: Path) -> None:
    (root / "sub").mkdir()
    photo = root / "sub" / "a.jpg"
    photo.touch()
    database: Database = {}
    run(root, database)
    top = os.fsencode(root)
    folders = scan(top, recursive=True, ignore=IgnoreRules(top), known=lambda path: database[path])
    assert next(folders).path == top
    photo.unlink()
    photo.parent.rmdir()
    assert list(folders) == []


def entries(monkeypatch: pytest.MonkeyPatch, change: Callable[[os.DirEntry[bytes]], object]) -> None:
    """Do something when an entry has been listed, before it is looked at."""
    listing = os.scandir

    class Listing:
        def __init__(self, path: bytes) -> None:
            self.inner = listing(path)

        def __enter__(self) -> Iterator[object]:
            return (change(entry) for entry in self.inner)

        def __exit__(self, *_: object) -> None:
            self.inner.close()

    monkeypatch.setattr(os, "scandir", Listing)


def test_a_file_that_goes_away_between_listing_and_looking_has_vanished(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "known.jpg").touch()
    database: Database = {}
    run(root, database)
    (root / "new.jpg").touch()

    def remove(entry: os.DirEntry[bytes]) -> object:
        os.unlink(entry.path)
        return entry

    entries(monkeypatch, remove)
    found = run(root, database)
    assert found[b"."].vanished == [os.fsencode(root / "known.jpg")]
    assert found[b"."].changed == []


def test_a_root_that_is_no_folder_can_not_be_scanned(root: Path) -> None:
    (root / "file").touch()
    with pytest.raises(WatchUnavailable, match=r"export/gone is not there\. Create it, or mount it\."):
        run(root / "gone")
    with pytest.raises(WatchUnavailable, match="export/file is not a folder"):
        run(root / "file")
    (root / "loop").symlink_to("loop")
    with pytest.raises(WatchUnavailable, match="loop can't be read: Too many levels of symbolic links"):
        root_identity(os.fsencode(root / "loop"))


def test_nothing_vanishes_with_a_root_exchanged_during_the_scan(root: Path) -> None:
    (root / "a.jpg").touch()
    database: Database = {}
    run(root, database)
    top = os.fsencode(root)

    def exchange(path: bytes) -> Mapping[bytes, Fingerprint]:
        root.rename(root.with_name("unmounted"))
        root.mkdir()
        return database[path]

    with pytest.raises(WatchUnavailable, match="is not there"):
        list(scan(top, recursive=True, ignore=IgnoreRules(top), known=exchange))


def test_a_root_that_vanishes_during_the_scan_is_unavailable(root: Path) -> None:
    top = os.fsencode(root)

    def remove(_: bytes) -> Mapping[bytes, Fingerprint]:
        root.rmdir()
        return {}

    with pytest.raises(WatchUnavailable, match="is not there"):
        list(scan(top, recursive=True, ignore=IgnoreRules(top), known=remove))
