"""A watched folder that people write, rename, exchange, move and delete in at random, while the service works on it and
while it does not: in the end what stands there is what is recorded, each photo once, and nothing was sent twice.

The folder, inotify and HTTP are real. Full passes are far away: what events alone tell has to be enough.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Final

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from folder_sync.photo import Record, State
from folder_sync.rules.arrivals import LIVE
from folder_sync.store.rows import COLUMNS, CURRENT, PRESENT, record
from tests.support.proof import take_up_work, wide_sandbox
from tests.support.running import Running, running_service
from tests.support.studio import GTIN, OTHER, UNSETTLED, Studio, photo_data
from tests.support.waiting import wait_for

FOLDERS: Final = ("", "a", "a/b", "c", "c/b")
NAMES: Final = (f"{GTIN}__Front.jpg", f"{GTIN}__Front__2.jpg", f"{GTIN}__Back.jpg", f"{GTIN}__Front__primary.jpg")
PLACES: Final = [f"{folder}/{name}".lstrip("/") for folder in FOLDERS for name in (*NAMES, f"{OTHER}__Front.jpg")]
WHOLE: Final = [photo_data(seed, 3_000) for seed in "ABC"]
TORN: Final = WHOLE[0][:2_000]

ANY_PLACE: Final = st.sampled_from(PLACES)
ANY_FOLDER: Final = st.sampled_from(FOLDERS[1:])
ANY_DATA: Final = st.sampled_from([*WHOLE, *WHOLE, TORN])
ANY: Final = st.integers(0, 30)


class FolderMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.home = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        self.studio = Studio(self.home, self.stack.enter_context(wide_sandbox()))
        self.studio.configure(intake={"settle_seconds": 0.02, "incomplete_seconds": 0.2, "rescan_seconds": 3600.0})
        self.outside = self.home / "outside"
        self.outside.mkdir()
        self.moved = 0
        self.at_work: ExitStack | None = None
        self.running: Running | None = None

    @initialize()
    def take_up_work(self) -> None:
        take_up_work(self.studio)
        self.start_or_stop()

    def teardown(self) -> None:
        try:
            self.look()
        finally:
            if self.at_work is not None:
                self.at_work.close()
            self.stack.close()

    # What people do:

    @rule(place=ANY_PLACE, data=ANY_DATA)
    def deliver(self, place: str, data: bytes) -> None:
        with suppress(NotADirectoryError, IsADirectoryError):
            self.studio.export(place, data)

    @rule(place=ANY_PLACE, data=ANY_DATA)
    def write(self, place: str, data: bytes) -> None:
        path = self.studio.folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            file.write(data[:1_500])
            file.flush()
            file.write(data[1_500:])

    @rule(which=ANY, data=ANY_DATA)
    def delete_and_write_anew(self, which: int, data: bytes) -> None:
        for path in self.one_of(self.files(), which):
            path.unlink()
            path.write_bytes(data)

    @rule(which=ANY, place=ANY_PLACE)
    def rename(self, which: int, place: str) -> None:
        for path in self.one_of(self.files(), which):
            (self.studio.folder / place).parent.mkdir(parents=True, exist_ok=True)
            path.rename(self.studio.folder / place)

    @rule(which=ANY, other=ANY)
    def exchange(self, which: int, other: int) -> None:
        for one, two in zip(self.one_of(self.files(), which), self.one_of(self.files(), other), strict=True):
            spare = one.with_name(".spare")
            one.rename(spare)
            if one != two:
                two.rename(one)
            spare.rename(two)

    @rule(which=ANY, place=ANY_PLACE)
    def copy(self, which: int, place: str) -> None:
        for path in self.one_of(self.files(), which):
            if path != self.studio.folder / place:
                self.write(place, path.read_bytes())

    @rule(which=ANY)
    def delete(self, which: int) -> None:
        for path in self.one_of(self.files(), which):
            path.unlink()

    @rule(which=ANY, mtime=st.sampled_from([0, 1, 10**10]))
    def touch(self, which: int, mtime: int) -> None:
        for path in self.one_of(self.files(), which):
            os.utime(path, (mtime, mtime))

    @rule(one=ANY_FOLDER, other=ANY_FOLDER)
    def move_folder(self, one: str, other: str) -> None:
        with suppress(OSError):  # it is not there, or the other one is
            (self.studio.folder / other).parent.mkdir(parents=True, exist_ok=True)
            (self.studio.folder / one).rename(self.studio.folder / other)

    @rule(folder=ANY_FOLDER)
    def delete_folder(self, folder: str) -> None:
        shutil.rmtree(self.studio.folder / folder, ignore_errors=True)

    @rule(folder=ANY_FOLDER)
    def take_out(self, folder: str) -> None:
        self.moved += 1
        with suppress(FileNotFoundError):
            (self.studio.folder / folder).rename(self.outside / str(self.moved))

    @rule(which=ANY, folder=ANY_FOLDER)
    def bring_back(self, which: int, folder: str) -> None:
        for path in self.one_of(sorted(self.outside.iterdir()), which):
            with suppress(OSError):  # something stands there
                (self.studio.folder / folder).parent.mkdir(parents=True, exist_ok=True)
                path.rename(self.studio.folder / folder)

    # What the operator does:

    @rule()
    def start_or_stop(self) -> None:
        if self.at_work is not None:
            self.at_work.close()
            self.at_work = None
        else:
            self.at_work = ExitStack()
            self.running = self.at_work.enter_context(running_service(self.studio))

    @rule()
    def look(self) -> None:
        if self.at_work is None:
            self.start_or_stop()
        try:
            wait_for(lambda: self.differences() == [], "the records are like the folder")
        except AssertionError as failure:
            failure.add_note("\n".join(self.differences()))
            raise
        self.check_images()

    # How it has to be:

    def files(self) -> list[Path]:
        return sorted(path for path in self.studio.folder.rglob("[0-9]*.jpg") if path.is_file())

    @staticmethod
    def one_of(paths: list[Path], which: int) -> list[Path]:
        return [paths[which % len(paths)]] if paths else []

    def differences(self) -> list[str]:
        standing = {os.fsencode(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in self.files()}
        with self.studio.opened() as database:
            here = [record(row) for row in database.read(f"SELECT {COLUMNS} FROM photo WHERE {CURRENT}")]
            present = {
                (folder, name) for folder, name in database.read(f"SELECT folder, name FROM photo WHERE {PRESENT}")
            }
        everything = self.studio.records()
        recorded = {one.path: one for one in here if os.path.split(one.path) in present and one.gtin is not None}
        old = {one.path: one for one in everything if one.state is State.SUPERSEDED}
        found = [f"{path!r} is not there, and {recorded[path]}" for path in recorded.keys() - standing.keys()
                 if recorded[path].state is not State.MISSING]  # fmt: skip
        found += [f"{one} is on its way" for one in everything if one.state in UNSETTLED]
        for path, sha256 in standing.items():
            photo = recorded.get(path, old.get(path))
            if photo is None or photo.sha256 != sha256 or not self.is_at_its_end(photo):
                found.append(f"{path!r} has other bytes, or does not stay as {photo}")
        return found

    def is_at_its_end(self, photo: Record) -> bool:
        if photo.sha256 == hashlib.sha256(TORN).hexdigest() or photo.state is State.REJECTED:
            code = None if photo.reason is None else photo.reason.code
            return photo.state is State.REJECTED and code in ("truncated", "old_version")
        return photo.state in (State.UPLOADED, State.DUPLICATE, State.SUPERSEDED)

    def check_images(self) -> None:
        records = {one.id: one for one in self.studio.records()}
        for one in records.values():
            assert one.state is not State.DUPLICATE or records[one.duplicate_of or 0].state in LIVE | {State.REJECTED}
            assert one.state is not State.UPLOADED or self.studio.sandbox.catalogue.find(one.image_id or "")
        plain = [arrival for arrival in self.studio.sandbox.ledger.stored if not arrival.is_primary]
        keys = [(arrival.gtin, arrival.title, arrival.sha256) for arrival in plain]
        assert len(keys) == len(set(keys)), "a photo was sent twice"


@pytest.mark.timeout(3600)  # a thorough search takes its time
def test_what_stands_in_the_folder_is_what_is_recorded() -> None:
    thorough = bool(os.environ.get("HYPOTHESIS_PROFILE"))
    chosen = settings(
        max_examples=50 if thorough else 5,
        stateful_step_count=40,
        phases=[Phase.generate],  # a service does not do the same twice
    )
    run_state_machine_as_test(FolderMachine, settings=chosen)
