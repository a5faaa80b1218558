"""Links, and what else is no file: followed once inside the folder, refused where they lead out, never waited for."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from folder_sync.errors import FileChanged
from folder_sync.files.opening import IsFolder, OutsideFolder, TryLater, follow
from folder_sync.files.sending import opener
from folder_sync.files.watching import _Native
from folder_sync.photo import State
from folder_sync.service.intake import folder_intake as intake
from folder_sync.service.intake import inspectors, other_paths
from folder_sync.service.intake.judging import judge
from tests.support.running import intake_of, running_service
from tests.support.studio import GTIN, OTHER, THIRD, Studio, photo_data
from tests.support.waiting import wait_for


@pytest.fixture
def running(studio: Studio) -> Iterator[Studio]:
    with running_service(studio):
        yield studio


def refusal(studio: Studio, path: Path) -> str:
    reason = studio.wait_for_state(path, State.REJECTED).reason
    assert reason is not None
    return str(reason.code)


def paths(studio: Studio) -> set[str]:
    return {os.fsdecode(os.path.relpath(record.path, os.fsencode(studio.folder))) for record in studio.records()}


def last(studio: Studio) -> None:
    """Until everything that came before has been taken in."""
    studio.wait_for_state(studio.export(f"{THIRD}__last.jpg"), State.UPLOADED)


def test_a_link_to_a_photo_inside_is_a_photo_under_its_own_name(running: Studio) -> None:
    target = running.export(f"{GTIN}__a.jpg")
    running.wait_for_state(target, State.UPLOADED)
    link, same = running.folder / f"{OTHER}__b.jpg", running.folder / "again" / target.name
    same.parent.mkdir()
    link.symlink_to(target.name)
    same.symlink_to(target)
    running.wait_for_state(link, State.UPLOADED)
    running.wait_for_state(same, State.DUPLICATE)
    assert [arrival.gtin for arrival in running.sandbox.ledger.arrivals] == [GTIN, OTHER]


def test_an_uploaded_photo_that_is_a_link_to_nowhere_by_now_is_looked_at_once(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every pass took it for changed, and with polling there is one every few seconds."""
    looked_at: list[bytes] = []

    def noting(path: bytes, *arguments: Any) -> object:
        looked_at.append(path)
        return judge(path, *arguments)

    monkeypatch.setattr(inspectors, "judge", noting)
    with running_service(studio) as service:
        intake = intake_of(service, studio.folder)

        def pass_through() -> None:
            looked_at.clear()
            intake._scanner.ask(os.fsencode(studio.folder))
            wait_for(lambda: intake.idle, "the pass is over")

        target, link = studio.export(f"{GTIN}__a.jpg"), studio.folder / f"{OTHER}__b.jpg"
        os.utime(target, (0, 0))  # else the link may be made in the same tick of the disk's clock
        link.symlink_to(target.name)
        for path in (target, link):
            studio.wait_for_state(path, State.UPLOADED)
        target.unlink()
        pass_through()
        assert set(looked_at) == {os.fsencode(link)}
        pass_through()
        assert looked_at == []
        target.write_bytes(photo_data("new"))  # and what it leads to by then is taken in by the next
        studio.wait_for_state(target, State.UPLOADED)
        pass_through()
        assert os.fsencode(link) in looked_at


def test_photos_in_a_linked_folder_are_found_once_and_loops_are_survived(studio: Studio) -> None:
    studio.configure(intake={"rescan_seconds": 0.2})
    path = studio.export(f"job/deep/{GTIN}__a.jpg")
    (studio.folder / "link").symlink_to("job")
    (studio.folder / "job" / "deep" / "up").symlink_to(studio.folder)
    (studio.folder / "job" / "deep" / f"{GTIN}__loop.jpg").symlink_to("..")
    (studio.folder / "self").symlink_to(".")
    with running_service(studio):
        studio.wait_for_state(path, State.UPLOADED)
        (studio.folder / "later").symlink_to("job/deep")
        last(studio)
        assert paths(studio) == {f"job/deep/{GTIN}__a.jpg", f"{THIRD}__last.jpg"}


def test_what_leads_out_is_refused_whatever_its_name_says(running: Studio) -> None:
    outside = running.home / "outside"
    outside.mkdir()
    (outside / f"{OTHER}__secret.jpg").write_bytes(photo_data("secret"))
    (running.home / f"{OTHER}__hidden.jpg").write_bytes(photo_data("hidden"))
    links = {
        f"{GTIN}__file.jpg": outside / f"{OTHER}__secret.jpg",
        "any name.jpg": outside / f"{OTHER}__secret.jpg",
        f"{GTIN}__folder.jpg": outside,
        "archive": outside,
        "relative": Path("../outside"),
        f"{GTIN}__parent.jpg": Path(f"../{OTHER}__hidden.jpg"),
        "device.jpg": Path("/dev/zero"),
    }
    for name, target in links.items():
        (running.folder / name).symlink_to(target)
    for name in links:
        assert refusal(running, running.folder / name) == "outside_folder", name
    last(running)
    assert len(running.sandbox.ledger.arrivals) == 1
    assert paths(running) == {*links, f"{THIRD}__last.jpg"}


def test_a_folder_linked_out_is_found_by_a_pass_too_and_its_record_goes_with_it(studio: Studio) -> None:
    (studio.folder / "archive").symlink_to(studio.home)
    with running_service(studio):
        assert refusal(studio, studio.folder / "archive") == "outside_folder"
        (studio.folder / "archive").unlink()
        wait_for(lambda: studio.records() == [], "the record is gone")


def test_a_link_out_replaced_by_the_photo_itself_starts_again(running: Studio) -> None:
    outside = running.home / "photo.jpg"
    outside.write_bytes(photo_data("photo"))
    link = running.folder / f"{GTIN}__a.jpg"
    link.symlink_to(outside)
    assert refusal(running, link) == "outside_folder"
    outside.rename(link)
    running.wait_for_state(link, State.UPLOADED)


def test_what_no_one_should_open_blocks_nothing(running: Studio) -> None:
    os.mkfifo(running.folder / f"{GTIN}__pipe.jpg")
    (running.folder / f"{GTIN}__nowhere.jpg").symlink_to("missing")
    (running.folder / f"{GTIN}__circle.jpg").symlink_to(f"{GTIN}__circle.jpg")
    with socket.socket(socket.AF_UNIX) as server:
        here = os.getcwd()
        os.chdir(running.folder)  # addresses of sockets are short
        try:
            server.bind(f"{GTIN}__socket.jpg")
        finally:
            os.chdir(here)
        for kind in ("pipe", "nowhere", "circle", "socket"):
            assert refusal(running, running.folder / f"{GTIN}__{kind}.jpg") == "unreadable", kind
        last(running)


def test_a_photo_exchanged_for_a_link_out_while_it_is_queued_is_never_opened(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even where nobody noticed, and the bytes out there are the same."""
    studio.sandbox.revoke_key()
    data = photo_data("the same bytes")
    (studio.home / "outside.jpg").write_bytes(data)
    with running_service(studio):
        path = studio.export(f"{GTIN}__a.jpg", data)
        studio.wait_for_state(path, State.QUEUED)
        monkeypatch.setattr(_Native, "happened", lambda *_: None)
        path.unlink()
        path.symlink_to(studio.home / "outside.jpg")
        studio.sandbox.restore_key()
        assert refusal(studio, path) == "outside_folder"
    assert studio.sandbox.ledger.arrivals == ()


def test_only_photos_of_watched_folders_are_opened_for_sending(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "export"
    root.mkdir()
    (root / "a.jpg").write_bytes(b"photo")
    (tmp_path / "b.jpg").write_bytes(b"secret")
    (root / "link.jpg").symlink_to(tmp_path / "b.jpg")
    (root / "sub").symlink_to(tmp_path)
    os.mkfifo(root / "pipe.jpg")
    open_file = opener([os.fsencode(tmp_path / "other"), os.fsencode(root)])
    descriptor = open_file(os.fsencode(root / "a.jpg"))
    assert os.read(descriptor, 100) == b"photo"
    os.close(descriptor)
    for refused in (
        *(tmp_path / "b.jpg", tmp_path / "export2.jpg", root / "link.jpg", root / "sub" / "b.jpg", root / "pipe.jpg"),
        *(root / "gone.jpg", root / "sub"),
    ):
        with pytest.raises(FileChanged, match=r"Nothing was uploaded\."):
            open_file(os.fsencode(refused))

    def trouble(*_: object) -> None:
        raise TryLater("a.jpg can't be read now: Too many open files.")

    monkeypatch.setattr("folder_sync.files.sending.open_photo", trouble)
    with pytest.raises(OSError, match="Too many open files"):
        open_file(os.fsencode(root / "a.jpg"))


def test_following_leaves_nothing_open(tmp_path: Path) -> None:
    root = tmp_path / "export"
    (root / "job").mkdir(parents=True)
    (root / "a.jpg").touch()
    (root / "inside").symlink_to("job")
    (root / "itself").symlink_to(".")
    (root / "photo.jpg").symlink_to("a.jpg")
    (root / "out").symlink_to(tmp_path)
    top = os.fsencode(root)
    before = len(os.listdir("/proc/self/fd"))
    follow(top + b"/photo.jpg", top)
    for name in (b"/inside", b"/itself"):
        with pytest.raises(IsFolder):
            follow(top + name, top)
    with pytest.raises(OutsideFolder):
        follow(top + b"/out", top)
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_folder_that_is_not_watched_any_more_and_is_again(studio: Studio) -> None:
    studio.sandbox.revoke_key()
    other = studio.home / "other"
    other.mkdir()
    with running_service(studio):
        path = studio.export(f"{GTIN}__a.jpg")
        before = studio.wait_for_state(path, State.QUEUED)
    everywhere = studio.config.read_text()
    studio.config.write_text(everywhere.replace(f'path = "{studio.folder}"', f'path = "{other}"'))
    studio.sandbox.restore_key()
    with running_service(studio):
        studio.wait_for_state(path, State.MISSING)
        assert studio.sandbox.ledger.arrivals == ()
    studio.config.write_text(everywhere)
    with running_service(studio):
        after = studio.wait_for_state(path, State.UPLOADED)
    assert after.id == before.id


def test_the_same_folder_by_another_way_is_where_the_photos_are_now(studio: Studio) -> None:
    studio.sandbox.revoke_key()
    with running_service(studio):
        path = studio.export(f"{GTIN}__a.jpg")
        before = studio.wait_for_state(path, State.QUEUED)
    (studio.home / "way").symlink_to(studio.folder)
    studio.config.write_text(
        studio.config.read_text().replace(f'path = "{studio.folder}"', f'path = "{studio.home}/way"')
    )
    studio.sandbox.restore_key()
    with running_service(studio):
        after = studio.wait_for_state(studio.home / "way" / path.name, State.UPLOADED)
    assert after.id == before.id
    assert len(studio.sandbox.ledger.arrivals) == 1


def test_what_can_not_be_reached_has_not_gone(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    studio.sandbox.revoke_key()
    with running_service(studio) as running:
        path = studio.export(f"{GTIN}__a.jpg")
        before = studio.wait_for_state(path, State.QUEUED)

        def trouble(_: bytes) -> None:
            raise OSError(errno.EIO, "Input/output error")

        with monkeypatch.context() as patched:
            patched.setattr(intake, "look", trouble)
            patched.setattr(other_paths, "look", trouble)
            copy = studio.export(f"again/{path.name}", path.read_bytes())
            path.touch()
            path.unlink()
            wait_for(lambda: os.fsencode(copy) in intake_of(running, studio.folder)._gate, "the copy is held")
            assert [record.state for record in studio.records()] == [State.QUEUED]
        after = studio.wait_for_state(copy, State.QUEUED)
    assert after.id == before.id
