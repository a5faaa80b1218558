"""What intake writes: each decision about an arrival, and what becomes of the records around it."""

from __future__ import annotations

import itertools
import os
from contextlib import closing

import pytest

from folder_sync.errors import FolderSyncError, NotSent, OutcomeUnknown, Refused, UnknownProduct
from folder_sync.photo import State
from folder_sync.rules.arrivals import Duplicate, Follow, Later, New, Replace, Same, Wait
from folder_sync.store.known import RENAME_SECONDS
from tests.support.shelf import FOLDER, GTIN, OTHER_GTIN, Shelf, path
from tests.support.store_model import CORRUPT, digest, judged

FRONT, SECOND, BACK = f"{GTIN}__Front.jpg", f"{GTIN}__Front__2.jpg", f"{GTIN}__Back.jpg"
HERO, MISNAMED = f"{GTIN}__Front__primary.jpg", f"{GTIN}__Front__primay.jpg"
REFUSED = Refused("The title is rude.", status=422, code="api_validation_error")


def test_a_photo_is_recorded_as_it_is(shelf: Shelf) -> None:
    arrival, record = shelf.put(HERO, "A")
    assert arrival == New()
    assert record is not None
    assert (record.path, record.account, record.organization_id) == (path(HERO), "main", "organization")
    assert record.label is not None
    assert (record.label.gtin, record.label.title, record.label.is_primary) == (GTIN, "Front", True)
    assert (record.sha256, record.size, record.state) == (digest("A"), 1, State.QUEUED)
    assert record.first_seen == shelf.now


def test_the_same_again_takes_only_the_new_fingerprint(shelf: Shelf) -> None:
    first = shelf.add(FRONT, "A")
    arrival, record = shelf.put(FRONT, "A")
    assert isinstance(arrival, Same)
    assert record is not None
    assert (record.id, record.state, record.arrival) == (first.id, first.state, first.arrival)
    assert shelf.expected.fingerprints(FOLDER)[FRONT.encode()] == shelf.disk.files[path(FRONT)].fingerprint


def test_a_reexport_before_the_upload_takes_its_place(shelf: Shelf) -> None:
    first = shelf.add(FRONT, "A")
    arrival, record = shelf.put(FRONT, "B")
    assert isinstance(arrival, Replace)
    assert record is not None
    assert (record.id, record.sha256) == (first.id, digest("B"))
    assert record.arrival > first.arrival


def test_a_reexport_after_the_upload_supersedes_when_it_is_uploaded(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    old = shelf.upload()
    new = shelf.add(FRONT, "B")
    assert shelf.again(old).successor == new.id
    assert shelf.again(old).state is State.UPLOADED
    shelf.upload()
    assert shelf.again(old).state is State.SUPERSEDED
    assert shelf.at(FRONT) == shelf.again(new)


def test_a_version_that_comes_back_before_its_replacement_was_sent_stands_again(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    old = shelf.upload()
    shelf.add(FRONT, "B")
    arrival, record = shelf.put(FRONT, "A")
    assert isinstance(arrival, Follow)
    assert record is not None
    assert (record.id, record.state, record.successor) == (old.id, State.UPLOADED, None)
    assert len(list(shelf.photo_queries.photos())) == 1
    assert shelf.queue.claim("main", shelf.now) is None


def test_a_version_that_comes_back_after_its_replacement_was_uploaded_stands_again(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    old = shelf.upload()
    shelf.add(FRONT, "B")
    newer = shelf.upload()
    shelf.put(FRONT, "A")
    assert shelf.at(FRONT) == shelf.again(old)
    assert [shelf.again(photo).state for photo in (old, newer)] == [State.UPLOADED, State.SUPERSEDED]
    assert [event.event for event in shelf.photo_queries.history(old.id)][-3:] == ["superseded", "uploaded", "uploaded"]


def test_a_hero_that_comes_back_after_its_replacement_was_uploaded_is_uploaded_again(shelf: Shelf) -> None:
    shelf.add(HERO, "A")
    shelf.upload()
    shelf.add(HERO, "B")
    newer = shelf.upload()
    arrival, _ = shelf.put(HERO, "A")
    assert arrival == New(replaces=newer)


def test_a_version_that_comes_back_while_its_replacement_is_in_doubt_waits(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    shelf.upload()
    shelf.add(FRONT, "B")
    shelf.end(shelf.claim(), OutcomeUnknown("The answer was lost."))
    assert shelf.put(FRONT, "A") == (Later(), None)


def test_new_bytes_while_the_old_ones_are_sent_change_nothing_yet(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    sent = shelf.claim()
    assert shelf.put(FRONT, "B") == (Later(), None)
    assert shelf.again(sent) == sent


def test_three_versions_the_second_of_which_was_never_stored(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    first = shelf.upload()
    shelf.add(FRONT, "B")
    second = shelf.claim()
    shelf.end(second, OutcomeUnknown("The answer was lost."))
    third = shelf.add(FRONT, "C")
    shelf.step(shelf.again(second), State.QUEUED)
    assert shelf.photo_queries.by_id(second.id) is None
    assert shelf.again(first).successor == third.id
    shelf.upload()
    assert shelf.again(first).state is State.SUPERSEDED


def test_three_versions_the_second_of_which_was_renamed_and_never_stored(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    first = shelf.upload()
    shelf.add(FRONT, "B")
    second = shelf.claim()
    shelf.end(second, OutcomeUnknown("The answer was lost."))
    shelf.rename(FRONT, BACK)
    shelf.step(shelf.again(second), State.QUEUED)
    third = shelf.at(BACK)
    assert third is not None
    assert shelf.again(first).successor == third.id
    shelf.upload()
    assert shelf.again(first).state is State.SUPERSEDED


def test_renamed_with_the_same_label_the_record_follows(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    photo = shelf.upload()
    assert isinstance(shelf.rename(FRONT, SECOND), Follow)
    moved = shelf.again(photo)
    assert (moved.path, moved.number, moved.state) == (path(SECOND), 2, State.UPLOADED)
    assert shelf.photo_queries.history(photo.id)[-1].event == "moved"


def test_renamed_with_a_new_label_is_uploaded_anew(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    photo = shelf.upload()
    assert shelf.rename(FRONT, BACK) == New(replaces=photo)
    shelf.upload()
    assert shelf.again(photo).state is State.SUPERSEDED


def test_renamed_with_a_new_label_before_the_upload_goes_once(shelf: Shelf) -> None:
    photo = shelf.add(FRONT, "A")
    shelf.rename(FRONT, BACK)
    assert [(found.id, found.title) for found in shelf.photo_queries.photos()] == [(photo.id, "Back")]


def test_gone_long_ago_the_same_bytes_under_another_label_are_another_photo(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    shelf.upload()
    shelf.remove(FRONT)
    shelf.now += RENAME_SECONDS + 1
    assert shelf.put(BACK, "A")[0] == New()


def test_renamed_over_another_photo_that_one_is_superseded(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    photo = shelf.upload()
    shelf.add(SECOND, "B")
    other = shelf.upload()
    shelf.rename(FRONT, SECOND)
    assert shelf.again(photo).path == path(SECOND)
    assert shelf.again(other).state is State.SUPERSEDED
    assert shelf.queue.claim("main", shelf.now) is None


def test_renamed_over_a_reexport_that_was_never_sent(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    oldest = shelf.upload()
    shelf.add(SECOND, "C")
    moved = shelf.upload()
    shelf.add(FRONT, "B")
    shelf.rename(SECOND, FRONT)
    found = shelf.at(FRONT)
    assert found is not None
    assert found.id == moved.id
    assert shelf.again(oldest).successor == moved.id


def test_copied_over_a_reexport_that_was_never_sent_the_uploaded_version_is_superseded(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    oldest = shelf.upload()
    shelf.add(SECOND, "C")
    shelf.upload()
    shelf.add(FRONT, "B")
    assert shelf.add(FRONT, "C").state is State.DUPLICATE
    assert shelf.again(oldest).state is State.SUPERSEDED


def test_the_original_moves_to_a_copy_that_stands_where_another_version_was_uploaded(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    oldest = shelf.upload()
    shelf.add(FRONT, CORRUPT)
    shelf.add(SECOND, "B")
    moved = shelf.upload()
    shelf.disk.swap(path(FRONT), path(SECOND))
    shelf.look(FRONT)
    shelf.take_in(SECOND)
    assert shelf.at(FRONT) == shelf.again(moved)
    assert shelf.again(oldest).state is State.SUPERSEDED
    assert shelf.state(SECOND) is State.REJECTED


def test_another_photo_over_an_original_leaves_its_copy_standing(shelf: Shelf) -> None:
    original = shelf.add(FRONT, "A")
    shelf.add(SECOND, "A")
    third, fourth = f"{GTIN}__Front__3.jpg", f"{GTIN}__Front__4.jpg"
    shelf.add(third, "B")
    shelf.rename(third, FRONT)
    assert shelf.again(original).path == path(SECOND)
    shelf.add(fourth, "A")
    shelf.add(SECOND, "B")
    assert shelf.again(original).path == path(fourth)
    assert shelf.state(SECOND) is State.DUPLICATE


@pytest.mark.parametrize("first", [FRONT, SECOND])
def test_two_uploaded_photos_that_change_places_cost_no_request(shelf: Shelf, first: str) -> None:
    shelf.add(FRONT, "A")
    one = shelf.upload()
    shelf.add(SECOND, "B")
    other = shelf.upload()
    shelf.disk.swap(path(FRONT), path(SECOND))
    shelf.look(first)
    shelf.take_in(SECOND if first == FRONT else FRONT)
    assert (shelf.again(one).path, shelf.again(other).path) == (path(SECOND), path(FRONT))
    assert {photo.state for photo in shelf.photo_queries.photos()} == {State.UPLOADED}
    assert len(list(shelf.photo_queries.photos())) == 2


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_uploaded_photos_that_are_numbered_anew_cost_no_request(shelf: Shelf, order: tuple[int, ...]) -> None:
    names = [f"{GTIN}__Front__{number}.jpg" for number in range(4)]
    before = []
    for name, data in zip(names, "ABC", strict=False):
        shelf.add(name, data)
        before.append(shelf.upload())
    for number in (2, 1, 0):
        shelf.disk.rename(path(names[number]), path(names[number + 1]))
    for number in order:
        if path(names[number]) in shelf.disk.files:
            shelf.look(names[number])
        else:
            shelf.incoming.gone(path(names[number]), shelf.now)
    shelf.incoming.conclude(shelf.now)
    assert [shelf.again(photo).path for photo in before] == [path(name) for name in names[1:]]
    assert {photo.state for photo in shelf.photo_queries.photos()} == {State.UPLOADED}
    assert len(list(shelf.photo_queries.photos())) == 3


@pytest.mark.parametrize(("moved", "other"), list(itertools.product([True, False], repeat=2)))
def test_renamed_with_a_new_label_over_another_photo_both_are_superseded(
    shelf: Shelf, moved: bool, other: bool
) -> None:
    """``moved`` and ``other``: whether they were uploaded before."""
    before = []
    for name, data, uploaded in sorted(((BACK, "B", other), (FRONT, "A", moved)), key=lambda photo: not photo[2]):
        shelf.add(name, data)
        before += [shelf.upload()] if uploaded else []
    shelf.rename(FRONT, BACK)
    photo = shelf.at(BACK)
    assert photo is not None
    assert (photo.state, photo.sha256) == (State.QUEUED, digest("A"))
    shelf.upload()
    assert [shelf.again(old).state for old in before] == [State.SUPERSEDED] * len(before)
    assert shelf.again(photo).state is State.UPLOADED
    assert len(list(shelf.photo_queries.photos())) == len(before) + 1


def test_renamed_with_a_new_label_over_a_photo_whose_copy_stands_elsewhere(shelf: Shelf) -> None:
    shelf.add(BACK, "B")
    kept = shelf.upload()
    copy = f"{GTIN}__Back__2.jpg"
    shelf.add(copy, "B")
    shelf.add(FRONT, "A")
    moved = shelf.upload()
    shelf.rename(FRONT, BACK)
    shelf.upload()
    assert (shelf.again(kept).path, shelf.again(kept).state) == (path(copy), State.UPLOADED)
    assert shelf.again(moved).state is State.SUPERSEDED


def test_a_photo_with_a_copy_renamed_with_a_new_label_over_an_uploaded_one(shelf: Shelf) -> None:
    shelf.add(BACK, "B")
    other = shelf.upload()
    waiting = shelf.add(FRONT, "A")
    shelf.add(SECOND, "A")
    shelf.rename(FRONT, BACK)
    assert shelf.again(waiting).path == path(SECOND)
    photo = shelf.at(BACK)
    assert photo is not None
    assert shelf.again(other).successor == photo.id


def test_an_uploaded_original_is_deleted_and_its_copy_stands_for_it(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    original = shelf.upload()
    shelf.add(SECOND, "A")
    shelf.remove(FRONT)
    assert shelf.at(SECOND) == shelf.again(original)
    assert (shelf.again(original).state, shelf.again(original).path) == (State.UPLOADED, path(SECOND))
    assert len(list(shelf.photo_queries.photos())) == 1


@pytest.mark.parametrize("wanted", [True, False])
def test_the_image_of_what_is_displaced_is_kept_or_taken_off(shelf: Shelf, wanted: bool) -> None:
    shelf.wish(deletes_superseded=not wanted)
    shelf.add(FRONT, "A")
    shelf.upload()
    shelf.add(SECOND, "B")
    displaced = shelf.upload()
    shelf.rename(FRONT, SECOND)
    unwanted = [photo.id for photo in shelf.queue.deletions.due("main", shelf.now, 5)]
    assert unwanted == ([] if wanted else [displaced.id])


def test_a_copy_is_a_duplicate(shelf: Shelf) -> None:
    photo = shelf.add(FRONT, "A")
    arrival, copy = shelf.put(SECOND, "A")
    assert arrival == Duplicate(photo)
    assert copy is not None
    assert (copy.state, copy.duplicate_of) == (State.DUPLICATE, photo.id)


@pytest.mark.parametrize("uploaded", [True, False])
def test_the_original_is_exported_anew_and_the_copy_stands_for_the_old_bytes(shelf: Shelf, uploaded: bool) -> None:
    original = shelf.add(FRONT, "A")
    if uploaded:
        original = shelf.upload()
    shelf.add(SECOND, "A")
    new = shelf.add(FRONT, "B")
    assert new.id != original.id
    kept = shelf.at(SECOND)
    assert kept is not None
    assert (kept.id, kept.state, kept.sha256) == (original.id, original.state, digest("A"))
    assert kept.successor is None


def test_the_original_is_deleted_before_the_upload_and_the_copy_goes(shelf: Shelf) -> None:
    original = shelf.add(FRONT, "A")
    shelf.add(SECOND, "A")
    shelf.add(f"{GTIN}__Front__3.jpg", "A")
    shelf.remove(FRONT)
    kept = shelf.at(SECOND)
    assert kept is not None
    assert (kept.id, kept.state) == (original.id, State.QUEUED)
    third = shelf.at(f"{GTIN}__Front__3.jpg")
    assert third is not None
    assert third.duplicate_of == original.id


def test_the_original_is_refused_and_deleted_and_the_copy_shows_why(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    shelf.add(SECOND, "A")
    shelf.end(shelf.claim(), REFUSED)
    shelf.remove(FRONT)
    kept = shelf.at(SECOND)
    assert kept is not None
    assert kept.state is State.REJECTED
    assert kept.reason is not None
    assert kept.reason.code == "api_validation_error"


def test_the_original_was_not_stored_and_replaced_and_the_copy_goes(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    shelf.add(SECOND, "A")
    sent = shelf.claim()
    shelf.end(sent, OutcomeUnknown("The answer was lost."))
    shelf.add(FRONT, "B")
    shelf.step(shelf.again(sent), State.QUEUED)
    kept = shelf.at(SECOND)
    assert kept is not None
    assert (kept.id, kept.state, kept.successor) == (sent.id, State.QUEUED, None)
    assert shelf.state(FRONT) is State.QUEUED


def test_what_cant_go_is_rejected_with_its_reason(shelf: Shelf) -> None:
    record = shelf.add(FRONT, CORRUPT)
    assert record.state is State.REJECTED
    assert record.reason is not None
    assert record.reason.code == "corrupt"


def test_a_name_not_understood_is_found_by_its_gtin(shelf: Shelf) -> None:
    record = shelf.add(MISNAMED, "A")
    assert (record.state, record.gtin, record.sha256) == (State.REJECTED, GTIN, None)
    assert [found.id for found in shelf.photo_queries.photos(gtin=GTIN)] == [record.id]


def test_a_rejected_name_put_right_starts_it(shelf: Shelf) -> None:
    shelf.add(MISNAMED, "A")
    assert shelf.rename(MISNAMED, HERO) == New()
    shelf.incoming.gone(path(MISNAMED), shelf.now)
    assert [(found.path, found.state) for found in shelf.photo_queries.photos()] == [(path(HERO), State.QUEUED)]


def test_a_spoiled_reexport_leaves_what_is_uploaded(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    uploaded = shelf.upload()
    shelf.add(FRONT, CORRUPT)
    assert shelf.state(FRONT) is State.REJECTED
    shelf.remove(FRONT)
    assert shelf.at(FRONT) == shelf.again(uploaded)
    assert shelf.again(uploaded).successor is None
    assert shelf.again(uploaded).is_gone, "the spoiled one had taken the place of its file"
    assert shelf.expected.fingerprints(FOLDER) == {}


def test_a_renamed_photo_is_refused_and_deleted_and_its_old_place_stays_empty(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    uploaded = shelf.upload()
    shelf.rename(FRONT, BACK)
    shelf.incoming.gone(path(FRONT), shelf.now)
    shelf.end(shelf.claim(), REFUSED)
    shelf.remove(BACK)
    assert (shelf.again(uploaded).state, shelf.again(uploaded).is_gone) == (State.UPLOADED, True)
    assert shelf.expected.fingerprints(FOLDER) == {}


def test_what_a_forgotten_photo_was_to_replace_gives_way_to_what_stands_there_now(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    uploaded = shelf.upload()
    shelf.rename(FRONT, BACK)
    shelf.end(shelf.claim(), REFUSED)
    new = shelf.add(FRONT, "B")
    shelf.remove(BACK)
    assert shelf.again(uploaded).successor == new.id


@pytest.mark.parametrize("state", [State.QUEUED, State.WAITING])
def test_deleted_before_the_upload_it_is_missing_until_it_returns(shelf: Shelf, state: State) -> None:
    photo = shelf.add(FRONT, "A")
    if state is State.WAITING:
        shelf.db.change("UPDATE photo SET state = 'waiting', reason_code = 'unknown_product'")
    shelf.remove(FRONT)
    shelf.incoming.gone(path(FRONT), shelf.now)
    assert shelf.state(FRONT) is State.MISSING
    assert shelf.expected.fingerprints(FOLDER) == {}
    shelf.put(FRONT, "A")
    assert (shelf.again(photo).state, shelf.again(photo).arrival) == (State.QUEUED, photo.arrival)


def test_missing_it_returns_under_another_name(shelf: Shelf) -> None:
    photo = shelf.add(FRONT, "A")
    shelf.remove(FRONT)
    assert isinstance(shelf.put(SECOND, "A")[0], Follow)
    assert (shelf.again(photo).state, shelf.again(photo).path) == (State.QUEUED, path(SECOND))
    shelf.remove(SECOND)
    assert isinstance(shelf.put(BACK, "A")[0], Replace)
    assert (shelf.again(photo).state, shelf.again(photo).title) == (State.QUEUED, "Back")


def test_a_hero_that_returns_after_a_later_one_was_sent_is_the_later_one(shelf: Shelf) -> None:
    first = shelf.add(HERO, "A")
    shelf.remove(HERO)
    later = shelf.add(f"{GTIN}__Front__primary__2.jpg", "B")
    shelf.upload()
    shelf.put(HERO, "A")
    assert shelf.again(first).arrival > later.arrival


def test_deleted_after_the_upload_it_stays_uploaded(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    shelf.upload()
    shelf.remove(FRONT)
    assert shelf.state(FRONT) is State.UPLOADED
    assert shelf.expected.fingerprints(FOLDER) == {}
    shelf.put(FRONT, "A")
    assert shelf.queue.claim("main", shelf.now) is None
    assert list(shelf.expected.fingerprints(FOLDER)) == [FRONT.encode()]


def test_the_records_of_rejected_and_duplicate_go_with_their_files(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    shelf.add(SECOND, "A")
    shelf.add(BACK, CORRUPT)
    shelf.remove(SECOND)
    shelf.remove(BACK)
    assert [found.path for found in shelf.photo_queries.photos()] == [path(FRONT)]


def test_a_path_never_heard_of_is_nothing(shelf: Shelf) -> None:
    shelf.incoming.gone(path(FRONT), shelf.now)
    assert list(shelf.photo_queries.photos()) == []


def test_a_preview_writes_nothing_nor_waits_for_who_writes(shelf: Shelf) -> None:
    shelf.disk.put(path(FRONT), "A")
    place, seen = shelf.place(FRONT), judged(path(FRONT), "A")
    with closing(shelf.db.store.open()) as other, other.write():
        assert not shelf.incoming.candidates(place, seen, shelf.now)
        assert shelf.incoming.preview(place, seen, shelf.now, {}) == (New(), seen)
    assert list(shelf.photo_queries.photos()) == []


def test_a_path_that_came_to_matter_in_between_is_asked_about_before_anything_is_decided(shelf: Shelf) -> None:
    """The other folder's photo is recorded between the question what matters and the decision."""
    shelf.disk.put(path(SECOND), "A")
    place, seen = shelf.place(SECOND), judged(path(SECOND), "A")
    nothing_yet = dict.fromkeys(shelf.incoming.candidates(place, seen, shelf.now), True)
    first = shelf.add(FRONT, "A")
    assert shelf.incoming.arrive(place, seen, shelf.now, nothing_yet) == (Later(Wait.DISKS), None)
    assert [photo.id for photo in shelf.photo_queries.photos()] == [first.id]
    assert shelf.incoming.candidates(place, seen, shelf.now) == {path(FRONT)}
    arrival, _ = shelf.incoming.arrive(place, seen, shelf.now, {path(FRONT): True})
    assert arrival == Duplicate(first)


def test_the_original_goes_after_the_disks_were_asked_and_before_its_copy_is_recorded(shelf: Shelf) -> None:
    """As a copy to another disk, after which the original is deleted, may have it: nothing would come of either."""
    original = shelf.add(FRONT, "A")
    shelf.disk.put(path(SECOND), "A")
    place, seen = shelf.place(SECOND), judged(path(SECOND), "A")
    it_stands = dict.fromkeys(shelf.incoming.candidates(place, seen, shelf.now), True)
    shelf.remove(FRONT)
    arrival, photo = shelf.incoming.arrive(place, seen, shelf.now, it_stands)
    assert isinstance(arrival, Follow)
    assert photo is not None
    assert (photo.id, photo.state) == (original.id, State.QUEUED)


def test_a_photo_that_may_have_been_renamed_is_asked_about_too(shelf: Shelf) -> None:
    old = shelf.add(FRONT, "A")
    shelf.disk.put(path(BACK), "A")
    place, seen = shelf.place(BACK), judged(path(BACK), "A")
    assert shelf.incoming.arrive(place, seen, shelf.now, {}) == (Later(Wait.DISKS), None)
    assert shelf.incoming.candidates(place, seen, shelf.now) == {path(FRONT)}
    assert shelf.incoming.arrive(place, seen, shelf.now, {path(FRONT): False})[0] == Replace(old)


def test_what_stands_below_a_folder(shelf: Shelf) -> None:
    for name in ("inner/" + FRONT, "inner/deep/" + BACK, "inner0/" + SECOND, "inner-2/" + SECOND):
        shelf.add(name, name)
    shelf.remove("inner/" + FRONT)
    shelf.add(f"inner/{OTHER_GTIN}.jpg", "D")
    inner = os.path.join(FOLDER, b"inner")
    assert [len(shelf.expected.some_below(inner, most)) for most in (1, 3)] == [1, 2]
    assert sorted(shelf.expected.paths_below(inner)) == [
        path(f"inner/{OTHER_GTIN}.jpg"),
        path("inner/deep/" + BACK),
    ]
    assert sorted(shelf.expected.folders_below(inner)) == [inner, os.path.join(inner, b"deep")]


def test_not_sent_and_gone_meanwhile_it_is_missing(shelf: Shelf) -> None:
    """Nobody tells of it a second time: it was tried again every second, and stayed queued."""
    shelf.add(FRONT, "A")
    sent = shelf.claim()
    shelf.remove(FRONT)
    shelf.end(sent, NotSent("Connection refused."))
    assert shelf.state(FRONT) is State.MISSING
    shelf.put(FRONT, "A")
    assert shelf.state(FRONT) is State.QUEUED


COPY = f"{GTIN}__Front (1).jpg"


def test_a_copy_with_the_bytes_of_a_photo_of_its_product_is_its_duplicate(shelf: Shelf) -> None:
    first = shelf.add(FRONT, "A")
    arrival, record = shelf.put(COPY, "A")
    assert isinstance(arrival, Duplicate)
    assert record is not None
    assert (record.state, record.duplicate_of, record.reason) == (State.DUPLICATE, first.id, None)
    assert isinstance(shelf.take_in(COPY)[0], Same)


def test_under_whatever_label_that_photo_goes(shelf: Shelf) -> None:
    shelf.add(HERO, "A")
    shelf.add(BACK, "A")
    _, record = shelf.put(COPY, "A")
    assert record is not None
    assert record.state is State.DUPLICATE


def test_a_copy_with_bytes_of_its_own_is_rejected_until_there_is_such_a_photo(shelf: Shelf) -> None:
    _, record = shelf.put(COPY, "A")
    assert record is not None
    assert record.reason is not None
    assert (record.state, record.reason.code, record.gtin) == (State.REJECTED, "copy_name", GTIN)
    shelf.put(f"{OTHER_GTIN}__Front.jpg", "A")
    assert isinstance(shelf.take_in(COPY)[0], Same)
    shelf.add(FRONT, "A")
    shelf.take_in(COPY)
    assert shelf.state(COPY) is State.DUPLICATE


def test_a_copy_whose_original_was_renamed_to_it_is_a_question(shelf: Shelf) -> None:
    """There is no other file of it: as a duplicate of what is missing it would be lost."""
    shelf.add(FRONT, "A")
    shelf.disk.rename(path(FRONT), path(COPY))
    shelf.take_in(COPY)
    assert shelf.state(COPY) is State.REJECTED


def test_a_copy_stands_for_the_photo_when_that_is_deleted_before_its_upload(shelf: Shelf) -> None:
    first = shelf.add(FRONT, "A")
    shelf.add(COPY, "A")
    shelf.remove(FRONT)
    stands = shelf.at(COPY)
    assert stands is not None
    assert (stands.id, stands.state, stands.title) == (first.id, State.QUEUED, "Front")
    assert isinstance(shelf.take_in(COPY)[0], Same)
    assert shelf.state(COPY) is State.QUEUED


@pytest.mark.parametrize(
    ("end", "state"),
    [
        (NotSent("Connection refused."), State.QUEUED),
        (UnknownProduct("The catalogue does not know it."), State.WAITING),
        (REFUSED, State.REJECTED),
    ],
)
def test_a_copy_stands_for_the_photo_when_that_goes_while_it_is_being_sent(
    shelf: Shelf, end: FolderSyncError, state: State
) -> None:
    """As a duplicate of what is missing it would be lost: nobody looks at it again."""
    first = shelf.add(FRONT, "A")
    shelf.add(COPY, "A")
    sent = shelf.claim()
    shelf.remove(FRONT)
    shelf.end(sent, end)
    stands = shelf.at(COPY)
    assert stands is not None
    assert (stands.id, stands.state, stands.title) == (first.id, state, "Front")
    assert shelf.at(FRONT) is None


def test_a_copy_of_an_uploaded_photo_that_was_put_away_is_its_duplicate(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    shelf.upload()
    shelf.remove(FRONT)
    shelf.put(COPY, "A")
    assert shelf.state(COPY) is State.DUPLICATE
