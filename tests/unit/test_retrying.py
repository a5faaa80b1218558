"""What `retry` does to a photo in each state."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from folder_sync.errors import Forbidden, NotSent, OutcomeUnknown, Refused
from folder_sync.photo import Reason, ReasonCode, Record, State
from folder_sync.rules.confirming import Undecidable, conclude
from folder_sync.rules.outcome import Policy
from folder_sync.store.places import Places
from folder_sync.store.retrying import Answer, Said
from tests.support.shelf import FOLDER, GTIN, Shelf, path
from tests.support.store_model import CORRUPT, arrive, judged

FRONT, SECOND, BACK = f"{GTIN}__Front.jpg", f"{GTIN}__Front__2.jpg", f"{GTIN}__Back.jpg"
HERO, NEXT_HERO = f"{GTIN}__Front__primary.jpg", f"{GTIN}__Back__primary.jpg"
REFUSED = Refused("The title is rude.", status=422, code="api_validation_error")


def retry(shelf: Shelf, photo: Record) -> Answer:
    return shelf.retrying.retry(shelf.again(photo), shelf.now)


def test_waiting_goes_at_once(shelf: Shelf) -> None:
    photo = shelf.add(FRONT, "A")
    shelf.end(shelf.claim(), Forbidden("Somebody else's."))
    assert shelf.again(photo).state is State.WAITING
    assert retry(shelf, photo) == Answer(Said.QUEUED)
    assert shelf.claim().reason is None
    assert shelf.photo_queries.history(photo.id)[-2].detail == "retried by the operator"


def test_queued_goes_at_once_instead_of_later(shelf: Shelf) -> None:
    photo = shelf.add(FRONT, "A")
    shelf.end(shelf.claim(), NotSent("Connection refused."))
    assert retry(shelf, photo).accepted
    assert shelf.claim().id == photo.id


def test_refused_by_the_server_goes_again(shelf: Shelf) -> None:
    photo = shelf.add(FRONT, "A")
    shelf.end(shelf.claim(), REFUSED)
    assert [found.id for found in shelf.retrying.candidates()] == [photo.id]
    assert retry(shelf, photo).accepted
    assert shelf.again(photo).state is State.QUEUED


def test_refused_by_the_server_while_the_same_photo_is_on_its_way(shelf: Shelf) -> None:
    photo = shelf.add(FRONT, "A")
    shelf.end(shelf.claim(), REFUSED)
    shelf.add(SECOND, "A")
    answer = retry(shelf, photo)
    assert (answer.accepted, answer.sentence) == (False, "is the same as a photo that is queued or uploaded")


def test_a_refused_hero_keeps_its_place_until_a_later_one_was_sent(shelf: Shelf) -> None:
    first = shelf.add(HERO, "A")
    shelf.end(shelf.claim(), REFUSED)
    later = shelf.add(NEXT_HERO, "B")
    retry(shelf, first)
    photo = shelf.claim()
    assert photo.id == first.id
    shelf.end(photo, REFUSED)
    shelf.upload()
    retry(shelf, first)
    assert shelf.again(first).arrival > later.arrival


def test_a_name_that_cant_go_must_be_put_right(shelf: Shelf) -> None:
    answer = retry(shelf, shelf.add("photo.jpg", "A"))
    assert not answer.accepted
    assert "renaming the file" in answer.sentence
    assert list(shelf.retrying.candidates()) == []


def test_rejected_here_is_looked_at_again(shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    photo = shelf.add(FRONT, CORRUPT)
    monkeypatch.setattr("os.path.lexists", shelf.disk.exists)
    assert retry(shelf, photo) == Answer(Said.LOOKED_AT)
    assert shelf.expected.fingerprints(FOLDER)[FRONT.encode()] != shelf.disk.files[path(FRONT)].fingerprint


TORN = Reason(ReasonCode.TRUNCATED, "Parts of the file hold nothing.")


def torn(shelf: Shelf, name: str = FRONT) -> Record:
    """Rejected for its holes."""
    shelf.disk.put(path(name), "holes")
    sound = judged(path(name), "holes")
    seen = replace(sound, reason=TORN)
    photo = arrive(shelf.incoming, shelf.place(name), seen, shelf.now, shelf.disk.exists)[1]
    assert photo is not None
    assert photo.state is State.REJECTED
    return photo


def is_vouched(shelf: Shelf, photo: Record) -> bool:
    assert photo.sha256 is not None
    return shelf.incoming.is_vouched(photo.sha256)


def test_choosing_just_this_photo_is_somebody_s_word_that_it_is_whole(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.path.lexists", shelf.disk.exists)
    photo = torn(shelf)
    for _ in range(2):
        assert shelf.retrying.retry(photo, shelf.now, vouches=True).accepted
    assert is_vouched(shelf, photo)
    assert not shelf.incoming.is_vouched("0" * 64)
    assert shelf.look(FRONT)[1] == shelf.again(photo)
    assert shelf.again(photo).state is State.QUEUED


def test_all_at_once_is_nobody_s_word_for_each(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.path.lexists", shelf.disk.exists)
    photo = torn(shelf)
    assert [found.id for found in shelf.retrying.candidates()] == [photo.id]
    assert retry(shelf, photo).accepted
    assert not is_vouched(shelf, photo)


def test_the_word_for_a_photo_that_was_put_away_counts_when_it_is_back(shelf: Shelf) -> None:
    photo = torn(shelf)
    assert Places(shelf.db).put_away(photo, path("rejected/" + FRONT))
    answer = shelf.retrying.retry(shelf.again(photo), shelf.now, vouches=True)
    assert "moving it back into the export folder" in answer.sentence
    assert is_vouched(shelf, photo)


def test_missing_must_be_put_back(shelf: Shelf) -> None:
    photo = shelf.add(FRONT, "A")
    shelf.remove(FRONT)
    assert [found.id for found in shelf.retrying.candidates()] == [photo.id]
    answer = retry(shelf, photo)
    assert not answer.accepted
    assert "putting the file back" in answer.sentence


def test_uploading_uploaded_and_duplicate_are_left_alone(shelf: Shelf) -> None:
    photo, copy = shelf.add(FRONT, "A"), shelf.add(SECOND, "A")
    assert "same as a photo" in retry(shelf, copy).sentence
    sent = shelf.claim()
    assert "being uploaded right now" in retry(shelf, photo).sentence
    shelf.end(sent, shelf.image(sent))
    answer = retry(shelf, photo)
    assert not answer.accepted
    assert "change the file" in answer.sentence
    assert shelf.again(photo).state is State.UPLOADED


def test_superseded_is_left_alone(shelf: Shelf) -> None:
    shelf.add(FRONT, "A")
    old = shelf.upload()
    shelf.add(FRONT, "B")
    shelf.upload()
    assert "newer version" in retry(shelf, old).sentence


def doubtful(shelf: Shelf) -> Record:
    """A photo whose answer was lost."""
    photo = shelf.add(FRONT, "A")
    shelf.end(shelf.claim(), OutcomeUnknown("The answer was lost."))
    return shelf.again(photo)


def asked_in_vain(shelf: Shelf, photo: Record, *, again: bool) -> None:
    verdict = Undecidable("Look at the product.", again=again)
    shelf.queue.apply(photo, conclude(photo, verdict, shelf.now, 0.5, Policy()), shelf.now)


def test_in_doubt_is_asked_about_first_and_goes_only_when_nobody_can_tell(shelf: Shelf) -> None:
    photo = doubtful(shelf)
    assert "may be there already" in retry(shelf, photo).sentence
    assert list(shelf.retrying.candidates()) == []
    asked_in_vain(shelf, photo, again=False)
    assert [found.id for found in shelf.retrying.candidates()] == [photo.id]
    assert retry(shelf, photo).accepted
    assert shelf.claim().absences == 0


def test_where_bytes_may_still_tell_it_goes_alone_and_not_with_all(shelf: Shelf) -> None:
    """`--all` would send again what the next question may find."""
    photo = doubtful(shelf)
    asked_in_vain(shelf, photo, again=True)
    assert list(shelf.retrying.candidates()) == []
    assert retry(shelf, photo).accepted


def test_what_changed_meanwhile_is_not_touched(shelf: Shelf) -> None:
    photo = shelf.add(FRONT, "A")
    shelf.upload()
    answer = shelf.retrying.retry(photo, shelf.now)
    assert (answer.accepted, answer.sentence) == (False, "has just changed its state; look again")
    assert shelf.again(photo).state is State.UPLOADED


def test_an_old_version_goes_only_where_somebody_asks_for_it(shelf: Shelf) -> None:
    photo = shelf.add(FRONT, CORRUPT)
    old = replace(shelf.again(photo), reason=Reason(ReasonCode.OLD_VERSION, "An older version."))
    assert shelf.retrying.retry_among(old, shelf.now) == Answer(Said.OLD_VERSION)
    assert shelf.again(photo).state is State.REJECTED
    waiting = shelf.add(BACK, "B")
    shelf.end(shelf.claim(), Forbidden("Somebody else's."))
    assert shelf.retrying.retry_among(shelf.again(waiting), shelf.now) == Answer(Said.QUEUED)


def test_put_away_must_be_moved_back(shelf: Shelf) -> None:
    photo = shelf.add(FRONT, CORRUPT)
    assert Places(shelf.db).put_away(photo, path("rejected/" + FRONT))
    answer = retry(shelf, photo)
    assert not answer.accepted
    assert "was put away" in answer.sentence
