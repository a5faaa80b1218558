"""Which file system a path is on, as the kernel of this machine tells it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from folder_sync.files import mounts
from folder_sync.files.mounts import file_system, is_network, mounts_of


def test_well_known_places() -> None:
    assert file_system(b"/proc/self") == "proc"
    assert file_system(b"/sys") == "sysfs"


def test_a_folder_is_on_what_its_parent_is_on(tmp_path: Path) -> None:
    folder = tmp_path / "with a space" / "deeper"
    folder.mkdir(parents=True)
    kind = file_system(os.fsencode(folder))
    assert kind == file_system(os.fsencode(tmp_path))
    assert kind not in ("unknown", "proc")
    assert not is_network(kind)


def test_a_link_counts_as_what_it_leads_to(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to("/proc")
    assert file_system(os.fsencode(link)) == "proc"


def test_what_is_not_there() -> None:
    with pytest.raises(FileNotFoundError):
        file_system(b"/no/such/place")


@pytest.mark.parametrize("name", ["a\rb", "a\fb", "a\vb", "a\x85b", "\xff", r"a\040b", r"a\012b", r"a\134b", "a - b"])
def test_any_name_may_be_mounted_at(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Whoever may mount something somewhere could end all watching, and on a desktop everybody may."""
    place = name.encode("latin-1").replace(b" ", rb"\040")
    table = b"29 1 8:1 / / rw - ext4 /dev/sda1 rw\n30 29 0:40 / /studio/%s rw shared:1 - fuse.sshfs host: rw\n" % place
    monkeypatch.setattr(mounts, "_table", lambda: table)
    written = place.replace(rb"\040", b" ").replace(rb"\012", b"\n").replace(rb"\134", b"\\")
    assert mounts_of(b"/studio") == {b"/studio/" + written: "fuse.sshfs"}


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "fuseblk"])
def test_others_write_there_unheard(kind: str) -> None:
    assert is_network(kind)


@pytest.mark.parametrize("kind", ["ext4", "xfs", "btrfs", "tmpfs", "overlay"])
def test_this_machine_alone_writes_there(kind: str) -> None:
    assert not is_network(kind)
