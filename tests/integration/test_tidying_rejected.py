"""What becomes of the files of rejected photos, and what the photographer finds beside them."""

from __future__ import annotations

from pathlib import Path

from folder_sync.photo import State
from tests.integration.putting_away import MOVE, files, put_away_only_on_record, wait_until_at
from tests.support.running import running_service
from tests.support.studio import GTIN, OTHER, Studio, photo_data
from tests.support.waiting import wait_for


def test_a_rejected_photo_is_moved_and_a_text_beside_it_says_why(studio: Studio) -> None:
    studio.configure(after=MOVE, intake={"rescan_seconds": 0.2})
    with running_service(studio):
        path = studio.export(f"monday/{GTIN}__Front__primay.jpg")
        moved = studio.folder / "rejected" / "monday" / path.name
        record = wait_until_at(studio, moved, State.REJECTED)
        note = Path(f"{moved}.txt")
        wait_for(note.exists, "the text is there")
        studio.wait_for_state(studio.folder / "uploaded" / studio.export(f"{OTHER}__b.jpg").name, State.UPLOADED)
    assert record.reason is not None
    text = note.read_text("utf-8")
    assert text.startswith(f"{path.name} was not uploaded.\n")
    assert record.reason.message in text
    assert "primary" in text
    assert not path.exists()
    assert len(studio.records()) == 2


def test_what_the_server_refused_is_moved_with_its_words(studio: Studio) -> None:
    studio.configure(after=MOVE)
    studio.sandbox.faults.add("status", route="upload", status=422, message="The title is rude.")
    with running_service(studio):
        path = studio.export(f"{GTIN}__a.jpg")
        note = studio.folder / "rejected" / f"{path.name}.txt"
        wait_for(note.exists, "the text is there")
    assert "The title is rude." in note.read_text("utf-8")


def test_a_mended_photo_is_put_into_the_export_folder_again(studio: Studio) -> None:
    studio.configure(after=MOVE)
    name, whole = f"{GTIN}__a.jpg", photo_data("whole")
    with running_service(studio):
        studio.export(name, b"")
        wait_until_at(studio, studio.folder / "rejected" / name, State.REJECTED)
        studio.export(name, whole)
        wait_until_at(studio, studio.folder / "uploaded" / name, State.UPLOADED)
    assert studio.sandbox.images(GTIN)[0].size == len(whole)


def test_the_record_goes_when_the_rejected_photo_is_cleared_up(studio: Studio) -> None:
    studio.configure(after=MOVE, intake={"rescan_seconds": 0.2})
    with running_service(studio):
        path = studio.export(f"{GTIN}__a.jpg", b"")
        moved = studio.folder / "rejected" / path.name
        wait_until_at(studio, moved, State.REJECTED)
        moved.unlink()
        wait_for(lambda: studio.records() == [], "the record is gone")


def test_interrupted_between_the_record_and_a_rejected_file(studio: Studio) -> None:
    with running_service(studio):
        path = studio.export(f"{GTIN}__a.jpg", b"")
        record = studio.wait_for_state(path, State.REJECTED)
    moved = studio.folder / "rejected" / path.name
    put_away_only_on_record(studio, record, moved)
    studio.configure(after=MOVE)
    with running_service(studio):
        wait_until_at(studio, moved, State.REJECTED)
        wait_for(lambda: files(studio) == [f"rejected/{path.name}", f"rejected/{path.name}.txt"], "it is put away")
    assert len(studio.records()) == 1


def test_retry_of_a_photo_that_was_put_away_says_so(studio: Studio) -> None:
    studio.configure(after=MOVE)
    with running_service(studio):
        path = studio.export(f"{GTIN}__a.jpg", b"")
        moved = studio.folder / "rejected" / path.name
        wait_until_at(studio, moved, State.REJECTED)
        answer = studio.command("retry", str(moved))
    assert answer.returncode == 1
    assert "was put away; move it into the export folder again" in answer.stdout + answer.stderr
    assert studio.sandbox.ledger.arrivals == ()
