"""Which of a product's images is ours: after a lost answer, and when the records of what was sent are lost."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pytest

from folder_sync.photo import Image, Record, State
from folder_sync.rules import confirming
from folder_sync.rules.confirming import (
    CLOCK_SLACK_SECONDS,
    OVERDUE_SECONDS,
    SECOND_LOOK,
    STORED_LATE_SECONDS,
    UNREAD_LOOKS,
    Absent,
    Bytes,
    Candidate,
    Found,
    Server,
    Undecidable,
    Unread,
    Untested,
)
from folder_sync.rules.outcome import Policy, backoff
from tests.support.records import SENT_AT, sent_photo

THEIRS: Final = "b" * 64
NOTHING: Final = frozenset[str]()

PHOTO: Final = sent_photo()
HERO: Final = sent_photo(is_primary=True)
QUEUED: Final = replace(PHOTO, state=State.QUEUED, started_at=None)
OURS_, OTHERS, UNREAD, NOWHERE = Bytes.OURS, Bytes.OTHERS, Bytes.UNREAD, Bytes.NOWHERE
VERBATIM, RECODES = Server(serves_unchanged=True), Server(serves_unchanged=False)
UNKNOWN = Server(serves_unchanged=None)
NOW: Final = SENT_AT + 5_000.0


def of(
    bytes_: Bytes,
    id_: str = "one",
    title: str = "Front",
    *,
    created: float = SENT_AT + 1,
    is_primary: bool = False,
) -> Candidate:
    url = None if bytes_ is NOWHERE else f"https://www.closient.com/media/{id_}.jpg"
    return Candidate(Image(id_, title, is_primary, created, url), bytes_)


def settle(
    record: Record,
    *candidates: Candidate,
    server: Server = UNKNOWN,
    known_before: frozenset[str] = NOTHING,
    looks: int = 0,
) -> Found | Absent | Undecidable:
    return confirming.settle(record, candidates, server, known_before=known_before, looks=looks)


def recognise(
    record: Record, *candidates: Candidate, server: Server = UNKNOWN, rivals: int = 0, may_test: bool = True
) -> Found | Absent | Unread | Untested:
    return confirming.recognise(
        record, candidates, server, rivals=[replace(record, sha256=THEIRS)] * rivals, may_test=may_test, now=NOW
    )


def adopted(verdict: object) -> str | None:
    return verdict.image.id if isinstance(verdict, Found) else None


# --- after a lost answer


def test_equal_bytes_prove_all_whatever_the_title_says_now() -> None:
    for server in (UNKNOWN, VERBATIM, RECODES):
        verdict = settle(PHOTO, of(OTHERS), of(OURS_, "two", "FRONT &amp; BACK", created=0.0), server=server)
        assert adopted(verdict) == "two"


@pytest.mark.parametrize(
    ("created", "ours"),
    [
        (SENT_AT, True),
        (SENT_AT - CLOCK_SLACK_SECONDS, True),
        (SENT_AT - CLOCK_SLACK_SECONDS - 0.1, False),
        (SENT_AT + STORED_LATE_SECONDS, True),
        (SENT_AT + STORED_LATE_SECONDS + 0.1, False),
    ],
)
def test_without_bytes_only_an_image_made_since_the_request_is_adopted(created: float, ours: bool) -> None:
    """Another one is no absence either: whether a clock was set since, nobody knows."""
    verdict = settle(PHOTO, of(NOWHERE, created=created))
    assert isinstance(verdict, Found if ours else Undecidable)


def test_the_times_are_compared_on_the_servers_clock() -> None:
    server = Server(serves_unchanged=None, skew=7200.0)
    assert (
        adopted(settle(PHOTO, of(NOWHERE, "old"), of(NOWHERE, "new", created=SENT_AT + 7201), server=server)) == "new"
    )


def test_a_request_whose_beginning_is_unknown_counts_from_when_the_photo_was_seen() -> None:
    unknown = replace(PHOTO, started_at=None)
    before = of(NOWHERE, "before", created=PHOTO.first_seen - 10)
    assert adopted(settle(unknown, before, of(NOWHERE, "after", created=PHOTO.first_seen + 1))) == "after"


def test_a_hero_may_have_been_demoted_but_no_other_photo_is_made_a_hero() -> None:
    hero, plain = of(NOWHERE, "hero", is_primary=True), of(NOWHERE, "plain")
    assert isinstance(settle(HERO, hero, plain), Undecidable)
    assert adopted(settle(PHOTO, hero, plain)) == "plain"


def test_two_that_could_be_it_are_left_to_people() -> None:
    verdict = settle(PHOTO, of(NOWHERE, "one"), of(NOWHERE, "two"))
    assert isinstance(verdict, Undecidable)
    assert not verdict.again
    assert "2 images" in verdict.note
    assert "folder-sync retry" in verdict.note


def test_none_is_none_and_so_is_an_old_one_under_another_title() -> None:
    assert settle(PHOTO) == Absent()
    assert settle(PHOTO, of(UNREAD, title="Back", created=SENT_AT - 100)) == Absent()


def test_what_stood_there_before_the_request_is_not_its_result() -> None:
    assert settle(PHOTO, of(OTHERS, "old"), known_before=frozenset({"old"})) == Absent()


@pytest.mark.parametrize("title", ["Front", "Back"])
@pytest.mark.parametrize("bytes_", [OTHERS, UNREAD])
def test_an_image_made_since_is_no_absence_though_its_bytes_differ_or_can_not_be_had(title: str, bytes_: Bytes) -> None:
    """A placeholder was served for a while, and the photo was sent a second time."""
    verdict = settle(PHOTO, of(bytes_, title=title), server=VERBATIM)
    assert isinstance(verdict, Undecidable)
    assert verdict.again


def test_nor_is_one_of_our_title_whenever_it_was_made() -> None:
    assert isinstance(settle(PHOTO, of(OTHERS, created=0.0), server=VERBATIM), Undecidable)


@pytest.mark.parametrize("title", ["Fish &amp; Chips", "Fish & Chips ", "Fish &#38; Chips"])
def test_a_title_may_be_spelt_otherwise(title: str) -> None:
    photo = replace(PHOTO, title="Fish & Chips")
    assert adopted(settle(photo, of(NOWHERE, title=title))) == "one"
    decomposed = of(NOWHERE, title="Cafe\u0301")
    assert adopted(settle(replace(PHOTO, title="Caf\u00e9"), decomposed)) == "one"


def test_where_titles_change_any_may_be_ours() -> None:
    server = Server(serves_unchanged=None, keeps_titles=False)
    assert adopted(settle(PHOTO, of(NOWHERE, title="FRONT"), server=server)) == "one"
    assert isinstance(settle(PHOTO, of(NOWHERE, title="x", created=0.0), server=server), Undecidable)


def test_bytes_that_differ_are_ours_re_encoded_unless_the_server_serves_what_it_was_sent() -> None:
    assert adopted(settle(PHOTO, of(OTHERS))) == "one"
    verdict = settle(PHOTO, of(OTHERS), server=RECODES)
    assert isinstance(verdict, Found)
    assert verdict.note == "image one adopted by title and time: its bytes were re-encoded"


def test_bytes_that_can_not_be_had_decide_nothing_until_that_has_lasted() -> None:
    assert isinstance(settle(PHOTO, of(UNREAD), looks=UNREAD_LOOKS - 1), Undecidable)
    verdict = settle(PHOTO, of(UNREAD), looks=UNREAD_LOOKS)
    assert isinstance(verdict, Found)
    assert "could not be compared" in verdict.note


# --- after the records were lost


def test_who_remembers_no_request_asks_for_no_time() -> None:
    assert adopted(recognise(QUEUED, of(OURS_, created=0.0, title="anything"))) == "one"
    assert adopted(recognise(QUEUED, of(NOWHERE, created=0.0))) == "one"


def test_an_address_that_fails_now_is_looked_at_again_and_in_the_end_the_photo_is_sent() -> None:
    """Sixty photos were recorded as uploaded that never had been, for a host of images was away for ten seconds."""
    assert recognise(QUEUED, of(UNREAD)) == Unread()
    assert recognise(replace(QUEUED, looked_for=True), of(UNREAD), server=RECODES) == Unread()
    assert recognise(replace(QUEUED, first_seen=NOW - OVERDUE_SECONDS), of(UNREAD)) == Absent()


def test_a_new_image_with_other_bytes_is_looked_at_twice() -> None:
    new = of(OTHERS, created=NOW - 10)
    assert recognise(QUEUED, new, server=VERBATIM) == Unread()
    assert recognise(replace(QUEUED, looked_for=True), new, server=VERBATIM) == Absent()


def test_other_bytes_are_no_proof_until_it_is_known_what_the_server_serves() -> None:
    """A new photo under an old title would otherwise be taken for the old one, and never be uploaded."""
    assert recognise(QUEUED, of(OTHERS)) == Untested()
    assert recognise(QUEUED, of(OTHERS), server=VERBATIM) == Absent()
    assert adopted(recognise(QUEUED, of(OTHERS), server=RECODES)) == "one"
    assert recognise(QUEUED, of(OTHERS), may_test=False) == Absent()  # an image too many can be deleted


def test_photos_of_one_title_are_adopted_only_where_there_are_images_for_all() -> None:
    images = [of(NOWHERE, "one"), of(NOWHERE, "two")]
    assert recognise(QUEUED, *images, rivals=2) == Absent()
    assert adopted(recognise(QUEUED, *images, rivals=1)) is not None
    assert recognise(QUEUED, of(OTHERS, "other"), of(NOWHERE, "one"), rivals=1, server=VERBATIM) == Absent()


def test_plain_photos_take_the_oldest_image_and_a_hero_the_one_listed_first() -> None:
    """They are matched in the order of arrival, and images were made in that order; the list has the hero first."""
    newer, older = of(NOWHERE, "newer", created=20.0), of(NOWHERE, "older", created=10.0)
    assert adopted(recognise(QUEUED, newer, older, rivals=1)) == "older"
    hero = of(NOWHERE, "hero", created=30.0, is_primary=True)
    assert adopted(recognise(replace(QUEUED, is_primary=True), hero, newer, older)) == "hero"
    assert recognise(QUEUED, hero) == Absent()


def test_copies_under_several_titles_find_their_own_images() -> None:
    back = replace(QUEUED, title="Back")
    images = [of(OURS_, "front"), of(OURS_, "back", "Back")]
    for photo, copy, found in ((QUEUED, back, "front"), (back, QUEUED, "back")):
        verdict = confirming.recognise(photo, images, UNKNOWN, rivals=[copy], may_test=True, now=NOW)
        assert adopted(verdict) == found
    assert confirming.recognise(back, images[:1], UNKNOWN, rivals=[QUEUED], may_test=True, now=NOW) == Absent()
    assert adopted(recognise(back, images[0])) == "front"  # its title may have been rewritten


def test_photos_that_differ_only_in_their_number_have_one_label() -> None:
    assert confirming.same_label(PHOTO, replace(PHOTO, number=2, id=2))
    assert not confirming.same_label(PHOTO, replace(PHOTO, title="Back"))
    assert not confirming.same_label(PHOTO, HERO)


# --- what follows from the verdict

POLICY: Final = Policy(retry_base_seconds=2.0, confirm_after_seconds=10.0)


def test_found_is_uploaded() -> None:
    image = of(OURS_).image
    transition = confirming.conclude(PHOTO, Found(image, "why"), 0.0, 0.0, POLICY)
    assert (transition.to, transition.image, transition.note) == (State.UPLOADED, image, "why")


def test_absent_once_is_asked_again_later_and_twice_is_sent_again() -> None:
    once = confirming.conclude(PHOTO, Absent(), 100.0, 0.5, POLICY)
    assert (once.to, once.absences, once.not_before) == (State.UNCONFIRMED, 1, 100.0 + SECOND_LOOK * 10.0)
    seen = replace(PHOTO, absences=1)
    twice = confirming.conclude(seen, Absent(), 200.0, 0.5, POLICY, absent_for=30.0)
    assert (twice.to, twice.not_before) == (State.QUEUED, 200.0 + backoff(1, 0.5, POLICY))


def test_what_the_wall_clock_says_makes_no_second_look() -> None:
    """It was set forward; or an earlier run had looked the first time, and who knows how long ago."""
    seen = replace(PHOTO, absences=1)
    soon = confirming.conclude(seen, Absent(), 5_000.0, 0.5, POLICY, absent_for=2.0)
    assert (soon.to, soon.absences, soon.not_before) == (State.UNCONFIRMED, 1, 5_000.0 + SECOND_LOOK * 10.0 - 2.0)
    unseen = confirming.conclude(seen, Absent(), 5_000.0, 0.5, POLICY)
    assert (unseen.to, unseen.absences, unseen.not_before) == (State.UNCONFIRMED, 1, 5_000.0 + SECOND_LOOK * 10.0)


def test_undecidable_stays_until_a_person_decides_or_is_looked_at_ever_less_often() -> None:
    for again in (True, False):
        waits = [
            confirming.conclude(replace(PHOTO, absences=1), Undecidable("look", again), 0.0, 0.0, POLICY, looks=looks)
            for looks in (0, 1, 2, 40)
        ]
        assert {(one.to, one.absences, one.note) for one in waits} == {(State.UNCONFIRMED, 1, "look")}
        expected = [20.0, 40.0, 80.0, POLICY.recheck_seconds] if again else [None] * 4
        assert [one.not_before for one in waits] == expected
        assert all(one.reason is not None for one in waits)
