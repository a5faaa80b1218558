"""Sends each message from a child process, so that a target that hangs can be ended."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Final

from folder_sync.messages.message import Message, SendResult

SEND_SECONDS: Final = 30.0
"""How long a target may take with one message. Mail servers that greet slowly on purpose take ten and more."""

MISSING_EXTRA: Final = "Messages need the notify extra: pip install 'folder-sync[notify]'"


def is_installed() -> bool:
    """Whether Apprise is there, without importing it."""
    return importlib.util.find_spec("apprise") is not None


@dataclass(frozen=True, slots=True)
class Target:
    """One of ``notify.urls``. ``name``: its place and scheme (``1 mailto``), which are no secret."""

    name: str
    url: str = field(repr=False)


def targets(urls: Sequence[str]) -> list[Target]:
    return [Target(f"{number} {url.partition('://')[0]}", url) for number, url in enumerate(urls, start=1)]


class SenderProcess:
    """For one thread; ``stop`` is for others."""

    def __init__(self, seconds: float = SEND_SECONDS, environ: Mapping[str, str] = os.environ) -> None:
        self._seconds = seconds
        # The sender needs proxies and certificates from the environment, but neither our keys nor systemd's socket.
        self._environ = {
            name: value
            for name, value in environ.items()
            if not name.startswith("FOLDER_SYNC_") and name not in ("NOTIFY_SOCKET", "CREDENTIALS_DIRECTORY")
        }
        self._lock = threading.Lock()
        self._sender: subprocess.Popen[str] | None = None
        self.stopped = False

    def send(self, url: str, message: Message | None) -> SendResult:
        """``message`` None: only look whether the address can be right. Never raises for what a target does."""
        order = {"url": url, "message": asdict(message) if message else None, "seconds": self._seconds}
        with self._lock:
            if self.stopped:
                return SendResult(_scheme(url), "The service is stopping.")
            try:
                self._sender = sender = self._start()
            except OSError as error:
                return SendResult(_scheme(url), f"No process can be started: {error.strerror}.")
        try:
            answer, _ = sender.communicate(json.dumps(order), timeout=self._seconds)
        except subprocess.TimeoutExpired:
            sender.kill()
            sender.communicate()
            return SendResult(_scheme(url), f"The target did not take it within {self._seconds:g} seconds.")
        try:
            found = json.loads(answer)
            return SendResult(str(found["address"]), str(found["problem"]))
        except (ValueError, KeyError, TypeError):
            return SendResult(_scheme(url), f"The process that sends it ended without a word ({sender.returncode}).")

    def stop(self) -> None:
        """What is being sent is broken off; nothing is sent any more."""
        with self._lock:
            self.stopped = True
            if self._sender is not None:
                self._sender.kill()

    def _start(self) -> subprocess.Popen[str]:
        # What Apprise and its services print may hold addresses with their secrets: nobody is to read it.
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "folder_sync.messages.sender"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            env=self._environ,
        )


def _scheme(url: str) -> str:
    """All of an address that is surely no secret."""
    return f"{url.partition('://')[0]}://"
