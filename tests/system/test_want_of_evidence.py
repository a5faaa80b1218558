"""What proxies, routers, late pictures and lagging lists say decides nothing, neither for a photo nor against it.

Nothing here may be sent twice, parked, rejected or taken for deleted for want of evidence; and nothing tried in vain
may be repeated at a constant rate.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any, Final
from unicodedata import normalize

import pytest

from folder_sync.photo import State
from folder_sync.sandbox.ledger import Call
from folder_sync.sandbox.rewriting import ImageUrls, Titles
from folder_sync.sandbox.state import Sandbox
from tests.support.proof import gtin14, passed_through, wide_sandbox
from tests.support.studio import Studio, photo_data
from tests.support.waiting import wait_for
from tests.support.working import READ_SECONDS, Working, configure, working_service

LARGE: Final = 20_000_000
"""More than the sockets between hold: the connection breaks before the last byte has left."""
BARE: Final = (400, 403, 404, 405, 408, 425, 451, 499)
"""What a proxy or a router may say without the API's envelope; 413 is about the photo's size whoever says it."""
LOST: Final = ("drop_after_store", "drop_after_body")
SENT: Final = ("queued", "uploading")
PATIENT: Final[dict[str, Any]] = {"retry_base_seconds": 0.2, "retry_max_seconds": 1_000.0, "recheck_seconds": 1_000.0}
OFTEN: Final = 10
TITLE: Final = normalize("NFC", "K\u00e4se_&_Brot")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with wide_sandbox() as running:
        yield running


@pytest.fixture
def working(studio: Studio) -> Iterator[Working]:
    configure(studio)
    with working_service(studio) as running:
        yield running


@pytest.fixture
def patient(studio: Studio) -> Iterator[Working]:
    """Backs off for long, so that a rate that stays the same shows."""
    configure(studio, **PATIENT)
    with working_service(studio) as running:
        yield running


@pytest.fixture
def deleting(studio: Studio) -> Iterator[Working]:
    """The same, and deletes what is superseded."""
    configure(studio, superseded="delete", **PATIENT)
    with working_service(studio) as running:
        yield running


# Titles that the server keeps otherwise


@pytest.mark.parametrize("lost", LOST)
@pytest.mark.parametrize("mode", ["html", "nfd", "upper", "shortened", "none"])
def test_a_title_that_is_kept_otherwise(working: Working, mode: Titles, lost: str) -> None:
    working.sandbox.set_titles(mode)
    working.sandbox.faults.add(lost, route="upload")
    working.wait_until_uploaded(working.deliver(f"{TITLE}__primary"))
    assert len(working.sandbox.ledger.arrivals) == (1 if lost == "drop_after_store" else 2)


# Pictures that are not what was sent, for a while or from now on


@pytest.mark.parametrize("lost", LOST)
@pytest.mark.parametrize(
    "media",
    [
        {"kind": "placeholder"},
        {"kind": "error_html", "status": 404},
        {"kind": "status", "status": 503},
        {"kind": "stall", "seconds": 3 * READ_SECONDS},
    ],
    ids=lambda fault: fault["kind"],
)
def test_a_picture_that_is_not_served_for_a_while(working: Working, media: Mapping[str, Any], lost: str) -> None:
    """Although it is known by then that this server serves what it was sent."""
    working.wait_until_uploaded(working.deliver("before"))
    working.sandbox.faults.add(route="media", lasting=5, **media)
    working.sandbox.faults.add(lost, route="upload")
    working.wait_until_uploaded(working.deliver("a"))
    assert len(working.sandbox.ledger.arrivals) == (2 if lost == "drop_after_store" else 3)


@pytest.mark.parametrize("mode", ["altered", "null"])
def test_a_server_that_begins_to_re_encode(working: Working, mode: ImageUrls) -> None:
    """It was learned that it does not; our image, in other bytes, is no absence."""
    working.wait_until_uploaded(working.deliver("before"))
    working.sandbox.set_image_urls(mode, from_now_on=True)
    working.sandbox.faults.add("drop_after_store", route="upload")
    path = working.deliver("a")
    wait_for(lambda: _is_settled_or_said(working, path), "it is settled, or said to people")
    working.wait_until_uploaded(working.deliver("after", number=2))  # which shows what the server does now
    working.wait_until_uploaded(path)
    assert len(working.sandbox.ledger.arrivals) == 3


def test_a_list_that_is_behind_the_upload(working: Working) -> None:
    working.sandbox.set_list_lag(0.6)
    working.sandbox.faults.add("drop_after_store", route="upload")
    working.wait_until_uploaded(working.deliver("a"))
    assert len(working.sandbox.ledger.arrivals) == 1


# Answers without the envelope: nothing is known of product, image or key


def test_bare_answers_to_uploads(working: Working) -> None:
    trials = list(enumerate(product(BARE, (None, ""), (True, False)), 1))
    for number, (status, body, stored) in trials:
        fault = {"status": status, "body": body, "stored": stored}
        working.sandbox.faults.add("error_html", route="upload", gtin=gtin14(number), **fault)
    paths = [working.deliver("a", number=number) for number, _ in trials]
    for path, (number, (_, _, stored)) in zip(paths, trials, strict=True):
        record = working.wait_until_uploaded(path)
        assert (record.reason, _arrivals(working, number)) == (None, 1 if stored else 2)
        assert passed_through(working.studio, record) == [*SENT, "unconfirmed", *(() if stored else SENT), "uploaded"]


def test_bare_answers_to_the_question_for_a_lost_photo(working: Working) -> None:
    trials = list(enumerate(product(BARE, LOST), 1))
    for number, (status, lost) in trials:
        working.sandbox.faults.add(lost, route="upload", gtin=gtin14(number))
        working.sandbox.faults.add("error_html", route="list", status=status, gtin=gtin14(number), count=3)
    paths = [working.deliver("a", number=number) for number, _ in trials]
    for path, (number, (_, lost)) in zip(paths, trials, strict=True):
        working.wait_until_uploaded(path)
        assert _arrivals(working, number) == (1 if lost == "drop_after_store" else 2)


def test_bare_answers_to_deletions(deleting: Working) -> None:
    """Not told: deleted."""
    trials = list(enumerate(BARE, 1))
    olds = [deleting.deliver("a", number=number) for number, _ in trials]
    ids = [deleting.wait_until_uploaded(path).image_id for path in olds]
    for number, status in trials:
        deleting.sandbox.faults.add("error_html", route="delete", status=status, gtin=gtin14(number), count=2)
        deleting.deliver("a", photo_data(f"anew {number}"), number=number)
    for (number, _), old in zip(trials, ids, strict=True):
        deleted = partial(_calls, deleting, "DELETE", f"{gtin14(number)}/images/{old}")
        wait_for(lambda deleted=deleted: 204 in [call.status for call in deleted()], "it is deleted after all")  # type: ignore[misc]
        assert len(deleting.sandbox.images(gtin14(number))) == 1


def test_bare_answers_to_the_question_whether_a_product_is_known_now(working: Working) -> None:
    trials = list(enumerate(BARE, 1))
    for number, status in trials:
        working.sandbox.unknown_product(gtin14(number))
        working.sandbox.faults.add("error_html", route="trade_item", status=status, gtin=gtin14(number), count=3)
    paths = [working.deliver("a", number=number) for number, _ in trials]
    for path in paths:
        working.studio.wait_for_state(path, State.WAITING)
    for number, _ in trials:
        working.sandbox.known_product(gtin14(number))
    for path in paths:
        working.wait_until_uploaded(path)


def test_what_a_proxy_always_refuses_is_rejected_in_the_end_and_says_so(working: Working) -> None:
    """Five times, while others go."""
    working.sandbox.faults.add("error_html", route="upload", status=403, gtin=gtin14(1), count=None)
    path = working.deliver("a")

    def rejected_while_others_go() -> bool:
        working.wait_until_uploaded(working.deliver(f"b{len(working.sandbox.ledger.calls)}", number=2))
        record = working.studio.record(path)
        return record is not None and record.state is State.REJECTED

    wait_for(rejected_while_others_go, "it is rejected")
    record = working.studio.record(path)
    assert record is not None
    assert record.reason is not None
    assert record.reason.code == "api_403"
    assert _arrivals(working, 1) == 5


# What is tried in vain gets rarer


@pytest.mark.parametrize(
    "headers",
    [
        {"Retry-After": "0"},
        {"Retry-After": "-1"},
        {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"},
        {"Retry-After": None, "RateLimit-Reset": "0"},
    ],
    ids=str,
)
def test_a_429_that_invites_to_come_back_at_once(patient: Working, headers: Mapping[str, str | None]) -> None:
    patient.sandbox.faults.add("status", route="upload", status=429, count=None, headers=headers)
    patient.deliver("a")
    _gets_rarer(patient, ("POST", "/images"))


@pytest.mark.parametrize("whoami", [401, 403, 422, 429, 503])
def test_a_403_and_a_whoami_that_says_nothing(patient: Working, whoami: int) -> None:
    patient.sandbox.faults.add("status", route="upload", status=403, count=None)
    patient.sandbox.faults.add("status", route="whoami", status=whoami, count=None, headers={"Retry-After": "0"})
    patient.deliver("a")
    _gets_rarer(patient, ("POST", "/images"), at_least=1)
    posts, whoamis = (len(_calls(patient, *request)) for request in (("POST", "/images"), ("GET", "/whoami")))
    assert whoamis <= max(OFTEN, 3 * posts + 3)


def test_a_401_while_whoami_is_fine(patient: Working) -> None:
    patient.sandbox.faults.add("status", route="upload", status=401, count=None)
    patient.deliver("a")
    _gets_rarer(patient, ("POST", "/images"))


@pytest.mark.parametrize("kind", ["status", "error_html"])
def test_questions_for_waiting_products_that_are_refused(patient: Working, kind: str) -> None:
    """``recheck_seconds`` is in force, whatever the last answer was."""
    trials = list(enumerate((400, 403, 408, 422), 1))
    for number, status in trials:
        patient.sandbox.unknown_product(gtin14(number))
        patient.sandbox.faults.add(kind, route="trade_item", status=status, gtin=gtin14(number), count=None)
    paths = [patient.deliver("a", number=number) for number, _ in trials]
    for path in paths:
        patient.studio.wait_for_state(path, State.WAITING)
    patient.studio.command("retry", "--all")
    _gets_rarer(patient, *(("GET", f"trade-items/{gtin14(number)}") for number, _ in trials), at_least=0)


@pytest.mark.parametrize("kind", ["status", "error_html"])
def test_questions_for_lost_photos_that_are_refused(patient: Working, kind: str) -> None:
    trials = list(enumerate((400, 403, 408, 422), 1))
    for number, status in trials:
        patient.sandbox.faults.add("drop_after_store", route="upload", gtin=gtin14(number))
        patient.sandbox.faults.add(kind, route="list", status=status, gtin=gtin14(number), count=None)
        patient.deliver("a", number=number)
    _gets_rarer(patient, *(("GET", f"{gtin14(number)}/images") for number, _ in trials), at_least=1)


def test_deletions_that_are_refused(deleting: Working) -> None:
    """And a hero gets its turn meanwhile."""
    trials = list(enumerate((400, 403, 422), 1))
    for number, _ in trials:
        deleting.wait_until_uploaded(deleting.deliver("a", number=number))
    for number, status in trials:
        deleting.sandbox.faults.add("status", route="delete", status=status, gtin=gtin14(number), count=None)
        deleting.deliver("a", photo_data(f"anew {number}"), number=number)
    ids = [image.id for number, _ in trials for image in deleting.sandbox.images(gtin14(number))[-1:]]
    _gets_rarer(deleting, *(("DELETE", one) for one in ids), at_least=1)
    deleting.wait_until_uploaded(deleting.deliver("front__primary", number=9))


def test_one_photo_that_always_breaks_the_connection_holds_up_no_other(patient: Working) -> None:
    patient.sandbox.faults.add("reset_in_body", route="upload", gtin=gtin14(1), count=None)
    patient.deliver("a", photo_data("poison", LARGE))
    wait_for(lambda: len(_calls(patient, "POST", "/images")) >= 2, "it has failed twice")
    others = [patient.deliver(f"b{number}", number=2) for number in range(20)]
    for path in others:
        patient.wait_until_uploaded(path)
    through = max(arrival.at for arrival in patient.sandbox.ledger.stored)
    tries = [call for call in _calls(patient, "POST", f"{gtin14(1)}/images") if call.at <= through]
    assert len(tries) <= 5


@pytest.mark.parametrize("kind", ["status", "error_html"])
@pytest.mark.parametrize("size", [9_000, LARGE])
def test_an_early_answer(working: Working, kind: str, size: int) -> None:
    working.sandbox.faults.add(kind, route="upload", status=413, early=True)
    working.sandbox.faults.add(kind, route="upload", status=503, early=True)
    large = working.deliver("a", photo_data("a", size))
    record = working.studio.wait_for_state(large, State.REJECTED)
    assert record.reason is not None
    assert record.reason.code == "too_large"
    working.wait_until_uploaded(working.deliver("b", photo_data("b", size)))
    assert len(working.sandbox.ledger.arrivals) == 1


def _is_settled_or_said(working: Working, path: Path) -> bool:
    record = working.studio.record(path)
    return record is not None and (
        record.state is State.UPLOADED or (record.state is State.UNCONFIRMED and record.reason is not None)
    )


def _arrivals(working: Working, number: int) -> int:
    return len([arrival for arrival in working.sandbox.ledger.arrivals if arrival.gtin == gtin14(number)])


def _calls(working: Working, method: str, ending: str) -> list[Call]:
    return [call for call in working.sandbox.ledger.calls if call.method == method and call.path.endswith(ending)]


def _gets_rarer(working: Working, *requests: tuple[str, str], at_least: int = 3) -> None:
    """Of tries that double their distance, from 0.2 s on, five or six are made in 4 s, at a constant rate twenty.
    A slow machine only makes fewer."""
    for method, ending in requests:
        tried = partial(_calls, working, method, ending)
        wait_for(lambda tried=tried: len(tried()) >= at_least, f"{method} {ending} was tried")  # type: ignore[misc]
    begun = time.monotonic()
    wait_for(lambda: time.monotonic() > begun + 4.0, "the rate shows")
    for method, ending in requests:
        assert len(_calls(working, method, ending)) <= OFTEN, f"{method} {ending}"
