"""Asking the server what became of a photo: nothing is sent after one look, nor claimed that another photo holds.

The single rows are in test_adopting.
"""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from folder_sync.photo import TRANSITIONS, Image, State
from folder_sync.rules.confirming import (
    SECOND_LOOK,
    SOON_ENOUGH,
    Absent,
    Bytes,
    Candidate,
    Found,
    Server,
    Undecidable,
    conclude,
    settle,
    unlisted,
)
from folder_sync.rules.outcome import Policy
from tests.support.records import SENT_AT, sent_photo

POLICY = Policy()
PHOTO = sent_photo(is_primary=True, not_before=SENT_AT)
IDS = st.sampled_from(["1", "2", "3", "4"])
IMAGES = st.lists(
    st.builds(
        Image,
        IDS,
        st.sampled_from(["Front", "Back"]),
        st.booleans(),
        st.floats(SENT_AT - 10, SENT_AT + 1_000),
        st.none(),
    ),
    max_size=4,
    unique_by=lambda image: image.id,
)
BYTES = st.dictionaries(IDS, st.sampled_from(Bytes))
VERBATIM = st.sampled_from([True, False, None])


def test_a_product_that_is_not_known_now_shows_no_absence() -> None:
    transition = unlisted(replace(PHOTO, absences=1), SENT_AT, POLICY)
    assert (transition.to, transition.absences) == (State.UNCONFIRMED, 1)
    assert transition.not_before == SENT_AT + POLICY.recheck_seconds


@given(IMAGES, BYTES, VERBATIM, st.booleans(), st.frozensets(IDS), st.none() | st.floats(0.0, 100.0), st.integers(0, 9))
def test_whatever_the_server_shows_nothing_is_sent_after_one_look_nor_for_want_of_evidence(
    images: list[Image],
    bytes_of: dict[str, Bytes],
    serves_unchanged: bool | None,
    keeps_titles: bool,
    known_before: frozenset[str],
    absent_for: float | None,
    looks: int,
) -> None:
    photo = replace(PHOTO, absences=0 if absent_for is None else 1)
    candidates = [Candidate(image, bytes_of.get(image.id, Bytes.NOWHERE)) for image in images]
    server = Server(serves_unchanged, keeps_titles=keeps_titles)
    verdict = settle(photo, candidates, server, known_before=known_before, looks=looks)
    transition = conclude(photo, verdict, SENT_AT, 0.5, POLICY, looks=looks, absent_for=absent_for)
    assert transition.to is State.UNCONFIRMED or transition.to in TRANSITIONS[State.UNCONFIRMED]
    ours = [one.image for one in candidates if one.bytes is Bytes.OURS]
    match verdict:
        case Found(image, _):
            assert image in ours or (not ours and image.id not in known_before)
            assert transition.image is image
        case Undecidable():
            assert not ours
            assert transition.to is State.UNCONFIRMED
        case Absent():
            assert not ours
            new = [one.image for one in candidates if one.image.id not in known_before]
            assert all(image.created < SENT_AT and (keeps_titles and image.title != photo.title) for image in new)
            assert (transition.to is State.QUEUED) == (
                absent_for is not None and absent_for >= SOON_ENOUGH * SECOND_LOOK * POLICY.confirm_after_seconds
            )
