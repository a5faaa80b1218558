"""Tells systemd how the service is doing (sd_notify(3)): a datagram to the socket it named, if it named one."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from typing import Final

PATIENCE_SECONDS: Final = 1.0
"""How long to wait while systemd takes no messages: its queue is short, and this thread also hears signals."""


class SystemdNotifier:
    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        name = environ.get("NOTIFY_SOCKET", "")
        # A leading @ stands for the zero byte of an abstract address.
        self._address = "\0" + name[1:] if name.startswith("@") else name
        microseconds = environ.get("WATCHDOG_USEC", "")
        ours = environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        self.watchdog_seconds = int(microseconds) / 1e6 if ours and microseconds.isdigit() else None
        """How long systemd waits for a sign of life; None where it does not ask for one."""

    @property
    def listens(self) -> bool:
        """Whether systemd listens."""
        return self._address != ""

    def tell(self, **fields: str | int) -> None:
        """``tell(READY=1, STATUS="…")``. A message that can't be delivered is not worth stopping for."""
        if not self._address:
            return
        message = "\n".join(f"{name}={value}" for name, value in fields.items()).encode()
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
                sender.settimeout(PATIENCE_SECONDS)
                sender.sendto(message, self._address)
        except OSError:
            pass
