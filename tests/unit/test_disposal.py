"""Putting a photo's file away: it arrives whole, under a free name, and only ever the file that was dealt with goes."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest

from folder_sync.errors import FileChanged
from folder_sync.files import disposal
from folder_sync.files.opening import look
from folder_sync.photo import Fingerprint

ROOT = b"/srv/export"


def nothing_taken(_: bytes) -> bool:
    return False


@pytest.fixture
def photo(tmp_path: Path) -> bytes:
    path = tmp_path / "photo.jpg"
    path.write_bytes(b"bytes")
    return bytes(path)


@pytest.fixture
def to(tmp_path: Path) -> bytes:
    return bytes(tmp_path / "uploaded" / "inner" / "photo.jpg")


@pytest.fixture
def _other_file_system(monkeypatch: pytest.MonkeyPatch) -> None:
    """`uploaded` is a mount of its own: nothing can be renamed from or to it, only within."""
    rename = os.rename

    def refusing(source: bytes, target: bytes) -> None:
        if (b"/uploaded/" in source) != (b"/uploaded/" in target):
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
        rename(source, target)

    monkeypatch.setattr(os, "rename", refusing)


other_file_system = pytest.mark.usefixtures("_other_file_system")


def seen(path: bytes) -> Fingerprint:
    fingerprint = look(path)
    assert fingerprint is not None
    return fingerprint


def read(path: bytes) -> bytes:
    with open(path, "rb") as file:
        return file.read()


# --- where to


def test_subfolders_are_kept() -> None:
    to = disposal.destination(b"/srv/export/monday/shoes/a.jpg", ROOT, b"uploaded", nothing_taken)
    assert to == b"/srv/export/uploaded/monday/shoes/a.jpg"


def test_the_name_stays_free_of_what_stands_there_and_of_what_is_recorded(tmp_path: Path) -> None:
    folder = tmp_path / "uploaded"
    folder.mkdir()
    (folder / "a.jpg").touch()
    (folder / "a (2).jpg").symlink_to("nowhere")
    recorded = {bytes(folder / "a (3).jpg")}
    to = disposal.destination(bytes(tmp_path / "a.jpg"), bytes(tmp_path), b"uploaded", recorded.__contains__)
    assert to == bytes(folder / "a (4).jpg")


def test_a_name_that_is_not_utf_8_stays_as_it_is() -> None:
    assert disposal.destination(b"/srv/export/\xff.jpg", ROOT, b"rejected", nothing_taken).endswith(b"/\xff.jpg")


# --- moving


@pytest.mark.parametrize("file_system", ["the same", pytest.param("another", marks=other_file_system)])
def test_a_move_keeps_bytes_and_time_and_leaves_nothing_behind(photo: bytes, to: bytes, file_system: str) -> None:
    os.utime(photo, ns=(1, 1_600_000_000_123_456_789))
    expected = seen(photo)
    disposal.move(photo, to, expected)
    assert read(to) == b"bytes"
    assert seen(to).mtime_ns == expected.mtime_ns
    assert not os.path.lexists(photo)
    assert os.listdir(os.path.dirname(to)) == [b"photo.jpg"]


@pytest.mark.parametrize("step", [disposal.delete, lambda path, expected: disposal.move(path, path + b".away", expected)])
def test_a_file_that_changed_or_went_away_is_left_alone(photo: bytes, step: disposal.Step) -> None:
    expected = seen(photo)
    with open(photo, "ab") as file:
        file.write(b"more")
    with pytest.raises(FileChanged):
        step(photo, expected)
    assert read(photo) == b"bytesmore"
    os.unlink(photo)
    with pytest.raises(FileChanged):
        step(photo, expected)
    assert os.listdir(os.path.dirname(photo)) == []
