"""Telling systemd, over a real datagram socket."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from folder_sync.service.systemd import SystemdNotifier
from tests.support.waiting import PATIENCE_SECONDS


@pytest.fixture
def receiver() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.settimeout(PATIENCE_SECONDS)
        yield receiver


def test_a_path(receiver: socket.socket, tmp_path: Path) -> None:
    receiver.bind(str(tmp_path / "notify"))
    SystemdNotifier({"NOTIFY_SOCKET": str(tmp_path / "notify")}).tell(READY=1, STATUS="3 queued – Größe")
    assert receiver.recv(4096).decode() == "READY=1\nSTATUS=3 queued – Größe"


def test_an_abstract_address(receiver: socket.socket) -> None:
    name = f"folder-sync-test-{os.getpid()}"
    receiver.bind(f"\0{name}")
    SystemdNotifier({"NOTIFY_SOCKET": f"@{name}"}).tell(STOPPING=1)
    assert receiver.recv(4096) == b"STOPPING=1"


def test_nobody_listens(tmp_path: Path) -> None:
    SystemdNotifier({"NOTIFY_SOCKET": str(tmp_path / "nobody")}).tell(READY=1)
    SystemdNotifier({}).tell(READY=1)


def test_one_that_takes_no_messages_is_not_waited_for(receiver: socket.socket, tmp_path: Path) -> None:
    """Signals are heard on the thread that tells: the service could not even be stopped."""
    receiver.bind(str(tmp_path / "notify"))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.settimeout(0)
        with suppress(BlockingIOError):
            while True:
                sender.sendto(b"x", str(tmp_path / "notify"))
    SystemdNotifier({"NOTIFY_SOCKET": str(tmp_path / "notify")}).tell(WATCHDOG=1)


@pytest.mark.parametrize(
    ("environ", "seconds"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, None),  # meant for another process
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_the_watchdog(environ: dict[str, str], seconds: float | None) -> None:
    assert SystemdNotifier(environ).watchdog_seconds == seconds
