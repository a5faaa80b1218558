"""Records that don't know all: another service with its own on the same folder, and an older copy that was put back.

Neither may send a photo twice.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from folder_sync.photo import State
from folder_sync.sandbox.state import Sandbox
from tests.support.proof import gtin14, sent_again, take_up_work, wait_for_ends, wide_sandbox
from tests.support.studio import Studio, photo_data
from tests.support.waiting import wait_for


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with wide_sandbox() as running:
        yield running


@pytest.fixture
def studio(tmp_path: Path, sandbox: Sandbox) -> Iterator[Studio]:
    studio = Studio(tmp_path, sandbox)
    yield studio
    assert sent_again(sandbox) == []


@pytest.fixture
def second(studio: Studio, sandbox: Sandbox) -> Studio:
    """Another service on the same folder, with records of its own."""
    (studio.home / "second").mkdir()
    second = Studio(studio.home / "second", sandbox)
    second.folder.rmdir()
    second.folder = studio.folder
    second.configure()
    return second


def deliver(studio: Studio, count: int, title: str) -> list[Path]:
    return [studio.export(f"{gtin14(number)}__{title}.jpg", photo_data(f"{title} {number}")) for number in range(count)]


def pauses(studio: Studio) -> list[str]:
    with closing(sqlite3.connect(studio.database)) as connection:
        return [reason for (reason,) in connection.execute("SELECT reason FROM pause")]


def posts(studio: Studio) -> int:
    return len(studio.sandbox.ledger.arrivals)


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_two_services_on_one_folder_send_nothing_twice(studio: Studio, second: Studio, end: int) -> None:
    take_up_work(studio)
    with studio.start("run") as first:
        paths = deliver(studio, 3, "early")
        for path in paths:
            studio.wait_for_state(path, State.UPLOADED)
        with second.start("run") as other:
            wait_for(lambda: "service_paused" in second.told(), "the second pauses")
            (reason,) = pauses(second)
            assert f"another folder-sync, process {first.pid}, which keeps records of its own" in reason
            for path in deliver(studio, 3, "late"):
                studio.wait_for_state(path, State.UPLOADED)
            done = second.command("check", "--json")
            found = [finding for finding in json.loads(done.stdout) if "another folder-sync" in finding["detail"]]
            assert (done.returncode, [finding["ok"] for finding in found]) == (1, [False])
            assert "another folder-sync" not in studio.command("check").stdout
            done = second.command("sync")  # beside the running one that is refused
            assert done.returncode == 75
            assert second.records() == []
            first.end(end)
            wait_for(lambda: "service_resumed" in second.told(), "the second takes over")
            wait_for_ends(second, 7)
            assert {record.state for record in second.records()} == {State.UPLOADED, State.REJECTED}
            new = second.export(f"{gtin14(9)}__new.jpg")
            second.wait_for_state(new, State.UPLOADED)
            assert other.end(signal.SIGTERM) == 0
    assert posts(studio) == 7


def test_sync_beside_another_service_says_so_and_sends_nothing(studio: Studio, second: Studio) -> None:
    with studio.start("run") as process:
        (path,) = deliver(studio, 1, "early")
        studio.wait_for_state(path, State.UPLOADED)
        done = second.command("sync")
        assert done.returncode == 1
        assert f"is watched by another folder-sync, process {process.pid}" in done.stderr
        assert process.end(signal.SIGTERM) == 0
    assert second.command("sync").returncode == 0
    assert posts(studio) == 1


def put_back(studio: Studio, copy: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        Path(f"{studio.database}{suffix}").unlink(missing_ok=True)
    shutil.copy(copy, studio.database)


@pytest.mark.parametrize("what", ["the database", "all that lies beside it"])
@pytest.mark.parametrize("command", ["run", "sync"])
def test_an_older_copy_that_is_put_back_sends_nothing_twice(studio: Studio, command: str, what: str) -> None:
    """Just started again, without a word to it: what is done since it finds in the catalogue."""
    take_up_work(studio)
    with studio.start("run") as process:
        early = deliver(studio, 3, "early")
        for path in early:
            studio.wait_for_state(path, State.UPLOADED)
        waiting = studio.export(f"{gtin14(50)}__waits.jpg")
        studio.sandbox.unknown_product(gtin14(50))
        studio.wait_for_state(waiting, State.WAITING)
        assert process.end(signal.SIGTERM) == 0
    copy = studio.home / "copy"
    shutil.copytree(studio.database.parent, copy)
    studio.sandbox.known_product(gtin14(50))
    with studio.start("run") as process:
        late = deliver(studio, 3, "late")
        replaced = studio.export(early[0].name, photo_data("a new version"))
        for path in (*late, replaced, waiting):
            studio.wait_for_state(path, State.UPLOADED)
        wait_for_ends(studio, 9)
        assert process.end(signal.SIGTERM) == 0
    before = posts(studio)
    if what == "the database":
        put_back(studio, copy / studio.database.name)
    else:
        shutil.rmtree(studio.database.parent)
        copy.rename(studio.database.parent)
    told = len(studio.told())
    if command == "sync":
        done = studio.command("sync", "--json")
        assert done.returncode == 0
        said = done.stderr
    else:
        with studio.start("run") as process:
            wait_for_ends(studio, 9)
            for path in (*late, replaced, waiting):
                studio.wait_for_state(path, State.UPLOADED)
            assert process.end(signal.SIGTERM) == 0
        said = studio.told()[told:]
    assert "an older copy of the database was put back" in said
    assert posts(studio) == before
    told = len(studio.told())
    with studio.start("run") as process:
        new = studio.export(f"{gtin14(60)}__new.jpg")
        studio.wait_for_state(new, State.UPLOADED)
        assert process.end(signal.SIGTERM) == 0
    assert "older copy" not in studio.told()[told:]
    assert posts(studio) == before + 1


def test_a_service_that_was_killed_starts_again_at_once(studio: Studio) -> None:
    with studio.start("run") as process:
        (path,) = deliver(studio, 1, "early")
        studio.wait_for_state(path, State.UPLOADED)
        process.end(signal.SIGKILL)
    with studio.start("run") as process:
        (path,) = deliver(studio, 1, "late")
        studio.wait_for_state(path, State.UPLOADED)
        os.kill(process.pid, signal.SIGHUP)
        wait_for(lambda: studio.told().count("service_started") == 3, "it has reloaded")
        (path,) = deliver(studio, 1, "later")
        studio.wait_for_state(path, State.UPLOADED)
        assert process.end(signal.SIGTERM) == 0
    assert "service_paused" not in studio.told()
