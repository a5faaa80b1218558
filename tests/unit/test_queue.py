"""Claiming, recording how requests ended, and what is due: what delivery asks of the store."""

from __future__ import annotations

import os

import pytest

from folder_sync.errors import FileChanged, NotSent, OutcomeUnknown, OutOfDate, RateLimited, Refused, UnknownProduct
from folder_sync.photo import TRANSITIONS, Image, Reason, Record, State
from folder_sync.rules import outcome
from folder_sync.rules.outcome import Policy, Transition
from folder_sync.store.audit import Audits
from folder_sync.store.queue import Queue
from folder_sync.store.quota import QuotaBook
from folder_sync.store.retrying import Answer, Said
from tests.support.engines import ON_SQLITE
from tests.support.shelf import GTIN, OTHER_GTIN, Shelf, path
from tests.support.store_model import digest

FRONT, BACK, OTHER = f"{GTIN}__Front.jpg", f"{GTIN}__Back.jpg", f"{OTHER_GTIN}__Front.jpg"
HERO, NEXT_HERO = f"{GTIN}__Front__primary.jpg", f"{GTIN}__Back__primary.jpg"
LOST = OutcomeUnknown("The answer was lost.")


def park(shelf: Shelf) -> None:
    """The catalogue does not know the product of the next photo."""
    photo = shelf.claim()
    unknown = outcome.decide(UnknownProduct("?"), attempts=1, now=shelf.now, u=0.0, policy=Policy()).transition
    shelf.queue.apply(photo, unknown, shelf.now)
    shelf.queue.products.park("main", GTIN, unknown, shelf.now)


def test_an_empty_queue_gives_nothing(shelf: Shelf) -> None:
    assert shelf.queue.claim("main", shelf.now) is None
    assert not shelf.queue.claimable("main", shelf.now)
    assert shelf.queue.next_time("main", shelf.now) is None


def test_first_come_first_served(shelf: Shelf) -> None:
    first, second = shelf.add(FRONT, "A"), shelf.add(OTHER, "B")
    assert [shelf.claim().id, shelf.claim().id] == [first.id, second.id]


def test_a_claim_says_that_a_request_is_under_way(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    photo = shelf.claim()
    assert (photo.state, photo.attempts, photo.started_at) == (State.UPLOADING, 1, shelf.now)
    assert shelf.again(photo) == photo


def test_a_claim_counts_one_request(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    shelf.claim()
    assert shelf.queue.claim("main", shelf.now) is None
    assert QuotaBook(shelf.db).used("main", 0) == [(int(shelf.now), 1)]


def test_another_account_has_a_queue_of_its_own(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    assert shelf.queue.claim("agency", shelf.now) is None
    assert not shelf.queue.claimable("agency", shelf.now)


def test_one_request_of_a_product_at_a_time(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    shelf.add(BACK, "B")
    photo = shelf.claim()
    assert shelf.queue.claim("main", shelf.now) is None
    shelf.end(photo, LOST)
    assert shelf.queue.claim("main", shelf.now) is None
    shelf.end(shelf.again(photo), shelf.image(photo))
    assert shelf.claim().title == "Back"


def test_not_before_its_time(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    shelf.end(shelf.claim(), NotSent("Connection refused."))
    moment = shelf.queue.next_time("main", shelf.now)
    assert moment == shelf.now + 2.0
    assert shelf.queue.next_time("main", shelf.now, [State.WAITING]) is None
    assert shelf.queue.claim("main", shelf.now) is None
    shelf.now = moment
    assert shelf.queue.claimable("main", shelf.now)
    assert shelf.claim().attempts == 2


def test_a_hero_waits_for_an_earlier_one_that_backs_off(shelf: Shelf) -> None:
    shelf.add(HERO, "A")
    shelf.end(shelf.claim(), NotSent("Connection refused."))
    shelf.add(NEXT_HERO, "B")
    assert shelf.queue.claim("main", shelf.now) is None
    shelf.now += 2.0
    assert shelf.claim().title == "Front"


def test_a_hero_waits_for_an_earlier_one_whose_product_is_unknown(shelf: Shelf) -> None:
    shelf.add(HERO, "A")
    park(shelf)
    shelf.add(NEXT_HERO, "B")
    assert shelf.queue.claim("main", shelf.now) is None
    shelf.queue.products.release("main", GTIN, shelf.now, "looked up again")
    assert [shelf.upload().title, shelf.upload().title] == ["Front", "Back"]


def test_a_hero_does_not_wait_for_one_that_was_refused(shelf: Shelf) -> None:
    shelf.add(HERO, "A")
    shelf.end(shelf.claim(), Refused("No.", status=422, code="api_validation_error"))
    shelf.add(NEXT_HERO, "B")
    assert shelf.claim().title == "Back"


def test_no_other_photo_waits_for_a_hero(shelf: Shelf) -> None:
    shelf.add(HERO, "A")
    shelf.end(shelf.claim(), NotSent("Connection refused."))
    shelf.add(FRONT, "B")
    assert not shelf.claim().is_primary


def test_uploaded_it_keeps_its_image(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    photo = shelf.upload()
    assert (photo.state, photo.image_id, photo.uploaded_at) == (State.UPLOADED, "image-1", shelf.now)
    assert shelf.queue.claimed_images("main", GTIN) == {"image-1"}
    assert shelf.queue.claimed_images("agency", GTIN) == frozenset()
    assert shelf.queue.claimed_images("main", OTHER_GTIN) == frozenset()


def test_an_attempt_that_does_not_count_is_taken_back(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    shelf.end(shelf.claim(), RateLimited("Slow down.", retry_after=1.0))
    assert shelf.claim().attempts == 1


def test_what_an_upload_replaces_is_told(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    old = shelf.upload()
    shelf.add(FRONT, "B")
    photo = shelf.claim()
    assert [record.id for record in shelf.end(photo, shelf.image(photo))] == [old.id]


def test_uploaded_after_its_replacement_it_is_superseded_at_once(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    old = shelf.claim()
    shelf.end(old, LOST)
    new = shelf.add(FRONT, "B")
    shelf.db.change(
        "UPDATE photo SET state = 'uploaded', image_id = 'x', uploaded_at = 1 WHERE id = :id", {"id": new.id}
    )
    shelf.end(shelf.again(old), shelf.image(old))
    assert shelf.again(old).state is State.SUPERSEDED


def test_not_stored_and_replaced_meanwhile_it_gives_way(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    old = shelf.claim()
    shelf.end(old, LOST)
    shelf.add(FRONT, "B")
    shelf.end(shelf.again(old), NotSent("Connection refused."))
    assert shelf.photo_queries.by_id(old.id) is None


@pytest.mark.parametrize(("asked", "used"), [(True, 2), (False, 1)])
@pytest.mark.parametrize("replaced", [True, False])
def test_what_was_never_asked_uses_no_quota(shelf: Shelf, asked: bool, used: int, replaced: bool) -> None:
    shelf.add(FRONT, "A")
    shelf.upload()
    if replaced:
        shelf.add(FRONT, "B")
    else:
        shelf.add(f"{GTIN}__Back.jpg", "B")
    photo = shelf.claim()
    shelf.end(photo, FileChanged("The file changed.", asked=asked))
    book = QuotaBook(shelf.db)
    assert sum(requests for _, requests in book.used("main", 0.0)) == used


def test_what_was_found_changed_waits_until_it_was_looked_at(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    shelf.end(shelf.claim(), FileChanged("The file changed."))
    assert shelf.queue.claim("main", shelf.now) is None
    for data in ("A", "B", "B"):
        shelf.put(FRONT, data)
        photo = shelf.claim()
        assert photo.sha256 == digest(data)
        shelf.end(photo, FileChanged("The file changed."))
    shelf.now += Policy().rewritten_seconds
    assert shelf.claim().sha256 == digest("B"), "nobody looked, and it waits for ever"


def test_a_step_that_is_not_legal_is_a_bug(shelf: Shelf) -> None:
    photo = shelf.add(FRONT, "A")
    assert State.SUPERSEDED not in TRANSITIONS[State.QUEUED]
    with pytest.raises(RuntimeError, match="no photo goes from queued to superseded"):
        shelf.step(photo, State.SUPERSEDED)


def test_a_step_from_where_the_photo_is_not_any_more_is_a_bug(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    photo = shelf.claim()
    shelf.end(photo, LOST)
    with pytest.raises(RuntimeError, match="changed 0 rows"):
        shelf.step(photo, State.QUEUED)


def test_what_another_run_was_sending_is_in_doubt(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    photo = shelf.claim()
    queue = Queue(shelf.db, run="next run")
    assert queue.doubts.recover(shelf.now, 10.0) == 1
    found = shelf.again(photo)
    assert (found.state, found.not_before) == (State.UNCONFIRMED, shelf.now + 10.0)
    assert queue.due("main", State.UNCONFIRMED, shelf.now, 5) == []
    assert queue.due("main", State.UNCONFIRMED, shelf.now + 10.0, 5) == [found]
    last = Queue(shelf.db, run="last run")
    assert last.doubts.recover(shelf.now, 10.0) == 0
    assert last.due("main", State.UNCONFIRMED, shelf.now + 10.0, 5) == [found]
    assert queue.due("main", State.UNCONFIRMED, shelf.now + 10.0, 5) == []


def test_an_end_that_could_not_be_recorded_is_in_doubt_at_once(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    photo = shelf.claim()
    shelf.add(OTHER, "B")
    sending = shelf.claim()
    assert shelf.queue.doubts.doubt_all_but([sending.id], shelf.now) == 1
    assert shelf.queue.due("main", State.UNCONFIRMED, shelf.now, 5) == [shelf.again(photo)]
    assert shelf.again(sending) == sending
    assert shelf.queue.doubts.doubt_all_but([], shelf.now) == 1
    assert shelf.state(OTHER) is State.UNCONFIRMED


def test_what_was_recorded_after_all_or_another_run_sends_is_not_doubted(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    shelf.add(OTHER, "B")
    shelf.step(shelf.claim(), State.QUEUED, shelf.now + 1.0)
    assert Queue(shelf.db, run="another run").claim("main", shelf.now) is not None
    assert shelf.queue.doubts.doubt_all_but([], shelf.now) == 0
    assert [shelf.state(FRONT), shelf.state(OTHER)] == [State.QUEUED, State.UPLOADING]


def test_asked_about_later(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    photo = shelf.claim()
    shelf.queue.doubts.doubt_all_but([], shelf.now)
    doubtful = shelf.again(photo)
    shelf.queue.postpone(doubtful, shelf.now + 60.0)
    assert shelf.again(photo).not_before == shelf.now + 60.0
    assert shelf.queue.next_time("main", shelf.now) == shelf.now + 60.0


def test_a_whole_product_waits_and_is_released(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    shelf.add(BACK, "B")
    shelf.add(OTHER, "C")
    park(shelf)
    assert [shelf.state(FRONT), shelf.state(BACK), shelf.state(OTHER)] == [State.WAITING, State.WAITING, State.QUEUED]
    waiting = shelf.at(BACK)
    assert waiting is not None
    assert waiting.reason is not None
    assert waiting.reason.code == "unknown_product"
    assert waiting.not_before == shelf.now + 3600.0
    assert shelf.queue.products.release("main", GTIN, shelf.now, "looked up again") == 2
    found = shelf.at(BACK)
    assert found is not None
    assert (found.state, found.reason, found.not_before) == (State.QUEUED, None, None)


def test_due_is_limited_and_first_come_first(shelf: Shelf) -> None:
    for gtin, data in ((GTIN, "A"), (OTHER_GTIN, "B")):
        shelf.add(f"{gtin}.jpg", data)
        photo = shelf.claim()
        shelf.end(photo, LOST)
    due = shelf.queue.due("main", State.UNCONFIRMED, shelf.now + 10.0, 1)
    assert [photo.gtin for photo in due] == [GTIN]


def test_every_step_leaves_a_line_of_history(shelf: Shelf) -> None:
    photo = shelf.add(FRONT, "A")
    shelf.end(shelf.claim(), NotSent("Connection refused.", "Is the network up?"))
    shelf.now += 2.0
    shelf.upload()
    events = [(event.event, event.detail) for event in shelf.photo_queries.history(photo.id)]
    assert events == [
        ("queued", ""),
        ("uploading", ""),
        ("queued", "Connection refused. Is the network up?"),
        ("uploading", ""),
        ("uploaded", "image image-1"),
    ]


def test_a_step_that_stays_where_it_is_may_be_recorded(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    photo = shelf.claim()
    shelf.queue.doubts.doubt_all_but([], shelf.now)
    shelf.queue.apply(shelf.again(photo), Transition(State.UNCONFIRMED, 5_000.0, absences=1), shelf.now, durable=True)
    assert (shelf.again(photo).absences, shelf.again(photo).not_before) == (1, 5_000.0)


def test_what_is_in_doubt_is_asked_about_when_its_time_has_come(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    shelf.step(shelf.claim(), State.UNCONFIRMED, shelf.now + 10)
    assert not shelf.queue.anything_to_ask("main", shelf.now)
    assert shelf.queue.anything_to_ask("main", shelf.now + 10)


def test_what_waits_for_its_product_is_looked_up_when_its_time_has_come(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    park(shelf)
    assert not shelf.queue.anything_to_ask("main", shelf.now)
    assert shelf.queue.anything_to_ask("main", shelf.now + Policy().recheck_seconds)


def test_nothing_is_sent_of_a_folder_that_is_away(shelf: Shelf) -> None:
    shelf.add("nas/" + FRONT, "A")
    shelf.add("nas2/" + OTHER, "B")
    away = (path("nas"), path("else"))
    claimed = shelf.queue.claim("main", shelf.now, away=away)
    assert claimed is not None
    assert claimed.gtin == OTHER_GTIN
    assert shelf.queue.claim("main", shelf.now, away=away) is None
    assert not shelf.queue.claimable("main", shelf.now, away=away)
    assert shelf.claim().gtin == GTIN


def test_what_the_catalogue_may_have_is_looked_for_first(shelf: Shelf) -> None:
    shelf.adoption.begin(shelf.now)
    assert not shelf.queue.anything_to_ask("main", shelf.now)
    first, second = shelf.add(FRONT, "A"), shelf.add(OTHER, "B")
    assert shelf.queue.anything_to_ask("main", shelf.now)
    assert not shelf.queue.anything_to_ask("agency", shelf.now)
    assert shelf.queue.claim("main", shelf.now) is None
    assert [photo.id for photo in shelf.look_first.to_look_for("main", shelf.now, 5)] == [first.id, second.id]
    assert [photo.id for photo in shelf.look_first.to_look_for_of("main", OTHER_GTIN)] == [second.id]
    shelf.look_first.not_there(first)
    assert [photo.id for photo in shelf.look_first.to_look_for("main", shelf.now, 5)] == [second.id]
    assert shelf.claim().id == first.id


def test_nothing_is_looked_for_while_its_product_is_in_doubt(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    shelf.end(shelf.claim(), LOST)
    shelf.adoption.begin(shelf.now)
    shelf.add(BACK, "B")
    assert shelf.look_first.to_look_for("main", shelf.now, 5) == []


def test_a_question_that_was_asked_in_vain_has_not_looked_for_a_photo(shelf: Shelf) -> None:
    """Else the first list that is seen would count as the second, at which titles decide."""
    shelf.adoption.begin(shelf.now)
    first, second = shelf.add(FRONT, "A"), shelf.add(OTHER, "B")
    shelf.queue.products.postpone(first, shelf.now)
    shelf.look_first.looked_for(second, shelf.now)
    found = shelf.look_first.to_look_for("main", shelf.now, 5)
    assert [(photo.id, photo.looked_for) for photo in found] == [(first.id, False), (second.id, True)]
    shelf.look_first.not_there(second)
    assert not shelf.again(second).looked_for
    assert shelf.claim().id == second.id


def test_an_image_that_nobody_wants_is_deleted_once(shelf: Shelf) -> None:
    shelf.wish(deletes_superseded=True)
    shelf.add(FRONT, "A")
    old = shelf.upload()
    shelf.add(FRONT, "B")
    shelf.upload()
    unwanted = shelf.queue.deletions.due("main", shelf.now, 5)
    assert [(photo.id, photo.state) for photo in unwanted] == [(old.id, State.SUPERSEDED)]
    assert shelf.queue.deletions.due("agency", shelf.now, 5) == []
    shelf.queue.deletions.end(unwanted[0], shelf.now, "deleted on the server", is_gone=True)
    assert shelf.queue.deletions.due("main", shelf.now, 5) == []
    assert shelf.photo_queries.history(old.id)[-1].detail == "deleted on the server"
    assert shelf.again(old).image_deleted_at == shelf.now


def test_a_clock_set_back_before_the_start_makes_nobody_wait_longer(shelf: Shelf) -> None:
    """Found by the soak: one photo had stepped after the clock did, and the other waited for two hours."""
    early, late = shelf.add(FRONT, "a"), shelf.add(OTHER, "b")
    for photo in (early, late):
        shelf.step(shelf.claim(), State.QUEUED, shelf.now + 7.0)
        if photo is early:
            shelf.now -= 7200.0
    assert shelf.again(early).not_before == shelf.now + 7207.0
    for _ in range(2):  # the second start changes nothing more
        shelf.queue.wait_from(shelf.now)
        assert [shelf.again(photo).not_before for photo in (early, late)] == [shelf.now + 7.0] * 2


def test_a_file_renamed_after_the_clock_was_set_back_waits_no_longer(shelf: Shelf) -> None:
    """Found by the soak: killed before it noticed, the service waited for two hours, for the record's step was new."""
    photo = shelf.add(FRONT, "a")
    shelf.step(shelf.claim(), State.QUEUED, shelf.now + 7.0)
    shelf.now -= 7200.0
    shelf.rename(FRONT, f"elsewhere/{FRONT}")
    shelf.queue.wait_from(shelf.now)
    assert shelf.again(photo).path == path(f"elsewhere/{FRONT}")
    assert shelf.again(photo).not_before == shelf.now + 7.0


@pytest.mark.parametrize("runs", [False, True])
def test_a_clock_set_back_again_and_again_makes_nobody_wait_longer(shelf: Shelf, runs: bool) -> None:
    """Found by the soak: what had been fixed once was not known to wait too long after the next step."""
    photo = shelf.add(FRONT, "a")
    shelf.step(shelf.claim(), State.QUEUED, shelf.now + 7.0)
    for _ in range(3):
        shelf.now -= 7200.0
        if runs:
            shelf.queue.clock_set_back(7200.0, shelf.now)
        shelf.queue.wait_from(shelf.now)
        assert shelf.again(photo).not_before == shelf.now + 7.0


@pytest.mark.parametrize("runs", [False, True])
def test_what_was_used_before_the_clock_was_set_back_is_not_counted_until_then(shelf: Shelf, runs: bool) -> None:
    """A machine started with a clock that was ahead: after each start all that it had sent counted as just sent."""
    book, audits = QuotaBook(shelf.db), Audits(shelf.db)
    for spent in (shelf.now - 1.0, shelf.now + 1e7, shelf.now + 2e7):
        book.spend("main", spent)
        audits.spend("main", spent)
    for _ in range(2):
        shelf.queue.clock_set_back(1e7, shelf.now) if runs else shelf.queue.wait_from(shelf.now)
        assert book.used("main", 0.0) == audits.used("main", 0.0) == [(999, 1), (1000, 2)]


@ON_SQLITE
@pytest.mark.parametrize("durable", [True, False])
@pytest.mark.parametrize("replaces", [True, False])
def test_an_image_id_survives_a_power_cut_where_that_is_asked_for(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, *, replaces: bool, durable: bool
) -> None:
    """The file is moved or deleted next."""
    if replaces:
        shelf.add(FRONT, "A")
        shelf.upload()
    shelf.add(FRONT, "B")
    photo = shelf.claim()
    flushed: list[int] = []
    monkeypatch.setattr(os, "fdatasync", flushed.append)
    shelf.queue.apply(photo, Transition(State.UPLOADED, image=shelf.image(photo)), shelf.now, durable=durable)
    assert shelf.again(photo).state is State.UPLOADED
    assert bool(flushed) is durable


@pytest.mark.parametrize("state", [State.UNCONFIRMED, State.QUEUED])
def test_an_image_is_recognised_as_one_photos_only(shelf: Shelf, state: State) -> None:
    """Two machines that read one list at the same time have both found it."""
    first, second = shelf.add(FRONT, "A"), shelf.add(FRONT.replace("Front", "Back"), "B")
    image = shelf.image(first)
    for photo in (first, second):
        shelf.db.change("UPDATE photo SET look_first = 1 WHERE id = :id", {"id": photo.id})
    shelf.queue.apply(first, Transition(State.UPLOADED, image=image), shelf.now)
    if state is State.UNCONFIRMED:
        shelf.db.change("UPDATE photo SET look_first = 0 WHERE id = :id", {"id": second.id})
        assert shelf.claim().id == second.id
        shelf.step(shelf.again(second), State.UNCONFIRMED, shelf.now)
    with pytest.raises(OutOfDate):
        shelf.queue.apply(shelf.again(second), Transition(State.UPLOADED, image=image), shelf.now)
    assert shelf.again(second).state is state
    assert shelf.queue.claimed_images("main", GTIN) == {image.id}


def test_an_answer_that_names_the_image_of_the_replaced_version_is_not_recorded(shelf: Shelf) -> None:
    """That image would be deleted for being replaced, and no other would be there."""
    shelf.add(FRONT, "A")
    old = shelf.upload()
    shelf.add(FRONT, "B")
    photo = shelf.claim()
    assert old.image_id is not None
    again = Image(old.image_id, photo.title, photo.is_primary, shelf.now, None)
    with pytest.raises(OutOfDate):
        shelf.queue.apply(photo, Transition(State.UPLOADED, image=again), shelf.now)
    assert shelf.again(old).state is State.UPLOADED
    shelf.end(photo, LOST)
    assert shelf.again(photo).state is State.UNCONFIRMED


def asked_about(shelf: Shelf) -> Record:
    """A photo that is looked for in the catalogue, and that cannot be told yet to be there, as it was read for that."""
    photo = shelf.add(FRONT, "A")
    shelf.claim()
    shelf.now += 1
    reason = Reason("api_unconfirmed", "An image of this product could be this photo.")
    shelf.queue.apply(shelf.again(photo), Transition(State.UNCONFIRMED, shelf.now, reason), shelf.now)
    return shelf.again(photo)


def sent_once_more(shelf: Shelf, read: Record) -> None:
    """Somebody retries it, and the answer is lost once more."""
    assert shelf.retrying.retry(read, shelf.now).accepted
    shelf.now += 1
    assert shelf.claim().id == read.id
    shelf.end(shelf.again(read), OutcomeUnknown("The answer was lost."))


def test_what_was_found_out_about_a_request_tells_nothing_of_the_next_one(shelf: Shelf) -> None:
    """The list was read before that: the photo is absent there, and would be sent a third time."""
    read = asked_about(shelf)
    sent_once_more(shelf, read)
    with pytest.raises(OutOfDate):
        shelf.queue.apply(read, Transition(State.QUEUED), shelf.now)
    now = shelf.again(read)
    shelf.queue.postpone(read, 1.0)
    assert (shelf.again(read).state, shelf.again(read).not_before) == (State.UNCONFIRMED, now.not_before)


def test_two_who_retry_a_photo_send_it_once(shelf: Shelf) -> None:
    """Both saw that nobody can tell; what became of the second request is asked about first."""
    read = asked_about(shelf)
    sent_once_more(shelf, read)
    assert shelf.retrying.retry(read, shelf.now) == Answer(Said.CHANGED)
    assert shelf.again(read).state is State.UNCONFIRMED


def test_a_photo_that_is_exported_anew_while_it_is_looked_for_is_another_one(shelf: Shelf) -> None:
    """Its old version was found in the catalogue, or not: the new one is to be looked for, and to be sent."""
    shelf.adoption.begin(shelf.now)
    read = shelf.add(FRONT, "A")
    shelf.add(FRONT, "B")
    with pytest.raises(OutOfDate):
        shelf.queue.apply(read, Transition(State.UPLOADED, image=shelf.image(read)), shelf.now)
    shelf.look_first.not_there(read)
    shelf.look_first.looked_for(read, shelf.now + 60)
    (found,) = shelf.look_first.to_look_for("main", shelf.now, 5)
    assert (found.sha256, found.looked_for) == (digest("B"), False)


def test_what_is_remarked_of_the_answer_is_kept_and_counted_and_else_remarks_stay(shelf: Shelf) -> None:
    remark = Reason("not_primary", "It is not.")
    for number, notes in enumerate([(remark,), None]):
        shelf.add(f"{GTIN}__Front__{number}.jpg", str(number))
        photo, image = shelf.claim(), Image(f"{number}" * 22, "", is_primary=False, created=0.0, image_url=None)
        shelf.queue.apply(photo, Transition(State.UPLOADED, image=image, notes=notes), shelf.now)
        assert shelf.again(photo).details.notes == (notes or ())
    assert shelf.photo_queries.remarks() == 1
