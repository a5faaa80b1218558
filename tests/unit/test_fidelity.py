"""What bytes behind an ``image_url`` tell: learned of each format by itself, remembered, and forgotten in time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from folder_sync.closient.fetching import Fetched, Fetcher
from folder_sync.photo import Format, Image, Record, State
from folder_sync.rules.confirming import Bytes
from folder_sync.service.delivery.fidelity import (
    GOOD_FOR_SECONDS,
    TEST_LOOK_SECONDS,
    TEST_LOOKS,
    TEST_SECONDS,
    TESTS,
    TRY_AGAIN_SECONDS,
    Fidelity,
)
from folder_sync.store.seen_images import SeenImages
from folder_sync.store.service_state import ServiceState
from tests.support.shelf import GTIN, Shelf

URL: Final = "https://www.closient.com"
IMAGE: Final = Image("one", "Front", is_primary=False, created=0.0, image_url=f"{URL}/media/one.jpg")
DIFFERENT: Final = Fetched(hashlib.sha256(b"other").hexdigest(), 5)


def yes() -> bool:
    return True


def no() -> bool:
    return False


class Served(Fetcher):
    """What the server would say; counts how often it is asked."""

    def __init__(self) -> None:
        self.answer: Fetched | None = None
        self.asked = 0

    def read(self, url: str, most: int) -> Fetched | None:
        self.asked += 1
        return self.answer


class Bench:
    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self.served = Served()
        self.now = 1_000_000.0
        self.fidelity = self.started()

    def started(self, base_url: str = URL) -> Fidelity:
        database, clock = self.shelf.db, lambda: self.now
        return Fidelity(
            "main", base_url, self.served, ServiceState(database), SeenImages(database), clock=clock, monotonic=clock
        )

    def photo(self, suffix: str, title: str = "Front") -> Record:
        return self.shelf.add(f"{GTIN}__{title}.{suffix}", title + suffix)

    def serve(self, photo: Record) -> None:
        self.served.answer = Fetched(photo.sha256, photo.size)

    def look(self, image: Image, photo: Record, *, anew: bool = False) -> Bytes:
        return self.fidelity.look(image, photo, 1_000, anew=anew)

    def look_until_known(self, fidelity: Fidelity | None = None) -> list[float]:
        """At the images of tests and the like, whenever that is due. The waits before each look, in seconds."""
        fidelity = fidelity or self.fidelity
        waits = []
        while (wait := fidelity.seconds_to_look()) is not None:
            waits.append(wait)
            self.now += wait
            if (photo := fidelity.test_to_look_at()) is not None:
                fidelity.look_at_test(photo)
        return waits


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    shelf = Shelf(tmp_path / "photos.db")
    yield Bench(shelf)
    shelf.db.close()


def test_bytes_are_read_once_and_kept_over_a_restart(bench: Bench) -> None:
    jpeg = bench.photo("jpg")
    bench.served.answer = DIFFERENT
    for _ in range(3):
        assert bench.look(IMAGE, jpeg) is Bytes.OTHERS
        bench.fidelity = bench.started()
    assert bench.served.asked == 1
    bench.serve(jpeg)
    assert bench.look(IMAGE, jpeg, anew=True) is Bytes.OURS
    bench.served.answer = None
    assert bench.look(IMAGE, jpeg) is Bytes.OURS
    assert bench.served.asked == 2


def test_what_can_not_be_had_is_not_kept_and_without_an_address_nothing_is_asked(bench: Bench) -> None:
    jpeg = bench.photo("jpg")
    for _ in range(2):
        assert bench.look(IMAGE, jpeg) is Bytes.UNREAD
    assert bench.served.asked == 2
    assert bench.look(replace(IMAGE, image_url=None), jpeg) is Bytes.NOWHERE
    assert bench.served.asked == 2
    bench.served.answer = DIFFERENT
    assert bench.look(IMAGE, jpeg) is Bytes.OTHERS
    bench.served.answer = None
    assert bench.look(IMAGE, jpeg, anew=True) is Bytes.UNREAD


def test_what_may_have_been_cut_off_is_not_another_photo(bench: Bench) -> None:
    jpeg = bench.photo("jpg")
    bench.served.answer = replace(DIFFERENT, is_whole=False)
    assert bench.look(IMAGE, jpeg) is Bytes.UNREAD
    bench.served.answer = Fetched(jpeg.sha256, jpeg.size, is_whole=False)
    assert bench.look(IMAGE, jpeg) is Bytes.OURS


def test_more_bytes_than_were_read_are_read_for_a_larger_photo(bench: Bench) -> None:
    small = bench.photo("jpg")
    bench.served.answer = Fetched(None, small.size)
    assert bench.look(IMAGE, small) is Bytes.OTHERS
    larger = replace(small, id=9, size=small.size + 1)
    assert bench.look(IMAGE, larger) is Bytes.OTHERS
    assert bench.served.asked == 2


def test_equal_bytes_of_one_format_say_nothing_of_another(bench: Bench) -> None:
    png, jpeg = bench.photo("png"), bench.photo("jpg")
    bench.serve(png)
    assert bench.look(IMAGE, png) is Bytes.OURS
    assert bench.fidelity.serves_unchanged(png) is True
    assert bench.fidelity.serves_unchanged(jpeg) is None


def test_other_bytes_teach_only_where_the_photo_was_just_taken(bench: Bench) -> None:
    """Elsewhere they may simply be another photo."""
    jpeg = bench.photo("jpg")
    bench.served.answer = DIFFERENT
    assert bench.look(IMAGE, jpeg) is Bytes.OTHERS
    assert bench.fidelity.serves_unchanged(jpeg) is None
    bench.fidelity.taken(jpeg, IMAGE, is_awaited=no)
    bench.look_until_known()
    assert bench.fidelity.serves_unchanged(jpeg) is False


def test_a_placeholder_behind_what_was_just_taken_teaches_nothing(bench: Bench) -> None:
    """All photos of the format were held to be in the catalogue by their titles alone, since it was taken for proof
    that the server re-encodes them."""
    jpeg = bench.photo("jpg")
    bench.served.answer = DIFFERENT
    bench.fidelity.taken(jpeg, IMAGE, is_awaited=no)
    assert bench.fidelity.serves_unchanged(jpeg) is None
    bench.serve(jpeg)
    assert bench.look_until_known() == [TEST_LOOK_SECONDS]
    assert bench.fidelity.serves_unchanged(jpeg) is True


def test_the_same_bytes_for_two_images_are_no_picture_of_either(bench: Bench) -> None:
    jpeg, two = bench.photo("jpg"), replace(IMAGE, id="two")
    bench.served.answer = DIFFERENT
    assert bench.look(IMAGE, jpeg) is Bytes.OTHERS
    assert bench.look(two, jpeg) is Bytes.UNREAD
    assert bench.fidelity.look(two, jpeg, 1_000, is_patient=False) is Bytes.OTHERS
    bench.fidelity.taken(jpeg, two, is_awaited=no)
    bench.look_until_known()
    assert bench.fidelity.serves_unchanged(jpeg) is None
    bench.serve(jpeg)
    assert bench.look(two, jpeg) is Bytes.OURS  # asked for again, though it had been read
    assert bench.look(IMAGE, bench.photo("png")) is Bytes.OTHERS


def test_it_survives_a_restart_and_is_forgotten_with_the_server_and_after_a_day(bench: Bench) -> None:
    jpeg = bench.photo("jpg")
    bench.serve(jpeg)
    bench.fidelity.taken(jpeg, IMAGE, is_awaited=no)
    bench.now += 0.6 * GOOD_FOR_SECONDS
    again = bench.started()
    assert again.serves_unchanged(jpeg) is True
    assert bench.started("https://www.closient.dev").serves_unchanged(jpeg) is None
    bench.now += 0.6 * GOOD_FOR_SECONDS
    assert again.serves_unchanged(jpeg) is None
    bench.served.answer = DIFFERENT
    again.taken(jpeg, replace(IMAGE, id="two"), is_awaited=no)  # servers change
    bench.look_until_known(again)
    assert again.serves_unchanged(jpeg) is False
    other = bench.started("https://www.closient.dev")
    bench.serve(jpeg)
    other.taken(jpeg, replace(IMAGE, id="three"), is_awaited=no)
    assert bench.started().serves_unchanged(jpeg) is None  # what is learned of one server takes the place of another's


def test_what_is_known_is_learned_anew_where_an_image_contradicts_it(bench: Bench) -> None:
    jpeg = bench.photo("jpg")
    bench.serve(jpeg)
    bench.fidelity.taken(jpeg, IMAGE, is_awaited=yes)
    bench.fidelity.taken(jpeg, replace(IMAGE, id="two"), is_awaited=yes)
    assert bench.served.asked == 1
    bench.now += TRY_AGAIN_SECONDS
    bench.fidelity.contradicted(jpeg)
    bench.served.answer = DIFFERENT
    bench.fidelity.taken(jpeg, replace(IMAGE, id="three"), is_awaited=no)
    assert bench.look_until_known() == [2, 4, 8, 16, 32]
    assert bench.fidelity.serves_unchanged(jpeg) is False


def test_bytes_that_can_not_be_had_are_not_asked_for_with_every_photo(bench: Bench) -> None:
    jpeg = bench.photo("jpg")
    for eager, asked in ((False, 1), (False, 1), (True, 2)):
        bench.fidelity.taken(jpeg, IMAGE, is_awaited=yes if eager else no)
        assert bench.served.asked == asked
    bench.now += TRY_AGAIN_SECONDS + 1
    bench.fidelity.taken(jpeg, IMAGE, is_awaited=no)
    assert bench.served.asked == 3
    assert bench.fidelity.serves_unchanged(jpeg) is None


def test_a_title_that_becomes_another_is_remembered(bench: Bench) -> None:
    ServiceState(bench.shelf.db).set_organization("main", URL, "o")
    jpeg = bench.photo("jpg")
    bench.fidelity.taken(jpeg, replace(IMAGE, title="Front "), is_awaited=no)
    assert bench.fidelity.server(jpeg, 0.0).keeps_titles
    bench.fidelity.taken(jpeg, replace(IMAGE, title="FRONT"), is_awaited=no)
    assert not bench.fidelity.server(jpeg, 0.0).keeps_titles
    assert not bench.started().server(jpeg, 0.0).keeps_titles


# --- tests


def test_one_test_of_each_format_at_a_time_and_what_it_tells_is_news(bench: Bench) -> None:
    jpeg, png, second = bench.photo("jpg"), bench.photo("png"), bench.photo("jpg", "Back")
    assert bench.fidelity.begin_test(jpeg)
    assert bench.fidelity.begin_test(png)
    assert not bench.fidelity.begin_test(second)
    bench.serve(jpeg)
    bench.fidelity.taken(jpeg, IMAGE, is_awaited=yes)
    bench.fidelity.ended(jpeg, State.UPLOADED, IMAGE)
    assert bench.fidelity.take_news() == {Format.JPEG}
    assert bench.fidelity.take_news() == frozenset()


def test_a_test_that_ends_badly_is_followed_by_the_next_up_to_a_bound(bench: Bench) -> None:
    jpeg = bench.photo("jpg")
    for _ in range(TESTS):
        assert bench.fidelity.may_test(jpeg)
        assert bench.fidelity.begin_test(jpeg)
        bench.fidelity.ended(jpeg, State.QUEUED, None)  # not over
        assert bench.fidelity.take_news() == frozenset()
        bench.fidelity.ended(jpeg, State.WAITING, None)
        assert bench.fidelity.take_news() == {Format.JPEG}
    assert not bench.fidelity.may_test(jpeg)
    assert not bench.fidelity.begin_test(jpeg)


def test_a_test_that_never_ends_is_given_up(bench: Bench) -> None:
    jpeg = bench.photo("jpg")
    bench.fidelity.begin_test(jpeg)
    assert bench.fidelity.seconds_to_look() == TEST_SECONDS
    assert bench.fidelity.test_to_look_at() is None
    bench.now += TEST_SECONDS
    assert bench.fidelity.test_to_look_at() is None
    assert bench.fidelity.take_news() == {Format.JPEG}
    assert bench.fidelity.seconds_to_look() is None


@pytest.mark.parametrize("served_at_last", [True, False])
def test_the_image_of_a_test_is_looked_at_until_it_is_served(bench: Bench, served_at_last: bool) -> None:
    jpeg = bench.photo("jpg")
    bench.fidelity.begin_test(jpeg)
    bench.fidelity.taken(jpeg, IMAGE, is_awaited=yes)
    bench.fidelity.ended(jpeg, State.UPLOADED, IMAGE)
    waits = []
    while (wait := bench.fidelity.seconds_to_look()) is not None:
        waits.append(wait)
        bench.now += wait
        found = bench.fidelity.test_to_look_at()
        assert found is not None
        if served_at_last and len(waits) == 3:
            bench.serve(jpeg)
        bench.fidelity.look_at_test(found)
    assert waits == ([2, 4, 8] if served_at_last else [2, 4, 8, 16, 32][:TEST_LOOKS])
    assert bench.fidelity.take_news() == {Format.JPEG}
    assert bench.fidelity.serves_unchanged(jpeg) is (True if served_at_last else None)
