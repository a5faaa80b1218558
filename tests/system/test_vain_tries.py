"""Whatever is asked and whatever is answered instead of what should be: the next try of the same thing is rarer.

Each trial is ten minutes of a service at the default settings, with five photos of five products; the clock leaps.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Literal, get_args

import pytest

from folder_sync.photo import Record, State
from folder_sync.rules.outcome import Policy, Transition
from tests.support.proof import gtin14
from tests.support.simulated import Simulation, simulation
from tests.support.studio import photo_data

Call = Literal["upload", "whoami", "whoami after 403", "look-up", "list after a lost answer", "list first", "delete"]

PHOTOS: Final = 5
HALF: Final = 300.0
MOST: Final = 25
"""Requests a photo in ten minutes: each way from upload to upload again has three, and the ways double in length."""

ANSWERS: Final[Mapping[str, Mapping[str, Any]]] = {
    **{str(status): {"kind": "status", "status": status} for status in (400, 401, 403, 404, 422, 500)},
    **{f"429 {when}": {"kind": "status", "status": 429, "headers": {"Retry-After": when}}
       for when in ("0", "Thu, 01 Jan 2026 00:00:00 GMT")},
    "429 reset 0": {"kind": "status", "status": 429, "headers": {"RateLimit-Reset": "0"}},
    **{f"html {status}": {"kind": "error_html", "status": status}
       for status in (200, 302, 400, 401, 403, 404, 408, 502)},
    "dropped": {"kind": "drop_before_body"},
}  # fmt: skip


def put_all(simulated: Simulation, version: str = "") -> None:
    for number in range(PHOTOS):
        name = f"{gtin14(number)}__a.jpg"
        simulated.put(name, photo_data(name + version))


@contextmanager
def trial(call: Call, answer: Mapping[str, Any], home: Path) -> Iterator[Simulation]:
    """The photos are there, and from now on this call is answered so."""
    policy = replace(Policy(), recheck_seconds=20.0)
    with simulation(home, policy=policy, deletes_superseded=call == "delete") as simulated:
        faults = simulated.sandbox.faults
        if call != "whoami":
            simulated.run(1.0)
        match call:
            case "upload" | "whoami":
                faults.add(route=call, count=None, **answer)
            case "whoami after 403":
                faults.add("status", status=403, route="upload", count=None)
                faults.add(route="whoami", count=None, **answer)
            case "look-up":
                for number in range(PHOTOS):
                    simulated.sandbox.unknown_product(gtin14(number))
                faults.add(route="trade_item", count=None, **answer)
            case "list after a lost answer":
                for number in range(PHOTOS):
                    faults.add("drop_after_store", route="upload", gtin=gtin14(number), count=None)
                faults.add(route="list", count=None, **answer)
            case "list first":
                simulated.adopt()
                faults.add(route="list", count=None, **answer)
            case "delete":
                put_all(simulated)
                simulated.run(20.0)
                faults.add(route="delete", count=None, **answer)
        put_all(simulated, "v2")
        yield simulated


@pytest.mark.parametrize("call", get_args(Call))
@pytest.mark.parametrize("answer", ANSWERS)
def test_each_try_in_vain_makes_the_next_one_rarer(call: Call, answer: str, tmp_path: Path) -> None:
    with trial(call, ANSWERS[answer], tmp_path) as simulated:
        begun = simulated.now()
        times = simulated.run(2 * HALF)
        early = sum(at < begun + HALF for at in times)
        late = len(times) - early
        if call == "look-up" or answer == "404":
            # Asked again every 20 s: once, and where a product is known after all, the upload that tells more.
            assert late <= 2 * PHOTOS * HALF / 20.0 + PHOTOS, "a recheck came sooner than it may"
        else:
            assert len(times) <= MOST * PHOTOS
            assert late <= early / 2 + 1, (early, late)
        assert len(list(simulated.photo_queries.photos())) == PHOTOS * (2 if call == "delete" else 1)
        assert simulated.sandbox.quota.refused == 0
        simulated.sandbox.faults.clear()
        if call == "look-up":
            for number in range(PHOTOS):
                simulated.sandbox.known_product(gtin14(number))
        simulated.run(7_200.0)
        rejected = call == "upload" and answer in {"400", "422"}
        states = Counter(
            photo.state for photo in simulated.photo_queries.photos() if photo.state is not State.SUPERSEDED
        )
        assert states == {State.REJECTED if rejected else State.UPLOADED: PHOTOS}
        assert len(simulated.sandbox.ledger.stored) == (0 if rejected else PHOTOS * (2 if call == "delete" else 1))


@pytest.mark.parametrize("call", ["look-up", "list after a lost answer", "delete", "whoami"])
@pytest.mark.parametrize("answer", [answer for answer in ANSWERS if "401" not in answer and "429" not in answer])
def test_a_new_hero_goes_soon_whatever_question_is_in_trouble(call: Call, answer: str, tmp_path: Path) -> None:
    """As long as it is not the key that is refused."""
    if call == "whoami" and answer == "403":
        return
    with trial(call, ANSWERS[answer], tmp_path) as simulated:
        simulated.run(60.0)
        hero = f"{gtin14(PHOTOS)}__Front__primary.jpg"
        simulated.put(hero)
        simulated.run(60.0)
        assert simulated.state_of(hero) is State.UPLOADED, simulated.pauses()


def test_a_429_holds_the_key_before_its_photo_is_back_in_the_queue(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another worker found it there, and sent it at once."""
    with simulation(tmp_path) as simulated:
        waits: list[float] = []
        apply = simulated.queue.apply

        def noted(photo: Record, transition: Transition, now: float, *, durable: bool = False) -> list[Record]:
            if transition.to is State.QUEUED:
                waits.append(simulated.channel.rate_limiter.delay())
            return apply(photo, transition, now, durable=durable)

        monkeypatch.setattr(simulated.queue, "apply", noted)
        simulated.sandbox.faults.add("status", route="upload", status=429, seconds=5)
        simulated.put(f"{gtin14(0)}__a.jpg")
        simulated.run(60.0)
        assert simulated.states() == {State.UPLOADED: 1}
        assert waits == [pytest.approx(5.0, abs=0.1)]


def test_where_uploads_fail_and_all_else_is_answered_no_backlog_is_spent_on_it(tmp_path: Path) -> None:
    """A gateway that answers 502 to uploads and lists images was sent photo after photo: each answered list had ended
    the pause, and a day's quota was gone within the hour."""
    photos = 60
    with simulation(tmp_path) as simulated:
        simulated.run(1.0)
        for number in range(photos):
            simulated.put(f"{gtin14(number)}__a.jpg")
        simulated.sandbox.faults.add("error_html", status=502, route="upload", count=None)
        simulated.run(7_200.0)
        assert simulated.pauses() == {"host:main"}
        assert simulated.calls()["upload"] < photos / 2
        assert simulated.states()[State.UNCONFIRMED] < photos / 10, "what is in doubt is asked about meanwhile"
        simulated.sandbox.faults.clear()
        simulated.run(Policy().retry_max_seconds + 60.0)
        assert simulated.states() == {State.UPLOADED: photos}
        assert simulated.pauses() == set()
        assert len(simulated.sandbox.ledger.stored) == photos


def test_uploads_that_are_stored_whatever_their_answer_says_go_on(tmp_path: Path) -> None:
    photos = 60
    with simulation(tmp_path) as simulated:
        simulated.run(1.0)
        for number in range(photos):
            simulated.put(f"{gtin14(number)}__a.jpg")
        simulated.sandbox.faults.add("error_html", status=502, route="upload", count=None, stored=True)
        simulated.run(180.0)
        assert simulated.states() == {State.UPLOADED: photos}
        assert len(simulated.sandbox.ledger.stored) == photos
