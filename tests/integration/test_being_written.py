"""Who has a file open for writing: asked of the kernel, about files that other processes hold."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from folder_sync.files import writers
from folder_sync.files.writers import is_being_written
from tests.integration.test_permissions import unprivileged
from tests.support.processes import not_outliving


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.jpg"
    path.write_bytes(b"photo")
    return path


def being_written(photo: Path) -> bool:
    with photo.open("rb") as file:
        return is_being_written(file)


@pytest.mark.parametrize(("mode", "expected"), [("r+b", True), ("ab", True), ("rb", False)])
def test_another_process_has_it_open(photo: Path, mode: str, *, expected: bool) -> None:
    holding = f"file = open({str(photo)!r}, {mode!r}); print(flush=True); input()"
    holder = subprocess.Popen([sys.executable, "-c", holding], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with not_outliving(holder) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert being_written(photo) is expected
        process.communicate(b"\n")
    assert not being_written(photo)


def test_nobody_is_kept_from_writing_afterwards(photo: Path) -> None:
    with photo.open("rb") as file:
        assert not is_being_written(file)
        os.close(os.open(photo, os.O_WRONLY | os.O_NONBLOCK))


def test_of_files_of_others_it_is_not_known(photo: Path) -> None:
    with photo.open("r+b"), photo.open("rb") as file, unprivileged():
        assert not is_being_written(file)


@pytest.mark.parametrize(("kind", "expected"), [("ext4", True), ("nfs4", False), ("cifs", False)])
def test_a_network_file_system_that_refuses_the_lease_tells_nothing(
    photo: Path, monkeypatch: pytest.MonkeyPatch, kind: str, *, expected: bool
) -> None:
    """NFS does without a delegation, and SMB without an oplock: a photo that stood still was held for two minutes."""
    monkeypatch.setattr(writers, "file_system", lambda _: kind)
    with photo.open("r+b"):
        assert being_written(photo) is expected
