"""The power fails while the service works, again and again, and takes along whatever was not synced to the disk.

Killing a process loses nothing that it had written; a power cut does. So each time the database is cut back to what
had surely been synced, or to a random place behind it. Whatever the server has stored must be in what is left as at
least ``uploading``; then the service goes on from there.
"""

from __future__ import annotations

import hashlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Final, Literal

import pytest

from folder_sync.photo import State
from folder_sync.sandbox.state import Sandbox
from tests.support.proof import by_key, gtin14, key_of, sent_again, take_up_work, wait_for_ends, wide_sandbox
from tests.support.studio import Process, Studio, photo_data
from tests.support.synced import power_cut
from tests.support.waiting import wait_for

CUTS: Final = 6
PRODUCTS: Final = 6
SENT: Final = frozenset({State.UPLOADING, State.UNCONFIRMED, State.UPLOADED, State.SUPERSEDED})
REPOSITORY: Final = Path(__file__).parents[2]


class _Machine:
    """A studio on a machine whose power fails."""

    def __init__(self, home: Path, sandbox: Sandbox, uploaded: str) -> None:
        self.studio = Studio(home, sandbox)
        self.studio.configure(
            account=f'organization_id = "{sandbox.organization_id}"',
            delivery={"confirm_after_seconds": 0.3, "concurrency": 3},
            after={"uploaded": uploaded},
        )
        self.note = home / "synced"
        self.chance = random.Random(uploaded)
        self.delivered = 0

    def work_until_the_power_fails(self, *, everything: bool) -> None:
        """``everything``: all that was not synced is lost. New photos come, and new versions of old ones."""
        ledger = self.studio.sandbox.ledger
        before = len(ledger.arrivals)
        names = [f"{gtin14(product)}__{title}.jpg" for product in range(PRODUCTS) for title in "abc"]
        *first, last = self.chance.sample(names, 6)
        self._deliver(*first)
        with self._started() as process:
            more = self.chance.randint(1, len(first))
            wait_for(lambda: len(ledger.arrivals) >= before + more, "some photos have arrived")
            self._deliver(last)
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(self.chance.uniform(0.0, 0.3))
            assert process.end(signal.SIGKILL) == -signal.SIGKILL
        power_cut(self.studio.database, self.note, None if everything else self.chance)

    def delivered_files(self) -> set[str]:
        """The SHA-256 of what stands in the folder, and in those that the service puts photos into."""
        return {hashlib.sha256(path.read_bytes()).hexdigest() for path in self.studio.folder.rglob("*__*.jpg")}

    def _deliver(self, *names: str) -> None:
        for name in names:
            self.delivered += 1
            self.studio.export(name, photo_data(f"version {self.delivered}"))

    def _started(self) -> Process:
        with self.studio.log.open("ab") as log:
            command = ["tests.support.synced", str(self.note), "--config", str(self.studio.config), "run"]
            return Process(
                [sys.executable, "-m", *command],
                stdout=subprocess.DEVNULL,
                stderr=log,
                env=self.studio.environment(),
                cwd=REPOSITORY,
            )


def current_contents(studio: Studio) -> set[str]:
    return {record.sha256 or "" for record in studio.records()}


@pytest.mark.parametrize("uploaded", ["keep", "move", "delete"])
def test_a_power_cut_forgets_nothing_that_was_sent(tmp_path: Path, uploaded: Literal["keep", "move", "delete"]) -> None:
    with wide_sandbox() as sandbox:
        sandbox.set_latency(0.02)
        machine = _Machine(tmp_path, sandbox, uploaded)
        studio = machine.studio
        take_up_work(studio)
        for cut in range(CUTS):
            machine.work_until_the_power_fails(everything=cut % 2 == 0)
            with closing(sqlite3.connect(studio.database)) as database:
                assert database.execute("PRAGMA quick_check").fetchall() == [("ok",)]
            known = {key_of(record) for record in studio.records() if record.state in SENT}
            assert {key for key, posts in by_key(sandbox).items() if posts[-1].image_id} <= known
        with studio.start("run") as process:
            wait_for(lambda: f'"pid": {process.pid}' in studio.told(), "the service has started")
            # A record that the last cut took is made anew, so how many there will be is not known before.
            wait_for(lambda: machine.delivered_files() <= current_contents(studio), "every file is taken in")
            wait_for_ends(studio, len(studio.records()))
            assert process.end(signal.SIGTERM) == 0
        assert sent_again(sandbox) == []
        stored = {arrival.sha256: arrival.image_id for arrival in sandbox.ledger.stored}
        uploaded_records = [record for record in studio.records() if record.image_id]
        assert {record.sha256: record.image_id for record in uploaded_records} == stored
        # A version that was replaced may have been exported over before it was put away.
        standing = [record for record in studio.records() if record.state is not State.SUPERSEDED]
        assert all(os.path.exists(record.path) for record in standing) or uploaded == "delete"
