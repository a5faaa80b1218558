"""One test per row of "What happens when" that the end of a request decides, named after the row."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from folder_sync.errors import (
    ApiError,
    FileChanged,
    FolderSyncError,
    Forbidden,
    KeyRefused,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    Refused,
    UnknownProduct,
)
from folder_sync.photo import TRANSITIONS, Details, Image, Reason, ReasonCode, State
from folder_sync.rules.outcome import NOT_PRIMARY, Decision, Policy, Scope, backoff, decide, remarked
from tests.support.records import sent_photo

NOW = 1_000.0
POLICY = Policy(retry_base_seconds=2.0, retry_max_seconds=900.0, confirm_after_seconds=10.0, recheck_seconds=3600.0)
IMAGE = Image("image-1", "Front", is_primary=True, created=NOW, image_url=None)


def decided(end: Image | FolderSyncError, *, attempts: int = 1, member: bool | None = None) -> Decision:
    return decide(end, attempts=attempts, now=NOW, u=0.0, policy=POLICY, member=member)


def test_answered_with_an_image_it_is_uploaded_and_the_image_kept() -> None:
    decision = decided(IMAGE)
    assert decision.transition.to is State.UPLOADED
    assert decision.transition.image is IMAGE
    assert decision.pause is None
    assert not decision.whole_product


@pytest.mark.parametrize("is_wanted", [False, True])
@pytest.mark.parametrize("is_there", [False, True])
@pytest.mark.parametrize("before", [(), (NOT_PRIMARY,)])
def test_a_hero_that_is_not_made_the_primary_image_is_remarked_until_it_is(
    is_wanted: bool, is_there: bool, before: tuple[Reason, ...]
) -> None:
    other = Reason("small", "It is small.")
    photo = sent_photo(is_primary=is_wanted, details=Details(notes=(other, *before)))
    transition = remarked(decided(replace(IMAGE, is_primary=is_there)).transition, photo)
    notes = photo.details.notes if transition.notes is None else transition.notes
    assert notes == ((other, NOT_PRIMARY) if is_wanted and not is_there else (other,))
    assert remarked(decided(OutcomeUnknown("502.")).transition, photo).notes is None


def test_not_sent_for_certain_is_queued_again_with_backoff() -> None:
    transition = decided(NotSent("Connection refused."), attempts=3).transition
    assert (transition.to, transition.not_before) == (State.QUEUED, NOW + 8.0)
    assert transition.counted


def test_not_sent_for_certain_makes_the_host_wait_for_one_probe() -> None:
    pause = decided(NotSent("Connection refused.")).pause
    assert pause is not None
    assert (pause.scope, pause.reason) == (Scope.HOST, "Connection refused.")


def test_not_sent_for_certain_any_number_of_times() -> None:
    assert decided(NotSent("No network."), attempts=10_000).transition.to is State.QUEUED


def test_429_the_whole_key_waits_until_retry_after_and_no_attempt_is_counted() -> None:
    decision = decided(RateLimited("Slow down.", retry_after=37.0))
    assert (decision.transition.to, decision.transition.not_before) == (State.QUEUED, None)
    assert not decision.transition.counted
    assert decision.pause is not None
    assert (decision.pause.scope, decision.pause.seconds) == (Scope.KEY, 37.0)


@pytest.mark.parametrize(
    "end",
    [OutcomeUnknown("The answer was lost."), OutcomeUnknown("502", status=502), ApiError("What nobody thought of.")],
)
def test_answer_lost_or_5xx_or_not_json_is_unconfirmed_and_the_server_is_asked(end: ApiError) -> None:
    decision = decided(end)
    assert (decision.transition.to, decision.transition.not_before) == (State.UNCONFIRMED, NOW + 10.0)
    assert decision.transition.absences == 0
    assert decision.pause is None


@pytest.mark.parametrize(("end", "member"), [(KeyRefused("Refused."), None), (Forbidden("Not allowed."), False)])
def test_401_or_403_without_membership_pauses_the_account_and_loses_nothing(end: ApiError, member: bool | None) -> None:
    decision = decided(end, member=member)
    assert (decision.transition.to, decision.transition.not_before) == (State.QUEUED, None)
    assert decision.transition.reason is None
    assert not decision.transition.counted
    assert not decision.whole_product
    assert decision.pause is not None
    assert decision.pause.scope is Scope.ACCOUNT


def test_403_with_membership_the_product_is_somebody_elses_and_waits() -> None:
    decision = decided(Forbidden("The product belongs to somebody else."), member=True)
    assert (decision.transition.to, decision.transition.not_before) == (State.WAITING, NOW + 3600.0)
    assert decision.transition.reason is not None
    assert decision.transition.reason.code == "api_forbidden"
    assert decision.whole_product
    assert decision.pause is None


def test_403_with_whoami_out_of_reach_is_tried_again_and_not_judged() -> None:
    decision = decided(Forbidden("Not allowed."), member=None)
    assert (decision.transition.to, decision.transition.not_before) == (State.QUEUED, NOW + 2.0)
    assert not decision.transition.counted
    assert decision.pause is None


def test_404_waits_and_so_does_everything_else_of_the_product() -> None:
    decision = decided(UnknownProduct("No such product."))
    assert (decision.transition.to, decision.transition.not_before) == (State.WAITING, NOW + 3600.0)
    assert decision.transition.reason is not None
    assert decision.transition.reason.code == ReasonCode.UNKNOWN_PRODUCT
    assert decision.whole_product


@pytest.mark.parametrize(
    ("status", "code"), [(400, "api_bad_request"), (409, "api_conflict"), (413, "too_large"), (415, "api_415"),
                         (422, "api_validation_error"), (418, "api_418")]
)  # fmt: skip
def test_other_4xx_is_rejected_with_its_code_and_message(status: int, code: str) -> None:
    decision = decided(Refused("The title is too long.", "Shorten it.", status=status, code=code))
    assert decision.transition.to is State.REJECTED
    assert decision.transition.reason is not None
    assert decision.transition.reason.code == code
    assert decision.transition.reason.message == "The title is too long. Shorten it."
    assert decision.pause is None
    assert not decision.whole_product


def test_file_changed_while_being_sent_is_taken_up_anew_and_no_attempt_is_counted() -> None:
    decision = decided(FileChanged("The file changed.", asked=True))
    assert (decision.transition.to, decision.transition.not_before) == (State.QUEUED, NOW + POLICY.rewritten_seconds)
    assert not decision.transition.counted
    assert decision.transition.asked
    assert decision.pause is None


def test_file_changed_before_it_was_sent_uses_no_quota() -> None:
    assert not decided(FileChanged("The file changed.")).transition.asked


ENDS: st.SearchStrategy[Image | FolderSyncError] = st.sampled_from([
    IMAGE, FileChanged(""), NotSent(""), RateLimited("", retry_after=0.0), KeyRefused(""), Forbidden(""),
    UnknownProduct(""), Refused("", status=422, code="api_validation_error"), OutcomeUnknown(""), ApiError(""),
])  # fmt: skip


@given(ENDS, st.integers(1, 10**9), st.floats(0, 1, exclude_max=True), st.sampled_from([True, False, None]))
def test_whatever_the_end_the_step_is_legal_and_nothing_is_due_before_now(
    end: Image | FolderSyncError, attempts: int, u: float, member: bool | None
) -> None:
    decision = decide(end, attempts=attempts, now=NOW, u=u, policy=POLICY, member=member)
    transition = decision.transition
    assert transition.to in TRANSITIONS[State.UPLOADING]
    assert transition.not_before is None or transition.not_before > NOW
    assert decision.pause is None or decision.pause.seconds >= 0
    assert (transition.to is State.UPLOADED) == (transition.image is not None)
    assert transition.to not in (State.WAITING, State.REJECTED) or transition.reason is not None


@given(st.integers(1, 10**9), st.floats(0, 1, exclude_max=True), st.floats(0.001, 1e4), st.floats(1.0, 1e4))
def test_backoff_stays_within_its_bounds(attempts: int, u: float, base: float, factor: float) -> None:
    policy = Policy(retry_base_seconds=base, retry_max_seconds=base * factor)
    whole = min(base * 2.0 ** min(attempts - 1, 60), base * factor)
    assert whole / 2 <= backoff(attempts, u, policy) <= whole
    assert backoff(attempts + 1, u, policy) >= backoff(attempts, u, policy)


def test_jitter_takes_off_up_to_half() -> None:
    assert backoff(3, 0.0, POLICY) == 8.0
    assert backoff(3, 0.5, POLICY) == 6.0
