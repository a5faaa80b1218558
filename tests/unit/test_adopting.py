"""Which of a product's images is ours: after a lost answer, and when the records of what was sent are lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import pytest

from folder_sync.photo import Image, Record, State
from folder_sync.rules import confirming
from folder_sync.rules.confirming import (
    CLOCK_SLACK_SECONDS,
    SECOND_LOOK,
    STORED_LATE_SECONDS,
    Absent,
    Found,
    Undecidable,
    Untested,
    Verdict,
)
from folder_sync.rules.outcome import Policy, backoff
from tests.support.records import OURS, SENT_AT, sent_photo

THEIRS: Final = "b" * 64
NOTHING: Final = frozenset[str]()

PHOTO: Final = sent_photo()
HERO: Final = sent_photo(is_primary=True)
POSTPONED: Final = sent_photo(state=State.QUEUED, not_before=SENT_AT, looked_for=True)
UNSEEN: Final = sent_photo(state=State.QUEUED, not_before=SENT_AT)
"""Asked about in vain, perhaps: that is no sight."""


def image(id_: str = "one", title: str = "Front", *, created: float = SENT_AT + 1, is_primary: bool = False) -> Image:
    return Image(id_, title, is_primary, created, f"https://www.closient.com/media/{id_}.jpg")


def settle(
    record: Record,
    free: Sequence[Image],
    digests: Mapping[str, str | None] | None = None,
    *,
    skew: float = 0.0,
    serves_unchanged: bool | None = None,
) -> Verdict:
    return confirming.settle(record, free, digests or {}, skew=skew, serves_unchanged=serves_unchanged)


def adopted(verdict: Verdict | Untested) -> str | None:
    return verdict.image.id if isinstance(verdict, Found) else None


# --- which images could be a photo whose answer was lost


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
    verdict = settle(PHOTO, [image(created=created)])
    assert isinstance(verdict, Found if ours else Undecidable)


def test_the_times_are_compared_on_the_servers_clock() -> None:
    old, new = image("old"), image("new", created=SENT_AT + 7201)
    assert adopted(settle(PHOTO, [old, new], skew=7200.0)) == "new"


def test_a_request_whose_beginning_is_unknown_counts_from_when_the_photo_was_seen() -> None:
    unknown = replace(PHOTO, started_at=None)
    images = [image("before", created=PHOTO.first_seen - 10), image("after", created=PHOTO.first_seen + 1)]
    assert adopted(settle(unknown, images)) == "after"


def test_an_image_that_a_record_holds_and_one_with_another_title_are_not_ours() -> None:
    images = [image("held"), image("back", "Back"), image("free")]
    for found in (
        confirming.namesakes(PHOTO, images, frozenset({"held"})),
        confirming.lookalikes(PHOTO, images, frozenset({"held"})),
    ):
        assert [one.id for one in found] == ["free"]


def test_a_hero_may_have_been_demoted_but_no_other_photo_is_made_a_hero() -> None:
    hero, plain = image("hero", is_primary=True), image("plain")
    assert isinstance(settle(HERO, [hero, plain]), Undecidable)
    assert adopted(settle(PHOTO, [hero, plain])) == "plain"
    assert confirming.lookalikes(HERO, [hero, plain], NOTHING) == [hero, plain]
    assert confirming.lookalikes(PHOTO, [hero, plain], NOTHING) == [plain]


def test_a_photo_that_somebody_made_a_hero_by_hand_is_not_sent_again() -> None:
    hero = image("hero", is_primary=True)
    assert adopted(settle(PHOTO, [hero], {"hero": OURS}, serves_unchanged=True)) == "hero"
    assert isinstance(settle(PHOTO, [hero]), Undecidable)
    assert settle(PHOTO, [hero], {"hero": THEIRS}, serves_unchanged=True) == Absent()


def test_who_remembers_no_request_asks_for_no_time() -> None:
    ancient = image(created=0.0)
    assert confirming.lookalikes(PHOTO, [ancient], NOTHING) == [ancient]


# --- which of them it is


@pytest.mark.parametrize("serves_unchanged", [None, True])
def test_equal_bytes_prove_all(serves_unchanged: bool | None) -> None:
    images = [image("one"), image("two"), image("three")]
    digests = {"one": THEIRS, "two": OURS, "three": None}
    assert adopted(settle(PHOTO, images, digests, serves_unchanged=serves_unchanged)) == "two"
    assert adopted(confirming.recognise(UNSEEN, images, digests, rivals=9, serves_unchanged=serves_unchanged)) == "two"


def test_bytes_that_differ_prove_something_only_where_the_server_serves_what_it_was_sent() -> None:
    images, digests = [image()], {"one": THEIRS}
    assert settle(PHOTO, images, digests, serves_unchanged=True) == Absent()
    assert adopted(settle(PHOTO, images, digests)) == "one"
    assert adopted(settle(PHOTO, images, digests, serves_unchanged=False)) == "one"


def test_what_can_not_be_compared_is_no_stranger_even_on_a_verbatim_server() -> None:
    images = [image("stranger"), image("unreachable")]
    verdict = settle(PHOTO, images, {"stranger": THEIRS, "unreachable": None}, serves_unchanged=True)
    assert adopted(verdict) == "unreachable"
    assert isinstance(verdict, Found)
    assert "could not be compared" in verdict.note


def test_the_note_of_a_re_encoded_image_says_so() -> None:
    verdict = settle(PHOTO, [image()], {"one": THEIRS})
    assert isinstance(verdict, Found)
    assert verdict.note == "image one adopted by title and time: its bytes were re-encoded"


def test_two_that_could_be_it_are_left_to_people() -> None:
    verdict = settle(PHOTO, [image("one"), image("two")])
    assert isinstance(verdict, Undecidable)
    assert "2 images" in verdict.note
    assert "folder-sync retry" in verdict.note


def test_none_is_none() -> None:
    assert settle(PHOTO, []) == Absent()
    assert confirming.recognise(UNSEEN, [], {}, rivals=1, serves_unchanged=None) == Absent()


# --- the same without any memory of a request


def test_at_first_sight_nothing_is_adopted_by_its_title() -> None:
    verdict = confirming.recognise(UNSEEN, [image()], {"one": None}, rivals=1, serves_unchanged=None)
    assert isinstance(verdict, Undecidable)


def test_at_second_sight_the_title_decides() -> None:
    verdict = confirming.recognise(POSTPONED, [image()], {"one": None}, rivals=1, serves_unchanged=None)
    assert adopted(verdict) == "one"
    assert isinstance(verdict, Found)
    assert "by its title" in verdict.note


def test_photos_of_one_title_are_adopted_only_where_there_are_images_for_all() -> None:
    images = [image("one"), image("two")]
    assert confirming.recognise(POSTPONED, images, {}, rivals=3, serves_unchanged=None) == Absent()
    assert adopted(confirming.recognise(POSTPONED, images, {}, rivals=2, serves_unchanged=None)) is not None


@pytest.mark.parametrize("record", [UNSEEN, POSTPONED])
def test_other_bytes_on_a_verbatim_server_are_another_photo(record: Record) -> None:
    assert confirming.recognise(record, [image()], {"one": THEIRS}, rivals=1, serves_unchanged=True) == Absent()


def test_images_whose_bytes_are_others_do_not_count_for_the_rivals() -> None:
    images, digests = [image("other"), image("unreachable")], {"other": THEIRS, "unreachable": None}
    assert adopted(confirming.recognise(POSTPONED, images, digests, rivals=1, serves_unchanged=True)) == "unreachable"
    assert confirming.recognise(POSTPONED, images, digests, rivals=2, serves_unchanged=True) == Absent()


def test_plain_photos_take_the_oldest_image_and_a_hero_the_one_listed_first() -> None:
    """They are matched in the order of arrival, and images were made in that order; the list has the hero first."""
    newer, older = image("newer", created=20.0), image("older", created=10.0)
    assert adopted(confirming.recognise(POSTPONED, [newer, older], {}, rivals=2, serves_unchanged=None)) == "older"
    hero = image("hero", created=30.0, is_primary=True)
    late_hero = replace(POSTPONED, is_primary=True)
    assert adopted(confirming.recognise(late_hero, [hero, newer, older], {}, rivals=1, serves_unchanged=None)) == "hero"


def test_photos_that_differ_only_in_their_number_have_one_label() -> None:
    assert confirming.same_label(PHOTO, replace(PHOTO, number=2, id=2))
    assert not confirming.same_label(PHOTO, replace(PHOTO, title="Back"))
    assert not confirming.same_label(PHOTO, HERO)


# --- what follows from the verdict

POLICY: Final = Policy(retry_base_seconds=2.0, confirm_after_seconds=10.0)


def test_found_is_uploaded() -> None:
    transition = confirming.conclude(PHOTO, Found(image(), "why"), 0.0, 0.0, POLICY)
    assert (transition.to, transition.image, transition.note) == (State.UPLOADED, image(), "why")


def test_absent_once_is_asked_again_later_and_twice_is_sent_again() -> None:
    once = confirming.conclude(PHOTO, Absent(), 100.0, 0.5, POLICY)
    assert (once.to, once.absences, once.not_before) == (State.UNCONFIRMED, 1, 100.0 + SECOND_LOOK * 10.0)
    twice = confirming.conclude(replace(PHOTO, absences=1), Absent(), 200.0, 0.5, POLICY)
    assert (twice.to, twice.not_before) == (State.QUEUED, 200.0 + backoff(1, 0.5, POLICY))


def test_undecidable_stays_until_a_person_decides() -> None:
    transition = confirming.conclude(replace(PHOTO, absences=1), Undecidable("look"), 0.0, 0.0, POLICY)
    assert (transition.to, transition.not_before, transition.absences, transition.note) == (
        State.UNCONFIRMED,
        None,
        1,
        "look",
    )


@pytest.mark.parametrize(("url", "digest", "again"), [("u", None, True), ("u", THEIRS, False), (None, None, False)])
def test_bytes_that_could_not_be_had_just_now_are_asked_for_again(
    url: str | None, digest: str | None, again: bool
) -> None:
    """A network that broke between the list and the bytes left a photo to people for good."""
    old = replace(image(created=SENT_AT - 7200), image_url=url)
    verdict = settle(PHOTO, [old], {"one": digest})
    assert isinstance(verdict, Undecidable)
    transition = confirming.conclude(PHOTO, verdict, 100.0, 0.0, POLICY)
    assert transition.to is State.UNCONFIRMED
    assert transition.reason is not None
    assert transition.not_before == (100.0 + POLICY.retry_max_seconds if again else None)


def test_other_bytes_at_second_sight_are_no_proof_until_it_is_known_what_the_server_serves() -> None:
    """A new photo under an old title would otherwise be taken for the old one, and never be uploaded."""
    assert confirming.recognise(POSTPONED, [image()], {"one": THEIRS}, rivals=1, serves_unchanged=None) == Untested()
    assert (
        adopted(confirming.recognise(POSTPONED, [image()], {"one": THEIRS}, rivals=1, serves_unchanged=False)) == "one"
    )
