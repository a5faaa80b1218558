"""What the watcher and the scanner pass over. The rules themselves are tested with ``rules.names``."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from folder_sync.files.ignoring import IgnoreRules, count_matches

RULES = IgnoreRules(b"/srv/export", folders=(b"uploaded", b"studio/rejected/"), patterns=("*_web.jpg", "drafts/*"))


@pytest.mark.parametrize(
    ("path", "ignored"),
    [
        (b"a.jpg", False),
        (b"._a.jpg", True),
        (b"deep/a.xmp", True),
        (b"deep/a_web.jpg", True),
        (b"drafts/a.jpg", True),
        (b"deep/drafts/a.jpg", False),
        (b"\xff.jpg", False),
        (b"\xff_web.jpg", True),
    ],
)
def test_files(path: bytes, ignored: bool) -> None:
    assert RULES.file(b"/srv/export/" + path) is ignored


@pytest.mark.parametrize(
    ("path", "ignored"),
    [
        (b"shoes", False),
        (b"uploaded", True),
        (b"shoes/uploaded", False),
        (b"studio/rejected", True),
        (b"shoes/CaptureOne", True),
        (b"drafts/old", True),
        (b"Drafts/old", True),
        (b"caf\xe9", False),
    ],
)
def test_folders(path: bytes, ignored: bool) -> None:
    assert RULES.folder(b"/srv/export/" + path) is ignored


def test_without_globs_only_names_count() -> None:
    rules = IgnoreRules(b"/")
    assert not rules.file(b"/a_web.jpg")
    assert not rules.folder(b"/drafts")


def test_the_root_of_the_file_system_can_be_watched() -> None:
    assert IgnoreRules(b"/", folders=(b"done",), patterns=("x/*",)).folder(b"/done")
    assert IgnoreRules(b"/", patterns=("x/*",)).file(b"/x/a.jpg")


def test_a_pattern_for_folders_takes_the_folder_whole() -> None:
    rules = IgnoreRules(b"/srv/export", patterns=("drafts/",))
    assert rules.folder(b"/srv/export/drafts")
    assert rules.folder(b"/srv/export/a/Drafts")
    assert not rules.file(b"/srv/export/drafts")  # a file of that name


def test_it_is_counted_what_each_pattern_matches(tmp_path: Path) -> None:
    for name in ("drafts/a.jpg", "sub/drafts/b.jpg", "x_web.jpg", "X_WEB.JPG", "y.jpg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    patterns = ["drafts/", "/drafts/", "*_web.*", "drafs/*"]
    assert count_matches(os.fsencode(tmp_path), patterns) == dict(zip(patterns, (2, 1, 2, 0), strict=True))


def test_a_folder_that_is_not_there_has_no_counts(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        count_matches(os.fsencode(tmp_path / "none"), ["x"])


def test_own_folders_are_known_by_whatever_way_leads_there(tmp_path: Path) -> None:
    root = os.fsencode(tmp_path)
    rules = IgnoreRules(root, (b"uploaded", b"rejected"))
    for name in ("done", "_bad", "others"):
        (tmp_path / name).mkdir()
    assert not rules.folder(root + b"/done")
    (tmp_path / "uploaded").symlink_to("done")
    (tmp_path / "rejected").symlink_to(tmp_path / "_bad")
    (tmp_path / "also").symlink_to("_bad")
    assert all(rules.folder(root + b"/" + name) for name in (b"done", b"_bad", b"uploaded", b"rejected", b"also"))
    assert not rules.folder(root + b"/others")
