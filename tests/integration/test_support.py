"""`support`: what helps is in the bundle, and no secret, wherever it was and whatever it looked like there."""

from __future__ import annotations

import base64
import json
import os
import re
import sqlite3
import stat
import tomllib
from collections.abc import Iterator
from contextlib import closing, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

import folder_sync
from folder_sync.cli import main
from folder_sync.report.support import log_lines, settings_shown
from folder_sync.settings.keys import known
from folder_sync.store.held_files import HeldFile, HeldFiles, WhyHeld
from folder_sync.store.service_state import ServiceState, WatchStatus
from folder_sync.store.sqlite.database import Database
from folder_sync.store.sqlite.lock import InstanceLock
from tests.support.hidden import everything_in, finds, forms, unpacked
from tests.support.running import running_service
from tests.support.shelf import Shelf
from tests.support.studio import GTIN, KEY_VARIABLE, OTHER, Studio
from tests.support.waiting import wait_for

FILES = [
    "manifest.txt",
    "versions.json",
    "check.json",
    "status.json",
    "configuration.toml",
    "photos.jsonl",
    "log.jsonl",
]


@pytest.fixture(autouse=True)
def _no_journal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """That of the tester's machine is nobody's business."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))


def support(studio: Studio, *options: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["--config", str(studio.config), "support", *options])
    return int(ended.value.code or 0)


def bundle(studio: Studio, *options: str, name: str = "bundle.tar.gz") -> bytes:
    path = studio.home / name
    assert support(studio, "--output", str(path), "--yes", *options) == 0
    return path.read_bytes()


def json_lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def put(studio: Studio, *names: str) -> None:
    """Photos into the records, which nobody has to send."""
    studio.database.parent.mkdir()
    shelf = Shelf(studio.database)
    for name in names:
        shelf.put(name, name)
    shelf.db.close()


class Secrets:
    """Fifty and more, each different; ``of`` gives the next one, to be put somewhere."""

    def __init__(self) -> None:
        self.planted: list[str] = []

    def of(self, letters: int = 16) -> str:
        secret = sha256(b"%d" % len(self.planted)).hexdigest()[:letters].replace("0", "z").replace("1", "q")
        self.planted.append(secret)
        return secret

    def gtin(self) -> str:
        body = f"{7_310_000_000_000 + 977 * len(self.planted):013d}"
        weighed = sum(int(digit) * (3, 1)[place % 2] for place, digit in enumerate(body))
        self.planted.append(body + str(-weighed % 10))
        return self.planted[-1]


def fill(database: Path, secrets: Secrets) -> int:
    """A secret into each text of each row that takes one; what a column may not hold is refused by the database."""
    count = 0
    with closing(sqlite3.connect(database)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        for table in tables:
            if table.startswith(("sqlite_", "photo_text", "written_by")):
                continue
            for _, column, kind, *_ in connection.execute(f"PRAGMA table_info({table})").fetchall():
                if column == "watcher":  # empty in a file
                    continue
                if kind not in ("TEXT", "BLOB") or (table, column) in (("photo", "format"), ("photo", "sent_format")):
                    continue
                text = secrets.gtin() if column == "gtin" else secrets.of(64 if column == "sha256" else 16)
                if column == "notes":
                    text = json.dumps([[secrets.of(), text]])
                if column == "cuts":
                    text = json.dumps([[0, text.encode().hex()]])
                value = f"/{text}/{text}.jpg".encode() if kind == "BLOB" else text
                with suppress(sqlite3.IntegrityError), connection:
                    connection.execute(f"UPDATE {table} SET {column} = ?", (value,))
                    count += 1
    return count


def log_with(secrets: Secrets) -> Iterator[str]:
    """A secret in each key that is ever used, in others, in keys' names, in other events, and in what is no line."""
    keys = "path folder scope reason message title gtin image_id account target subject state kind until not_before"
    for event in ("photo_queued", "service_paused", secrets.of()):
        line: dict[str, Any] = {"timestamp": "2026-11-28T10:00:00.000000Z", "level": "info", "event": event}
        line |= {key: secrets.of() for key in keys.split()}
        line |= {"scope": f"account:{secrets.of()}", "folders": [secrets.of()], "photo": {"id": secrets.of()}}
        line |= {"raised": f"RuntimeError: {secrets.of()}", "caused_by": [f"{secrets.of()}: no"]}
        line |= {"traceback": [f"folder_sync.app:1 {secrets.of()}", f"{secrets.of()}:1 f"], secrets.of(): 1}
        line |= {"reason": f"api_{secrets.of()}", "attempts": secrets.of(), "image_url": f"https://{secrets.of()}/"}
        yield json.dumps(line)
    usual = {"timestamp": "2026-11-28T10:00:00Z", "level": "info", "event": "photo_queued"}
    for key in usual:
        yield json.dumps(usual | {key: secrets.of()})
    yield json.dumps(usual | {"path": f"/{secrets.of()}/{secrets.of()}.{secrets.of()}"})
    secret = secrets.of()
    for form in forms(secret):
        yield json.dumps(usual | {"path": form.decode("latin-1"), "reason": form.decode("latin-1")})
    yield f"2026-11-28 10:00:00 CET [info] photo_queued path=/{secrets.of()}"
    yield f"{secrets.of()} {json.dumps(usual)} {secrets.of()}"
    yield f"{secrets.of()} {json.dumps(usual)}"
    yield "[" * 100_000


def configured_with(studio: Studio, secrets: Secrets) -> dict[str, str]:
    """All that a configuration can say, and the environment that goes with it."""
    named = {key: studio.home / secrets.of() for key in ("password_file", "viewer_password_file", "certificate_file")}
    for path in named.values():
        path.write_text(secrets.of())
    products = studio.home / f"{secrets.of()}.csv"
    products.write_text(f"gtin,sku,name\n{secrets.gtin()},{secrets.of()},{secrets.of()}\n{secrets.of()},x,y\n")
    studio.configure(
        notify={"urls": [f"json://user:{secrets.of()}@{secrets.of()}.example/{secrets.of()}?token={secrets.of()}"]},
        intake={"ignore": [f"*{secrets.of()}*"]},
        catalogue={"products_file": str(products)},
        web={key: str(path) for key, path in named.items()}
        | {"host": f"{secrets.of()}.example", "allowed_hosts": [f"{secrets.of()}.example"]},
    )
    more = f'[[shots]]\nname = "{secrets.of()}"\ncodes = ["{secrets.of()}"]\n'
    more += f'[[watch]]\npath = "/{secrets.of()}"\naccount = "main"\nnames = ["{secrets.of()}_{{gtin}}"]\n'
    more += f'[accounts.{secrets.of()}]\nbase_url = "https://{secrets.of()}.example"\nkey_file = "{secrets.of()}"\n'
    studio.config.write_text(studio.config.read_text().replace('path = "', 'account = "main"\npath = "', 1) + more)
    body = secrets.of()
    return {
        KEY_VARIABLE: f"csb_{body}{secrets.of()}_{secrets.of(8)}",
        "USER": secrets.of(),
        "HOME": f"/{secrets.of()}",
        "HOSTNAME": secrets.of(),
        "HTTPS_PROXY": f"http://{secrets.of()}:{secrets.of()}@{secrets.of()}.example:1",
    }


def test_no_secret_is_found(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    secrets = Secrets()
    secrets.planted += [studio.sandbox.key.split("_")[1], studio.sandbox.organization_id]
    names = [f"{secrets.gtin()}__{secrets.of()}.jpg", f"{secrets.of()}/{GTIN}__{secrets.of()}__primary.jpg"]
    names += [f"{OTHER}__{secrets.of()}__{secrets.of()}.jpg", f"{secrets.of()}.{secrets.of()}", f"{secrets.of()}.jpg"]
    for name in names:
        studio.export(name)
    for form in forms(secrets.of()):
        with suppress(OSError, ValueError):  # a name takes no slash, and not every length
            studio.export(b"%s__%s.jpg" % (GTIN.encode(), form))
    studio.command("sync")
    lock = InstanceLock(studio.database)  # a service at work has more to say
    with closing(Database(studio.database, create=False)) as database:
        state = ServiceState(database)
        state.pause("account:main", "refused", None)
        state.set_watch_status(WatchStatus(os.fsencode(studio.folder), "native", None))
        HeldFiles(database).publish(b"/", 1, [HeldFile(b"/a", 1.0, WhyHeld.WRITTEN)])
    assert fill(studio.database, secrets) > 20
    for name, value in configured_with(studio, secrets).items():
        monkeypatch.setenv(name, value)
    log = studio.home / "service.log"
    log.write_text("\n".join(log_with(secrets)))
    assert len(secrets.planted) >= 50
    capsys.readouterr()

    packed = bundle(studio, "--log", str(log))
    shown = capsys.readouterr()
    lock.release()
    text = everything_in(packed) + shown.out.encode() + shown.err.encode()
    assert [secret for secret in secrets.planted if finds(text, secret)] == []
    files = unpacked(packed)
    assert len(json_lines(files["photos.jsonl"])) > len(names)
    assert len(json_lines(files["log.jsonl"])) > 20
    assert json.loads(files["status.json"])["service"]["pauses"]


def test_whoever_looks_for_a_secret_finds_it() -> None:
    """Else the test above would prove nothing."""
    secret = "x7+/ä9kd83hf72ms"
    encoded = [
        secret,
        quote(secret, safe=""),
        json.dumps(secret),
        secret.encode().hex(),
        secret.upper(),
        *(base64.b64encode(b"x" * before + secret.encode() + b"y" * 5).decode() for before in range(3)),
        *(base64.urlsafe_b64encode(b"x" * before + secret.encode() + b"y" * 5).decode() for before in range(3)),
    ]
    plain = "x7k9kd83hf72msab"
    assert [text for text in encoded if not finds(text.encode(), secret)] == [json.dumps(secret), secret.upper()]
    assert finds(json.dumps(plain).encode(), plain)
    assert finds(plain.upper().encode(), plain)
    assert finds(plain.encode("utf-16"), plain)
    assert finds("".join(f"\\u{ord(letter):04x}" for letter in plain).encode(), plain)


def test_what_helps_is_there_under_the_same_pseudonyms_throughout(studio: Studio) -> None:
    studio.export(f"{GTIN}__Front__primary.jpg")
    studio.export(f"summer/{GTIN}__Back.jpg")
    studio.export("summer/4006381333932__Front.jpg")
    with running_service(studio):
        studio.wait_until_settled(3)
        wait_for(lambda: len(studio.sandbox.ledger.calls) > 2, "it has sent them")
        path = str(studio.folder / f"summer/{GTIN}__Back.jpg")
        log = studio.home / "service.log"
        line: dict[str, Any] = {"timestamp": "2026-11-28T10:00:00Z", "level": "info", "event": "photo_queued"}
        line |= {"path": path, "photo": 2, "gtin": GTIN, "title": "Back", "is_primary": False, "size": 9000}
        log.write_text(f"<6>{json.dumps(line)}\nStarted folder-sync.service\n")
        calls, lock = len(studio.sandbox.ledger.calls), InstanceLock(studio.database)
        files = unpacked(bundle(studio, "--log", str(log)))
        lock.release()
        assert len(studio.sandbox.ledger.calls) == calls, "it has asked Closient"
    assert list(files) == FILES

    photos = {photo["name"]["gtin_digits"]: photo for photo in json_lines(files["photos.jsonl"])}
    rejected, back = photos[13], next(photo for photo in json_lines(files["photos.jsonl"]) if not photo["is_primary"])
    assert rejected["state"] == "rejected"
    assert rejected["reason"] == "bad_gtin"
    assert rejected["name"] == {
        "characters": 24,
        "ascii": True,
        "parts": 2,
        "gtin_digits": 13,
        "gtin": "check_digit",
    }
    assert [step["event"] for step in photos[14]["history"]] == ["queued", "uploading", "uploaded"]

    (told,) = json_lines(files["log.jsonl"])
    back = next(photo for photo in photos.values() if photo["path"] == told["path"] or photo["gtin"] == told["gtin"])
    assert re.fullmatch(r"folder-1/folder-\d+/photo-\d+\.jpg", told["path"])
    assert told["path"] in [photo["path"] for photo in json_lines(files["photos.jsonl"])]
    assert told["gtin"] == back["gtin"]
    assert "1 lines of it were not written by the service" in files["manifest.txt"]

    settings = tomllib.loads(files["configuration.toml"])
    assert settings["watch"][0]["path"] == "folder-1"
    assert settings["accounts"].keys() == {"account-1"}
    assert settings["delivery"]["concurrency"] == 4
    status = json.loads(files["status.json"])
    assert status["service"]["running"]
    assert status["counts"]["uploaded"] == 2
    assert {window["account"] for window in status["quota"]} == {"account-1"}
    checks = json.loads(files["check.json"])
    assert {"check": "folder", "about": "folder-1", "ok": True} in [
        {key: check[key] for key in ("check", "about", "ok")} for check in checks
    ]
    assert json.loads(files["versions.json"])["python"].startswith("3.")


def test_the_same_state_gives_the_same_bytes(studio: Studio) -> None:
    put(studio, f"{GTIN}__Front.jpg", f"{OTHER}__Wrong__too.jpg")
    assert bundle(studio, name="one.tar.gz") == bundle(studio, name="two.tar.gz")


def test_it_is_shown_and_asked_for_first(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(studio.home)
    answers = iter(["n", "y"])
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda _prompt: next(answers))
    path = studio.home / "folder-sync-support.tar.gz"
    assert support(studio) == 1
    assert "photos.jsonl" in capsys.readouterr().out
    assert not path.exists()
    before = os.umask(0)
    try:
        assert support(studio) == 0
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert unpacked(path.read_bytes())["manifest.txt"].splitlines()[0] in capsys.readouterr().out
    assert support(studio, "--yes") == 1
    assert "is there already. Name another file" in capsys.readouterr().err
    assert support(studio, "--yes", "--output", "no/such/folder.tar.gz") == 1
    assert "can't be written: No such file or directory" in capsys.readouterr().err
    assert support(studio, "--yes", "--output", "a.tar.gz", "--log", "none.log") == 2
    assert "none.log can't be read" in capsys.readouterr().err


@pytest.mark.parametrize("trouble", ["none", "damaged", "nonsense", "no database"])
def test_with_a_database_that_can_not_be_read(studio: Studio, trouble: str) -> None:
    put(studio, *(f"{GTIN}__{number}__Front.jpg" for number in range(3)))
    match trouble:
        case "damaged":
            content = studio.database.read_bytes()
            studio.database.write_bytes(content[:8192] + os.urandom(len(content) - 8192))
        case "nonsense":
            with closing(sqlite3.connect(studio.database)) as connection, connection:
                connection.execute("UPDATE photo SET format = 'what?' WHERE id = 2")
        case "no database":
            studio.database.unlink()
    files = unpacked(bundle(studio))
    assert list(files) == FILES
    assert tomllib.loads(files["configuration.toml"])
    assert ("The database could not be read" in files["manifest.txt"]) == (trouble != "none")
    assert len(json_lines(files["photos.jsonl"])) == (3 if trouble == "none" else 0)


def test_the_journal_is_read_where_there_is_one(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line: dict[str, Any] = {"timestamp": "2026-11-28T10:00:00Z", "level": "warning", "event": "watching_deaf"}
    line["times"] = 2
    journal = tmp_path / "bin" / "journalctl"
    journal.write_text(f"#!/bin/sh\necho '{json.dumps(line)}'\n")
    journal.chmod(0o755)
    assert json_lines(unpacked(bundle(studio))["log.jsonl"]) == [line]
    journal.write_text("#!/bin/sh\nexit 1\n")
    for user, said in ((0, "has nothing of the service"), (1000, "may not see the service's part")):
        monkeypatch.setattr(os, "geteuid", lambda user=user: user)
        assert said in unpacked(bundle(studio, name=f"{user}.tar.gz"))["manifest.txt"]


def test_every_event_of_the_log_is_let_through() -> None:
    program = (path.read_text("utf-8") for path in Path(folder_sync.__path__[0]).rglob("*.py"))
    events = {event for text in program for event in re.findall(r'\blog\.\w+\(\s*"(\w+)"', text)}
    assert len(events) > 20
    assert events - log_lines.EVENTS == set()


LEFT_OUT = {("accounts", "key"), ("after", "uploaded_folder"), ("after", "rejected_folder")}


def test_every_setting_is_decided_about() -> None:
    decided = {
        (section, key)
        for section in {*settings_shown.PLAIN, *settings_shown.OTHERS}
        for key in (*settings_shown.PLAIN.get(section, "").split(), *settings_shown.OTHERS.get(section, {}))
    }
    assert {(key[0], key[-1]) for key in known()} - decided == LEFT_OUT
