"""Asking the server what became of a photo: nothing is sent after one look, nor claimed that another photo holds.

The single rows are in test_adopting.
"""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from folder_sync.photo import TRANSITIONS, Image, State
from folder_sync.rules.confirming import Absent, Found, Undecidable, conclude, namesakes, settle, unlisted
from folder_sync.rules.outcome import Policy
from tests.support.records import OURS, SENT_AT, sent_photo

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
DIGESTS = st.dictionaries(IDS, st.sampled_from([None, OURS, "b" * 64]))
VERBATIM = st.sampled_from([True, False, None])


def test_a_product_that_is_not_known_now_shows_no_absence() -> None:
    transition = unlisted(replace(PHOTO, absences=1), SENT_AT, POLICY)
    assert (transition.to, transition.absences) == (State.UNCONFIRMED, 1)
    assert transition.not_before == SENT_AT + POLICY.recheck_seconds


@given(IMAGES, st.frozensets(IDS), DIGESTS, VERBATIM, st.integers(0, 2), st.floats(0, 1, exclude_max=True))
def test_whatever_the_server_shows_nothing_is_claimed_twice_nor_sent_after_one_look(
    images: list[Image],
    claimed: frozenset[str],
    digests: dict[str, str | None],
    serves_unchanged: bool | None,
    absences: int,
    u: float,
) -> None:
    photo = replace(PHOTO, absences=absences)
    free = namesakes(photo, images, claimed)
    verdict = settle(photo, free, digests, skew=0.0, serves_unchanged=serves_unchanged)
    transition = conclude(photo, verdict, SENT_AT, u, POLICY)
    assert transition.to is State.UNCONFIRMED or transition.to in TRANSITIONS[State.UNCONFIRMED]
    match verdict:
        case Found(image, _):
            assert image.id not in claimed
            assert image.title == photo.title
            proven = digests.get(image.id) == OURS
            assert proven or not any(digests.get(other.id) == OURS for other in free)
            assert transition.image is image
        case Undecidable():
            assert free
            assert (transition.to, transition.not_before) == (State.UNCONFIRMED, None)
        case Absent():
            # Whatever their times say: only bytes show that an image is another photo.
            assert not free or serves_unchanged
            assert all(digests.get(image.id) not in (None, OURS) for image in free)
            assert (transition.to is State.QUEUED) == (absences > 0)
