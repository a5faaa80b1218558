"""``python -m folder_sync.messages.sender``: one message to one target, in a process of its own.

Apprise and its 150 services know no time-out that holds for all of them, keep threads that a program waits for when it
ends, log addresses with their secrets, and take 40 MB. A process can be ended, and takes all of that with it.

Reads ``{"url", "message": {"subject", "body", "severity"} | null, "seconds"}`` as JSON from standard input (arguments
can be read by everybody on the machine) and writes ``{"address", "problem"}``. Without a message it only looks at the
address.
"""

from __future__ import annotations

import json
import logging
import os
import re
import signal
import sys
from typing import Any, Final, TextIO
from urllib.parse import unquote, urlsplit

import apprise

LONGEST_PROBLEM: Final = 200
SHORTEST_SECRET: Final = 4
"""Parts of an address with fewer characters are not taken for secrets: what is left of a sentence must be readable."""

NOT_UNDERSTOOD: Final = (
    "Apprise does not understand this address. Compare it with the page of this service in Apprise's wiki."
)


class _Said(logging.Handler):
    """What Apprise says about a failure; it has no other way of giving the reason."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def send(url: str, message: dict[str, Any] | None) -> dict[str, str]:
    """What ``messages.message.SendResult`` is made of."""
    said = _Said()
    logger = logging.getLogger("apprise")
    logger.addHandler(said)
    logger.propagate = False
    asset = apprise.AppriseAsset(app_id="folder-sync", app_desc="folder-sync", app_url="", storage_mode="memory")
    target = apprise.Apprise.instantiate(url, asset=asset)
    if target is None:
        return {"address": _scheme(url), "problem": NOT_UNDERSTOOD}
    address = _without_path(target.url(privacy=True))  # type: ignore[no-untyped-call]  # Apprise leaves it untyped
    if message is None:
        return {"address": address, "problem": ""}
    if "overflow=" not in url:
        target.overflow_mode = apprise.OverflowMode.SPLIT  # else a service with short messages refuses a long one
    went = apprise.Apprise(target, asset=asset).notify(
        body=message["body"],
        title=message["subject"],
        notify_type=message["severity"],
        body_format=apprise.NotifyFormat.TEXT,
    )
    return {"address": address, "problem": "" if went else _problem(said.lines, url)}


def _scheme(url: str) -> str:
    return f"{url.partition('://')[0]}://"


def _without_path(private: str) -> str:
    """Apprise masks the passwords that it knows of; a token in the path of a web hook is just a path to it."""
    parts = urlsplit(private)
    return f"{parts.scheme}://{parts.netloc}{'/…' if parts.path.strip('/') else ''}"


def _problem(said: list[str], url: str) -> str:
    """The first thing that Apprise said, without any part of the address."""
    text = " ".join((said or ["The target did not take it."])[0].split())
    written = re.split(r"[/:@?&=,+;\s]+", url.partition("://")[2])
    parts = {*written, *map(unquote, written)}
    for part in sorted(parts, key=len, reverse=True):
        if len(part) >= SHORTEST_SECRET:
            text = text.replace(part, "***")
    return text[:LONGEST_PROBLEM]


def main(stdin: TextIO, stdout: TextIO) -> None:
    order = json.load(stdin)
    # Should the service be killed meanwhile, nobody else ends this process.
    signal.alarm(int(order["seconds"]) + 10)
    json.dump(send(order["url"], order["message"]), stdout)
    stdout.flush()


if __name__ == "__main__":
    main(sys.stdin, sys.stdout)
    os._exit(0)  # Apprise's threads may still wait for a service that gave up on us
