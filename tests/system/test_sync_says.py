"""What `sync` says: what it waits for, what became of each file, what is left; and what it would do."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest

from folder_sync.cli.progress import Progress
from folder_sync.service.summary import RunSummary
from tests.support.studio import GTIN, OTHER, Studio, photo_data
from tests.support.waiting import wait_for


def report(path: Path) -> dict[str, dict[str, Any]]:
    """By the name of the file."""
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    return {os.path.basename(line["path"]): line for line in lines}


def test_what_was_rejected_and_what_is_left_is_named(studio: Studio) -> None:
    studio.configure(account=f'organization_id = "{studio.sandbox.organization_id}"')
    studio.sandbox.faults.add("drop_before_body", count=None)
    studio.export(f"summer/{GTIN}__a.jpg")
    studio.export("summer/nonsense.jpg")
    done = studio.command("sync")
    assert done.returncode == 1
    first, rejected, left = done.stdout.splitlines()
    assert first == "1 taken in, 0 uploaded, 1 rejected, 1 left over (folder-sync status says why)."
    assert rejected.startswith("  rejected: summer/nonsense.jpg: bad_name: ")
    assert left.startswith(f"  left: summer/{GTIN}__a.jpg: ")
    again = studio.command("sync").stdout
    assert "rejected" not in again, "only what this pass did"


def test_of_many_only_some_are_named(studio: Studio) -> None:
    for number in range(23):
        studio.export(f"nonsense {number}.jpg")
    lines = studio.command("sync").stdout.splitlines()
    assert len(lines) == 22
    assert lines[-1] == "  and 3 more: folder-sync list --state rejected"


def test_a_report_of_each_file(studio: Studio) -> None:
    studio.sandbox.unknown_product(OTHER)
    data = photo_data("copy")
    for name in (f"{GTIN}__a.jpg", f"again/{GTIN}__a.jpg"):
        studio.export(name, data)
    studio.export(f"{OTHER}__c.jpg")
    studio.export("nonsense.jpg")
    file = studio.home / "report.jsonl"
    done = studio.command("sync", "--json", "--report", str(file))
    assert done.returncode == 1
    assert json.loads(done.stdout)["interrupted"] is False
    photos = json.loads(studio.command("list", "--format", "json").stdout)
    assert [json.loads(line) for line in file.read_text().splitlines()] == photos
    assert {photo["state"] for photo in photos} == {"uploaded", "duplicate", "waiting", "rejected"}
    studio.command("sync", "--report", str(file))
    assert set(report(file)) <= {f"{OTHER}__c.jpg"}, "nothing happened any more, but that it was looked up"


def test_a_report_that_can_not_be_written_is_said_before_anything_is_done(studio: Studio) -> None:
    studio.export(f"{GTIN}__a.jpg")
    done = studio.command("sync", "--report", str(studio.home / "no" / "report"))
    assert done.returncode == 2
    assert studio.sandbox.ledger.calls == ()


def test_interrupted_it_says_how_many_photos_are_left(studio: Studio) -> None:
    """A cut-off photo that was waited for, Ctrl-C: "0 taken in, 0 uploaded.", and exit code 0."""
    studio.configure(intake={"settle_seconds": 0.1, "incomplete_seconds": 600.0})
    for name in ("a", "b"):
        (studio.folder / f"{GTIN}__{name}.jpg").write_bytes(photo_data(name)[:5_000])
    with studio.start("sync", output=subprocess.PIPE) as process:
        wait_for(
            lambda: "Waiting for 2 photos that may not be written yet, at most 600 seconds" in studio.told(),
            "it says why",
        )
        assert process.end(signal.SIGINT) == 1
        assert process.stdout is not None
        assert process.stdout.read().decode().splitlines() == ["Interrupted; 2 photos left.", "0 taken in, 0 uploaded."]


def test_in_a_pipe_it_says_once_what_it_waits_for(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress(RunSummary(), lambda: 0, lambda: 1, pauses=lambda: ["No connection."], incomplete_seconds=120)
    for now in (0.0, 1.0, 5.0, 6.0, 7.0):
        progress._say_what_it_waits_for(now)
    assert capsys.readouterr().err.splitlines() == [
        "Waiting, at most 75 seconds for the next try: No connection.",
        "Waiting for 1 photo that may not be written yet, at most 120 seconds after the last change.",
    ]


def everything_below(folder: Path) -> dict[str, tuple[int, int]]:
    """Files, but for those through which readers of a database meet others: sizes and times of writing."""
    return {
        str(path): (status.st_size, status.st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if stat.S_ISREG((status := path.lstat()).st_mode) and not path.name.endswith(("-shm", "-wal"))
    }


def test_a_dry_run_names_each_file_and_what_would_become_of_it(studio: Studio) -> None:
    moved = studio.export(f"{GTIN}__moved.jpg")
    kept = studio.export(f"{GTIN}__a.jpg")
    studio.command("sync")
    moved.rename(studio.folder / f"{GTIN}__moved__2.jpg")
    studio.export(f"again/{GTIN}__a.jpg", kept.read_bytes())
    studio.export(f"new/{GTIN}__Front__primary.jpg")
    studio.export("nonsense.jpg")
    (studio.folder / f"{GTIN}__half.jpg").write_bytes(photo_data("half")[:5_000])
    calls = len(studio.sandbox.ledger.calls)
    file = studio.home.parent / "report.jsonl"
    before = everything_below(studio.home)
    done = studio.command("sync", "--dry-run", "--report", str(file))
    assert everything_below(studio.home) == before
    assert len(studio.sandbox.ledger.calls) == calls
    assert done.returncode == 1
    *lines, last = done.stdout.splitlines()
    ids = {os.path.basename(os.fsdecode(record.path)): record.id for record in studio.records()}
    assert {line.split(": ")[0]: line.split(": ", 1)[1] for line in lines if "reject" not in line} == {
        f"move       {GTIN}__moved__2.jpg": f"the file of photo {ids[moved.name]}, in another place; nothing is sent",
        f"duplicate  again/{GTIN}__a.jpg": f"the same photo as photo {ids[kept.name]}",
        f"upload     new/{GTIN}__Front__primary.jpg": f'{GTIN}, "Front", hero',
        f"wait       {GTIN}__half.jpg": "may still be being written",
    }
    assert any(line.startswith("reject     nonsense.jpg: bad_name: ") for line in lines)
    assert last == (
        "1 would be taken in, 1 would be duplicates, 1 would be rejected, 1 would only be recorded in their new places,"
        " 1 may still be being written."
    )
    told = report(file)
    assert told[f"{GTIN}__Front__primary.jpg"] == {
        "path": str(studio.folder / "new" / f"{GTIN}__Front__primary.jpg"),
        "would": "upload",
        "gtin": GTIN,
        "title": "Front",
        "is_primary": True,
        "reason": None,
        "photo": None,
    }
    assert told["nonsense.jpg"]["reason"]["code"] == "bad_name"
    assert told[f"{GTIN}__a.jpg"]["photo"] == ids[kept.name]
    summary = json.loads(studio.command("sync", "--dry-run", "--json").stdout)
    assert (summary["taken_in"], summary["moved"], summary["held"], summary["left_over"]) == (1, 1, 1, 0)


def test_a_dry_run_with_nothing_to_do(studio: Studio) -> None:
    done = studio.command("sync", "--dry-run")
    assert (done.returncode, done.stdout) == (0, "0 would be taken in.\n")
    assert not studio.database.exists()
