"""The database is lost, or new beside a full catalogue: what is there is recognised, and only the rest is sent."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from folder_sync.photo import Record, State
from folder_sync.store.adoption import Adoption
from folder_sync.store.quota import QuotaBook
from folder_sync.store.sqlite.database import Database
from tests.support.running import running_service
from tests.support.studio import GTIN, OTHER, Studio, photo_data
from tests.support.waiting import wait_for


@contextmanager
def opened(studio: Studio) -> Iterator[Database]:
    database = Database(studio.database, create=False)
    try:
        yield database
    finally:
        database.close()


def lose_database(studio: Studio) -> None:
    for file in studio.database.parent.glob(studio.database.name + "*"):
        file.unlink()


def upload_all(studio: Studio, names: list[str]) -> dict[Path, str | None]:
    """Path → image id, after a run in which everything was uploaded."""
    with running_service(studio):
        paths = [studio.export(name) for name in names]
        return {path: studio.wait_for_state(path, State.UPLOADED).image_id for path in paths}


def adopting(studio: Studio) -> bool:
    with opened(studio) as database:
        return Adoption(database).is_open


def image_ids(records: list[Record]) -> dict[Path, str | None]:
    return {Path(record.path.decode()): record.image_id for record in records}


def posts(studio: Studio) -> int:
    return len(studio.sandbox.ledger.arrivals)


def listings(studio: Studio, gtin: str) -> int:
    """How many were answered."""
    calls = studio.sandbox.ledger.calls
    return sum((call.method, call.status) == ("GET", 200) and f"/{gtin}/images" in call.path for call in calls)


NAMES = [
    f"{GTIN}__Front__primary.jpg",
    f"{GTIN}__Detail__1.jpg",
    f"{GTIN}__Detail__2.jpg",
    f"{GTIN}.jpg",
    f"inner/{OTHER}__Front.jpg",
]


def test_nothing_is_sent_again_and_every_photo_finds_its_own_image(studio: Studio) -> None:
    before = upload_all(studio, NAMES)
    lose_database(studio)
    with running_service(studio):
        after = image_ids(studio.wait_until_settled(len(NAMES)))
    assert after == before
    assert posts(studio) == len(NAMES)


def test_only_what_is_missing_is_sent(studio: Studio) -> None:
    before = upload_all(studio, NAMES)
    lose_database(studio)
    new = studio.export(f"{GTIN}__Back.jpg")
    reshot = studio.export(f"{GTIN}__Detail__2.jpg", photo_data("reshot"))  # the same title, other bytes
    with running_service(studio):
        after = image_ids(studio.wait_until_settled(len(NAMES) + 1))
    assert {path: id_ for path, id_ in after.items() if path not in (new, reshot)} == {
        path: id_ for path, id_ in before.items() if path != reshot
    }
    sent = {arrival.image_id for arrival in studio.sandbox.ledger.arrivals[len(NAMES) :]}
    assert sent == {after[new], after[reshot]}


def test_bytes_that_can_not_be_had_are_recognised_by_their_labels(studio: Studio) -> None:
    before = upload_all(studio, NAMES)
    lose_database(studio)
    studio.sandbox.set_image_urls("null")
    with running_service(studio):
        records = studio.wait_until_settled(len(NAMES))
    # Which of two photos with one title is which, their bytes alone could tell.
    assert {record.image_id for record in records} == set(before.values())
    titles = {image.id: image.title for image in studio.sandbox.catalogue.all_images}
    assert all(titles[record.image_id or ""] == record.title for record in records)
    assert posts(studio) == len(NAMES)


def test_where_all_bytes_differ_one_photo_is_sent_to_learn_whether_they_are_re_encoded(studio: Studio) -> None:
    before = upload_all(studio, NAMES)
    lose_database(studio)
    studio.sandbox.set_image_urls("altered")
    with running_service(studio):
        after = {record.image_id for record in studio.wait_until_settled(len(NAMES))}
    assert posts(studio) == len(NAMES) + 1
    assert len(after & set(before.values())) == len(NAMES) - 1


def test_new_photos_under_titles_that_the_catalogue_has_already_are_not_taken_for_the_old_ones(studio: Studio) -> None:
    for gtin in (GTIN, OTHER):
        studio.sandbox.put_image(gtin, photo_data(f"last year's {gtin}"), "Front")
        studio.export(f"{gtin}__Front.jpg")
    with running_service(studio):
        records = studio.wait_until_settled(2)
    assert {record.image_id for record in records} == {arrival.image_id for arrival in studio.sandbox.ledger.stored}
    assert posts(studio) == 2


def test_photos_of_one_title_are_all_sent_where_there_are_not_enough_images(studio: Studio) -> None:
    """Nobody can tell which of the two is there already: better one image too many than a photo that never arrives."""
    studio.sandbox.put_image(GTIN, photo_data("whose?"), "Detail")
    studio.sandbox.set_image_urls("null")
    studio.sandbox.revoke_key()  # until both are known
    paths = [studio.export(f"{GTIN}__Detail__{number}.jpg") for number in (1, 2)]
    with running_service(studio):
        for path in paths:
            studio.wait_for_state(path, State.QUEUED)
        studio.sandbox.restore_key()
        records = studio.wait_until_settled(2)
    assert {record.image_id for record in records} == {arrival.image_id for arrival in studio.sandbox.ledger.stored}
    assert posts(studio) == 2


def test_a_hero_that_was_demoted_meanwhile_is_recognised(studio: Studio) -> None:
    before = upload_all(studio, [f"{GTIN}__Front__primary.jpg"])
    studio.sandbox.put_image(GTIN, photo_data("another hand"), "Front", is_primary=True)
    lose_database(studio)
    with running_service(studio):
        assert image_ids(studio.wait_until_settled(1)) == before
    assert posts(studio) == 1


def test_an_image_that_is_a_hero_is_no_plain_photo(studio: Studio) -> None:
    data = photo_data("the same")
    studio.sandbox.put_image(GTIN, data, "Front", is_primary=True)
    studio.export(f"{GTIN}__Front.jpg", data)
    with running_service(studio):
        studio.wait_until_settled(1)
    assert [arrival.is_primary for arrival in studio.sandbox.ledger.stored] == [False]


def test_it_is_found_on_a_later_page_and_every_request_is_counted(studio: Studio) -> None:
    data = photo_data("old")
    image = studio.sandbox.put_image(GTIN, data, "Front")
    for number in range(120):
        studio.sandbox.put_image(GTIN, photo_data("filler"), f"Filler {number}")
    path = studio.export(f"{GTIN}__Front.jpg", data)
    with running_service(studio):
        assert studio.wait_for_state(path, State.UPLOADED).image_id == image.id
    assert posts(studio) == 0
    assert listings(studio, GTIN) == 2
    calls = [call for call in studio.sandbox.ledger.calls if not call.path.startswith("/media/")]
    with opened(studio) as database:
        assert sum(requests for _, requests in QuotaBook(database).used("main", 0)) == len(calls)


def test_a_product_that_the_catalogue_does_not_know_waits_for_it(studio: Studio) -> None:
    studio.sandbox.unknown_product(GTIN)
    path = studio.export(f"{GTIN}__a.jpg")
    with running_service(studio):
        studio.wait_for_state(path, State.WAITING)
        studio.sandbox.known_product(GTIN)
        studio.wait_for_state(path, State.UPLOADED)
    assert len(studio.sandbox.ledger.stored) == 1


def test_a_key_that_is_refused_meanwhile_loses_and_repeats_nothing(studio: Studio) -> None:
    studio.configure(account=f'organization_id = "{studio.sandbox.organization_id}"')
    before = upload_all(studio, NAMES)
    lose_database(studio)
    studio.sandbox.revoke_key()
    with running_service(studio):
        wait_for(lambda: len(studio.records()) == len(NAMES), "everything is taken in")
        wait_for(lambda: studio.sandbox.ledger.calls[-1].status == 401, "the key is refused")
        listed = listings(studio, GTIN)
        studio.sandbox.restore_key()
        assert image_ids(studio.wait_until_settled(len(NAMES))) == before
    assert posts(studio) == len(NAMES)
    assert listings(studio, GTIN) == listed + 1  # one for all photos of a product that are known by then


def test_a_server_in_trouble_is_asked_again(studio: Studio) -> None:
    before = upload_all(studio, NAMES)
    lose_database(studio)
    studio.sandbox.faults.add("drop_after_body", route="list", count=3)
    studio.sandbox.faults.add("error_html", route="list", count=2)
    with running_service(studio):
        assert image_ids(studio.wait_until_settled(len(NAMES))) == before
    assert posts(studio) == len(NAMES)


# --- interrupted


@pytest.mark.parametrize("status", [403, 404])
def test_a_router_that_answers_instead_of_the_catalogue_makes_nothing_go_twice(studio: Studio, status: int) -> None:
    found = upload_all(studio, NAMES)
    lose_database(studio)
    sent = posts(studio)
    studio.sandbox.faults.add("error_html", route="list", status=status)
    with running_service(studio):
        adopted = [studio.wait_for_state(path, State.UPLOADED) for path in found]
    assert image_ids(adopted) == found
    assert posts(studio) == sent


def test_killed_while_it_looks_it_goes_on_looking(studio: Studio) -> None:
    before = upload_all(studio, [f"{GTIN}__a.jpg", f"{OTHER}__b.jpg"])
    lose_database(studio)
    studio.sandbox.faults.add("stall", route="list", gtin=OTHER, seconds=60)
    done, looked_for = before
    with studio.start("run") as process:
        studio.wait_for_state(done, State.UPLOADED)
        studio.wait_for_state(looked_for, State.QUEUED)
        assert process.end(signal.SIGKILL) == -signal.SIGKILL
    assert not any(record.state is State.UPLOADED for record in studio.records() if record.path.endswith(b"b.jpg"))
    with running_service(studio):
        assert image_ids(studio.wait_until_settled(2)) == before
    assert posts(studio) == 2


def test_interrupted_while_it_takes_in_it_goes_on_adopting(studio: Studio) -> None:
    """What comes to be known after the restart may still be in the catalogue, though the database is not new."""
    data = photo_data("slow to copy")
    studio.sandbox.put_image(GTIN, data, "slow")
    studio.configure(intake={"incomplete_seconds": 60.0})
    slow = studio.export(f"{GTIN}__slow.jpg", data[:-100])
    quick = studio.export(f"{OTHER}__quick.jpg")
    with running_service(studio):
        studio.wait_for_state(quick, State.UPLOADED)
    assert adopting(studio)
    with running_service(studio):
        slow.write_bytes(data)
        studio.wait_for_state(slow, State.UPLOADED)
        wait_for(lambda: not adopting(studio), "everything that was there has been taken in")
    assert [arrival.title for arrival in studio.sandbox.ledger.arrivals] == ["quick"]


def test_a_folder_that_is_away_at_the_start_keeps_it_adopting(studio: Studio) -> None:
    away, late = studio.home / "away", studio.home / "second"
    away.mkdir()
    data = photo_data("there")
    image = studio.sandbox.put_image(GTIN, data, "a")
    (away / f"{GTIN}__a.jpg").write_bytes(data)
    studio.configure(watch=f'[[watch]]\npath = "{late}"')
    first = studio.export(f"{OTHER}__b.jpg")
    with running_service(studio):
        studio.wait_for_state(first, State.UPLOADED)
        away.rename(late)
        record = studio.wait_for_state(late / f"{GTIN}__a.jpg", State.UPLOADED)
        wait_for(lambda: not adopting(studio), "everything that was there has been taken in")
    assert record.image_id == image.id
    assert [arrival.title for arrival in studio.sandbox.ledger.arrivals] == ["b"]


def test_what_comes_after_that_is_sent_without_asking(studio: Studio) -> None:
    with running_service(studio):
        studio.wait_for_state(studio.export(f"{OTHER}__b.jpg"), State.UPLOADED)
        wait_for(lambda: not adopting(studio), "everything that was there has been taken in")
        studio.wait_for_state(studio.export(f"{GTIN}__a.jpg"), State.UPLOADED)
    assert listings(studio, GTIN) == 0
