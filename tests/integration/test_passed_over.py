"""Photos that are known, and stand where nothing is taken in any more: they count as gone, and nobody reads them again.

Every pass missed them, found that they stood there all the same, and read all of them.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from folder_sync.photo import State
from folder_sync.sandbox.state import Sandbox
from folder_sync.service.intake import inspectors
from folder_sync.service.intake.judging import judge
from tests.support.running import Running, intake_of, running_service
from tests.support.studio import GTIN, OTHER, Studio
from tests.support.waiting import wait_for


@pytest.fixture(autouse=True)
def paused(sandbox: Sandbox) -> None:
    """The key is refused, so that photos stay where intake put them."""
    sandbox.revoke_key()


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The paths of the photos that were looked into."""
    paths: list[bytes] = []

    def noting(path: bytes, *arguments: Any) -> object:
        paths.append(path)
        return judge(path, *arguments)

    monkeypatch.setattr(inspectors, "judge", noting)
    return paths


def pass_through(studio: Studio, running: Running) -> None:
    """A full pass, and everything that it finds."""
    intake = intake_of(running, studio.folder)
    intake._scanner.ask(os.fsencode(studio.folder))
    wait_for(lambda: intake.idle, "the pass is over")


def states(studio: Studio) -> dict[str, State]:
    return {Path(os.fsdecode(record.path)).name: record.state for record in studio.records()}


@pytest.mark.parametrize(
    ("watch", "ignore"), [("recursive = false", []), ("", ["old/"]), ("", [f"{GTIN}*", "draft.jpg"])]
)
def test_what_is_passed_over_from_now_on(studio: Studio, read: list[bytes], watch: str, ignore: list[str]) -> None:
    photo, other = f"{GTIN}__a.jpg", f"{OTHER}__z.jpg"
    before = {photo: State.QUEUED, other: State.QUEUED, "draft.jpg": State.REJECTED}
    for name in (f"old/{photo}", other, "old/draft.jpg"):
        studio.export(name)
    with running_service(studio):
        wait_for(lambda: states(studio) == before, "all are known")
    studio.configure(watch=watch, intake={"ignore": ignore})
    read.clear()
    with running_service(studio) as running:
        wait_for(lambda: states(studio) == {photo: State.MISSING, other: State.QUEUED}, "they are passed over")
        pass_through(studio, running)
    assert read == []
    studio.configure()
    with running_service(studio):
        wait_for(lambda: states(studio) == before, "they are back")


def test_a_folder_that_is_a_link_to_its_new_place(studio: Studio, read: list[bytes]) -> None:
    old, new = studio.folder / "old", studio.folder / "new"
    with running_service(studio):
        before = studio.wait_for_state(studio.export(f"old/{GTIN}__a.jpg"), State.QUEUED)
    old.rename(new)
    old.symlink_to(new)
    with running_service(studio) as running:
        after = studio.wait_for_state(new / f"{GTIN}__a.jpg", State.QUEUED)
        read.clear()
        pass_through(studio, running)
    assert read == []
    assert [record.id for record in studio.records()] == [after.id] == [before.id]
