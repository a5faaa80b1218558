"""What becomes of the files of rejected photos, and what the photographer finds beside them."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from folder_sync.photo import State
from folder_sync.report import checks
from folder_sync.service.disposing import AfterPolicy
from folder_sync.service.folders import folders
from folder_sync.service.tidying import Tidier
from folder_sync.settings import load
from folder_sync.store.places import Places
from tests.integration.putting_away import MOVE, files, put_away_only_on_record, wait_until_at
from tests.support.running import running_service
from tests.support.studio import GTIN, OTHER, Studio, photo_data
from tests.support.waiting import PATIENCE_SECONDS, wait_for


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


def test_what_the_service_itself_needs_is_left_alone(studio: Studio) -> None:
    """Its key, configuration and copies of its records were rejected where they lay beside photos, and moved away: the
    next start found none of them. `check` tells of each.
    """
    (studio.folder / "main.key").write_text(studio.sandbox.key)
    (studio.folder / "main.key").chmod(0o600)
    config = studio.folder / "config.toml"
    config.write_text(
        f'[accounts.main]\nbase_url = "{studio.sandbox.url}"\nkey_file = "main.key"\n'
        f'[[watch]]\npath = "{studio.folder}"\n[store]\nurl = "sqlite:///{studio.folder}/own.db"\n'
    )
    settings = load(config, {})
    (folder,) = folders(settings)

    def is_left_alone(name: str) -> bool:
        return folder.ignore.file(os.path.join(folder.root, os.fsencode(name)))

    for name in ("main.key", "config.toml", "own.db", "own.db-wal", "own.db.backup-2026-11-23", "own.db.mark"):
        assert is_left_alone(name), name
    assert folder.ignore.folder(os.path.join(folder.root, b"own.db.converted"))
    assert not is_left_alone("notes.docx")
    assert not is_left_alone("main.key.jpg")
    said = [finding.detail for finding in checks.check(settings, {}) if "is no photo" in finding.detail]
    assert said == [
        f"{studio.folder}/{name} lies in it, and is no photo" for name in ("config.toml", "main.key", "own.db")
    ]


def test_what_the_server_refused_is_moved_with_its_words(studio: Studio) -> None:
    studio.configure(after=MOVE)
    studio.sandbox.faults.add("status", route="upload", status=422, message="The title is rude.")
    with running_service(studio):
        path = studio.export(f"{GTIN}__a.jpg")
        note = studio.folder / "rejected" / f"{path.name}.txt"
        wait_for(note.exists, "the text is there")
    assert "The title is rude." in note.read_text("utf-8")


def test_a_fixed_photo_is_put_into_the_export_folder_again(studio: Studio) -> None:
    studio.configure(after=MOVE)
    name, whole = f"{GTIN}__a.jpg", photo_data("whole")
    with running_service(studio):
        studio.export(name, b"")
        wait_until_at(studio, studio.folder / "rejected" / name, State.REJECTED)
        studio.export(name, whole)
        wait_until_at(studio, studio.folder / "uploaded" / name, State.UPLOADED)
    assert studio.sandbox.images(GTIN)[0].size == len(whole)


def test_the_record_and_the_text_go_when_the_rejected_photo_is_cleared_up(studio: Studio) -> None:
    studio.configure(after=MOVE, intake={"rescan_seconds": 0.2})
    with running_service(studio):
        path = studio.export(f"{GTIN}__a.jpg", b"")
        moved = studio.folder / "rejected" / path.name
        wait_until_at(studio, moved, State.REJECTED)
        wait_for(lambda: files(studio) == [f"rejected/{path.name}", f"rejected/{path.name}.txt"], "it is put away")
        moved.unlink()
        wait_for(lambda: studio.records() == [], "the record is gone")
        wait_for(lambda: files(studio) == [], "the text is gone")


@pytest.mark.parametrize("shows", ["nothing", "an empty place"])
def test_nothing_is_forgotten_of_a_folder_that_is_not_there(studio: Studio, shows: str) -> None:
    """Its share is mounted later than the service starts, say."""
    studio.configure(after=MOVE, intake={"rescan_seconds": 0.2})
    with running_service(studio):
        moved = studio.folder / "rejected" / studio.export(f"{GTIN}__a.jpg", b"").name
        wait_until_at(studio, moved, State.REJECTED)
    studio.folder.rename(studio.folder.with_name("share"))
    if shows == "an empty place":
        studio.folder.mkdir()
    watched = folders(studio.settings())
    with studio.opened() as database:
        # As each run does first, and again with each pass.
        Tidier(AfterPolicy(rejected="move"), watched, Places(database), time.time).sweep(watched[0])
    assert [record.path for record in studio.records()] == [os.fsencode(moved)]


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
    assert "was put away; moving it back into the export folder" in answer.stdout + answer.stderr
    assert studio.sandbox.ledger.arrivals == ()


@pytest.mark.parametrize(
    ("uploaded", "left"),
    [("keep", ["monday/{}"]), ("move", ["uploaded/monday/{}"]), ("delete", [])],
)
def test_a_refused_photo_that_was_put_away_is_sent_from_there_and_goes_where_uploaded_ones_go(
    studio: Studio, uploaded: str, left: list[str]
) -> None:
    studio.configure(after={"uploaded": uploaded, "rejected": "move"}, intake={"rescan_seconds": 0.2})
    studio.sandbox.faults.add("status", route="upload", status=422, message="The title is rude.", count=2)
    with running_service(studio):
        path = studio.export(f"monday/{GTIN}__a.jpg")
        moved = studio.folder / "rejected" / "monday" / path.name
        wait_until_at(studio, moved, State.REJECTED)
        note = Path(f"{moved}.txt")
        note.write_text("of old")
        assert studio.command("retry", str(moved)).returncode == 0
        wait_for(lambda: "The title is rude." in note.read_text("utf-8"), "it was refused again, and says so")
        assert studio.command("retry", str(moved)).returncode == 0
        expected = [name.format(path.name) for name in left]
        wait_for(lambda: files(studio) == expected, "it is where uploaded photos are")
        wait_for(lambda: not studio.folder.joinpath("rejected", "monday", path.name).exists(), "it has left")
        (record,) = studio.records()
    assert record.state is State.UPLOADED
    assert os.fsdecode(record.path).endswith(left[0].format(path.name) if left else path.name)
    assert len(studio.sandbox.ledger.stored) == 1
    with running_service(studio):
        pass  # the next start finds nothing more to do
    assert files(studio) == expected


def test_a_refused_photo_that_was_put_away_and_changed_there_is_left(studio: Studio) -> None:
    studio.configure(after=MOVE)
    studio.sandbox.faults.add("status", route="upload", status=422)
    with running_service(studio):
        path = studio.export(f"{GTIN}__a.jpg")
        moved = studio.folder / "rejected" / path.name
        wait_until_at(studio, moved, State.REJECTED)
        studio.sandbox.faults.add("drop_after_store", route="upload")
        studio.sandbox.faults.add("drop_before_body", route="list", count=None)
        assert studio.command("retry", str(moved)).returncode == 0
        wait_for(lambda: len(studio.sandbox.ledger.stored) == 1, "it is stored")
        os.utime(moved)
        studio.sandbox.faults.clear()
        studio.wait_for_state(moved, State.UPLOADED)
    assert moved.exists()


@pytest.mark.parametrize("step", ["after the move is recorded", "after the move"])
def test_killed_while_a_rejected_photo_is_put_away(studio: Studio, tmp_path: Path, step: str) -> None:
    """The text is there before the photo is, for nobody would come back to write it."""
    studio.configure(after=MOVE)
    marks = tmp_path / "marks"
    marks.mkdir()
    path = studio.export(f"{GTIN}__a.jpg", b"")
    put_away = [f"rejected/{path.name}", f"rejected/{path.name}.txt"]
    with studio.start("run", by=("tests.support.crashing", step, str(marks))) as process:
        assert process.wait(PATIENCE_SECONDS) == -signal.SIGKILL
    assert (files(studio) == put_away) == (step == "after the move")
    with running_service(studio):
        wait_for(lambda: files(studio) == put_away, "it is put away, and explained")


def test_own_folders_that_are_links_hold_what_is_put_away_once_and_for_all(studio: Studio) -> None:
    """The incident: what lay in them was found under their other names, and put away again, 59 levels deep."""
    studio.configure(after=MOVE, intake={"rescan_seconds": 0.2})
    for name, target in (("rejected", "_bad"), ("uploaded", "done")):
        (studio.folder / target).mkdir()
        (studio.folder / name).symlink_to(target)
    with running_service(studio) as running:
        wait_until_at(studio, studio.folder / "rejected" / studio.export("wrong.jpg").name, State.REJECTED)
        for number in range(3):
            path = studio.export(f"{GTIN}__{number}.jpg")
            wait_until_at(studio, studio.folder / "uploaded" / path.name, State.UPLOADED)
        wait_for(lambda: running.service.held == 0, "nothing is looked at")
    assert len(studio.records()) == 4
    assert sorted(path.name for path in (studio.folder / "_bad").iterdir()) == ["wrong.jpg", "wrong.jpg.txt"]
    assert len(list((studio.folder / "done").iterdir())) == 3
