"""What a settled file means: the rows of "What happens when" about files, and the corners between them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from folder_sync.photo import Content, Fingerprint, Format, Gtin14, Label, Reason, Record, State
from folder_sync.rules.arrivals import (
    LIVE,
    PENDING,
    Arrival,
    Duplicate,
    Follow,
    Later,
    New,
    Replace,
    Same,
    Seen,
    Wait,
    decide,
)

GTIN = Gtin14("00012345678905")
LABEL = Label(GTIN, "Front")
A, B = Content(3, "a" * 64, Format.JPEG), Content(4, "b" * 64, Format.JPEG)
SEEN = Seen(LABEL, A)
DAMAGED = Reason("corrupt", "The picture is damaged.")
MISNAMED = Reason("bad_name", "The name is not understood.")


def known(
    state: State,
    content: Content | None = A,
    label: Label | None = LABEL,
    *,
    id_: int = 1,
    path: bytes = b"/studio/photo.jpg",
    attempts: int = 0,
    reason: Reason | None = None,
    successor: int | None = None,
) -> Record:
    return Record(
        id=id_,
        path=path,
        account="main",
        organization_id=None,
        gtin=label.gtin if label else None,
        title=label.title if label else "",
        is_primary=label.is_primary if label else False,
        number=label.number if label else None,
        state=state,
        reason=reason,
        image_id=None,
        image_url=None,
        sha256=content.sha256 if content else None,
        size=content.size if content else 0,
        format=content.format if content else None,
        fingerprint=Fingerprint(0, 0, 0),
        attempts=attempts,
        absences=0,
        not_before=None,
        first_seen=0.0,
        started_at=None,
        uploaded_at=None,
        arrival=id_,
        successor=successor,
        duplicate_of=None,
    )


def meaning(
    seen: Seen,
    here: Record | None = None,
    *,
    same_upload: Record | None = None,
    renamed_from: Record | None = None,
    reusable: Record | None = None,
    same_upload_gone: bool = False,
) -> Arrival:
    return decide(seen, here, same_upload, renamed_from, reusable, same_upload_gone=same_upload_gone)


# Rows


def test_first_sight_is_a_new_photo() -> None:
    assert meaning(SEEN) == New()


@pytest.mark.parametrize("state", sorted(LIVE - {State.MISSING}))
def test_same_path_same_bytes_again_is_nothing(state: State) -> None:
    here = known(state)
    assert meaning(SEEN, here, same_upload=here, same_upload_gone=True) == Same(here)


@pytest.mark.parametrize("state", [State.UPLOADED, State.UNCONFIRMED])
def test_new_bytes_at_a_path_that_was_sent_are_a_new_upload_that_supersedes(state: State) -> None:
    here = known(state, B)
    assert meaning(SEEN, here) == New(replaces=here)


@pytest.mark.parametrize("state", sorted(PENDING))
def test_new_bytes_at_a_path_that_was_never_sent_take_its_place(state: State) -> None:
    here = known(state, B, reason=DAMAGED)
    assert meaning(SEEN, here) == Replace(here)


@pytest.mark.parametrize("state", sorted(set(State) - {State.UPLOADING, State.MISSING, State.SUPERSEDED}))
def test_new_bytes_at_a_path_that_is_known_may_be_half_of_both(state: State) -> None:
    here = known(state, B, reason=DAMAGED)
    assert decide(SEEN, here, None, None, same_upload_gone=False, hasty=True) == Later(Wait.STILLNESS)
    assert decide(SEEN, known(state), known(state), None, same_upload_gone=True, hasty=True) != Later(Wait.STILLNESS)


def test_a_path_that_held_nothing_is_written_for_the_first_time() -> None:
    here = known(State.MISSING, B)
    assert decide(SEEN, None, None, None, same_upload_gone=False, hasty=True) == New()
    assert decide(SEEN, here, None, None, same_upload_gone=False, hasty=True) == Replace(here)


@pytest.mark.parametrize("state", sorted(LIVE))
def test_renamed_same_bytes_same_label_the_record_follows(state: State) -> None:
    same_upload = known(state, path=b"/studio/elsewhere.jpg")
    assert meaning(SEEN, same_upload=same_upload, same_upload_gone=True) == Follow(same_upload)


@pytest.mark.parametrize("state", [State.UPLOADED, State.UNCONFIRMED, State.UPLOADING])
def test_renamed_with_a_new_label_after_being_sent_is_a_new_upload_that_supersedes(state: State) -> None:
    renamed_from = known(state, label=Label(GTIN, "Back"))
    assert meaning(SEEN, renamed_from=renamed_from) == New(replaces=renamed_from)


@pytest.mark.parametrize("state", [State.QUEUED, State.WAITING, State.MISSING])
def test_renamed_with_a_new_label_before_being_sent_takes_the_label(state: State) -> None:
    renamed_from = known(state, label=Label(GTIN, "Back"))
    assert meaning(SEEN, renamed_from=renamed_from) == Replace(renamed_from)


@pytest.mark.parametrize("state", sorted(LIVE))
def test_same_bytes_at_a_second_path_with_the_same_label_are_a_duplicate(state: State) -> None:
    same_upload = known(state, path=b"/studio/elsewhere.jpg")
    assert meaning(SEEN, same_upload=same_upload) == Duplicate(same_upload)


def test_missing_that_returns_is_queued_again() -> None:
    here = known(State.MISSING)
    assert meaning(SEEN, here, same_upload=here, same_upload_gone=True) == Same(here, revive=True)


def test_missing_that_returns_damaged_is_rejected() -> None:
    here = known(State.MISSING)
    assert meaning(replace(SEEN, reason=DAMAGED), here) == Replace(here)


# While a request is under way


def test_new_bytes_while_the_old_ones_are_sent_wait_for_the_end() -> None:
    assert meaning(SEEN, known(State.UPLOADING, B)) == Later()


def test_damaged_bytes_while_the_old_ones_are_sent_wait_for_the_end_too() -> None:
    assert meaning(replace(SEEN, reason=DAMAGED), known(State.UPLOADING, B)) == Later()


def test_an_older_version_back_while_the_newer_one_is_in_doubt_waits() -> None:
    old, newer = known(State.UPLOADED, id_=1, successor=2), known(State.UNCONFIRMED, B, id_=2)
    assert meaning(SEEN, newer, same_upload=old, same_upload_gone=True) == Later()


def test_an_older_version_back_before_the_newer_one_was_sent_stands_again() -> None:
    old, newer = known(State.UPLOADED, id_=1, successor=2), known(State.QUEUED, B, id_=2)
    assert meaning(SEEN, newer, same_upload=old, same_upload_gone=True) == Follow(old, displaced=newer)


def test_bytes_that_were_replaced_at_their_path_stand_again_elsewhere() -> None:
    old = known(State.UPLOADED, id_=1, successor=2)
    assert meaning(SEEN, same_upload=old) == Follow(old)


# What was replaced, and is here again


@pytest.mark.parametrize("state", [None, *sorted(set(State) - {State.UPLOADING, State.SUPERSEDED})])
def test_what_was_replaced_and_stands_here_again_needs_no_upload(state: State | None) -> None:
    reusable = known(State.SUPERSEDED, id_=1, successor=2)
    here = None if state is None else known(state, B, id_=2, reason=DAMAGED)
    assert meaning(SEEN, here, reusable=reusable) == Follow(reusable, displaced=here)


def test_a_photo_that_gets_its_old_label_back_gives_up_the_new_one() -> None:
    reusable, renamed_from = (
        known(State.SUPERSEDED, id_=1, successor=2),
        known(State.UPLOADED, label=Label(GTIN, "Back"), id_=2),
    )
    assert meaning(SEEN, renamed_from=renamed_from, reusable=reusable) == Follow(reusable, renamed_from=renamed_from)


def test_a_copy_or_a_refused_one_is_what_it_was_a_copy_of() -> None:
    reusable = known(State.SUPERSEDED, id_=1)
    for here in (known(State.DUPLICATE, id_=2), known(State.REJECTED, id_=2, attempts=1, reason=DAMAGED)):
        assert meaning(SEEN, here, reusable=reusable) == Follow(reusable, displaced=here)
        assert meaning(replace(SEEN, reason=here.reason or DAMAGED), here, reusable=reusable) != Follow(reusable, here)


def test_what_was_replaced_waits_for_a_request_that_is_under_way_here() -> None:
    assert meaning(SEEN, known(State.UPLOADING, B, id_=2), reusable=known(State.SUPERSEDED)) == Later()


# One photo over another


@pytest.mark.parametrize("state", sorted(PENDING | {State.UPLOADED}))
def test_a_photo_renamed_over_another_displaces_it(state: State) -> None:
    here, same_upload = known(state, B, id_=2, reason=DAMAGED), known(State.UPLOADED, path=b"/studio/elsewhere.jpg")
    assert meaning(SEEN, here, same_upload=same_upload, same_upload_gone=True) == Follow(same_upload, displaced=here)
    assert meaning(SEEN, here, same_upload=same_upload) == Duplicate(same_upload, displaced=here)


# What can't go


@pytest.mark.parametrize("seen", [Seen(LABEL, A, DAMAGED), Seen(None, None, MISNAMED), Seen(LABEL, None, DAMAGED)])
def test_what_cant_go_is_recorded_as_it_is(seen: Seen) -> None:
    assert meaning(seen) == New()
    pending, sent = known(State.QUEUED, B), known(State.UPLOADED, B)
    assert meaning(seen, pending) == Replace(pending)
    assert meaning(seen, sent) == New(replaces=sent)


def test_what_cant_go_is_never_a_duplicate_nor_a_rename() -> None:
    assert (
        meaning(replace(SEEN, reason=DAMAGED), same_upload=known(State.QUEUED), renamed_from=known(State.QUEUED))
        == New()
    )


def test_rejected_again_for_the_same_reason_is_nothing() -> None:
    here = known(State.REJECTED, reason=DAMAGED)
    assert meaning(replace(SEEN, reason=DAMAGED), here) == Same(here)


def test_rejected_again_for_another_reason_says_so() -> None:
    here = known(State.REJECTED, reason=Reason("too_large", "The file is too large."))
    assert meaning(replace(SEEN, reason=DAMAGED), here) == Replace(here)


def test_a_name_judged_alone_is_known_by_its_name() -> None:
    here = known(State.REJECTED, content=None, label=None, reason=MISNAMED)
    assert meaning(Seen(None, None, MISNAMED), here) == Same(here)


def test_rejected_here_and_acceptable_now_starts_again() -> None:
    here = known(State.REJECTED, reason=Reason("too_large", "The limit is lower."))
    assert meaning(SEEN, here) == Replace(here)


def test_rejected_here_and_acceptable_now_may_be_there_already() -> None:
    here, same_upload = (
        known(State.REJECTED, reason=DAMAGED),
        known(State.UPLOADED, path=b"/studio/elsewhere.jpg", id_=2),
    )
    assert meaning(SEEN, here, same_upload=same_upload) == Duplicate(same_upload, displaced=here)


def test_rejected_by_the_server_stays_so_until_it_changes() -> None:
    here = known(State.REJECTED, attempts=1, reason=Reason("api_validation_error", "The title is rude."))
    assert meaning(SEEN, here) == Same(here)
    assert meaning(Seen(LABEL, B), here) == Replace(here)


def test_a_duplicate_whose_original_is_gone_is_uploaded_itself() -> None:
    here = known(State.DUPLICATE)
    assert meaning(SEEN, here) == Replace(here)


def test_a_duplicate_whose_original_stands_stays_one() -> None:
    here, same_upload = known(State.DUPLICATE), known(State.QUEUED, path=b"/studio/elsewhere.jpg", id_=2)
    assert meaning(SEEN, here, same_upload=same_upload) == Same(here)


# Whatever comes

LABELS = st.sampled_from([None, LABEL, Label(GTIN, "Front", is_primary=True), Label(GTIN, "Front", number=2)])
CONTENTS = st.sampled_from([None, A, B])
REASONS = st.sampled_from([None, DAMAGED, MISNAMED])
RECORDS = st.none() | st.builds(
    known,
    st.sampled_from(State),
    CONTENTS,
    LABELS,
    id_=st.integers(1, 3),
    attempts=st.integers(0, 2),
    reason=REASONS,
    successor=st.none() | st.integers(1, 3),
)


@given(st.builds(Seen, LABELS, CONTENTS, REASONS), RECORDS, RECORDS, RECORDS, RECORDS, st.booleans())
def test_there_is_an_answer_for_whatever_comes(
    seen: Seen,
    here: Record | None,
    same_upload: Record | None,
    renamed_from: Record | None,
    reusable: Record | None,
    same_upload_gone: bool,
) -> None:
    arrival = decide(seen, here, same_upload, renamed_from, reusable, same_upload_gone=same_upload_gone)
    if isinstance(arrival, Replace):
        assert arrival.record.state in PENDING, "what was sent is never written over"
    if isinstance(arrival, Duplicate | Follow):
        assert seen.reason is None, "what can't go is never taken for what can"
    if here is not None and here.state is State.UPLOADING:
        assert isinstance(arrival, Later | Same), "nothing moves under a request that is under way"


@pytest.mark.parametrize("state", [State.UPLOADED, State.UNCONFIRMED])
def test_a_link_whose_file_went_after_it_was_sent_is_nothing(state: State) -> None:
    nowhere = Seen(LABEL, None, Reason("unreadable", "It leads nowhere."), leads_nowhere=True)
    assert meaning(nowhere, known(state)) == Same(known(state))
    assert meaning(nowhere, known(State.QUEUED)) == Replace(known(State.QUEUED))
    assert meaning(nowhere) == New()
    assert meaning(replace(nowhere, leads_nowhere=False), known(state)) == New(replaces=known(state))
