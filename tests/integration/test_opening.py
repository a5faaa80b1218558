"""Only a regular file inside the watched folder is ever opened for reading."""

from __future__ import annotations

import errno
import os
import re
import socket
from pathlib import Path

import pytest

from folder_sync.files.ignoring import IgnoreRules
from folder_sync.files.opening import (
    Gone,
    IsFolder,
    NotAFile,
    NotOpened,
    OutsideFolder,
    TryLater,
    Unreadable,
    fingerprint,
    look,
    open_photo,
)
from folder_sync.files.scanning import scan


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "export"
    folder.mkdir()
    return folder


def open_below(root: Path, name: str | bytes) -> bytes:
    photo, seen = open_photo(os.path.join(os.fsencode(root), os.fsencode(name)), os.fsencode(root))
    with photo:
        assert seen == fingerprint(os.fstat(photo.fileno()))
        assert not os.get_inheritable(photo.fileno())
        return photo.read()


def test_a_look_tells_what_a_scan_would(root: Path, tmp_path: Path) -> None:
    (root / "a.jpg").write_bytes(b"photo")
    (root / "link.jpg").symlink_to("a.jpg")
    (root / "nowhere.jpg").symlink_to("missing")
    (root / "away").symlink_to(tmp_path)
    os.mkfifo(root / "pipe.jpg")
    top = os.fsencode(root)
    [folder] = scan(top, recursive=True, ignore=IgnoreRules(top), known=lambda _: {})
    seen = dict(folder.changed + folder.special + folder.outside)
    assert len(seen) == 5
    assert {path: look(path) for path in seen} == seen
    assert look(top + b"/gone.jpg") is None


def open_descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def test_a_photo_is_read_and_its_fingerprint_is_that_of_the_path(root: Path) -> None:
    path = root / "a.jpg"
    path.write_bytes(b"photo")
    photo, seen = open_photo(os.fsencode(path), os.fsencode(root))
    with photo:
        assert photo.read() == b"photo"
    assert seen == fingerprint(path.stat())


def test_names_that_are_not_utf8_are_opened_and_shown(root: Path) -> None:
    with open(os.path.join(os.fsencode(root), b"\xff.jpg"), "wb") as file:
        file.write(b"photo")
    assert open_below(root, b"\xff.jpg") == b"photo"
    with pytest.raises(Gone, match=re.escape("\ufffd.png is not there any more")):
        open_below(root, b"\xff.png")


def test_links_inside_the_folder_are_followed_even_if_the_folder_itself_is_a_link(root: Path, tmp_path: Path) -> None:
    (root / "a.jpg").write_bytes(b"photo")
    (root / "link.jpg").symlink_to("a.jpg")
    (tmp_path / "alias").symlink_to(root)
    assert open_below(root, "link.jpg") == b"photo"
    assert open_below(tmp_path / "alias", "link.jpg") == b"photo"


@pytest.mark.parametrize("target", ["export2/secret.jpg", "export2"])
def test_links_leading_out_are_refused(root: Path, tmp_path: Path, target: str) -> None:
    (tmp_path / "export2").mkdir()
    (tmp_path / "export2" / "secret.jpg").write_bytes(b"secret")
    (root / "a.jpg").symlink_to(tmp_path / target)
    with pytest.raises(OutsideFolder, match=r"a\.jpg is a link that leads out"):
        open_below(root, "a.jpg")


def test_a_photo_below_a_folder_linked_out_is_refused(root: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    (root / "sub").symlink_to(tmp_path)
    with pytest.raises(OutsideFolder):
        open_below(root, "sub/secret.jpg")


def test_pipes_and_sockets_are_refused_without_waiting(root: Path) -> None:
    os.mkfifo(root / "pipe.jpg")
    with pytest.raises(NotAFile, match=r"pipe\.jpg is not a file"):
        open_below(root, "pipe.jpg")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(root / "socket.jpg"))
        with pytest.raises(NotAFile):
            open_below(root, "socket.jpg")


def test_a_link_to_a_device_is_refused(root: Path) -> None:
    (root / "a.jpg").symlink_to("/dev/null")
    with pytest.raises(OutsideFolder):
        open_below(root, "a.jpg")


def test_a_folder_is_told_from_a_photo(root: Path) -> None:
    (root / "folder.jpg").mkdir()
    (root / "link.jpg").symlink_to("folder.jpg")
    for name in ("folder.jpg", "link.jpg"):
        with pytest.raises(IsFolder):
            open_below(root, name)


def test_links_to_nowhere_and_in_circles_are_unreadable(root: Path) -> None:
    (root / "nowhere.jpg").symlink_to("missing")
    (root / "loop.jpg").symlink_to("loop.jpg")
    with pytest.raises(Unreadable, match="a link that leads nowhere"):
        open_below(root, "nowhere.jpg")
    with pytest.raises(Unreadable, match="Too many levels"):
        open_below(root, "loop.jpg")


def test_what_is_not_there_is_gone(root: Path) -> None:
    (root / "file").touch()
    for name in ("a.jpg", "file/a.jpg"):
        with pytest.raises(Gone):
            open_below(root, name)


def test_a_file_deleted_while_being_opened_is_gone(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = root / "a.jpg"
    path.touch()
    status_of = os.fstat

    def delete_first(descriptor: int) -> os.stat_result:
        path.unlink(missing_ok=True)
        return status_of(descriptor)

    monkeypatch.setattr(os, "fstat", delete_first)
    with pytest.raises(Gone):
        open_below(root, "a.jpg")


def test_a_file_exchanged_while_being_opened_can_not_lead_out(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, secret = root / "a.jpg", tmp_path / "secret.jpg"
    path.write_bytes(b"photo")
    secret.write_bytes(b"secret")
    real_path = os.path.realpath

    def exchange_first(folder: bytes) -> bytes:
        path.rename(root / "b.jpg")
        path.symlink_to(secret)
        return real_path(folder)

    monkeypatch.setattr(os.path, "realpath", exchange_first)
    assert open_below(root, "a.jpg") == b"photo"


@pytest.mark.parametrize("number", [errno.EMFILE, errno.EIO, errno.ESTALE])
@pytest.mark.parametrize("function", ["os.open", "builtins.open"])
def test_trouble_of_the_machine_is_not_the_photos_fault(
    root: Path, monkeypatch: pytest.MonkeyPatch, number: int, function: str
) -> None:
    (root / "a.jpg").touch()

    def refuse(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patched:
        patched.setattr(function, refuse)
        with pytest.raises(TryLater, match=r"a\.jpg can't be read now") as caught:
            open_below(root, "a.jpg")
    assert isinstance(caught.value.__cause__, OSError)


def test_no_descriptor_is_left_open(root: Path, tmp_path: Path) -> None:
    (root / "a.jpg").touch()
    os.mkfifo(root / "pipe.jpg")
    (root / "out.jpg").symlink_to(tmp_path)
    before = open_descriptors()
    for name in ("a.jpg", "pipe.jpg", "out.jpg", "gone.jpg"):
        try:
            open_below(root, name)
        except NotOpened:
            continue
    assert open_descriptors() == before
