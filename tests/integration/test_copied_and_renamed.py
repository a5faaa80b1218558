"""A copy of an uploaded photo stays, and the original gets another label: one image for each of the two, never a third.

A soak found the third: the new label was uploaded, and the old photo superseded, before the copy was looked at.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from folder_sync.photo import Record, State
from folder_sync.store.incoming import Incoming
from folder_sync.store.recording import Place
from tests.support.proof import assert_exactly_once, take_up_work
from tests.support.running import running_service
from tests.support.studio import GTIN, Studio
from tests.support.waiting import wait_for

FRONT, BACK = f"{GTIN}__Front.jpg", f"{GTIN}__Back.jpg"


@pytest.fixture
def hold_back(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], threading.Event]:
    """Lets intake come to a path only once the event is set: until then its disk does not answer."""
    arrive = Incoming.arrive

    def hold(path: Path) -> threading.Event:
        released = threading.Event()

        def arrive_later(incoming: Incoming, place: Place, *arguments: Any, **options: Any) -> object:
            if place.path == os.fsencode(path) and not released.is_set():
                raise TimeoutError("The disk does not answer.")
            return arrive(incoming, place, *arguments, **options)

        monkeypatch.setattr(Incoming, "arrive", arrive_later)
        return released

    return hold


def uploaded(studio: Studio) -> tuple[Path, Record]:
    take_up_work(studio)
    with running_service(studio):
        path = studio.export(FRONT)
        return path, studio.wait_for_state(path, State.UPLOADED)


def copy_and_rename(studio: Studio, path: Path) -> tuple[Path, Path]:
    copy = studio.export(f"copies/{FRONT}", path.read_bytes())
    return copy, path.rename(path.with_name(BACK))


def assert_one_image_each(studio: Studio, old: Record, copy: Path, renamed: Path) -> None:
    stands, new = (studio.wait_for_state(path, State.UPLOADED) for path in (copy, renamed))
    assert stands.id == old.id
    for photo in (stands, new):
        assert_exactly_once(studio.sandbox, photo)
    assert len(studio.sandbox.images(GTIN)) == 2


@pytest.mark.parametrize("first", ["the copy", "the new label"])
def test_copied_and_renamed_while_the_service_was_down(
    studio: Studio, hold_back: Callable[[Path], threading.Event], first: str
) -> None:
    path, old = uploaded(studio)
    copy, renamed = copy_and_rename(studio, path)
    early, late = (copy, renamed) if first == "the copy" else (renamed, copy)
    released = hold_back(late)
    with running_service(studio):
        studio.wait_for_state(early, State.UPLOADED)
        released.set()
        assert_one_image_each(studio, old, copy, renamed)


def test_copied_and_renamed_while_it_runs(studio: Studio) -> None:
    path, old = uploaded(studio)
    with running_service(studio):
        assert_one_image_each(studio, old, *copy_and_rename(studio, path))


def test_a_label_there_and_back_again_costs_one_upload(studio: Studio) -> None:
    path, old = uploaded(studio)
    with running_service(studio):
        other = path.rename(path.with_name(BACK))
        studio.wait_for_state(other, State.UPLOADED)
        other.rename(path)
        assert studio.wait_for_state(path, State.UPLOADED).id == old.id
        last = studio.export(f"{GTIN}__Side.jpg")
        studio.wait_for_state(last, State.UPLOADED)
        studio.wait_for_state(other, State.SUPERSEDED)
    assert len(studio.sandbox.ledger.stored) == 3


def test_an_image_that_is_being_deleted_is_replaced_by_another(
    studio: Studio, hold_back: Callable[[Path], threading.Event]
) -> None:
    """The answer to its deletion is lost: the image is gone, and the records don't know it, when the copy comes."""
    path, old = uploaded(studio)
    studio.configure(after={"superseded": "delete"})
    studio.sandbox.faults.add("drop_after_store", route="delete")
    copy, renamed = copy_and_rename(studio, path)
    released = hold_back(copy)
    with running_service(studio):
        wait_for(lambda: studio.sandbox.catalogue.find(old.image_id or "") is None, "the old image is gone")
        released.set()
        stands, new = (studio.wait_for_state(photo, State.UPLOADED) for photo in (copy, renamed))
    assert {image.id for image in studio.sandbox.images(GTIN)} == {stands.image_id, new.image_id}
