"""What the watcher and the scanner pass over. The rules themselves are tested with ``rules.ignoring``."""

from __future__ import annotations

import pytest

from folder_sync.files.ignoring import IgnoreRules

RULES = IgnoreRules(b"/srv/export", folders=(b"uploaded", b"studio/rejected/"), globs=("*_web.jpg", "drafts/*"))


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
    assert IgnoreRules(b"/", folders=(b"done",), globs=("x/*",)).folder(b"/done")
    assert IgnoreRules(b"/", globs=("x/*",)).file(b"/x/a.jpg")
