from __future__ import annotations

import pytest

from folder_sync.rules.names import convention
from folder_sync.rules.names.patterns import BadPattern, Patterns, check

UNFINISHED = [
    "~", ".tmp", ".part", ".partial", ".filepart", ".crdownload", ".download", ".opdownload", ".!sync", ".!ut",
    ".rsync-partial", ".ffs_tmp", "_exiftool_tmp", "_original", ".bak", ".swp", ".icloud", ".nextcloud",
]  # fmt: skip
RAW_AND_SIDECARS = [
    ".xmp", ".aae", ".dop", ".pp3", ".cr2", ".cr3", ".nef", ".arw", ".raf", ".dng", ".orf", ".rw2", ".rwl", ".pef",
    ".srw", ".3fr", ".fff", ".cos", ".cop", ".iiq", ".psd", ".psb", ".lrcat", ".lrcat-wal", ".cosessiondb",
    ".cosessiondb-shm", ".txt", ".pdf", ".db", ".zip", ".lnk", ".url", ":Zone.Identifier", "\uf022Zone.Identifier",
]  # fmt: skip


@pytest.mark.parametrize("ending", UNFINISHED + RAW_AND_SIDECARS)
def test_files_with_these_endings_are_ignored_in_any_letter_case(ending: str) -> None:
    for name in (f"00012345678905.jpg{ending}", f"notes{ending.upper()}"):
        why = convention.ignored_file(name)
        assert why
        assert convention.parse(name) == convention.Ignored(why)


@pytest.mark.parametrize(
    "name",
    ["._00012345678905.jpg", ".DS_Store", ".jpg", ".", "..", "Thumbs.db", "desktop.ini", "Icon\r", "~$x.docx"],
)
def test_files_of_the_system_are_ignored(name: str) -> None:
    assert isinstance(convention.parse(name), convention.Ignored)


def test_ignoring_comes_before_every_complaint() -> None:
    assert isinstance(convention.parse("a\tb\udcff.tmp"), convention.Ignored)


@pytest.mark.parametrize(
    "name", ["", "x", "notes.docx", "00012345678905.heic", "00012345678905.jpg", "tmp", "atmp", "Thumbs.jpg", "x.ini"]
)
def test_any_other_file_is_a_photo_that_someone_meant_to_deliver(name: str) -> None:
    assert convention.ignored_file(name) is None
    assert not isinstance(convention.parse(name), convention.Ignored)


@pytest.mark.parametrize(
    "name", ["CaptureOne", "@eaDir", ".Trash-1000", ".Trash-", "lost+found", ".AppleDouble", ".stversions", ".git",
     "#recycle", "@Recycle", "$RECYCLE.BIN", "$Recycle.Bin", "RECYCLER", "#snapshot", "~snapshot", "@Recently-Snapshot",
     "@tmp", "@SynoResource", "System Volume Information", "Network Trash Folder", "Temporary Items"],
)  # fmt: skip
def test_ignored_folders(name: str) -> None:
    assert convention.is_ignored_folder(name)


@pytest.mark.parametrize(
    "name",
    ["export", "captureone", "CaptureOne 2", "Trash-1000", "@eaDirs", "lost", "2024.05", "tmp", "recycle", "snapshot"],
)
def test_other_folders_are_looked_into(name: str) -> None:
    assert not convention.is_ignored_folder(name)


@pytest.mark.parametrize(
    ("path", "pattern"),
    [
        ("drafts/a/x.jpg", "x.jpg"),  # by the name, wherever it lies
        ("drafts/a/x.jpg", "*.jpg"),
        ("x.JPG", "*.jpg"),
        ("drafts/a/x.jpg", "drafts/*"),
        ("drafts/a/x.jpg", "drafts/"),
        ("sub/drafts/x.jpg", "drafts/"),
        ("sub/drafts/x.jpg", "drafts"),
        ("Drafts/x.jpg", "drafts/*"),
        ("drafts/x.jpg", "/drafts/*"),
        ("drafts/x.jpg", "./drafts/*"),
        ("drafts/x.jpg", " drafts/* "),
        ("drafts/x.jpg", "**/drafts/**"),
        ("a/b/x.jpg", "a/**/x.jpg"),
        ("x.jpg", "[xyz].jp?"),
        ("#recycle/x.jpg", "#recycle"),
        ("Cafe\u0301/x.jpg", "Caf\u00e9/*"),  # as macOS writes it, against what was typed
        ("Caf\u00c9/x.jpg", "Cafe\u0301/*"),
        ("\udcff.jpg", "*.jpg"),
    ],
)
def test_patterns_mean_what_they_mean_in_gitignore_whatever_the_letter_case(path: str, pattern: str) -> None:
    check(pattern)
    assert Patterns(["nothing", pattern]).match(path)


@pytest.mark.parametrize(
    ("path", "pattern"),
    [
        ("drafts/x.jpg", "a/*"),
        ("sub/drafts/x.jpg", "/drafts/"),
        ("sub/drafts/x.jpg", "drafts/*"),
        ("drafts", "drafts/"),
        ("a/x.jpg", "a/*/x.jpg"),
        ("x.jpg", "y\\*"),
    ],
)
def test_patterns_match_nothing_else(path: str, pattern: str) -> None:
    assert not Patterns([pattern]).match(path)
    assert not Patterns([]).match(path)


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("", "without a name"),
        (" ", "without a name"),
        ("/", "without a name"),
        ("./", "without a name"),
        ("!drafts/", "bring files back"),
        ("a\0b", "control character"),
        ("/srv/export/drafts/*", "absolute path"),
        ("/srv/export", "absolute path"),
        ("~/export/drafts/", "absolute path"),
        ("{drafts,tmp}/*", "braces"),
        ("a\\", "not a pattern"),
    ],
)
def test_a_pattern_that_can_not_mean_what_is_written_is_refused(pattern: str, words: str) -> None:
    with pytest.raises(BadPattern, match=words) as caught:
        check(pattern, ["/srv/export"])
    assert caught.value.hint.endswith(".")


@pytest.mark.parametrize("pattern", ["/drafts/*", "/drafts/old/", "~$*", "a!", "{x}", "*", "\\!x"])
def test_what_looks_like_it_is_taken(pattern: str) -> None:
    check(pattern, ["/srv/export"])
