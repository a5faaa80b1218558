"""``python -m benchmarks.quota [--minutes 10] [--rival] [--machines N]``: how much of a quota is used, and how often it
is overrun.

The service works through a backlog that never ends against a sandbox with a small window, counted both ways that a
server may count. With ``--rival`` a second client asks whoami once a second on the same key. With ``--machines`` so
many services share the key, each with a backlog of its own, on one PostgreSQL database that flushes its commits, and
the window is the real one. The first window, in which a burst is right, is left out of the share, and the second where
several services start.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx

from folder_sync.photo import Format
from folder_sync.sandbox.drawing import photo_bytes
from folder_sync.sandbox.quota import Algorithm
from folder_sync.sandbox.samples import gtin
from folder_sync.sandbox.serving import running_sandbox
from folder_sync.sandbox.state import Sandbox
from tests.support.postgres import Server, new_schema, place_of

SMALL: Final = 30, 10
REAL: Final = 300, 60
"""Requests, and seconds."""

_CONFIGURATION: Final = """\
[accounts.main]
base_url = "{url}"
organization_id = "{organization}"
[[watch]]
path = "{folder}"
[store]
url = "{store}"
machine = "{machine}"
[log]
level = "error"
"""


def measure(algorithm: Algorithm, minutes: float, *, rival: bool, machines: int) -> str:
    limit, window = REAL if machines else SMALL
    limits = ((limit, window), (1_000_000, 86_400))
    with (
        tempfile.TemporaryDirectory() as home,
        running_sandbox(limits=limits, algorithm=algorithm) as sandbox,
        _stores(Path(home), machines) as stores,
    ):
        photos = int((minutes * 60 / window + 3) * limit * 1.1)
        processes = [
            _start(Path(home) / str(number), number, photos // len(stores), store, sandbox)
            for number, store in enumerate(stores)
        ]
        stop = threading.Event()
        other = threading.Thread(target=_ask, args=(sandbox, stop))
        while not sandbox.ledger.calls:
            time.sleep(0.01)
        if rival:
            other.start()
        time.sleep((2 if machines else 1) * window)  # several services don't start at once
        first = len(sandbox.ledger.calls)
        began = time.monotonic()
        time.sleep(minutes * 60)
        seconds = time.monotonic() - began
        calls = sandbox.ledger.calls[first:]
        stop.set()
        for process in processes:
            process.send_signal(signal.SIGTERM)
        for process in processes:
            process.wait()
        if rival:
            other.join()
    sent = Counter(call.path.split("/950")[1][0] for call in calls if "/950" in call.path)
    least = f", {min(sent.values()) / sum(sent.values()):.0%} by the least" if machines else ""
    taken = sum(call.status != 429 for call in calls)
    ours = sum(call.status == 429 and "whoami" not in call.path for call in sandbox.ledger.calls)
    others = sum(call.status == 429 and "whoami" in call.path for call in sandbox.ledger.calls)
    share = taken / (limit / window * seconds)
    company = f"{machines or 'one'} service{'s' if machines > 1 else ''}{' and a second client' if rival else ''}"
    return (
        f"{algorithm:8} {company:30} {len(calls):5} requests in {seconds:4.0f} s:"
        f" {share:6.1%} of the quota{least}, {ours} of ours and {others} whoamis refused"
    )


@contextmanager
def _stores(home: Path, machines: int) -> Iterator[list[str]]:
    """An address for each service."""
    if not machines:
        yield [f"sqlite:///{home}/folder-sync.db"]
        return
    server = Server(flushes=True)
    try:
        with new_schema(server) as store:
            yield [place_of(store).url] * machines
    finally:
        server.stop()


def _start(home: Path, number: int, photos: int, store: str, sandbox: Sandbox) -> subprocess.Popen[bytes]:
    """A service with so many photos, which no other has."""
    folder = home / "export"
    folder.mkdir(parents=True)
    photo = photo_bytes(Format.JPEG, seed=number)
    for one in range(photos):
        (folder / f"{gtin(f'950{number}{one:09d}')}__x.jpg").write_bytes(photo)
    config = home / "config.toml"
    config.write_text(
        _CONFIGURATION.format(
            url=sandbox.url,
            organization=sandbox.organization_id,
            folder=folder,
            store=store,
            machine=f"set-{number}",
        )
    )
    environ = {
        **os.environ,
        "FOLDER_SYNC_ACCOUNTS__MAIN__KEY": sandbox.key,
        "STATE_DIRECTORY": str(home / "state"),
    }
    return subprocess.Popen([sys.executable, "-m", "folder_sync", "--config", str(config), "run"], env=environ)


def _ask(sandbox: Sandbox, stop: threading.Event) -> None:
    with httpx.Client(headers={"X-API-Key": sandbox.key}) as client:
        while not stop.wait(1.0):
            client.get(f"{sandbox.url}/account/api/v1/whoami")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quota", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--rival", action="store_true", help="a second client uses the key")
    parser.add_argument("--machines", type=int, default=0, help="so many services on PostgreSQL share it")
    options = parser.parse_args()
    algorithms: tuple[Algorithm, ...] = ("fixed", "sliding")
    with ThreadPoolExecutor() as pool:
        measured = pool.map(
            lambda each: measure(each, options.minutes, rival=options.rival, machines=options.machines), algorithms
        )
        for line in measured:
            print(line)


if __name__ == "__main__":
    main()
