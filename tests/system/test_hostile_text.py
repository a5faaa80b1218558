"""Names of files and words of servers that want to be more than text, in everything that the program prints.

The records are spoilt by hand, deeper than any name or answer gets: whatever stands between them and here may have a
hole some day, and this is the last wall.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import unicodedata
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import structlog

from folder_sync import logs
from folder_sync.cli import main
from folder_sync.sandbox.serving import running_sandbox
from folder_sync.settings import Log
from folder_sync.store.service_state import ServiceState, WatchStatus
from folder_sync.store.sqlite.database import Database
from folder_sync.store.sqlite.lock import InstanceLock
from tests.support.studio import GTIN, OTHER, THIRD, Studio
from tests.support.waiting import wait_for

EVIL = (
    "=cmd|' /C calc'!A0"
    "\x1b]0;owned\x07\x1b[2J\x1b[31m\x1bP1$r\x1b\\\x1b]8;;http://x\x1b\\\x1b[6n"  # OSC, CSI, DCS, links, reports
    "\x9b31m\x9d0;owned\x9c\x90\x85"  # the same in one character (C1)
    "\r\b\x00\x7f\x0c\t\n"
    "\u202egpj.\u202c\u2066\u2069\u2028\u2029"  # the other way round; other ends of lines
    "[red]markup[/red][link=file:///]:skull:"
)
EVIL_BYTES = EVIL.encode().replace(b"\0", b"").replace(b"/", b"") + b"\xff\xfe\x80"
TYPED = EVIL.replace("\0", "")  # no argument holds one
ACTS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")

COMMANDS = [
    ["status"],
    ["status", "--json"],
    *(["list", "--format", form] for form in ("table", "json", "csv")),
    *(["show", str(number), *form] for number in (1, 2, 3) for form in ([], ["--json"])),
    ["show", os.fsdecode(EVIL_BYTES)],
    ["retry", "--all"],
    ["retry", "1", os.fsdecode(EVIL_BYTES)],
    ["parse", f"{GTIN}__{os.fsdecode(EVIL_BYTES)}.jpg", f"{TYPED}__a.jpg", f"{GTIN}__a__{TYPED}.png", TYPED],
    ["parse", "--json", f"{GTIN}__{os.fsdecode(EVIL_BYTES)}.jpg", f"{TYPED}__a.jpg", f"{GTIN}__a__{TYPED}.png", TYPED],
    ["check"],
    ["check", "--json"],
    ["sync"],
    ["sync", "--json"],
    ["sync", "--dry-run"],
]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Studio, bytes]]:
    """A studio whose service seems to run and whose records are full of evil, and that database as it was made."""
    with running_sandbox() as sandbox:
        studio = Studio(tmp_path_factory.mktemp("studio"), sandbox)
        sandbox.catalogue.mark_unknown(OTHER)
        for gtin in (GTIN, OTHER, THIRD):
            studio.export(f"{gtin}__x.jpg", b"no photo" if gtin == THIRD else None)
        with pytest.raises(SystemExit):
            main(["--config", str(studio.config), "sync"])
        with closing(Database(studio.database, create=False)) as database:
            with database.write() as connection:
                connection.execute(
                    "UPDATE photo SET name = CAST(? || id AS BLOB), title = ?, image_url = ?, reason_message = ?,"
                    " note = ?, organization_id = ?",
                    (EVIL_BYTES, EVIL, EVIL, EVIL, EVIL, EVIL),
                )
                connection.execute("UPDATE photo SET reason_code = 'api_odd' WHERE state <> 'uploaded'")
                connection.execute("UPDATE history SET detail = ?", (EVIL,))
            service_state = ServiceState(database)
            service_state.pause(f"account:{EVIL}", EVIL, None)
            service_state.pause(f"folder:{EVIL}", EVIL, None)
            service_state.set_watch_status(
                WatchStatus(os.fsencode(studio.folder) + EVIL_BYTES, "native", 1.0, None, EVIL)
            )
        yield studio, studio.database.read_bytes()


@pytest.fixture
def spoilt(kept: tuple[Studio, bytes]) -> Studio:
    studio, content = kept
    for end in ("-wal", "-shm"):
        studio.database.with_name(studio.database.name + end).unlink(missing_ok=True)
    studio.database.write_bytes(content)
    return studio


def said(studio: Studio, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main(["--config", str(studio.config), *arguments])
    assert ended.value.code in (0, 1, 2)
    written = capsys.readouterr()
    assert "Traceback" not in written.err
    assert "defect of folder-sync" not in written.err
    if "--json" in arguments or "json" in arguments:
        found = json.loads(written.out)
        json.dumps(found, ensure_ascii=False).encode()  # no half of a surrogate pair
    return written.out + written.err


@pytest.mark.parametrize(
    "arguments", COMMANDS, ids=lambda arguments: re.sub(r"[^ a-z0-9-]+", "~", " ".join(arguments))[:32]
)
def test_nothing_that_is_printed_acts(
    spoilt: Studio, arguments: list[str], capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest
) -> None:
    if arguments[0] == "status":
        lock = InstanceLock(spoilt.database)
        request.addfinalizer(lock.release)
    text = said(spoilt, arguments, capsys)
    assert text
    assert ACTS.findall(text.replace("\r\n", "\n")) == []  # the ends of lines in CSV (RFC 4180)
    if arguments[0] in ("list", "show") and "json" not in text:
        assert "[red]markup[/red]" in text or "No photo" in text
        assert ":skull:" in text or "No photo" in text


def test_the_log_for_people_and_the_log_for_machines(studio: Studio, capfd: pytest.CaptureFixture[str]) -> None:
    for form in ("console", "json"):
        logs.configure(Log(level="debug", format=form))
        structlog.get_logger().info(EVIL, photo=EVIL, nested=[EVIL_BYTES, {EVIL: (EVIL, EVIL_BYTES)}])
        structlog.get_logger().error("worker_failed", path=EVIL_BYTES, exc_info=ValueError(EVIL))
    text = capfd.readouterr().err
    assert len(text.splitlines()) == 4
    assert "owned" in text
    assert ACTS.findall(text) == []


def test_the_note_beside_a_rejected_photo(studio: Studio, capsys: pytest.CaptureFixture[str]) -> None:
    studio.configure(after={"rejected": "move"})
    name = f"{GTIN}__\x1b[31m\u202e\x9b.jpg"
    studio.export(name)
    notes: list[Path] = []

    def is_put_away() -> bool:
        """A file whose name alone is wrong may be somebody's in the making: it rests for a while first."""
        said(studio, ["sync"], capsys)
        notes.extend((studio.folder / "rejected").glob("*.txt"))
        return bool(notes)

    wait_for(is_put_away, "the rejected file is put away")
    (note,) = notes
    text = note.read_text("utf-8")
    assert "was not uploaded" in text
    assert ACTS.findall(text) == []


@pytest.mark.parametrize("first", [*"=+-@\t\r\n", "\uff1d", "\uff0b", "\uff0d", "\uff20", " =", "\u00a0="])
def test_no_cell_begins_like_a_formula(spoilt: Studio, first: str, capsys: pytest.CaptureFixture[str]) -> None:
    with closing(Database(spoilt.database, create=False)) as database, database.write() as connection:
        connection.execute("UPDATE photo SET title = ?, reason_message = ?", (f"{first}1+1", f"{first}1+1"))
    rows = list(csv.DictReader(io.StringIO(said(spoilt, ["list", "--format", "csv"], capsys))))
    assert len(rows) == 3
    for row in rows:
        for cell in row.values():
            assert not unicodedata.normalize("NFKC", cell).lstrip().startswith(("=", "+", "-", "@"))
        assert row["title"].endswith("1+1")


def test_what_a_person_typed_in_the_configuration(studio: Studio, capsys: pytest.CaptureFixture[str]) -> None:
    studio.config.write_text(studio.config.read_text().replace(f'"{studio.folder}"', r'"/srv/\u001b[31m\u009b"'))
    assert ACTS.findall(said(studio, ["check"], capsys)) == []
    Path(studio.config).write_text('[accounts.main]\n"\\u001b[31m" = 1\n[[watch]]\npath = "/srv"\n')
    capsys.readouterr()
    with pytest.raises(SystemExit):
        main(["--config", str(studio.config), "check"])
    assert ACTS.findall("".join(capsys.readouterr())) == []
