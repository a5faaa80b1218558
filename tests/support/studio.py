"""A studio to try the program in: a folder for photos, a configuration, a database, and a sandbox to send to.

Photos are drawn anew for every name, so no two names have the same bytes unless a test wants it. What the program
knows is read as any other process would read it: from its database.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final
from zlib import crc32

from folder_sync.app.timings import Timings
from folder_sync.photo import Record, State
from folder_sync.sandbox.drawing import jpeg_of_size
from folder_sync.sandbox.state import Sandbox
from folder_sync.settings import Settings, load
from folder_sync.store.opening import store_at
from folder_sync.store.photo_queries import PhotoQueries
from folder_sync.store.ports import Database, Store
from tests.support.environment import without
from tests.support.waiting import PATIENCE_SECONDS, wait_for

GTIN: Final = "00012345678905"
OTHER: Final = "09521234500018"
THIRD: Final = "09521234500025"

KEY_VARIABLE: Final = "FOLDER_SYNC_ACCOUNTS__MAIN__KEY"
UNSETTLED: Final = frozenset({State.QUEUED, State.UPLOADING, State.UNCONFIRMED})

_QUICK: Final[Mapping[str, Mapping[str, object]]] = {
    "intake": {"settle_seconds": 0.1, "incomplete_seconds": 1.0},
    "delivery": {
        "read_seconds": 30.0,
        "retry_base_seconds": 0.1,
        "retry_max_seconds": 0.4,
        "confirm_after_seconds": 0.1,
        "recheck_seconds": 0.3,
    },
    "quality": {"small": "off"},  # what is drawn for tests is
    "log": {"level": "debug", "format": "json"},
}


def photo_data(seed: str, size: int = 9_000) -> bytes:
    """A valid JPEG; another seed gives other bytes."""
    return jpeg_of_size(size, seed=crc32(seed.encode()))


@dataclass(frozen=True, slots=True)
class Place:
    """Where records are kept: as the tests open them, and as a configuration names it."""

    store: Store
    url: str


class Studio:
    """``home`` is a temporary folder; nothing outside it is touched. ``place``: of the records, else a file there.

    ``timings``: of services in the test's own process.
    """

    def __init__(self, home: Path, sandbox: Sandbox, place: Place | None = None) -> None:
        self.home = home
        self.sandbox = sandbox
        self.folder = home / "export"
        self.database = home / "state" / "folder-sync.db"
        self.place = place or Place(store_at(self.database), f"sqlite:///{self.database}")
        self.config = home / "config.toml"
        self.key_file = home / "key"
        self.log = home / "log"
        self.timings = Timings(housekeeping_ticks=0.2)
        self.folder.mkdir()
        self.key_file.write_text(sandbox.key)
        self.key_file.chmod(0o600)
        self.configure()

    # What it is set up with:

    def configure(self, account: str = "", watch: str = "", **tables: Mapping[str, object]) -> None:
        """Write the configuration: quick, changed by ``tables``; ``account`` and ``watch`` are lines of TOML."""
        lines = [
            "[accounts.main]",
            f'base_url = "{self.sandbox.url}"',
            f'key_file = "{self.key_file}"',
            account,
            "[[watch]]",
            f'path = "{self.folder}"',
            watch,
            "[store]",
            f'url = "{self.place.url}"',
            f'machine = "{self.place.store.watcher}"',
        ]
        for name in {**_QUICK, **tables}:
            lines.append(f"[{name}]")
            values = {**_QUICK.get(name, {}), **tables.get(name, {})}
            lines += [f"{key} = {_toml(value)}" for key, value in values.items()]
        self.config.write_text("\n".join(lines) + "\n")

    def settings(self) -> Settings:
        return load(self.config, {})

    # What the photographer does:

    def export(self, name: str | bytes, data: bytes | None = None) -> Path:
        """Deliver a finished photo as careful programs do: written elsewhere, and renamed into place."""
        text = os.fsdecode(name)
        staged = self.home / "staged"
        staged.write_bytes(photo_data(repr(name)) if data is None else data)
        path = self.folder / text
        path.parent.mkdir(parents=True, exist_ok=True)
        staged.rename(path)
        return path

    def export_in_place(self, name: str) -> Path:
        """The same where the folder is on another file system than its home: written in the folder itself."""
        path = self.folder / name
        path.write_bytes(photo_data(repr(name)))
        return path

    # What is known:

    @contextmanager
    def opened(self, *, create: bool = False) -> Iterator[Database]:
        """The records, as a process beside the service opens them; ``create``: as one that works on them does."""
        database = self.place.store.open(create=create)
        try:
            yield database
        finally:
            database.close()

    def records(self) -> list[Record]:
        """In order of arrival; none where there is no database yet."""
        if self.place.store.is_missing():
            return []
        with self.opened() as database:
            return list(PhotoQueries(database).photos())

    def record(self, path: Path) -> Record | None:
        """The newest version of what stands, or stood, at a path."""
        versions = [record for record in self.records() if record.path == os.fsencode(path)]
        return versions[-1] if versions else None

    def wait_for_state(self, path: Path, state: State) -> Record:
        found: list[Record] = []

        def reached() -> bool:
            record = self.record(path)
            if record is not None and record.state is state:
                found.append(record)
            return bool(found)

        wait_for(reached, f"{path.name} is {state}")
        return found[0]

    def wait_until_settled(self, count: int) -> list[Record]:
        """Until so many photos are known, and none of them is on its way."""

        def settled() -> bool:
            records = self.records()
            return len(records) == count and not any(record.state in UNSETTLED for record in records)

        wait_for(settled, f"{count} photos are settled")
        return self.records()

    # What the operator does:

    def environment(self, **more: str) -> dict[str, str]:
        """Nothing of the tester's own configuration, and no key."""
        inherited = without("FOLDER_SYNC_")
        return {**inherited, "HOME": str(self.home), "NO_COLOR": "1", "COLUMNS": "240", **more}

    def command(
        self, *arguments: str | bytes, env: Mapping[str, str] | None = None, timeout: float = PATIENCE_SECONDS
    ) -> subprocess.CompletedProcess[str]:
        """``folder-sync --config … ARGUMENTS`` to its end; output that is not UTF-8 fails the test."""
        return subprocess.run(
            [sys.executable, "-m", "folder_sync", "--config", str(self.config), *arguments],
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=timeout,
            env=self.environment(**(env or {})),
            check=False,
        )

    def start(
        self,
        *arguments: str,
        env: Mapping[str, str] | None = None,
        by: Sequence[str] = ("folder_sync",),
        within: Sequence[str] = (),
        output: IO[str] | int = subprocess.DEVNULL,
    ) -> Process:
        """The same in the background; what it says on standard error goes to ``log``, what it prints to ``output``.

        ``by``: the module, with its own arguments, that runs the program; ``within``: a command that becomes it."""
        with self.log.open("ab") as log:
            return Process(
                [*within, sys.executable, "-m", *by, "--config", str(self.config), *arguments],
                stdout=output,
                stderr=log,
                env=self.environment(**(env or {})),
            )

    def told(self) -> str:
        """The log so far."""
        return self.log.read_text("utf-8") if self.log.exists() else ""


class Process(subprocess.Popen[bytes]):
    """A command in the background that does not outlive its ``with``."""

    def __exit__(self, *exception: object) -> None:
        if self.poll() is None:
            self.kill()
        self.wait()
        if self.stdout is not None:
            self.stdout.close()

    def end(self, with_signal: int) -> int:
        """Send the signal and wait for the end; the exit code."""
        self.send_signal(with_signal)
        return self.wait(PATIENCE_SECONDS)


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_toml, value))}]"
    return f'"{value}"' if isinstance(value, str) else str(value)
