"""Of two heroes that are found at once the one that was finished last is recorded last, wherever they stand."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import pytest

from folder_sync.photo import State
from folder_sync.service.intake import inspectors as inspecting
from folder_sync.service.intake.judging import judge
from tests.support.running import intake_of, running_service
from tests.support.studio import GTIN, OTHER, Studio, photo_data
from tests.support.waiting import wait_for

OLD, NEW = f"{GTIN}__Old__primary.jpg", f"{GTIN}__New__primary.jpg"
PLACES = [("friday/", ""), ("", "b/"), ("b/", "a/"), ("a/", "b/"), ("a/x/", "b/"), ("b/", "a/x/"), ("z/", "a/x/y/")]


def deliver(folder: Path, old: str, new: str) -> tuple[Path, Path]:
    """One hero, and after it another."""
    first, second = folder / old / OLD, folder / new / NEW
    first.parent.mkdir(parents=True, exist_ok=True)
    first.write_bytes(photo_data(OLD))
    second.parent.mkdir(parents=True, exist_ok=True)
    write_after(first, second)
    return first, second


def write_after(first: Path, second: Path) -> None:
    """Until the clock of the disk, which is a coarse one, shows that it came later."""

    def is_later() -> bool:
        second.write_bytes(photo_data(NEW))
        return second.stat().st_ctime_ns > first.stat().st_ctime_ns

    wait_for(is_later, "the clock of the disk goes on")


def assert_in_order(studio: Studio, old: Path, new: Path) -> None:
    first, second = (studio.wait_for_state(path, State.UPLOADED) for path in (old, new))
    assert first.arrival < second.arrival
    assert [image.title for image in studio.sandbox.images(GTIN) if image.is_primary] == ["New"]


@pytest.mark.parametrize(("old", "new"), PLACES)
def test_at_the_start(studio: Studio, old: str, new: str) -> None:
    paths = deliver(studio.folder, old, new)
    with running_service(studio):
        assert_in_order(studio, *paths)


@pytest.mark.parametrize(("old", "new"), PLACES)
def test_in_a_folder_that_is_moved_here(studio: Studio, old: str, new: str) -> None:
    staged = studio.home / "batch"
    paths = deliver(staged, old, new)
    with running_service(studio):
        studio.wait_for_state(studio.export(f"{OTHER}__a.jpg"), State.UPLOADED)
        staged.rename(studio.folder / "batch")
        assert_in_order(studio, *(studio.folder / "batch" / path.relative_to(staged) for path in paths))


@pytest.mark.parametrize(("old", "new"), PLACES[:3])
def test_between_two_polls(studio: Studio, old: str, new: str) -> None:
    studio.configure(watch='backend = "polling"\npoll_seconds = 1.5', intake={"settle_seconds": 0.2})
    with running_service(studio):
        studio.wait_for_state(studio.export(f"{OTHER}__a.jpg"), State.UPLOADED)
        assert_in_order(studio, *deliver(studio.folder, old, new))


def test_in_two_watched_folders_at_the_start(studio: Studio) -> None:
    """Each has passes of its own, and this one's takes longer."""
    other = studio.home / "other"
    other.mkdir()
    studio.configure(watch=f'[[watch]]\npath = "{other}"')
    for number in range(300):
        studio.export(f"{number}/{OTHER}__{number}.txt")
    old = studio.export(f"z/{OLD}")
    write_after(old, other / NEW)
    with running_service(studio):
        assert_in_order(studio, old, other / NEW)


def test_a_hero_exported_anew_before_another_one_came_stays_before_it(studio: Studio) -> None:
    """A known photo that changes has to be still for longer than a new one; in the meantime it was overtaken."""
    with running_service(studio):
        known = studio.export(OLD)
        studio.wait_for_state(known, State.UPLOADED)
        studio.export(OLD, photo_data("retouched"))
        studio.export(NEW)
        wait_for(lambda: len(studio.sandbox.images(GTIN)) == 3, "both are uploaded")
        assert_in_order(studio, known, studio.folder / NEW)


def test_one_exported_anew_while_it_is_looked_into_stays_before_a_later_one(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = threading.Event()
    with running_service(studio) as running:
        known = studio.export(OLD)
        studio.wait_for_state(known, State.UPLOADED)
        gate = intake_of(running, studio.folder)._gate

        def exported_anew(*file: Any) -> object:
            judgement = judge(*file)
            if not done.is_set():
                studio.export(OLD, photo_data("retouched again"))
                wait_for(lambda: gate.is_waiting(os.fsencode(known)), "it was heard of")
                write_after(known, studio.folder / NEW)
                done.set()
            return judgement

        monkeypatch.setattr(inspecting, "judge", exported_anew)
        studio.export(OLD, photo_data("retouched"))
        wait_for(lambda: len(studio.sandbox.images(GTIN)) == 3, "both are uploaded")
        assert_in_order(studio, known, studio.folder / NEW)


def test_a_folder_that_is_not_there_keeps_no_hero_waiting(studio: Studio) -> None:
    studio.configure(watch=f'[[watch]]\npath = "{studio.home / "not there"}"')
    with running_service(studio):
        studio.wait_for_state(studio.export(NEW), State.UPLOADED)
