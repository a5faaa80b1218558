"""Starting and stopping the sandbox, in a thread and as a command."""

from __future__ import annotations

import gc
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from folder_sync.cli.sandbox import sandbox as command
from folder_sync.photo import Format
from folder_sync.sandbox.codes import is_key, make_key
from folder_sync.sandbox.drawing import photo_bytes
from folder_sync.sandbox.serving import running_sandbox
from tests.support.processes import not_outliving
from tests.support.waiting import PATIENCE_SECONDS


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def test_it_listens_on_loopback_only() -> None:
    with running_sandbox() as sandbox:
        port = int(sandbox.url.removeprefix("http://127.0.0.1:"))
        listening = f":{port:04X} 00000000:0000 0A"
        lines = [line for line in Path("/proc/net/tcp").read_text().splitlines() if listening in line]
        assert [line.split()[1].partition(":")[0] for line in lines] == ["0100007F"]
        assert f":{port:04X} " not in Path("/proc/net/tcp6").read_text()


def test_after_it_nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with running_sandbox():
        pass  # what imports and caches open stays open
    before = descriptors()
    with running_sandbox() as sandbox:
        sandbox.put_image("00012345678905", photo_bytes(Format.SVG))
        assert [path.is_dir() for path in tmp_path.iterdir()] == [True]
        httpx.get(f"{sandbox.url}/_sandbox/state")
    assert list(tmp_path.iterdir()) == []
    assert "sandbox" not in [thread.name for thread in threading.enumerate()]
    assert descriptors() == before
    with pytest.raises(httpx.ConnectError):
        httpx.get(sandbox.url)


def test_stopping_breaks_off_what_is_in_flight() -> None:
    outcome: list[BaseException] = []

    def stalled() -> None:
        try:
            httpx.get(f"{sandbox.url}/account/api/v1/whoami", timeout=PATIENCE_SECONDS)
        except httpx.HTTPError as exc:
            outcome.append(exc)

    with running_sandbox() as sandbox, httpx.Client(base_url=sandbox.url) as idle:
        idle.get("/_sandbox/state")
        sandbox.faults.add("stall", seconds=3600, route="whoami")
        client = threading.Thread(target=stalled)
        client.start()
        while sandbox.faults.pending:
            time.sleep(0.001)
    client.join(PATIENCE_SECONDS)
    assert [type(exc) for exc in outcome] == [httpx.RemoteProtocolError]


def test_several_run_side_by_side() -> None:
    with running_sandbox() as first, running_sandbox() as second:
        assert first.url != second.url
        assert first.key != second.key
        answer = httpx.get(f"{second.url}/account/api/v1/whoami", headers={"X-API-Key": first.key})
        assert answer.status_code == 401


def test_an_error_in_the_block_still_stops_it() -> None:
    with pytest.raises(ZeroDivisionError), running_sandbox() as sandbox:
        _ = 1 / 0
    with pytest.raises(httpx.ConnectError):
        httpx.get(sandbox.url)


def test_a_taken_port_is_an_error_at_once() -> None:
    with (
        running_sandbox() as sandbox,
        pytest.raises(OSError, match="in use"),
        running_sandbox(port=int(sandbox.url.rpartition(":")[2])),
    ):
        raise AssertionError


@contextmanager
def running_command(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The command as a process, and what it says before it falls silent."""
    code = "from folder_sync.cli.sandbox import sandbox; sandbox()"
    command = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", code, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with not_outliving(command) as process:
        assert process.stdout is not None
        said = ""
        while "folder-sync --config" not in said:
            line = process.stdout.readline()
            assert line, said
            said += line
        yield process, said


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_the_command_says_how_to_use_it_and_ends_with_0(ending: signal.Signals) -> None:
    with running_command("--port", "0") as (process, said):
        (key,) = re.findall(r"echo (\S+) > main\.key", said)
        (url,) = re.findall(r'base_url = "(.+)"', said)
        assert is_key(key)
        body = httpx.get(f"{url}/account/api/v1/whoami", headers={"X-API-Key": key}).json()
        (organization_id,) = [organization["id"] for organization in body["organizations"]]
        bad_form = httpx.post(
            f"{url}/dashboard/api/v1/trade-items/{organization_id}/00012345678905/images",
            content=b"--x",
            headers={"X-API-Key": key, "Content-Type": "multipart/form-data; boundary=b"},
        )
        assert bad_form.status_code == 400
        process.send_signal(ending)
        rest, _ = process.communicate(timeout=PATIENCE_SECONDS)
        assert (process.returncode, rest) == (0, "")


def test_the_command_takes_port_and_key() -> None:
    key = make_key()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with running_command("--port", str(port), "--key", key) as (process, said):
        assert f"echo {key} > main.key" in said
        assert f"http://127.0.0.1:{port}" in said
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE_SECONDS)
        assert process.returncode == 0


def test_the_command_refuses_a_malformed_key() -> None:
    outcome = CliRunner().invoke(command, ["--key", "secret"])
    assert outcome.exit_code == 2
    assert "--key" in outcome.output
    assert "Leave it out" in outcome.output


def test_the_command_names_a_taken_port() -> None:
    with running_sandbox() as sandbox:
        port = sandbox.url.rpartition(":")[2]
        outcome = CliRunner().invoke(command, ["--port", port])
    assert outcome.exit_code == 1
    assert outcome.output == f"Error: Can't use port {port}: Address already in use. Choose another with --port.\n"


def test_the_command_names_the_extra_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "folder_sync.sandbox.serving")
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    outcome = CliRunner().invoke(command, [])
    assert outcome.exit_code == 1
    assert outcome.output == "Error: The sandbox needs the web extra: pip install 'folder-sync[web]'\n"


def test_the_command_is_light_to_import() -> None:
    code = "import sys, folder_sync.cli.sandbox; print([m for m in sys.modules if m.split('.')[0] in %r])"
    heavy = ("starlette", "uvicorn", "PIL", "asyncio", "python_multipart")
    done = subprocess.run([sys.executable, "-c", code % (heavy,)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_connection_that_is_made_as_it_ends_is_closed_too() -> None:
    unraisable: list[object] = []
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sys, "unraisablehook", lambda told: unraisable.append(told.exc_value))
        for _ in range(20):
            with running_sandbox() as sandbox:
                address = httpx.URL(sandbox.url)
                clients = [
                    socket.create_connection((address.host, address.port or 0), PATIENCE_SECONDS) for _ in range(3)
                ]
            for client in clients:
                with client, suppress(ConnectionResetError):
                    assert client.recv(1) == b""
        gc.collect()
    assert unraisable == []
