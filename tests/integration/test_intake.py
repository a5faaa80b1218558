"""From a file in a watched folder to a record, with the real files and the real inotify; nothing is sent here."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from folder_sync.photo import Format, Record, State
from folder_sync.sandbox.drawing import photo_bytes
from folder_sync.sandbox.state import Sandbox
from folder_sync.service.intake import inspectors as inspecting
from folder_sync.service.intake.judging import judge
from folder_sync.store.incoming import Incoming
from folder_sync.store.recording import Place
from tests.support.running import intake_of, running_service
from tests.support.studio import GTIN, OTHER, Studio, photo_data
from tests.support.waiting import wait_for


@pytest.fixture(autouse=True)
def paused(sandbox: Sandbox) -> None:
    """The key is refused, so that photos stay where intake put them."""
    sandbox.revoke_key()


@pytest.fixture
def watching(studio: Studio) -> Iterator[Studio]:
    with running_service(studio):
        yield studio


def reason(record: Record) -> str | None:
    return None if record.reason is None else str(record.reason.code)


def test_what_is_wrong_with_a_file_is_told_apart(watching: Studio) -> None:
    whole, flipped = photo_data("whole"), bytearray(photo_bytes(Format.PNG))
    flipped[len(flipped) // 2] ^= 1
    cases = {
        "nonsense.jpg": (whole, "bad_name"),
        "00012345678904__check.jpg": (whole, "bad_gtin"),
        f"{GTIN}__hero__primay.jpg": (whole, "unknown_flag"),
        f"{GTIN}__picture.tiff": (whole, "unsupported_format"),
        f"{GTIN}__not.png": (whole, "wrong_format"),
        f"{GTIN}__empty.jpg": (b"", "empty"),
        f"{GTIN}__torn.jpg": (whole[:-100], "truncated"),
        f"{GTIN}__bits.png": (bytes(flipped), "corrupt"),
        f"{GTIN}__script.svg": (b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', "unsafe_svg"),
    }
    paths = {watching.export(name, data): code for name, (data, code) in cases.items()}
    found = {path: watching.wait_for_state(path, State.REJECTED) for path in paths}
    assert {path: reason(record) for path, record in found.items()} == paths
    assert all(record.reason is not None and record.reason.message[-1] in ".?" for record in found.values())


def test_one_that_is_too_large(studio: Studio) -> None:
    studio.configure(intake={"max_megabytes": 0.01})
    with running_service(studio):
        large = studio.wait_for_state(studio.export(f"{GTIN}__a.jpg", photo_data("a", 10_001)), State.REJECTED)
        studio.wait_for_state(studio.export(f"{GTIN}__b.jpg", photo_data("b", 10_000)), State.QUEUED)
    assert reason(large) == "too_large"


def test_what_nobody_meant_to_deliver_leaves_no_record(studio: Studio) -> None:
    studio.configure(intake={"ignore": ["*_proof.*", "drafts/*"]})
    with running_service(studio):
        for name in (
            *(".DS_Store", "._x.jpg", "Thumbs.db", f"{GTIN}.jpg.part", f"{GTIN}.cr3", "notes.txt"),
            *(f"{GTIN}__a_proof.jpg", f"drafts/{GTIN}.jpg", f"@eaDir/{GTIN}.jpg", f"uploaded/{GTIN}.jpg"),
        ):
            studio.export(name)
        marker = studio.wait_for_state(studio.export(f"{OTHER}__z.jpg"), State.QUEUED)
        assert [record.id for record in studio.records()] == [marker.id]


def test_a_late_event_that_tells_nothing_new_makes_nobody_wait(studio: Studio) -> None:
    """Else the second hero would be first, and the first one shown at the end."""
    studio.configure(intake={"settle_seconds": 1.0})
    with running_service(studio) as running:
        intake = intake_of(running, studio.folder)
        first = studio.export(f"{GTIN}__first__primary.jpg")
        second = studio.export(f"{GTIN}__second__primary.jpg")
        wait_for(lambda: intake.held + len(studio.records()) == 2, "both are known, and held until they are still")
        with first.open("ab"):
            pass  # closed after writing: an event, and the very file that was there before
        heroes = [studio.wait_for_state(path, State.QUEUED) for path in (first, second)]
    assert heroes[0].arrival < heroes[1].arrival


def test_the_records_of_rejected_files_go_with_them(watching: Studio) -> None:
    path = watching.export("nonsense.jpg")
    watching.wait_for_state(path, State.REJECTED)
    better = path.with_name(f"{GTIN}__sense.jpg")
    path.rename(better)
    watching.wait_for_state(better, State.QUEUED)
    wait_for(lambda: watching.record(path) is None, "the record of the wrong name is gone")


def test_a_fixed_file_starts_again(watching: Studio) -> None:
    path = watching.export(f"{GTIN}__a.jpg", b"not a photo at all")
    watching.wait_for_state(path, State.REJECTED)
    path.write_bytes(photo_data("whole"))
    record = watching.wait_for_state(path, State.QUEUED)
    assert record.reason is None
    assert len(watching.records()) == 1


def test_a_re_export_before_it_was_sent_takes_the_place_of_the_old_one(watching: Studio) -> None:
    path = watching.export(f"{GTIN}__a.jpg")
    before = watching.wait_for_state(path, State.QUEUED)
    path.write_bytes(photo_data("new"))
    wait_for(lambda: (r := watching.record(path)) is not None and r.sha256 != before.sha256, "the new bytes are known")
    (record,) = watching.records()
    assert (record.id, record.state) == (before.id, State.QUEUED)


def test_a_photo_deleted_and_written_anew_just_when_it_is_looked_into(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As programs do that delete the old file before the new one gets its name. No event tells of it a second time."""
    path, done = studio.folder / f"{GTIN}__a.jpg", threading.Event()
    with running_service(studio) as running:
        gate = intake_of(running, studio.folder)._gate

        def exchanged(*file: Any) -> object:
            if done.is_set():
                return judge(*file)
            done.set()
            path.unlink()
            nothing = judge(*file)
            studio.export(path.name, photo_data("new"))
            wait_for(lambda: gate.is_waiting(os.fsencode(path)), "it was heard of")
            return nothing

        monkeypatch.setattr(inspecting, "judge", exchanged)
        studio.export(path.name)
        studio.wait_for_state(path, State.QUEUED)


def test_a_folder_that_is_moved_out_takes_its_photos_along(watching: Studio) -> None:
    path = watching.export(f"job/{GTIN}__a.jpg")
    watching.wait_for_state(path, State.QUEUED)
    path.parent.rename(watching.home / "out")
    watching.wait_for_state(path, State.MISSING)
    (watching.home / "out").rename(path.parent)
    watching.wait_for_state(path, State.QUEUED)


def test_a_folder_that_is_renamed(watching: Studio) -> None:
    path = watching.export(f"job/{GTIN}__a.jpg")
    before = watching.wait_for_state(path, State.QUEUED)
    path.parent.rename(watching.folder / "renamed")
    after = watching.wait_for_state(watching.folder / "renamed" / path.name, State.QUEUED)
    assert after.id == before.id
    assert len(watching.records()) == 1


def test_a_duplicate_takes_over_when_the_first_goes(watching: Studio) -> None:
    data = photo_data("twin")
    first = watching.export(f"{GTIN}__a.jpg", data)
    before = watching.wait_for_state(first, State.QUEUED)
    second = watching.export(f"copy/{GTIN}__a.jpg", data)
    watching.wait_for_state(second, State.DUPLICATE)
    first.unlink()
    after = watching.wait_for_state(second, State.QUEUED)
    assert after.id == before.id
    assert len(watching.records()) == 1


def test_not_recursive(studio: Studio) -> None:
    studio.configure(watch="recursive = false")
    studio.export(f"inner/{GTIN}__a.jpg")
    with running_service(studio):
        marker = studio.wait_for_state(studio.export(f"{OTHER}__z.jpg"), State.QUEUED)
        studio.export(f"other/{GTIN}__b.jpg")
        studio.wait_for_state(studio.export(f"{OTHER}__y.jpg"), State.QUEUED)
        assert len(studio.records()) == 2
    assert marker.path == os.fsencode(studio.folder / f"{OTHER}__z.jpg")


def test_an_old_name_in_decomposed_letters_is_the_same_title(watching: Studio) -> None:
    """As macOS writes names over a share; the path itself stays as it is."""
    path = watching.export(f"{GTIN}__Gro\u0308\u00dfe.jpg")
    record = watching.wait_for_state(path, State.QUEUED)
    assert record.title == "Gr\u00f6\u00dfe"
    assert record.path == os.fsencode(path)


def test_a_photo_that_goes_between_looking_and_recording(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """That it went was heard of before there was a record to tell it of, and it stayed queued until the next pass."""
    arrive, left = Incoming.arrive, threading.Event()

    def too_late(incoming: Incoming, place: Place, *arguments: Any, **options: Any) -> object:
        if not left.is_set():
            left.set()
            Path(os.fsdecode(place.path)).unlink()
            wait_for(lambda: len(intake_of(running, studio.folder)._gate) == 0, "it was heard of")
        return arrive(incoming, place, *arguments, **options)

    monkeypatch.setattr(Incoming, "arrive", too_late)
    with running_service(studio) as running:
        studio.wait_for_state(studio.export(f"{GTIN}__a.jpg"), State.MISSING)


def test_a_photo_whose_attributes_never_rest_goes_in_the_end(studio: Studio) -> None:
    """Some program sets its permissions again and again; nothing was recorded of it, for ever."""
    studio.configure(intake={"settle_seconds": 0.5, "incomplete_seconds": 1.5})
    ended = threading.Event()

    def touch(path: Path) -> None:
        mode = 0o600
        while not ended.wait(0.1):
            mode ^= 0o040
            path.chmod(mode)

    with running_service(studio):
        path = studio.export(f"{GTIN}__a.jpg")
        toucher = threading.Thread(target=touch, args=(path,))
        toucher.start()
        try:
            studio.wait_for_state(path, State.QUEUED)
        finally:
            ended.set()
            toucher.join()
