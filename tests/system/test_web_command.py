"""``folder-sync web`` as a process: one port, and it ends when it is told to."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys

import httpx
import pytest

from tests.support.processes import not_outliving
from tests.support.studio import Studio
from tests.support.waiting import PATIENCE_SECONDS


@pytest.mark.parametrize(("ending", "code"), [(signal.SIGTERM, -signal.SIGTERM), (signal.SIGINT, 0)])
def test_it_says_where_answers_and_ends_quietly_before_a_listener(
    studio: Studio, ending: signal.Signals, code: int
) -> None:
    studio.configure(web={"port": 0})
    command = [sys.executable, "-m", "folder_sync", "--config", str(studio.config), "web"]
    environment = studio.environment(PYTHONUNBUFFERED="1")
    with not_outliving(
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        address = line.removeprefix("The page is at ").partition(" ")[0]
        with (
            httpx.Client(base_url=address, timeout=PATIENCE_SECONDS, trust_env=False) as http,
            http.stream("GET", "/events") as events,
        ):
            assert http.get("/livez").text == "ok\n", line
            process.send_signal(ending)
            assert b"".join(events.iter_bytes()).startswith(b"retry: 3000\n\n")  # to its proper end
        _, said = process.communicate(timeout=PATIENCE_SECONDS)
    assert (process.returncode, said) == (code, "")


@pytest.mark.parametrize(
    ("web", "code", "said"),
    [
        ({"host": "0.0.0.0"}, 78, "would be open to everybody"),
        ({"certificate_file": "/none"}, 78, "one half of a certificate"),
        ({"certificate_file": "/none", "certificate_key_file": "/none"}, 78, "can't be used: No such file"),
        ({"certificate_file": __file__, "certificate_key_file": __file__}, 78, "it or its key is no PEM file"),
    ],
)
def test_what_it_refuses_to_start_with(studio: Studio, web: dict[str, object], code: int, said: str) -> None:
    studio.configure(web=web)
    done = studio.command("web")
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_host_that_is_another_machine(studio: Studio) -> None:
    """The advice was another port."""
    studio.configure(web={"host": "192.0.2.1", "port": 8765, "password_file": "page.password"})
    (studio.home / "page.password").write_text("a long password\n")
    (studio.home / "page.password").chmod(0o600)
    done = studio.command("web")
    assert done.returncode == 1
    assert "[web] host has to be a name or an address of this machine." in " ".join(done.stderr.split())


def test_a_port_that_is_taken(studio: Studio) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        studio.configure(web={"port": taken.getsockname()[1]})
        done = studio.command("web")
    assert done.returncode == 1
    assert "can't be used: Address already in use" in done.stderr
    assert "Choose another with [web] port" in done.stderr
