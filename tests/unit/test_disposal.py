"""Putting a photo's file away: it arrives whole, under a free name, and only ever the file that was dealt with goes."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from folder_sync.errors import FileChanged
from folder_sync.files import disposal
from folder_sync.files.opening import look
from folder_sync.files.writers import is_open_elsewhere
from folder_sync.photo import Fingerprint
from tests.support.processes import not_outliving

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


def test_where_its_name_is_taken_it_keeps_it_in_a_folder_beside(tmp_path: Path) -> None:
    """Taken by a file, by a link that leads nowhere, or by a photo that is recorded there."""
    folder = tmp_path / "uploaded"
    (folder / "inner").mkdir(parents=True)
    (folder / "again-2" / "inner").mkdir(parents=True)
    (folder / "inner" / "a.jpg").touch()
    (folder / "again-2" / "inner" / "a.jpg").symlink_to("nowhere")
    recorded = {bytes(folder / "again-3" / "inner" / "a.jpg")}
    photo = bytes(tmp_path / "inner" / "a.jpg")
    to = disposal.destination(photo, bytes(tmp_path), b"uploaded", recorded.__contains__)
    assert to == bytes(folder / "again-4" / "inner" / "a.jpg")


def test_a_name_that_is_not_utf_8_stays_as_it_is() -> None:
    assert disposal.destination(b"/srv/export/\xff.jpg", ROOT, b"rejected", nothing_taken).endswith(b"/\xff.jpg")


# --- moving


def test_a_move_keeps_bytes_and_time_and_leaves_nothing_behind(photo: bytes, to: bytes) -> None:
    check_moved_whole(photo, to)


@other_file_system
def test_a_move_to_another_file_system_does_too(photo: bytes, to: bytes) -> None:
    check_moved_whole(photo, to)


def check_moved_whole(photo: bytes, to: bytes) -> None:
    os.utime(photo, ns=(1, 1_600_000_000_123_456_789))
    expected = seen(photo)
    disposal.move(photo, to, expected)
    assert read(to) == b"bytes"
    assert seen(to).mtime_ns == expected.mtime_ns
    assert not os.path.lexists(photo)
    assert os.listdir(os.path.dirname(to)) == [b"photo.jpg"]


def move_away(path: bytes, expected: Fingerprint) -> None:
    disposal.move(path, path + b".away", expected)


@pytest.mark.parametrize("step", [disposal.delete, move_away])
def test_a_file_that_changed_or_went_away_is_left_alone(
    photo: bytes, step: Callable[[bytes, Fingerprint], None]
) -> None:
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


def test_bytes_of_the_same_length_and_time_are_told_apart_by_the_change_time(photo: bytes) -> None:
    expected = seen(photo)
    with open(photo, "wb") as file:
        file.write(b"BYTES")
    os.utime(photo, ns=(expected.mtime_ns, expected.mtime_ns))
    with pytest.raises(FileChanged):
        disposal.delete(photo, expected)
    assert read(photo) == b"BYTES"


def test_a_file_written_in_the_last_instant_comes_back(
    photo: bytes, to: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected, rename = seen(photo), os.rename

    def overtaken(source: bytes, target: bytes) -> None:
        if source == photo:
            with open(source, "ab") as file:
                file.write(b"more")
        rename(source, target)

    monkeypatch.setattr(os, "rename", overtaken)
    with pytest.raises(FileChanged):
        disposal.move(photo, to, expected)
    assert read(photo) == b"bytesmore"
    assert not os.path.lexists(to)


def test_coming_back_overwrites_nothing(photo: bytes, to: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    expected, rename = seen(photo), os.rename

    def overtaken_twice(source: bytes, target: bytes) -> None:
        with open(source, "ab") as file:
            file.write(b"more")
        rename(source, target)
        with open(source, "wb") as file:
            file.write(b"newest")

    monkeypatch.setattr(os, "rename", overtaken_twice)
    with pytest.raises(FileChanged):
        disposal.move(photo, to, expected)
    assert (read(photo), read(to)) == (b"newest", b"bytesmore")


@other_file_system
def test_a_file_replaced_while_it_is_copied_stays(photo: bytes, to: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    expected, copy = seen(photo), shutil.copy2

    def overtaken(source: bytes, target: bytes) -> None:
        copy(source, target)
        with open(photo, "wb") as file:
            file.write(b"newest")

    monkeypatch.setattr(shutil, "copy2", overtaken)
    with pytest.raises(FileChanged):
        disposal.move(photo, to, expected)
    assert read(photo) == b"newest"
    assert os.listdir(os.path.dirname(to)) == []


@other_file_system
def test_a_full_disk_leaves_no_half_copy(photo: bytes, to: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: bytes, target: bytes) -> None:
        Path(os.fsdecode(target)).write_bytes(b"by")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(shutil, "copy2", full)
    with pytest.raises(OSError, match="No space"):
        disposal.move(photo, to, seen(photo))
    assert read(photo) == b"bytes"
    assert os.listdir(os.path.dirname(to)) == []


def test_a_place_that_can_not_be_made_leaves_the_file(photo: bytes, tmp_path: Path) -> None:
    (tmp_path / "uploaded").write_text("a file where the folder should be")
    with pytest.raises(OSError, match="exists"):
        disposal.move(photo, bytes(tmp_path / "uploaded" / "photo.jpg"), seen(photo))
    assert read(photo) == b"bytes"


def test_other_troubles_of_a_rename_are_not_taken_for_another_file_system(
    photo: bytes, to: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(*_: bytes) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(os, "rename", forbidden)
    with pytest.raises(PermissionError):
        disposal.move(photo, to, seen(photo))
    assert read(photo) == b"bytes"


# --- deleting, and saying why


def test_a_deletion(photo: bytes) -> None:
    disposal.delete(photo, seen(photo))
    assert not os.path.lexists(photo)


def test_the_text_beside_a_photo(photo: bytes) -> None:
    disposal.write_note(photo, "Größe: zu groß.\n")
    assert Path(os.fsdecode(photo) + ".txt").read_text("utf-8") == "Größe: zu groß.\n"


def test_two_machines_write_their_texts_into_one_folder(photo: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each beside its photo: one's words stood beside the other's."""
    other, fsync = photo + b".other.jpg", os.fsync

    def meanwhile(descriptor: int) -> None:
        monkeypatch.setattr(os, "fsync", fsync)
        disposal.write_note(other, "Too large.\n")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", meanwhile)
    disposal.write_note(photo, "Why.\n")
    assert [Path(os.fsdecode(one) + ".txt").read_text() for one in (photo, other)] == ["Why.\n", "Too large.\n"]


@pytest.mark.parametrize("trap", ["link", "pipe"])
def test_the_text_is_written_through_nothing_that_somebody_laid_there(photo: bytes, tmp_path: Path, trap: str) -> None:
    """Photographers may write where rejected photos go, and the service may write its own database."""
    database, note = tmp_path / "folder-sync.db", Path(os.fsdecode(photo) + ".txt")
    database.write_text("records")
    if trap == "link":
        note.symlink_to(database)
    else:
        os.mkfifo(note)
    disposal.write_note(photo, "Why.\n")
    assert database.read_text() == "records"
    assert not note.is_symlink()
    assert note.read_text() == "Why.\n"


@other_file_system
def test_a_copy_is_written_through_nothing_that_somebody_laid_there(photo: bytes, to: bytes, tmp_path: Path) -> None:
    database = tmp_path / "folder-sync.db"
    database.write_text("records")
    os.makedirs(os.path.dirname(to), exist_ok=True)
    Path(os.fsdecode(disposal.part_path(to))).symlink_to(database)
    check_moved_whole(photo, to)
    assert database.read_text() == "records"


# --- what is left alone


@pytest.mark.parametrize("mode", ["rb", "r+b", "ab"])
@pytest.mark.parametrize("step", [disposal.delete, move_away])
def test_a_file_that_a_program_has_open(photo: bytes, step: Callable[[bytes, Fingerprint], None], mode: str) -> None:
    expected = seen(photo)
    holding = f"file = open({os.fsdecode(photo)!r}, {mode!r}); print(flush=True); input()"
    holder = subprocess.Popen([sys.executable, "-c", holding], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with not_outliving(holder) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(disposal.FileInUse, match="a program has it open"):
            step(photo, expected)
        process.communicate(b"\n")
    assert seen(photo) == expected
    step(photo, expected)
    assert not os.path.lexists(photo)


@pytest.mark.parametrize("step", [disposal.delete, move_away])
@pytest.mark.parametrize("target", ["photo.jpg", "nothing", "link.jpg"])
def test_a_link(photo: bytes, step: Callable[[bytes, Fingerprint], None], target: str) -> None:
    link = os.path.join(os.path.dirname(photo), b"link.jpg")
    Path(os.fsdecode(link)).symlink_to(target)
    with pytest.raises(disposal.IsLink):
        step(link, seen(link))
    assert os.readlink(link) == os.fsencode(target)  # noqa: PTH115 -- bytes
    assert read(photo) == b"bytes"


def test_a_pipe_in_its_place(photo: bytes) -> None:
    expected = seen(photo)
    os.unlink(photo)
    os.mkfifo(photo)
    with pytest.raises(FileChanged):
        disposal.delete(photo, expected)


def test_a_file_exchanged_in_the_last_instant_is_not_deleted(photo: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the look at it and its deletion somebody renames a new version over it."""
    expected = seen(photo)

    def exchange(descriptor: int) -> bool:
        Path(os.fsdecode(photo) + ".new").write_bytes(b"newer")
        os.rename(photo + b".new", photo)
        return is_open_elsewhere(descriptor)

    monkeypatch.setattr(disposal, "is_open_elsewhere", exchange)
    with pytest.raises(FileChanged):
        disposal.delete(photo, expected)
    assert read(photo) == b"newer"
    with pytest.raises(FileChanged):
        move_away(photo, seen(photo))
    assert read(photo) == b"newer"


# --- long names


@pytest.mark.parametrize("name", ["x" * 255, "x" * 252, "ü" * 126 + ".jp", "x" * 251, "short.jpg"])
def test_the_text_beside_a_photo_has_a_name_that_can_be(tmp_path: Path, name: str) -> None:
    photo = os.fsencode(tmp_path / name)
    disposal.write_note(photo, "Why.\n")
    (note,) = tmp_path.iterdir()
    assert note.suffix == ".txt"
    assert note.read_text() == "Why.\n"
    assert note.name.startswith(name[:50])
    if len(os.fsencode(name)) <= 251:
        assert note.name == f"{name}.txt"
    disposal.remove_note(photo)
    disposal.remove_note(photo)
    assert list(tmp_path.iterdir()) == []


def test_two_long_names_have_two_texts() -> None:
    one, other = (disposal.note_path(b"/rejected/" + b"x" * 253 + end) for end in (b"1", b"2"))
    assert one != other


@other_file_system
def test_a_long_name_goes_to_another_file_system_too(tmp_path: Path) -> None:
    photo = os.fsencode(tmp_path / ("x" * 255))
    with open(photo, "wb") as file:
        file.write(b"bytes")
    to = os.fsencode(tmp_path / "uploaded" / ("x" * 255))
    disposal.move(photo, to, seen(photo))
    assert (read(to), os.listdir(os.path.dirname(to))) == (b"bytes", [b"x" * 255])


def test_a_text_that_can_not_be_written_leaves_nothing(photo: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        disposal.write_note(photo, "Why.\n")
    assert os.listdir(os.path.dirname(photo)) == [b"photo.jpg"]


# --- whether anything can be moved there


def test_a_folder_into_which_photos_can_be_moved(tmp_path: Path) -> None:
    own = tmp_path / "uploaded"
    assert disposal.trouble_with(os.fsencode(own)) is None  # it is made when it is needed
    own.mkdir()
    assert disposal.trouble_with(os.fsencode(own)) is None
    assert list(own.iterdir()) == []
    own.rmdir()
    own.touch()
    assert disposal.trouble_with(os.fsencode(own)) == "Not a directory"
