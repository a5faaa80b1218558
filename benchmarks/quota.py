"""``python -m benchmarks.quota [--minutes 10] [--rival]``: how much of a quota is used, and how often it is overrun.

The service works through a backlog that never ends against a sandbox with a small window, counted both ways that a
server may count. With ``--rival`` a second client asks whoami once a second on the same key. The first window, in
which a burst is right, is left out of the share.
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
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import httpx

from folder_sync.photo import Format
from folder_sync.sandbox.drawing import photo_bytes
from folder_sync.sandbox.quota import Algorithm
from folder_sync.sandbox.samples import gtin
from folder_sync.sandbox.serving import running_sandbox
from folder_sync.sandbox.state import Sandbox

LIMIT: Final = 30
WINDOW_SECONDS: Final = 10
_CONFIGURATION: Final = """\
[accounts.main]
base_url = "{url}"
organization_id = "{organization}"
[[watch]]
path = "{folder}"
[store]
url = "sqlite:///{home}/folder-sync.db"
[log]
level = "error"
"""


def measure(algorithm: Algorithm, minutes: float, *, rival: bool) -> str:
    limits = ((LIMIT, WINDOW_SECONDS), (1_000_000, 86_400))
    with tempfile.TemporaryDirectory() as home, running_sandbox(limits=limits, algorithm=algorithm) as sandbox:
        folder = Path(home) / "export"
        folder.mkdir()
        photo = photo_bytes(Format.JPEG, seed=1)
        for number in range(int(minutes * 60 * LIMIT / WINDOW_SECONDS * 1.1) + 2 * LIMIT):
            (folder / f"{gtin(f'952{number:010d}')}__x.jpg").write_bytes(photo)
        process = _start(Path(home), folder, sandbox)
        stop = threading.Event()
        other = threading.Thread(target=_ask, args=(sandbox, stop))
        while not sandbox.ledger.calls:
            time.sleep(0.01)
        if rival:
            other.start()
        time.sleep(WINDOW_SECONDS)
        first = len(sandbox.ledger.calls)
        began = time.monotonic()
        time.sleep(minutes * 60)
        seconds = time.monotonic() - began
        calls = sandbox.ledger.calls[first:]
        stop.set()
        process.send_signal(signal.SIGTERM)
        process.wait()
        if rival:
            other.join()
    taken = sum(call.status != 429 for call in calls)
    ours = sum(call.status == 429 and "whoami" not in call.path for call in calls)
    others = sum(call.status == 429 and "whoami" in call.path for call in calls)
    share = taken / (LIMIT / WINDOW_SECONDS * seconds)
    company = "beside a second client" if rival else "alone"
    return (
        f"{algorithm:8} {company:22} {len(calls):5} requests in {seconds:4.0f} s:"
        f" {share:6.1%} of the quota, {ours} of ours and {others} of theirs refused"
    )


def _start(home: Path, folder: Path, sandbox: Sandbox) -> subprocess.Popen[bytes]:
    config = home / "config.toml"
    config.write_text(
        _CONFIGURATION.format(url=sandbox.url, organization=sandbox.organization_id, folder=folder, home=home)
    )
    environ = {**os.environ, "FOLDER_SYNC_ACCOUNTS__MAIN__KEY": sandbox.key}
    return subprocess.Popen([sys.executable, "-m", "folder_sync", "--config", str(config), "run"], env=environ)


def _ask(sandbox: Sandbox, stop: threading.Event) -> None:
    with httpx.Client(headers={"X-API-Key": sandbox.key}) as client:
        while not stop.wait(1.0):
            client.get(f"{sandbox.url}/account/api/v1/whoami")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quota", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--rival", action="store_true", help="a second client uses the key")
    options = parser.parse_args()
    algorithms: tuple[Algorithm, ...] = ("fixed", "sliding")
    with ThreadPoolExecutor() as pool:
        for line in pool.map(lambda each: measure(each, options.minutes, rival=options.rival), algorithms):
            print(line)


if __name__ == "__main__":
    main()
