"""Every command as a person types it: what it prints, the JSON to the letter, and how it ends."""

from __future__ import annotations

import csv
import fcntl
import io
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from folder_sync.cli import main
from folder_sync.photo import State
from folder_sync.sandbox.codes import make_key
from tests.support.processes import not_outliving
from tests.support.studio import GTIN, OTHER, Studio, photo_data
from tests.support.terminal import Terminal
from tests.support.waiting import PATIENCE_SECONDS, wait_for

PHOTO_KEYS = [
    *("id", "path", "account", "organization_id", "gtin", "title", "is_primary", "state", "reason", "image_id"),
    *("image_url", "sha256", "size", "attempts", "not_before", "first_seen", "uploaded_at", "superseded_at"),
    *("superseded_by", "duplicate_of", "image_deleted_at", "is_hero_now", "machine", "shot", "width", "height"),
    *("sent_sha256", "notes"),
]
TALLY_KEYS = {"taken_in", "uploaded", "duplicates", "rejected", "waiting", "left_over"}


def sync(studio: Studio, *options: str) -> dict[str, Any]:
    done = studio.command("sync", "--json", *options)
    assert done.returncode in (0, 1), done.stderr
    summary: dict[str, Any] = json.loads(done.stdout)
    return summary


def here(studio: Studio, capsys: pytest.CaptureFixture[str], *arguments: str | bytes) -> tuple[int, str]:
    """A command in this process, which is quicker: how it ended, and all that it said."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main(["--config", str(studio.config), *map(os.fsdecode, arguments)])
    code = ended.value.code
    assert isinstance(code, int)
    return code, "".join(capsys.readouterr())


def failed(done: subprocess.CompletedProcess[str], code: int, *said: str) -> None:
    """It ended with this code, in one or two plain lines on stderr."""
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    assert 1 <= len(done.stderr.splitlines()) <= 2, done.stderr
    assert "Traceback" not in done.stderr
    for text in said:
        assert text in done.stderr


def test_version_and_help(studio: Studio, capsys: pytest.CaptureFixture[str]) -> None:
    assert studio.command("--version").stdout.startswith("folder-sync, version ")
    for command in (
        "run",
        "sync",
        "status",
        "list",
        "products",
        "changes",
        "show",
        "retry",
        "parse",
        "check",
        "sandbox",
        "demo",
    ):
        code, said = here(studio, capsys, command, "--help")
        assert code == 0
        assert said.startswith(f"Usage: folder-sync {command}")


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["list", "--state", "lost"],
        ["list", "--format", "xml"],
        ["list", "--gtin", "123"],
        ["list", "--gtins", "/no/such/file"],
        ["list", "--since", "soon"],
        ["list", "--limit", "0"],
        ["list", "--excel", "--format", "json"],
        ["show"],
        ["retry"],
        ["retry", "--all", "1"],
        ["parse"],
        ["sandbox", "--port", "99999"],
        ["sandbox", "--key", "csb_short"],
    ],
    ids=" ".join,
)
def test_wrong_usage(studio: Studio, capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    command = " ".join(["folder-sync", *arguments[:1]]) if arguments != ["nonsense"] else "folder-sync"
    with pytest.raises(SystemExit) as ended:
        main(["--config", str(studio.config), *arguments])
    printed, said = capsys.readouterr()
    done = subprocess.CompletedProcess(arguments, int(str(ended.value.code)), printed, said)
    failed(done, 2, "Error: ", f"{command} --help shows how to use it.")


def test_alone_it_shows_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([])
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert "Usage: folder-sync [OPTIONS] COMMAND" in said
    assert "Exit codes: 0 done; 1 done, and something needs attention" in said


def test_parse_needs_no_configuration(studio: Studio) -> None:
    studio.config.unlink()
    done = studio.command("parse", "--json", f"/some/where/{GTIN}__Front__primary.jpg", ".DS_Store", "nonsense.jpg")
    assert done.returncode == 1
    named, ignored, wrong = json.loads(done.stdout)
    assert named == {
        "name": f"{GTIN}__Front__primary.jpg",
        "ok": True,
        "gtin": GTIN,
        "title": "Front",
        "is_primary": True,
        "reason": None,
    }
    assert (ignored["ok"], ignored["reason"]["code"]) == (False, "ignored")
    assert wrong["reason"]["code"] == "bad_name"
    assert studio.command("parse", f"{GTIN}.png").returncode == 0


# Configuration


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("settle_seconds", "setle_seconds", ("setle_seconds", "settle_seconds")),
        ("[intake]", "[intakes]", ("intakes", "intake")),
        ("settle_seconds = 0.1", 'settle_seconds = "soon"', ("settle_seconds",)),
        ("[intake]", "[intake", ("config.toml",)),
        ('base_url = "http://127.0.0.1', 'base_url = "http://example.com', ("https",)),
    ],
)
def test_a_slip_in_the_configuration(studio: Studio, old: str, new: str, said: tuple[str, ...]) -> None:
    studio.config.write_text(studio.config.read_text().replace(old, new, 1))
    for command in (["run"], ["status", "--json"], ["sync"]):
        failed(studio.command(*command), 78, *said)


def test_a_configuration_that_is_a_folder(studio: Studio) -> None:
    """Not wrong usage: under systemd that would be started again and again."""
    studio.config.unlink()
    studio.config.mkdir()
    failed(studio.command("status"), 78, f"The configuration file {studio.config} is a folder.")


def test_no_configuration_at_all(studio: Studio) -> None:
    studio.config.unlink()
    failed(studio.command("status"), 78, "config.toml")


def test_a_mistyped_key(studio: Studio) -> None:
    studio.key_file.write_text(studio.sandbox.key[:-1])
    for command in ("run", "sync"):
        failed(studio.command(command), 78, 'The key of the account "main" is wrong')


def test_a_key_that_is_not_there(studio: Studio) -> None:
    studio.key_file.unlink()
    failed(studio.command("run"), 78, str(studio.key_file), "does not exist")


def test_an_environment_that_can_not_be_used(studio: Studio) -> None:
    studio.config.write_text(studio.config.read_text().replace(studio.sandbox.url, "https://127.0.0.1:1"))
    socks = {"ALL_PROXY": "socks5://127.0.0.1:1080", "HTTPS_PROXY": ""}
    for command in ("run", "sync"):
        failed(studio.command(command, env=socks), 78, 'ALL_PROXY is "socks5://127.0.0.1:1080"')
    done = studio.command("check", "--json", env=socks)
    assert done.returncode == 1
    wrong = [finding for finding in json.loads(done.stdout) if not finding["ok"]]
    assert [finding["check"] for finding in wrong] == ["connection of main"]
    assert "ALL_PROXY" in wrong[0]["detail"]
    assert "database" in done.stdout  # all the rest is looked at as well


def test_what_is_not_used_of_the_environment_does_no_harm(studio: Studio) -> None:
    studio.config.write_text(studio.config.read_text().replace(studio.sandbox.url, "https://127.0.0.1:1"))
    done = studio.command("sync", "--json", env={"HTTP_PROXY": "socks5://x", "NO_PROXY": "localhost,fd00::/8,[::1]"})
    assert done.returncode == 0
    (said,) = done.stderr.splitlines()
    assert "No connection to 127.0.0.1: " in said


def test_init_on_a_terminal_asks_and_does_not_show_the_key(studio: Studio) -> None:
    output = studio.home / "made" / "config.toml"
    environ = studio.environment(FOLDER_SYNC_ACCOUNTS__MAIN__BASE_URL=studio.sandbox.url, PYTHONPATH=os.getcwd())
    command = [sys.executable, "-m", "folder_sync", "init", "--output", str(output)]
    with Terminal(command, studio.home, environ) as terminal:
        terminal.type("", until="The folder in which finished photos land: ")
        terminal.type("export\r", until="(it is not shown): ")
        terminal.type(f"{studio.sandbox.key}\r", until=f"folder-sync --config {output} check")
        assert terminal.wait() == 0
    assert studio.sandbox.key not in terminal.seen
    assert (output.parent / "main.key").read_text() == studio.sandbox.key + "\n"
    studio.config = output
    assert studio.command("check").returncode == 0
    with Terminal([*command, "--output", str(studio.home / "other")], studio.home, environ) as terminal:
        terminal.type("", until="land: ")
        terminal.interrupt(until="Aborted!")
        assert terminal.wait() == 1


def test_init_asks_again_after_a_slip(studio: Studio) -> None:
    output = studio.home / "made" / "config.toml"
    (studio.home / "file").touch()
    refused = make_key()
    environ = studio.environment(FOLDER_SYNC_ACCOUNTS__MAIN__BASE_URL=studio.sandbox.url, PYTHONPATH=os.getcwd())
    command = [sys.executable, "-m", "folder_sync", "init", "--output", str(output)]
    with Terminal(command, studio.home, environ) as terminal:
        terminal.type("", until="land: ")
        terminal.type("\r", until="--path FOLDER.\r\nThe folder in which finished photos land: ")
        terminal.type("file\r", until="file is not a folder.\r\nThe folder in which finished photos land: ")
        terminal.type("later\r", until="anyway? [y/N]: ")
        terminal.type("\r", until="land: ")
        terminal.type("export\r", until="(it is not shown): ")
        terminal.type(f"{studio.sandbox.key[:-1]}\r", until="(it is not shown): ")
        terminal.type(f"export KEY='{studio.sandbox.key}'\r", until="(it is not shown): ")
        terminal.type(f"{refused}\r", until="(it is not shown): ")
        terminal.type(f"{studio.sandbox.key}\r", until=f"folder-sync --config {output} check")
        assert terminal.wait() == 0
    assert studio.sandbox.key[5:20] not in terminal.seen
    told = " ".join(terminal.seen.split())
    for text in ("Nothing was written for", "44 characters", "more than the API key", "does not accept the API key"):
        assert text in told
    assert (output.parent / "main.key").read_text() == studio.sandbox.key + "\n"


# The database


@pytest.mark.parametrize("command", [["status"], ["list"], ["show", "1"], ["retry", "--all"]], ids=" ".join)
def test_no_database_yet(studio: Studio, command: list[str]) -> None:
    failed(studio.command(*command), 1, f"There is no database at {studio.database}.")
    assert not studio.database.exists()


def test_a_damaged_database(studio: Studio) -> None:
    studio.database.parent.mkdir()
    studio.database.write_bytes(b"This is a letter to my grandmother. " * 200)
    for command in (["status"], ["list"], ["sync"], ["run"]):
        failed(studio.command(*command), 1, str(studio.database), "damaged")
    assert studio.database.read_bytes().startswith(b"This is a letter")


def test_a_damaged_page_of_the_database(studio: Studio) -> None:
    studio.export(f"{GTIN}__a.jpg")
    sync(studio)
    with studio.database.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (studio.database.stat().st_size - 4096))
    failed(studio.command("list"), 1, str(studio.database), "damaged")


def test_a_locked_database(studio: Studio, capsys: pytest.CaptureFixture[str]) -> None:
    """Another program holds it: reading waits for nobody, and nothing is lost."""
    studio.sandbox.unknown_product(OTHER)
    waiting = studio.export(f"{OTHER}__b.jpg")
    sync(studio)
    connection = sqlite3.connect(studio.database, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        code, output = here(studio, capsys, "list")
        assert (code, "waiting" in output) == (0, True)
    finally:
        connection.close()
    assert here(studio, capsys, "retry", str(waiting)) == (0, f"{waiting}: queued again\n")


def test_a_place_where_no_database_can_be_made(studio: Studio) -> None:
    studio.database.parent.write_text("a file, where a folder should be")
    failed(studio.command("run"), 1, str(studio.database.parent))
    done = studio.command("check")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


# sync


def test_sync_from_a_folder_to_image_ids(studio: Studio) -> None:
    studio.sandbox.unknown_product(OTHER)
    data = photo_data("copy")
    studio.export(f"{GTIN}__a.jpg", data)
    studio.export(f"again/{GTIN}__a.jpg", data)
    studio.export(f"{GTIN}__b__primay.jpg")
    studio.export(f"{OTHER}__c.jpg")
    assert sync(studio, "--dry-run").keys() >= TALLY_KEYS
    assert studio.sandbox.ledger.calls == ()
    assert not studio.database.exists()
    done = studio.command("sync", "--json")
    assert done.returncode == 1  # a rejected photo needs attention
    summary = json.loads(done.stdout)
    assert {key: summary[key] for key in sorted(TALLY_KEYS)} == {
        "taken_in": 2,
        "uploaded": 1,
        "duplicates": 1,
        "rejected": 1,
        "waiting": 1,
        "left_over": 0,
    }
    assert done.stderr == ""
    again = studio.command("sync")
    assert again.stdout == "0 taken in, 0 uploaded.\n"
    assert len(studio.sandbox.ledger.stored) == 1


def test_a_dry_run_tells_what_the_pass_would_do_and_leaves_the_records_alone(studio: Studio) -> None:
    studio.export(f"{GTIN}__a.jpg")
    sync(studio)
    studio.export(f"{GTIN}__b.jpg")
    before = studio.records()
    summary = sync(studio, "--dry-run")
    assert (summary["taken_in"], summary["uploaded"], summary["left_over"]) == (1, 0, 0)
    assert studio.records() == before


def test_a_dry_run_foresees_the_duplicates_of_photos_that_nobody_knows_yet(studio: Studio) -> None:
    """As the pass does: it once said of each copy that it would be uploaded, and of `Front (1)` that it is refused."""
    data = photo_data("copied")
    for name in (
        f"a/{GTIN}__Front (1).jpg",
        f"{GTIN}__Front.jpg",
        f"again/{GTIN}__Front.jpg",
        f"{GTIN}__Back.jpg",
        f"{OTHER}__Front.jpg",
    ):
        studio.export(name, data)
    said = studio.command("sync", "--dry-run").stdout
    assert said.endswith("3 would be taken in, 2 would be duplicates.\n")
    assert f'a/{GTIN}__Front (1).jpg: the same photo as "' in said
    passed = sync(studio)
    assert (passed["taken_in"], passed["duplicates"], passed["rejected"]) == (3, 2, 0)


def test_a_dry_run_writes_nothing_so_it_waits_for_nobody_who_does(studio: Studio) -> None:
    studio.export(f"{GTIN}__a.jpg")
    sync(studio)
    studio.export(f"{GTIN}__b.jpg")
    with closing(sqlite3.connect(studio.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert sync(studio, "--dry-run")["taken_in"] == 1


def test_sync_with_nobody_there_leaves_the_photos_over(studio: Studio) -> None:
    studio.configure(account=f'organization_id = "{studio.sandbox.organization_id}"')
    studio.sandbox.faults.add("drop_before_body", count=None)
    studio.export(f"{GTIN}__a.jpg")
    done = studio.command("sync")
    assert done.returncode == 1
    assert "1 left over (folder-sync status says why)" in done.stdout


def test_sync_with_a_refused_key_leaves_the_photos_over(studio: Studio) -> None:
    studio.sandbox.revoke_key()
    studio.export(f"{GTIN}__a.jpg")
    assert sync(studio)["left_over"] == 1
    studio.sandbox.restore_key()
    assert sync(studio)["uploaded"] == 1


def test_sync_waits_for_a_photo_that_is_being_written(studio: Studio) -> None:
    data = photo_data("slow", 60_000)
    path = studio.folder / f"{GTIN}__a.jpg"
    path.write_bytes(data[:30_000])
    with studio.start("sync") as process:
        wait_for(studio.database.exists, "sync has begun")
        path.write_bytes(data)
        assert process.wait(PATIENCE_SECONDS) == 0
    assert [arrival.size for arrival in studio.sandbox.ledger.arrivals] == [60_000]


def test_sync_tells_a_person_what_it_waits_for(studio: Studio) -> None:
    data = photo_data("slow", 60_000)
    path = studio.folder / f"{GTIN}__a.jpg"
    path.write_bytes(data[:30_000])
    command = [sys.executable, "-m", "folder_sync", "--config", str(studio.config), "sync"]
    with Terminal(command, Path.cwd(), studio.environment(TERM="xterm"), columns=120) as terminal:
        terminal.type("", until="Making sure that 1 photo is complete")
        path.write_bytes(data)
        assert terminal.wait() == 0
    assert "1 taken in, 1 uploaded." in terminal.seen


def test_sync_with_a_folder_that_is_not_there(studio: Studio) -> None:
    studio.folder.rmdir()
    done = studio.command("sync")
    assert done.returncode == 1
    assert "is not there" in done.stderr


def test_ctrl_c_during_sync_finishes_what_is_in_flight(studio: Studio) -> None:
    studio.sandbox.faults.add("stall", route="upload", seconds=1.0)
    path = studio.export(f"{GTIN}__a.jpg")
    studio.export(f"{GTIN}__b.jpg")
    with studio.start("sync") as process:
        studio.wait_for_state(path, State.UPLOADING)
        assert process.end(signal.SIGINT) == 1
    assert "Traceback" not in studio.told()
    assert {record.state for record in studio.records()} == {State.UPLOADED, State.QUEUED}


# status, list, show, retry


def test_status(studio: Studio) -> None:
    studio.export(f"{GTIN}__a.jpg")
    sync(studio)
    found = json.loads(studio.command("status", "--json").stdout)
    assert found["service"] == {"running": False, "pid": None, "since": None, "pauses": []}
    assert list(found["counts"]) == [state.value for state in State]
    assert found["counts"]["uploaded"] == 1
    assert [(window["account"], window["window_seconds"], window["limit"]) for window in found["quota"]] == [
        ("main", 60, 300),
        ("main", 86_400, 10_000),
    ]
    assert {"account", "window_seconds", "limit", "remaining", "resets_at"} <= found["quota"][0].keys()
    assert found["quota"][0]["remaining"] < 300
    assert found["last_uploaded_at"] is not None
    assert (found["oldest_queued_at"], found["backlog_clears_at"]) == (None, None)
    done = studio.command("status")
    assert done.returncode == 1
    text = done.stdout
    assert text.startswith("The service is not running.\n")
    assert "1  uploaded" in text


def test_status_watch_ends_quietly_with_ctrl_c(studio: Studio) -> None:
    sync(studio)
    with studio.start("status", "--watch") as process:
        wait_for(lambda: b"status" in Path(f"/proc/{process.pid}/cmdline").read_bytes(), "it runs")
        wait_for(lambda: _has_open(process.pid, studio.database), "the first sheet is being made")
        assert process.end(signal.SIGINT) in (0, -signal.SIGINT)
    assert studio.told() == ""


def test_status_watch_shows_the_cursor_again(studio: Studio) -> None:
    sync(studio)
    command = [sys.executable, "-m", "folder_sync", "--config", str(studio.config), "status", "--watch"]
    environ = {name: value for name, value in studio.environment().items() if name != "NO_COLOR"}
    with Terminal(command, Path.cwd(), environ | {"TERM": "xterm"}) as terminal:
        terminal.type("", until="The service is not running.")
        terminal.type("\x03", until="\x1b[?25h")
        assert terminal.wait() == 0


def _has_open(pid: int, path: Path) -> bool:
    links = Path(f"/proc/{pid}/fd")
    return any(os.path.realpath(link) == os.path.realpath(path) for link in links.iterdir())


def test_list_and_show(studio: Studio) -> None:
    path = studio.export(f"{GTIN}__Front__primary.jpg")
    wrong = studio.export(f"{OTHER}__b__primay.jpg")
    sync(studio)
    first, second = json.loads(studio.command("list", "--format", "json").stdout)
    by_path = {photo["path"]: photo for photo in (first, second)}
    good, bad = by_path[str(path)], by_path[str(wrong)]
    assert list(good) == PHOTO_KEYS
    assert (good["gtin"], good["title"], good["is_primary"], good["state"]) == (GTIN, "Front", True, "uploaded")
    assert good["reason"] is None
    assert good["image_id"] == studio.sandbox.images(GTIN)[0].id
    assert good["uploaded_at"].endswith("Z")
    assert bad["reason"].keys() == {"code", "message"}
    assert bad["reason"]["code"] == "unknown_flag"
    assert bad["image_id"] is None
    for options, expected in (
        (["--state", "rejected"], [bad["id"]]),
        (["--state", "rejected", "--state", "uploaded"], [first["id"], second["id"]]),
        (["--gtin", GTIN[1:]], [good["id"]]),
        (["--gtin", GTIN], [good["id"]]),
        (["--state", "missing"], []),
    ):
        found = json.loads(studio.command("list", "--format", "json", *options).stdout)
        assert [photo["id"] for photo in found] == expected, options
    rows = list(csv.DictReader(io.StringIO(studio.command("list", "--format", "csv").stdout)))
    place = PHOTO_KEYS.index("reason")
    assert list(rows[0]) == [*PHOTO_KEYS[:place], "reason_code", "reason_message", *PHOTO_KEYS[place + 1 :]]
    assert {row["reason_code"] for row in rows} == {"", "unknown_flag"}
    assert studio.command("list", "--state", "missing").stdout == "No photos.\n"
    shown = json.loads(studio.command("show", str(path), "--json").stdout)
    assert {key: shown[key] for key in PHOTO_KEYS} == good
    assert [entry["event"] for entry in shown["history"]] == ["queued", "uploading", "uploaded"]
    assert all(entry.keys() == {"at", "event", "detail"} for entry in shown["history"])
    relative = os.path.relpath(path, Path.cwd())
    assert json.loads(studio.command("show", relative, "--json").stdout)["id"] == good["id"]
    text = studio.command("show", str(bad["id"])).stdout
    assert "unknown_flag: " in text
    assert "rejected" in text


def on_a_terminal(studio: Studio, columns: int, *arguments: str) -> str:
    """What a person sees, without colours and blanks at the ends of lines."""
    command = [sys.executable, "-m", "folder_sync", "--config", str(studio.config), *arguments]
    environ = {name: value for name, value in studio.environment().items() if name != "COLUMNS"}
    with Terminal(command, Path.cwd(), environ | {"TERM": "xterm"}, columns=columns) as terminal:
        assert terminal.wait() in (0, 1)
    lines = re.sub(r"\x1b\[[0-9;]*m", "", terminal.seen).splitlines()
    return "\n".join(line.rstrip() for line in lines)


def test_a_narrow_terminal_cuts_nothing_off(studio: Studio) -> None:
    path = studio.export(f"{GTIN}__{'Long_' * 40}title__primary.jpg")
    studio.export(f"{OTHER}__b__primay.jpg")
    sync(studio)
    (good,) = (record for record in studio.records() if record.state is State.UPLOADED)
    for columns in (40, 80, 119):
        seen = on_a_terminal(studio, columns, "list")
        assert max(map(len, seen.splitlines())) <= columns
        assert f"uploaded,heronow:{good.image_id}" in "".join(seen.split())
        assert "unknown_flag" in seen
        assert path.name in "".join(line.strip() for line in seen.splitlines())
    wide = on_a_terminal(studio, 120, "list")
    assert "image id, or why not" in wide
    assert max(map(len, wide.splitlines())) <= 120
    assert str(path) in on_a_terminal(studio, 80, "show", str(good.id)).splitlines()[1], "in one piece, to be copied"


def test_in_a_pipe_a_photo_is_a_line(studio: Studio) -> None:
    path = studio.export(f"{GTIN}__{'Long_' * 40}title__primary.jpg")
    sync(studio)
    environ = studio.environment()
    del environ["COLUMNS"]
    command = [sys.executable, "-m", "folder_sync", "--config", str(studio.config), "list"]
    shown = subprocess.run(
        command, capture_output=True, text=True, env=environ, check=True, timeout=PATIENCE_SECONDS
    ).stdout
    _, line = shown.splitlines()
    assert path.name in line
    assert str(studio.records()[0].image_id) in line


def test_colours_are_for_terminals_whose_owner_wants_them(studio: Studio) -> None:
    command = [sys.executable, "-m", "folder_sync", "--config", str(studio.config)]
    environ = studio.environment()
    studio.export(f"{GTIN}__a.jpg")
    sync(studio)
    for name, dumb, coloured in (("xterm", "1", False), ("xterm", "", True), ("dumb", "", False)):
        for arguments in (["check"], ["list"]):
            chosen = environ | {"TERM": name, "NO_COLOR": dumb}
            with Terminal([*command, *arguments], Path.cwd(), chosen) as terminal:
                assert terminal.wait() == 0
            assert ("\x1b[" in terminal.seen) is coloured, (name, arguments)


def test_an_unknown_photo(studio: Studio) -> None:
    sync(studio)
    for photo in ("7", "/no/such/photo.jpg", "99999999999999999999"):
        for command in ("show", "retry"):
            done = studio.command(command, photo)
            assert done.returncode == 2
            assert "is known" in done.stderr
            assert done.stdout == ""
    assert studio.command("retry", "--all").stdout == "Nothing to retry.\n"


def test_retry_says_what_it_did_and_did_not(studio: Studio) -> None:
    done_already = studio.export(f"{GTIN}__a.jpg")
    misnamed = studio.export("nonsense.jpg")
    studio.sandbox.faults.add("status", route="upload", status=400, gtin=OTHER)
    refused = studio.export(f"{OTHER}__c.jpg")
    sync(studio)
    done = studio.command("retry", str(done_already), str(misnamed), str(refused))
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        f"{done_already}: is uploaded; to upload it again, change the file",
        f"{misnamed}: can't go under this name; renaming the file starts it again",
        f"{refused}: queued again",
    ]
    assert sync(studio)["uploaded"] == 1


def test_the_reader_of_a_long_list_may_leave(studio: Studio) -> None:
    """`folder-sync list | head`."""
    for number in range(300):
        (studio.folder / f"not a photo {number} {'x' * 150}.jpg").touch()
    sync(studio)
    for form in ("table", "json", "jsonl", "csv"):
        command = [sys.executable, "-m", "folder_sync", "--config", str(studio.config), "list", "--format", form]
        started = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=studio.environment())
        with not_outliving(started) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            fcntl.fcntl(process.stdout, fcntl.F_SETPIPE_SZ, 4096)
            process.stdout.read(10)
            process.stdout.close()
            assert process.stderr.read() == b""
            assert process.wait(PATIENCE_SECONDS) in (0, 1)


# Names that want to be more than names


def test_names_do_not_act_on_a_terminal_or_a_spreadsheet(studio: Studio, capsys: pytest.CaptureFixture[str]) -> None:
    escape = studio.export(f"{GTIN}__\x1b]0;owned\x07\x1b[2J.jpg")
    formula = studio.export(f"{GTIN}__=HYPERLINK(A1).jpg")
    override = studio.export(f"{GTIN}__\u202egpj.exe.jpg")
    raw = studio.export(f"{GTIN}__".encode() + b"\xff\xfe.jpg")
    markup = studio.export(f"{GTIN}__[red]x[link=file].jpg")
    done = studio.command("sync")
    outputs = [done.stdout, done.stderr]
    ids = [str(record.id) for record in studio.records()]
    commands: list[Sequence[str | bytes]] = [
        ["list"],
        ["list", "--format", "csv"],
        ["list", "--format", "json"],
        *(["show", id_] for id_ in ids),
        *(["show", id_, "--json"] for id_ in ids),
        ["show", os.fsencode(escape)],
        ["retry", os.fsencode(escape), os.fsencode(raw), str(override)],
        ["parse", escape.name, override.name, os.fsencode(raw.name)],
        ["parse", "--json", escape.name, override.name, os.fsencode(raw.name)],
        ["show", "/no\x1b[31m.jpg"],
        ["status"],
    ]
    outputs += [here(studio, capsys, *command)[1] for command in commands]
    assert [text for text in outputs if any(char in text for char in "\x1b\x07\u202e")] == []
    rows = list(csv.DictReader(io.StringIO(studio.command("list", "--format", "csv").stdout)))
    titles = {row["path"]: row["title"] for row in rows}
    assert titles[str(formula)] == "'=HYPERLINK(A1)"
    photos = {photo["path"]: photo for photo in json.loads(studio.command("list", "--format", "json").stdout)}
    assert photos[str(formula)]["title"] == "=HYPERLINK(A1)"
    assert photos[f"{studio.folder}/{GTIN}__\ufffd\ufffd.jpg"]["reason"]["code"] == "bad_name"
    assert "[red]x[link=file]" in studio.command("show", str(markup)).stdout


def test_things_that_are_not_photos(studio: Studio) -> None:
    os.mkfifo(studio.folder / f"{GTIN}__pipe.jpg")
    (studio.folder / f"{GTIN}__loop.jpg").symlink_to(f"{GTIN}__loop.jpg")
    (studio.folder / "again").symlink_to(studio.folder)
    outside = studio.home / "outside.jpg"
    outside.write_bytes(photo_data("outside"))
    (studio.folder / f"{GTIN}__out.jpg").symlink_to(outside)
    (studio.folder / f"{GTIN}__nowhere.jpg").symlink_to("nothing")
    (studio.folder / f"{GTIN}__empty.jpg").touch()
    (studio.folder / f"{GTIN}__folder.jpg").mkdir()
    assert sync(studio)["rejected"] == 5
    codes = {record.title: record.reason.code for record in studio.records() if record.reason}
    assert codes == {
        "pipe": "unreadable",
        "loop": "unreadable",
        "out": "outside_folder",
        "nowhere": "unreadable",
        "empty": "empty",
    }
    assert studio.sandbox.ledger.arrivals == ()


# check


def test_check(studio: Studio) -> None:
    done = studio.command("check", "--json")
    assert done.returncode == 0, done.stdout
    findings = json.loads(done.stdout)
    assert all(list(finding) == ["check", "ok", "detail", "hint"] for finding in findings)
    assert all(finding["ok"] is True and finding["hint"] is None for finding in findings)
    names = " ".join(finding["check"] for finding in findings)
    for what in ("configuration", "folder", "key", "role", "organization", "clock", "database", "disk space"):
        assert what in names
    assert not studio.database.exists()
    lines = studio.command("check").stdout.splitlines()
    assert len(lines) == len(findings)
    assert all(line.startswith("ok      ") for line in lines)


def test_check_of_a_mistyped_configuration(studio: Studio) -> None:
    studio.config.write_text(studio.config.read_text().replace("settle_seconds", "setle_seconds"))
    done = studio.command("check", "--json")
    assert done.returncode == 78
    (finding,) = json.loads(done.stdout)
    assert (finding["check"], finding["ok"]) == ("configuration", False)
    assert "settle_seconds" in f"{finding['detail']} {finding['hint']}"


# sandbox


def test_the_sandbox_prints_what_is_needed_and_ends_with_term(studio: Studio) -> None:
    key = studio.sandbox.key
    command = [sys.executable, "-m", "folder_sync", "sandbox", "--port", "0", "--key", key]
    unbuffered = studio.environment(PYTHONUNBUFFERED="1")
    with not_outliving(subprocess.Popen(command, stdout=subprocess.PIPE, env=unbuffered, text=True)) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        assert first.startswith("A stand-in Closient API answers at http://127.0.0.1:")
        port = first.partition("127.0.0.1:")[2].partition(".")[0]
        done = studio.command("sandbox", "--port", port)
        assert done.returncode == 1
        assert f"Can't use port {port}: Address already in use." in done.stderr
        process.send_signal(signal.SIGTERM)
        rest = process.stdout.read()
        assert process.wait(PATIENCE_SECONDS) == 0
    assert f"echo {key} > main.key && chmod 600 main.key\n" in rest


def test_a_slip_in_a_command_or_an_option_is_told_its_place(studio: Studio) -> None:
    for arguments, said in (
        (["lst"], 'No such command "lst". Did you mean list?'),
        (["statu"], 'No such command "statu". Did you mean status?'),
        (["run", "--config", "x"], "It stands before the command: folder-sync --config FILE COMMAND."),
        (["list", "--json"], "It is --format json here."),
        (["list", "--csv"], "It is --format csv."),
    ):
        failed(studio.command(*arguments), 2, said)


def test_check_breaks_its_lines_between_words(studio: Studio) -> None:
    studio.key_file.chmod(0o644)
    seen = on_a_terminal(studio, 60, "check")
    lines = seen.splitlines()
    assert max(map(len, lines)) <= 60
    assert all(line.startswith(("ok      ", "FAILED  ", "        ")) for line in lines)
    advice = f"chmod 600 {studio.key_file}, and let it belong to the user that runs folder-sync."
    assert "".join(advice.split()) in "".join(seen.split())


def test_run_at_a_terminal_says_how_it_ends(studio: Studio) -> None:
    studio.configure(log={"format": "auto"})
    command = [sys.executable, "-m", "folder_sync", "--config", str(studio.config), "run"]
    environ = studio.environment(TERM="xterm", TZ="Europe/Berlin")
    with Terminal(command, Path.cwd(), environ, columns=200) as terminal:
        terminal.type("", until=f"Watching {studio.folder}. Ctrl-C ends it.")
        terminal.type("", until="service_started")
        terminal.interrupt(until="service_stopped")
        assert terminal.wait() == 0
    assert re.search(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d CES?T .*service_started", terminal.seen, flags=re.MULTILINE)
