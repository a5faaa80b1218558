"""`folder-sync run` as a process of its own, with real signals and real ends."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from folder_sync.photo import Gtin14, State
from folder_sync.sandbox.codes import check_digit
from folder_sync.sandbox.faults import Kind
from tests.support.studio import GTIN, OTHER, Process, Studio, photo_data
from tests.support.waiting import PATIENCE_SECONDS, wait_for


def status(studio: Studio) -> dict[str, Any]:
    done = studio.command("status", "--json")
    assert done.returncode in (0, 1), done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    service = found["service"]
    assert done.returncode == (0 if service["running"] and not service["pauses"] else 1)
    return found


def events(studio: Studio, event: str) -> list[dict[str, Any]]:
    """The lines of the log that tell of this event."""
    lines = [json.loads(line) for line in studio.told().splitlines() if line.endswith("}")]
    return [line for line in lines if line["event"] == event]


def wait_for_event(studio: Studio, event: str, count: int = 1) -> None:
    wait_for(lambda: len(events(studio, event)) >= count, f"{event} stands in the log: {studio.told()}")


@pytest.fixture
def running(studio: Studio) -> Iterator[Process]:
    with studio.start("run") as process:
        wait_for_event(studio, "service_started")
        yield process


def test_it_keeps_to_one_processor(running: Process) -> None:
    threads = [int(name) for name in os.listdir(f"/proc/{running.pid}/task")]
    assert len(threads) > 3
    assert {len(os.sched_getaffinity(thread)) for thread in threads} == {1}


def test_every_way_of_delivering_a_photo(studio: Studio, running: Process) -> None:
    names = [f"{GTIN}__{title}.jpg" for title in ("dropped", "renamed", "slow", "linked")]
    dropped, renamed, slow, linked = (studio.folder / name for name in names)
    dropped.write_bytes(photo_data("dropped"))
    partial = studio.folder / f"{renamed.name}.part"
    partial.write_bytes(photo_data("renamed"))
    partial.rename(renamed)
    data = photo_data("slow", 60_000)
    with slow.open("wb") as file:
        for start in range(0, len(data), 6_000):
            file.write(data[start : start + 6_000])
            file.flush()
            wait_for(lambda: slow.stat().st_size > 0, "something is written")
    (studio.home / "elsewhere.jpg").write_bytes(photo_data("linked"))
    os.link(studio.home / "elsewhere.jpg", linked)
    staged = studio.home / "job"
    staged.mkdir()
    for number in range(5):
        (staged / f"{OTHER}__job__{number}.jpg").write_bytes(photo_data(f"job {number}"))
    shutil.copytree(staged, studio.folder / "new" / "job")
    records = studio.wait_until_settled(9)
    assert {record.state for record in records} == {State.UPLOADED}
    assert len(studio.sandbox.ledger.arrivals) == 9
    assert {arrival.size for arrival in studio.sandbox.ledger.arrivals} == {9_000, 60_000}
    assert running.end(signal.SIGTERM) == 0


def test_a_photo_written_with_long_breaks_goes_once_and_whole(studio: Studio, running: Process) -> None:
    data = photo_data("slow", 60_000)
    path = studio.folder / f"{GTIN}__slow.jpg"
    with path.open("wb") as file:
        file.write(data[:30_000])
        file.flush()
        # Another photo that came later is through: the slow one has had its time to be taken for finished.
        studio.wait_for_state(studio.export(f"{OTHER}__quick.jpg"), State.UPLOADED)
        file.write(data[30_000:])
    studio.wait_for_state(path, State.UPLOADED)
    assert sorted(arrival.size for arrival in studio.sandbox.ledger.arrivals) == [9_000, 60_000]
    assert running.poll() is None


_PARAMETERS: dict[Kind, dict[str, Any]] = {
    Kind.STORE_LATE: {"seconds": 0.2},
    Kind.STALL: {"seconds": 2.0, "stored": True},
    Kind.ERROR_HTML: {"stored": True},
    Kind.STATUS: {"status": 500, "stored": True},
}


def test_every_fault_ends_with_one_image_and_no_second_post_after_a_stored_one(studio: Studio) -> None:
    """Each fault for a product of its own, those that can come stored or not in both ways."""
    studio.configure(
        account=f'organization_id = "{studio.sandbox.organization_id}"',
        delivery={"read_seconds": 1.0, "confirm_after_seconds": 0.3},
    )
    of_uploads = [kind for kind in Kind if kind is not Kind.PLACEHOLDER]
    script: list[tuple[Kind, dict[str, Any]]] = [(kind, _PARAMETERS.get(kind, {})) for kind in of_uploads]
    script += [
        (Kind.STALL, {"seconds": 2.0}),
        (Kind.ERROR_HTML, {"status": 503}),
        (Kind.STATUS, {"status": 500}),
        (Kind.STATUS, {"status": 504, "stored": True}),
        (Kind.STATUS, {"status": 429, "seconds": 1.0}),
        (Kind.MALFORMED_201, {"body": "<html>created</html>"}),
        (Kind.MALFORMED_201, {"body": "{}"}),
    ]
    gtins = [Gtin14(digits + check_digit(digits)) for digits in (f"0952200000{n:03}" for n in range(len(script)))]
    for gtin, (kind, parameters) in zip(gtins, script, strict=True):
        studio.sandbox.faults.add(kind, route="upload", gtin=gtin, **parameters)
    with studio.start("run") as process:
        wait_for_event(studio, "service_started")
        paths = [studio.export(f"{gtin}__a.jpg") for gtin in gtins]
        for path in paths:
            studio.wait_for_state(path, State.UPLOADED)
        assert process.end(signal.SIGTERM) == 0
    assert studio.sandbox.faults.pending == ()  # each of them was met
    for gtin, (kind, parameters) in zip(gtins, script, strict=True):
        images = studio.sandbox.images(gtin)
        assert len(images) == 1, (kind, parameters)
        arrivals = [arrival for arrival in studio.sandbox.ledger.arrivals if arrival.gtin == gtin]
        assert [arrival.image_id is not None for arrival in arrivals].index(True) == len(arrivals) - 1, kind
        record = next(record for record in studio.records() if record.gtin == gtin)
        assert record.image_id == images[0].id


def test_term_finishes_what_is_in_flight(studio: Studio, running: Process) -> None:
    studio.sandbox.faults.add("stall", route="upload", seconds=1.0)
    path = studio.export(f"{GTIN}__a.jpg")
    studio.wait_for_state(path, State.UPLOADING)
    behind = studio.export(f"{GTIN}__b.jpg")
    studio.wait_for_state(behind, State.QUEUED)
    assert running.end(signal.SIGTERM) == 0
    assert [record.state for record in studio.records()] == [State.UPLOADED, State.QUEUED]
    assert events(studio, "service_stopped")[-1]["finished"] is True


def test_a_second_term_leaves_at_once_and_the_next_start_settles_it(studio: Studio) -> None:
    studio.configure(account=f'organization_id = "{studio.sandbox.organization_id}"', delivery={"read_seconds": 60.0})
    studio.sandbox.faults.add("stall", route="upload", seconds=60.0, stored=True)
    with studio.start("run") as process:
        path = studio.export(f"{GTIN}__a.jpg")
        studio.wait_for_state(path, State.UPLOADING)
        wait_for(lambda: bool(studio.sandbox.ledger.stored), "the photo is stored, its answer is not there yet")
        process.send_signal(signal.SIGTERM)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.5)
        assert process.end(signal.SIGTERM) == 0
    record = studio.record(path)
    assert record is not None
    assert record.state is State.UPLOADING
    with studio.start("run") as process:
        record = studio.wait_for_state(path, State.UPLOADED)
        assert process.end(signal.SIGINT) == 0
    (arrival,) = studio.sandbox.ledger.arrivals
    assert record.image_id == arrival.image_id


def _asked_until_the_upload(server: socket.socket, organization_id: str) -> socket.socket:
    """Answers whose key it is, and that the catalogue has nothing; returns the connection on which an upload begins."""
    whoami = {"user_id": "1", "email": "a@example.com", "organizations": [{"id": organization_id, "name": "Studio"}]}
    nothing = {"data": [], "pagination": {"has_next": False}}
    while True:
        asked, _ = server.accept()
        request = asked.recv(65536)
        if request.startswith(b"POST"):
            return asked
        with asked:
            body = json.dumps({**whoami, "metadata": {}, "api_key": None} if b"/whoami" in request else nothing)
            head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
            asked.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())


@pytest.mark.parametrize("signals", [(signal.SIGTERM, signal.SIGINT), (signal.SIGINT, signal.SIGTERM)])
def test_a_second_signal_leaves_at_once_in_the_middle_of_a_body(studio: Studio, signals: tuple[int, int]) -> None:
    """A server that reads no further: nothing was stored, and the next start finds that out before it sends again."""
    studio.configure(account=f'organization_id = "{studio.sandbox.organization_id}"', delivery={"read_seconds": 60.0})
    working = studio.config.read_text()
    path = studio.export(f"{GTIN}__a.jpg", photo_data("big", 20_000_000))
    with socket.create_server(("127.0.0.1", 0)) as stuck:
        studio.config.write_text(working.replace(studio.sandbox.url, f"http://127.0.0.1:{stuck.getsockname()[1]}"))
        with studio.start("run") as process, _asked_until_the_upload(stuck, studio.sandbox.organization_id):
            studio.wait_for_state(path, State.UPLOADING)
            process.send_signal(signals[0])
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(0.5)
            assert process.end(signals[1]) == 0
    record = studio.record(path)
    assert record is not None
    assert record.state is State.UPLOADING
    studio.config.write_text(working)
    with studio.start("run") as process:
        record = studio.wait_for_state(path, State.UPLOADED)
        assert process.end(signal.SIGTERM) == 0
    (arrival,) = studio.sandbox.ledger.arrivals
    assert record.image_id == arrival.image_id


@pytest.mark.parametrize("stored", [True, False])
def test_killed_while_uploading(studio: Studio, stored: bool) -> None:
    """Whether the server had it or not: one image, and not one POST too many."""
    studio.sandbox.faults.add("stall", route="upload", seconds=30.0, stored=stored)
    with studio.start("run") as process:
        path = studio.export(f"{GTIN}__a.jpg")
        studio.wait_for_state(path, State.UPLOADING)
        ledger = studio.sandbox.ledger
        wait_for(lambda: bool(ledger.stored if stored else ledger.arrivals), "the whole photo is on the server")
        assert process.end(signal.SIGKILL) == -signal.SIGKILL
    assert bool(ledger.stored) is stored
    with studio.start("run") as process:
        record = studio.wait_for_state(path, State.UPLOADED)
        assert process.end(signal.SIGTERM) == 0
    assert [image.id for image in studio.sandbox.images(GTIN)] == [record.image_id]
    assert len(ledger.arrivals) == (1 if stored else 2)


def test_hup_with_a_new_key_ends_the_pause(studio: Studio) -> None:
    studio.configure(delivery={"retry_base_seconds": 600.0, "retry_max_seconds": 600.0})
    old, new = studio.sandbox.key, studio.sandbox.accounts.add_key(studio.sandbox.organization_id)
    studio.sandbox.revoke_key(old)
    with studio.start("run") as process:
        path = studio.export(f"{GTIN}__a.jpg")
        studio.wait_for_state(path, State.QUEUED)
        wait_for_event(studio, "service_paused")
        (pause,) = status(studio)["service"]["pauses"]
        assert pause["scope"] == "account:main"
        assert pause["until"] is not None
        studio.key_file.write_text(new)
        process.send_signal(signal.SIGHUP)
        studio.wait_for_state(path, State.UPLOADED)
        assert status(studio)["service"]["pauses"] == []
        assert status(studio)["service"]["pid"] == process.pid
        assert process.end(signal.SIGTERM) == 0


@pytest.mark.parametrize("slip", ["configuration", "key", "no key"])
def test_hup_after_a_slip_goes_on_as_it_was(studio: Studio, running: Process, slip: str) -> None:
    before = studio.config.read_text()
    if slip == "configuration":
        studio.config.write_text(before.replace("settle_seconds", "setle_seconds"))
    elif slip == "key":
        studio.key_file.write_text(studio.sandbox.key[:-1] + ("0" if studio.sandbox.key[-1] != "0" else "1"))
    else:
        studio.key_file.unlink()
    running.send_signal(signal.SIGHUP)
    wait_for_event(studio, "reload_refused")
    path = studio.export(f"{GTIN}__a.jpg")
    studio.wait_for_state(path, State.UPLOADED)
    assert running.end(signal.SIGTERM) == 0


def test_a_folder_that_is_not_there_yet(studio: Studio) -> None:
    studio.folder.rmdir()
    with studio.start("run") as process:
        wait_for_event(studio, "service_paused")
        (pause,) = status(studio)["service"]["pauses"]
        assert pause["scope"] == f"folder:{studio.folder}"
        assert pause["reason"].endswith("is not there. Create it, or mount it.")
        path = studio.export(f"{GTIN}__a.jpg")
        studio.wait_for_state(path, State.UPLOADED)
        assert status(studio)["service"]["pauses"] == []
        assert process.end(signal.SIGTERM) == 0


def test_a_second_instance_names_the_first(studio: Studio, running: Process) -> None:
    for command in ("run", "sync"):
        done = studio.command(command)
        assert done.returncode == 75
        assert f"(process {running.pid})" in done.stderr
        assert len(done.stderr.splitlines()) == 2
    assert running.poll() is None


def test_the_commands_beside_the_running_service(studio: Studio) -> None:
    studio.configure(delivery={"recheck_seconds": 3600.0})
    studio.sandbox.unknown_product(GTIN)
    with studio.start("run") as process:
        waiting = studio.export(f"{GTIN}__a.jpg")
        studio.wait_for_state(waiting, State.WAITING)
        found = status(studio)
        assert found["service"]["running"] is True
        assert found["service"]["pid"] == process.pid
        assert found["counts"]["waiting"] == 1
        (listed,) = json.loads(studio.command("list", "--format", "json").stdout)
        assert listed["reason"]["code"] == "unknown_product"
        shown = json.loads(studio.command("show", str(waiting), "--json").stdout)
        assert shown["history"][-1]["event"] == "waiting"
        studio.sandbox.known_product(GTIN)
        done = studio.command("retry", str(listed["id"]))
        assert done.returncode == 0
        assert done.stdout == f"{waiting}: queued again\n"
        studio.wait_for_state(waiting, State.UPLOADED)
        assert process.end(signal.SIGTERM) == 0
    assert status(studio)["service"] == {"running": False, "pid": None, "since": None, "pauses": []}


def test_a_rejected_photo_that_is_retried_is_looked_at_again(studio: Studio, running: Process) -> None:
    studio.sandbox.faults.add("status", route="upload", status=400)
    path = studio.export(f"{GTIN}__a.jpg")
    studio.wait_for_state(path, State.REJECTED)
    assert studio.command("retry", "--all").returncode == 0
    studio.wait_for_state(path, State.UPLOADED)
    assert running.end(signal.SIGTERM) == 0


def test_no_key_is_ever_written_anywhere(studio: Studio) -> None:
    """Not by a service that works, is refused, is reloaded with a mistyped key, and is killed; nor by the commands."""
    key = studio.sandbox.key
    body = key.split("_")[1]
    said = []
    with studio.start("run", env={"FOLDER_SYNC_LOG__LEVEL": "debug"}) as process:
        studio.wait_for_state(studio.export(f"{GTIN}__a.jpg"), State.UPLOADED)
        studio.sandbox.faults.add("status", route="upload", status=422, message=f"no {key}")
        refused = studio.wait_for_state(studio.export(f"{GTIN}__b.jpg"), State.REJECTED)
        assert refused.reason is not None
        said.append(refused.reason.message)
        said.append(Path(f"/proc/{process.pid}/cmdline").read_text("utf-8"))
        studio.sandbox.revoke_key()
        studio.export(f"{GTIN}__c.jpg")
        wait_for_event(studio, "service_paused")
        studio.key_file.write_text(key[:-2] + "zz")
        process.send_signal(signal.SIGHUP)
        wait_for_event(studio, "reload_refused")
        for command in (["status"], ["check"], ["check", "--json"], ["show", "1"]):
            done = studio.command(*command)
            said += [done.stdout, done.stderr]
        process.end(signal.SIGTERM)
    done = studio.command("run")
    said += [studio.told(), done.stdout, done.stderr]
    assert done.returncode == 78
    assert [text for text in said if body in text] == []
    assert all(body.encode() not in file.read_bytes() for file in studio.database.parent.iterdir())


def test_the_notify_socket_hears_everything(studio: Studio) -> None:
    address = studio.home / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(str(address))
        receiver.settimeout(PATIENCE_SECONDS)
        heard: list[str] = []

        def wait_to_hear(line: str) -> None:
            while not any(line in message.splitlines() for message in heard):
                heard.append(receiver.recv(4096).decode())

        with studio.start("run", env={"NOTIFY_SOCKET": str(address), "WATCHDOG_USEC": "2000000"}) as process:
            wait_to_hear("READY=1")
            wait_to_hear("WATCHDOG=1")
            heard.clear()
            process.send_signal(signal.SIGHUP)
            wait_to_hear("RELOADING=1")
            wait_to_hear("READY=1")
            heard.clear()
            wait_to_hear("WATCHDOG=1")
            assert process.end(signal.SIGTERM) == 0
            wait_to_hear("STOPPING=1")


def test_systemd_is_told_that_finishing_takes_time_and_goes_on(studio: Studio) -> None:
    """One worker finishes its upload, the others have ended: that is progress, and no reason to kill the service."""
    studio.configure(delivery={"shutdown_seconds": 7.0})
    studio.sandbox.faults.add(Kind.STALL, route="upload", seconds=2.0)
    address = studio.home / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(str(address))
        receiver.settimeout(PATIENCE_SECONDS)
        with studio.start("run", env={"NOTIFY_SOCKET": str(address), "WATCHDOG_USEC": "60000000"}) as process:
            path = studio.export(f"{GTIN}__slow.jpg")
            studio.wait_for_state(path, State.UPLOADING)
            process.send_signal(signal.SIGTERM)
            while "STOPPING=1" not in (message := receiver.recv(4096).decode()).splitlines():
                pass
            assert "EXTEND_TIMEOUT_USEC=37000000" in message.splitlines()
            assert receiver.recv(4096).decode() == "WATCHDOG=1"
            assert process.wait(PATIENCE_SECONDS) == 0
    record = studio.record(path)
    assert record is not None
    assert record.state is State.UPLOADED
