"""The story that `demo` tells: a studio's folder, the service and the page as processes of their own, the sandbox."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Final, Self

from folder_sync.errors import FolderSyncError
from folder_sync.photo import State
from folder_sync.sandbox.samples import WAITING_GTIN, Sample, make_other_samples, make_samples, products
from folder_sync.sandbox.serving import running_sandbox
from folder_sync.store.opening import store_at
from folder_sync.store.photo_list import Listed, PhotoList

_WAIT_SECONDS: Final = 45.0

_CONFIGURATION: Final = """\
[accounts.main]
base_url = "{url}"

[[watch]]
path = "{folder}"
names = ["house", "gs1", "folder", "{{sku}}_{{shot}}"]

[catalogue]
products_file = "products.csv"

[[shots]]
name = "Front of package"
codes = ["MAIN"]
primary = true

[intake]
settle_seconds = 0.3
incomplete_seconds = 2.0

[quality]
min_pixels = 400  # the samples are drawn small

[convert]
formats = ["tiff"]

[delivery]
confirm_after_seconds = 1.0

[store]
url = "sqlite:///{database}"

[web]
port = 0

[log]
format = "json"
"""


class Demo:
    """Makes everything it needs in a folder that it removes again. ``say`` prints a line for the audience.

    ``folder``: where photos are dropped; ``page``: the address of the page. Both work until the end of the block.
    """

    def __init__(self, say: Callable[[str], object]) -> None:
        self._say = say
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="folder-sync-demo-")))
            self._sandbox = stack.enter_context(running_sandbox())
            self.folder = self._home / "export"
            self.folder.mkdir()
            self._database = self._home / "folder-sync.db"
            self._write_configuration()
            self._process = self._start("run")
            stack.callback(_stop, self._process)
            web = self._start("web")
            stack.callback(_stop, web)
            self.page = self._address(web)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def play(self) -> list[Listed]:
        """From an empty folder to image ids. Returns what became of every photo."""
        self._say(f"A stand-in for the Closient API answers at {self._sandbox.url}. Nothing leaves this machine.")
        self._say(f"The service (process {self._process.pid}) watches {self.folder}.")
        self._say(f"The page, a process of its own, is at {self.page}\n")
        staging = self._home / "studio"
        staging.mkdir()
        samples = make_samples(staging)
        others = make_other_samples(staging)
        self._sandbox.unknown_product(WAITING_GTIN)
        self._say(f"The photographer exports {len(samples)} photos; some are wrong on purpose:")
        for sample in samples:
            self._say(f"  {sample.name}")
        self._say(
            "And some as other studios have them: named after GS1, by a folder, by an article number, and a TIFF:"
        )
        for sample in others:
            self._say(f"  {sample.name}")
        samples += others
        # The answer to one upload is lost after the photo was stored: the service must not send it twice.
        self._sandbox.faults.add("drop_after_store", method="POST")
        for sample in samples:
            (self.folder / sample.name).parent.mkdir(exist_ok=True)
            shutil.copyfile(staging / sample.name, self.folder / sample.name)
        self._say(
            "\nThe connection breaks right after the server has stored one of them; the service asks, and adopts it."
        )
        records = self._settled(samples)
        stored = self._sandbox.ledger.stored
        self._say(f"The catalogue now holds {len(stored)} images; every photo is there once.")
        return records

    def _settled(self, samples: list[Sample]) -> list[Listed]:
        deadline = time.monotonic() + _WAIT_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise FolderSyncError("The service ended early.", self._last_words())
            records = self._records()
            open_ = {State.QUEUED, State.UPLOADING, State.UNCONFIRMED}
            if len(records) == len(samples) and not any(photo.record.state in open_ for photo in records):
                return records
            time.sleep(0.1)
        raise FolderSyncError(f"After {_WAIT_SECONDS:g} seconds the photos are not through.", self._last_words())

    def _records(self) -> list[Listed]:
        if not self._database.exists():
            return []
        database = store_at(self._database).open(read_only=True)
        try:
            return list(PhotoList(database).photos())
        finally:
            database.close()

    def _write_configuration(self) -> None:
        (self._home / "products.csv").write_text(products(), encoding="utf-8")
        self._config = self._home / "config.toml"
        self._config.write_text(
            _CONFIGURATION.format(url=self._sandbox.url, folder=self.folder, database=self._database), encoding="utf-8"
        )

    def _start(self, command: str) -> subprocess.Popen[bytes]:
        ours = {name: value for name, value in os.environ.items() if not name.upper().startswith("FOLDER_SYNC_")}
        with (self._home / "log").open("ab") as log:
            return subprocess.Popen(  # noqa: S603 -- ourselves
                [sys.executable, "-m", "folder_sync", "--config", str(self._config), command],
                env={**ours, "FOLDER_SYNC_ACCOUNTS__MAIN__KEY": self._sandbox.key, "PYTHONUNBUFFERED": "1"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if command == "web" else None,
                stderr=log,
            )

    def _address(self, web: subprocess.Popen[bytes]) -> str:
        """As it says itself, once it has the port."""
        line = web.stdout.readline().decode() if web.stdout is not None else ""
        found = re.search(r"https?://\S+", line)
        if found is None:
            raise FolderSyncError("The page did not start.", self._last_words())
        return found[0]

    def _last_words(self) -> str:
        lines = (self._home / "log").read_text("utf-8", "replace").splitlines()
        return lines[-1] if lines else ""


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
