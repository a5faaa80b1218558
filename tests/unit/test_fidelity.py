"""What bytes behind an ``image_url`` tell: learned of each format by itself, remembered, and forgotten in time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

import pytest

from folder_sync.closient.fetching import DIFFERENT, Fetcher
from folder_sync.photo import Format, Image, Record
from folder_sync.service.delivery.fidelity import GOOD_FOR_SECONDS, TRY_AGAIN_SECONDS, ByteFidelity
from folder_sync.store.service_state import ServiceState
from tests.support.shelf import GTIN, Shelf

URL: Final = "https://www.closient.com"
IMAGE: Final = Image("one", "Front", is_primary=False, created=0.0, image_url=f"{URL}/media/one.jpg")


class Served(Fetcher):
    """What the server would say; counts how often it is asked."""

    def __init__(self) -> None:
        self.answer: str | None = None
        self.asked = 0

    def digest(self, url: str, size: int) -> str | None:
        self.asked += 1
        return self.answer


class Bench:
    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self.served = Served()
        self.now = 1_000_000.0
        self.fidelity = self.started()

    def started(self, base_url: str = URL) -> ByteFidelity:
        service_state, clock = ServiceState(self.shelf.db), lambda: self.now
        return ByteFidelity("main", base_url, self.served, service_state, clock=clock, monotonic=clock)

    def photo(self, suffix: str) -> Record:
        return self.shelf.add(f"{GTIN}__Front.{suffix}", suffix)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    shelf = Shelf(tmp_path / "photos.db")
    yield Bench(shelf)
    shelf.db.close()


def test_equal_bytes_of_one_format_say_nothing_of_another(bench: Bench) -> None:
    png, jpeg = bench.photo("png"), bench.photo("jpg")
    assert (png.format, jpeg.format) == (Format.PNG, Format.JPEG)
    bench.served.answer = png.sha256
    assert bench.fidelity.digest(IMAGE, png) == png.sha256
    assert bench.fidelity.serves_unchanged(png) is True
    assert bench.fidelity.serves_unchanged(jpeg) is None


def test_other_bytes_teach_only_where_the_photo_was_just_taken(bench: Bench) -> None:
    """Elsewhere they may simply be another photo."""
    jpeg = bench.photo("jpg")
    bench.served.answer = DIFFERENT
    assert bench.fidelity.digest(IMAGE, jpeg) == DIFFERENT
    assert bench.fidelity.serves_unchanged(jpeg) is None
    bench.fidelity.learn(jpeg, IMAGE, eager=lambda: False)
    assert bench.fidelity.serves_unchanged(jpeg) is False


def test_it_survives_a_restart_and_is_forgotten_with_the_server_and_after_a_day(bench: Bench) -> None:
    jpeg = bench.photo("jpg")
    bench.served.answer = jpeg.sha256
    bench.fidelity.learn(jpeg, IMAGE, eager=lambda: False)
    bench.now += 0.6 * GOOD_FOR_SECONDS
    again = bench.started()
    assert again.serves_unchanged(jpeg) is True
    assert bench.started("https://www.closient.dev").serves_unchanged(jpeg) is None
    bench.now += 0.6 * GOOD_FOR_SECONDS
    assert again.serves_unchanged(jpeg) is None
    bench.served.answer = DIFFERENT
    again.learn(jpeg, IMAGE, eager=lambda: False)  # servers change
    assert again.serves_unchanged(jpeg) is False


def test_what_is_learned_of_one_server_takes_the_place_of_what_was_known_of_another(bench: Bench) -> None:
    jpeg, png = bench.photo("jpg"), bench.photo("png")
    for photo in (jpeg, png):
        bench.served.answer = photo.sha256
        bench.fidelity.learn(photo, IMAGE, eager=lambda: False)
    other_paths = bench.started("https://www.closient.dev")
    bench.served.answer = DIFFERENT
    other_paths.learn(jpeg, IMAGE, eager=lambda: False)
    assert bench.started().serves_unchanged(png) is None
    assert bench.started("https://www.closient.dev").serves_unchanged(jpeg) is False


def test_bytes_that_can_not_be_had_are_not_asked_for_with_every_photo(bench: Bench) -> None:
    jpeg = bench.photo("jpg")
    for waiting, asked in ((0, 1), (0, 1), (1, 2)):
        bench.fidelity.learn(jpeg, IMAGE, eager=partial(bool, waiting))
        assert bench.served.asked == asked
    bench.now += TRY_AGAIN_SECONDS + 1
    bench.fidelity.learn(jpeg, IMAGE, eager=lambda: False)
    assert bench.served.asked == 3
    assert bench.fidelity.serves_unchanged(jpeg) is None


def test_an_image_without_a_url_teaches_nothing_and_the_next_one_does(bench: Bench) -> None:
    jpeg = bench.photo("jpg")
    bench.served.answer = jpeg.sha256
    bench.fidelity.learn(jpeg, replace(IMAGE, image_url=None), eager=lambda: False)
    bench.fidelity.learn(jpeg, IMAGE, eager=lambda: False)
    assert bench.fidelity.serves_unchanged(jpeg) is True


def test_what_is_known_is_not_asked_for_again(bench: Bench) -> None:
    jpeg = bench.photo("jpg")
    bench.served.answer = jpeg.sha256
    for _ in range(3):
        bench.fidelity.learn(jpeg, IMAGE, eager=lambda: True)
    assert bench.served.asked == 1


def test_an_image_without_a_url_has_no_bytes(bench: Bench) -> None:
    nowhere = Image("one", "Front", is_primary=False, created=0.0, image_url=None)
    assert bench.fidelity.digest(nowhere, bench.photo("jpg")) is None
    assert bench.served.asked == 0
