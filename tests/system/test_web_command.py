"""``folder-sync web`` as a process: one port, and it ends when it is told to."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys

import httpx
import pytest

from tests.support.studio import Studio
from tests.support.waiting import wait_for


def test_it_answers_says_where_and_ends_quietly(studio: Studio) -> None:
    studio.configure(web={"port": 0})
    command = [sys.executable, "-m", "folder_sync", "--config", str(studio.config), "web"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=studio.environment(PYTHONUNBUFFERED="1")
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        address = line.removeprefix("The page is at ").partition(" ")[0]

        def answers() -> bool:
            try:
                return httpx.get(f"{address}livez", trust_env=False).text == "ok\n"
            except httpx.ConnectError:
                return False

        wait_for(answers, f"{line!r} answers")
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=60)
    assert process.returncode in (0, -signal.SIGTERM)
    assert said == ""


@pytest.mark.parametrize(
    ("web", "code", "said"),
    [
        ({"host": "0.0.0.0"}, 78, "would be open to everybody"),
        ({"certificate_file": "/none"}, 78, "one half of a certificate"),
        ({"certificate_file": "/none", "certificate_key_file": "/none"}, 78, "can't be used: No such file"),
    ],
)
def test_what_it_refuses_to_start_with(studio: Studio, web: dict[str, object], code: int, said: str) -> None:
    studio.configure(web=web)
    done = studio.command("web")
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_that_is_taken(studio: Studio) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        studio.configure(web={"port": taken.getsockname()[1]})
        done = studio.command("web")
    assert done.returncode == 1
    assert "can't be had: Address already in use" in done.stderr
