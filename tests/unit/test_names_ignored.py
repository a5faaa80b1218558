from __future__ import annotations

import pytest

from folder_sync.rules.names import convention

UNFINISHED = ["~", ".tmp", ".part", ".partial", ".filepart", ".crdownload", ".!sync"]
RAW_AND_SIDECARS = [
    ".xmp", ".cr2", ".cr3", ".nef", ".arw", ".raf", ".dng", ".orf", ".rw2",
    ".cos", ".cop", ".iiq", ".psd", ".psb", ".txt", ".pdf", ".db", ".zip",
]  # fmt: skip


@pytest.mark.parametrize("ending", UNFINISHED + RAW_AND_SIDECARS)
def test_files_with_these_endings_are_ignored_in_any_letter_case(ending: str) -> None:
    for name in (f"00012345678905.jpg{ending}", f"00012345678905{ending.upper()}"):
        why = convention.ignored_file(name)
        assert why
        assert convention.parse(name) == convention.Ignored(why)


@pytest.mark.parametrize("name", ["._00012345678905.jpg", ".DS_Store", ".jpg", ".", "..", "Thumbs.db", "desktop.ini"])
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
    "name", ["CaptureOne", "@eaDir", ".Trash-1000", ".Trash-", "lost+found", ".AppleDouble", ".stversions", ".git"]
)
def test_ignored_folders(name: str) -> None:
    assert convention.is_ignored_folder(name)


@pytest.mark.parametrize("name", ["export", "captureone", "CaptureOne 2", "Trash-1000", "@eaDirs", "lost", "2024.05"])
def test_other_folders_are_looked_into(name: str) -> None:
    assert not convention.is_ignored_folder(name)


@pytest.mark.parametrize(
    ("path", "glob"),
    [
        ("drafts/a/x.jpg", "x.jpg"),  # by the name, wherever it lies
        ("drafts/a/x.jpg", "*.jpg"),
        ("drafts/a/x.jpg", "drafts/*"),  # by the path, at any depth
        ("drafts/a/x.jpg", "*/a/*"),
        ("x.jpg", "[xyz].jp?"),
        ("Cafe\u0301/x.jpg", "Caf\u00e9/*"),  # as macOS writes it, against what was typed
        ("Caf\u00e9/x.jpg", "Cafe\u0301/*"),
        ("\udcff.jpg", "*.jpg"),
    ],
)
def test_globs_match_the_name_or_the_path(path: str, glob: str) -> None:
    assert convention.matches_globs(path, ["nothing", glob])


@pytest.mark.parametrize(
    ("path", "glob"),
    [
        ("drafts/x.jpg", "a/*"),
        ("drafts/x.jpg", "drafts"),
        ("x.JPG", "*.jpg"),
        ("Drafts/x.jpg", "drafts/*"),
        ("x.jpg", "["),
    ],
)
def test_globs_match_nothing_else(path: str, glob: str) -> None:
    assert not convention.matches_globs(path, [glob])
    assert not convention.matches_globs(path, [])
