"""`folder-sync sync` beside a catalogue that has photos already, and `--adopt` where only some records were lost."""

from __future__ import annotations

import json
from typing import Any

from folder_sync.photo import State
from tests.support.running import running_service
from tests.support.studio import GTIN, OTHER, Studio, photo_data


def sync(studio: Studio, *arguments: str) -> dict[str, Any]:
    end = studio.command("sync", "--json", *arguments)
    assert end.stderr == ""
    counts: dict[str, Any] = json.loads(end.stdout)
    assert end.returncode == (1 if counts["left_over"] or counts["rejected"] else 0)
    return counts


def test_the_first_pass_on_an_empty_database_adopts_by_itself(studio: Studio) -> None:
    data = photo_data("there")
    image = studio.sandbox.put_image(GTIN, data, "a")
    there = studio.export(f"{GTIN}__a.jpg", data)
    studio.export(f"{GTIN}__b.jpg")
    counts = sync(studio)
    assert (counts["taken_in"], counts["uploaded"], counts["left_over"]) == (2, 1, 0)
    record = studio.record(there)
    assert record is not None
    assert record.image_id == image.id
    assert [arrival.title for arrival in studio.sandbox.ledger.arrivals] == ["b"]


def test_adopt_looks_for_what_is_queued_already(studio: Studio) -> None:
    """Records that were lost in part: an old backup of the database is put back."""
    studio.export(f"{OTHER}__b.jpg")
    assert sync(studio)["uploaded"] == 1
    studio.sandbox.revoke_key()
    data = photo_data("there")
    with running_service(studio):
        queued = studio.export(f"{GTIN}__a.jpg", data)
        studio.wait_for_state(queued, State.QUEUED)
    studio.sandbox.restore_key()
    image = studio.sandbox.put_image(GTIN, data, "a")
    counts = sync(studio, "--adopt")
    record = studio.record(queued)
    assert record is not None
    assert (record.state, record.image_id) == (State.UPLOADED, image.id)
    assert (counts["uploaded"], counts["left_over"]) == (0, 0)
    assert [arrival.title for arrival in studio.sandbox.ledger.stored] == ["b"]


def test_adopt_is_over_when_the_pass_is(studio: Studio) -> None:
    studio.export(f"{GTIN}__a.jpg")
    assert sync(studio, "--adopt")["uploaded"] == 1
    data = photo_data("one")
    studio.sandbox.put_image(OTHER, data, "b")
    studio.export(f"{OTHER}__b.jpg", data)
    assert sync(studio)["uploaded"] == 1  # nobody said that the catalogue may have it


def test_adopting_again_changes_nothing(studio: Studio) -> None:
    studio.export(f"{GTIN}__a.jpg")
    sync(studio)
    before = studio.records()
    counts = sync(studio, "--adopt")
    assert (counts["taken_in"], counts["uploaded"]) == (0, 0)
    assert studio.records() == before


def test_a_dry_run_asks_and_records_nothing(studio: Studio) -> None:
    studio.export(f"{GTIN}__a.jpg")
    counts = sync(studio, "--dry-run", "--adopt")
    assert counts["taken_in"] == 1
    assert not studio.database.exists()
    assert studio.sandbox.ledger.calls == ()
