"""What other users of the machine, and whoever gets hold of a file of ours, find out: no photo's name, and no key."""

from __future__ import annotations

import json
import os
import resource
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from folder_sync.cli import main
from folder_sync.photo import State
from folder_sync.settings import load
from folder_sync.store.sqlite.backup import back_up
from folder_sync.store.sqlite.database import Database
from folder_sync.store.sqlite.lock import InstanceLock
from tests.support.studio import GTIN, KEY_VARIABLE, OTHER, Process, Studio
from tests.support.unmeasured import environment
from tests.support.waiting import wait_for


@pytest.fixture(params=["nothing", "everything"])
def _umask(request: pytest.FixtureRequest) -> Iterator[None]:
    """What the shell that starts it takes away from the mode of new files."""
    before = os.umask({"nothing": 0, "everything": 0o077}[request.param])
    yield
    os.umask(before)


@contextmanager
def running(studio: Studio, **env: str) -> Iterator[Process]:
    with studio.start("run", env=env) as process:
        wait_for(lambda: "service_started" in studio.told(), f"it runs: {studio.told()}")
        yield process


def modes(folder: Path) -> dict[str, int]:
    found = {}
    for path in folder.iterdir():
        with suppress(FileNotFoundError):  # a backup in the making comes and goes with its journal
            found[path.name] = stat.S_IMODE(path.stat().st_mode)
    return found


@pytest.mark.usefixtures("_umask")
def test_all_that_is_kept_is_private(studio: Studio) -> None:
    state = studio.database.parent
    with running(studio) as process:
        studio.wait_for_state(studio.export(f"{GTIN}__front.jpg"), State.UPLOADED)
        wait_for(lambda: any(".backup-" in name for name in modes(state)), "a backup is made")
        wait_for(lambda: not any(".part" in name for name in modes(state)), "it is complete")
        found = modes(state)
        assert process.end(signal.SIGTERM) == 0
    assert {f"folder-sync.db{end}" for end in ("", "-wal", "-shm", ".lock")} < set(found)
    assert set(found.values()) == {0o600}
    assert stat.S_IMODE(state.stat().st_mode) == 0o700

    content = studio.database.read_bytes()
    studio.database.write_bytes(content[:2000] + b"\xff" * (len(content) - 2000))
    assert studio.command("sync").returncode == 0
    found = modes(state)
    assert any(".damaged-" in name for name in found)
    assert set(found.values()) == {0o600}


def test_private_from_the_first_moment(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """Made readable and closed a moment later is too late: an open file stays open. Nothing here is closed later."""

    def too_late(*_: object, **__: object) -> None:
        raise AssertionError("a mode was changed afterwards")

    for name in ("chmod", "fchmod"):
        monkeypatch.setattr(os, name, too_late)
    before = os.umask(0)
    try:
        lock = InstanceLock(studio.database)
        with closing(Database(studio.database, create=True)) as database:
            with database.write() as connection:
                connection.execute("INSERT INTO pause (scope, reason) VALUES ('a', '')")
            back_up(studio.database, "2026-11-23", given_up=lambda: False)
            assert set(modes(studio.database.parent).values()) == {0o600}
        lock.release()
    finally:
        os.umask(before)


@pytest.mark.parametrize(("before", "after"), [(0o644, 0o640), (0o666, 0o660), (0o640, 0o640), (0o600, 0o600)])
def test_a_database_that_was_put_back_carelessly_is_closed_to_others(studio: Studio, before: int, after: int) -> None:
    Database(studio.database, create=True).close()
    studio.database.chmod(before)
    Database(studio.database, create=True).close()
    assert stat.S_IMODE(studio.database.stat().st_mode) == after


def test_the_key_is_nowhere_but_where_it_was_put(
    studio: Studio, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    key = studio.sandbox.key
    monkeypatch.setenv(KEY_VARIABLE, key)
    body = key.split("_")[1]
    studio.configure(f'organization_id = "{studio.sandbox.organization_id}"', log={"level": "debug"})
    shown = []
    with running(studio, **{KEY_VARIABLE: key}) as process:
        studio.wait_for_state(studio.export(f"{GTIN}__front.jpg"), State.UPLOADED)
        studio.sandbox.faults.add("status", route="upload", status=418)
        studio.wait_for_state(studio.export(f"{OTHER}__refused.jpg"), State.REJECTED)
        process.send_signal(signal.SIGHUP)
        wait_for(lambda: studio.told().count("service_started") == 2, "it has reloaded")
        shown.append(Path(f"/proc/{process.pid}/cmdline").read_text())
        for arguments in (["status"], ["list"], ["list", "--format", "csv"], ["show", "1"], ["check"]):
            for form in ([], ["--json"]) if arguments[0] != "list" else ([],):
                with pytest.raises(SystemExit):
                    main(["--config", str(studio.config), *arguments, *form])
                shown += capsys.readouterr()
        assert process.end(signal.SIGTERM) == 0
    shown.append(studio.told())
    shown += [path.read_bytes().decode("latin-1") for path in studio.database.parent.iterdir()]
    assert len(shown) > 15
    assert not [text for text in shown if body in text]


def test_a_key_file_can_be_wrong_without_being_shown(studio: Studio, capsys: pytest.CaptureFixture[str]) -> None:
    key = studio.sandbox.key
    for spoilt in (key[:-1], key + "x", key.replace("_", "-"), f"{key} {key}", key[:-1] + "!"):
        studio.key_file.write_text(spoilt)
        for command in ("check", "sync"):
            with pytest.raises(SystemExit) as ended:
                main(["--config", str(studio.config), command])
            assert ended.value.code in (1, 78)
            said = "".join(capsys.readouterr())
            assert "key" in said
            assert key[4:20] not in said


def test_settings_show_no_key(studio: Studio) -> None:
    from folder_sync.accounts import read_key_of
    from folder_sync.closient.client import Client

    key, hook = studio.sandbox.key, "json://token@localhost"
    studio.configure(notify={"urls": [hook]})
    settings = load(studio.config, {KEY_VARIABLE: key})
    api_key = read_key_of("main", settings.accounts["main"], {})
    assert api_key.value == key
    client = Client("http://127.0.0.1:9", api_key, connect_seconds=1, read_seconds=1, on_heard=lambda _: None)
    with client:
        shown = [text for value in (settings, settings.accounts, api_key, client) for text in (repr(value), str(value))]
    assert not [text for text in [*shown, repr([api_key]), f"{settings!s}"] if key[4:20] in text or "token" in text]
    assert key[4:20] not in settings.model_dump_json() + str(settings.model_dump())


DUMP = """
import os, sys
sys.argv[1] == "closed" and __import__("folder_sync.cli.process").cli.process.close_memory()
os.abort()
"""


def _aborted(home: Path, how: str) -> list[Path]:
    """The core files of a program that crashed with nothing in the way of one but ``how``."""
    place = home / how
    place.mkdir()

    def unlimited() -> None:
        hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
        resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))

    done = subprocess.run([sys.executable, "-c", DUMP, how], cwd=place, preexec_fn=unlimited, check=False)
    assert done.returncode == -signal.SIGABRT
    return list(place.iterdir())


def test_a_crash_leaves_no_core_file(tmp_path: Path) -> None:
    assert _aborted(tmp_path, "closed") == []
    pattern = Path("/proc/sys/kernel/core_pattern").read_text()
    into_this_folder = not pattern.startswith(("|", "/")) and resource.getrlimit(resource.RLIMIT_CORE)[1] != 0
    assert bool(_aborted(tmp_path, "open")) == into_this_folder  # so the first line means something


def test_the_service_closes_its_memory(studio: Studio) -> None:
    with running(studio) as process:
        limits = Path(f"/proc/{process.pid}/limits").read_text()
        assert "Max core file size" in limits
        assert [line.split()[4] for line in limits.splitlines() if line.startswith("Max core file size")] == ["0"]
        assert process.end(signal.SIGABRT) == -signal.SIGABRT


LOOK = """
import ctypes, os, sys
from folder_sync.cli.process import close_memory
from folder_sync.files.mounts import file_system
from folder_sync.files.opening import first_hole, open_photo
if os.geteuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
    ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)  # changing the user has closed it already
open(f"/proc/{os.getpid()}/environ", "rb").close()
close_memory()
try:
    open(f"/proc/{os.getpid()}/environ", "rb").close()
except PermissionError:
    print("environment closed")
photo, _ = open_photo(os.fsencode(sys.argv[1]), os.fsencode(os.path.dirname(sys.argv[1])))
print(photo.read(), first_hole(photo), file_system(b"/proc"))
"""


def test_photos_are_opened_and_the_environment_is_not() -> None:
    """As an ordinary user: what is closed to others of the same user must stay open to the service itself."""
    with tempfile.TemporaryDirectory(prefix="folder-sync-") as folder:  # tmp_path's parents are closed to that user
        Path(folder).chmod(0o755)
        photo = Path(folder, "a.jpg")
        photo.write_bytes(b"a photo")
        done = subprocess.run(
            [sys.executable, "-c", LOOK, str(photo)], capture_output=True, text=True, check=False, env=environment()
        )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == ["environment closed", "b'a photo' None proc"]


def test_no_option_takes_a_key_where_every_user_sees_it() -> None:
    """Arguments are shown to everybody (``ps``). The sandbox's key is made up and opens nothing else."""
    from folder_sync.cli import cli

    context = cli.make_context("folder-sync", ["--help"], resilient_parsing=True)
    taking = set()
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        assert command is not None
        taking |= {(name, option) for parameter in command.params for option in parameter.opts if "key" in option}
    assert taking == {("init", "--key-file"), ("sandbox", "--key")}


def test_a_stolen_database_holds_no_key_and_no_photo(studio: Studio) -> None:
    """Names, titles, digests and image ids are in it, and that is all."""
    photo = studio.export(f"{GTIN}__front.jpg")
    data = photo.read_bytes()
    assert studio.command("sync").returncode == 0
    with closing(sqlite3.connect(studio.database)) as stolen:
        dump = "\n".join(stolen.iterdump())
    assert "front" in dump
    assert json.dumps(studio.sandbox.key) not in dump
    assert studio.sandbox.key[4:20] not in dump
    assert data[200:240] not in studio.database.read_bytes()
