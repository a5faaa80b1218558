"""Every fault that the sandbox knows, stored and not stored: each ends as DESIGN.md's table says, with one image.

One service meets them all, each for a product of its own, so that they also meet each other; then every trial is
looked at by itself. What changes the whole account or server has a service of its own.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from folder_sync.photo import Format, State
from folder_sync.sandbox.drawing import photo_bytes
from folder_sync.sandbox.rewriting import ImageUrls
from folder_sync.sandbox.state import Sandbox
from folder_sync.settings import Delivery
from tests.support.engines import PLACES, THOROUGH
from tests.support.proof import (
    assert_exactly_once,
    gtin14,
    passed_through,
    record_named,
    sent_again,
    take_up_work,
    wait_for_ends,
    wide_sandbox,
)
from tests.support.studio import Studio, photo_data
from tests.support.waiting import wait_for
from tests.support.working import READ_SECONDS, Working, configure, working_service

LARGE: Final = 20_000_000
"""More than the sockets between hold: the connection breaks before the last byte has left."""

SENT: Final = ("queued", "uploading")
ADOPTED: Final = (*SENT, "unconfirmed", "uploaded")
LOST: Final = (*SENT, "unconfirmed", *SENT, "uploaded")
AGAIN: Final = (*SENT, *SENT, "uploaded")
WAITED: Final = (*SENT, "waiting", *SENT, "uploaded")
REFUSED: Final = (*SENT, "rejected")


@dataclass(frozen=True, slots=True)
class Trial:
    """``way``: the states it goes through; ``arrivals``: how often its whole body arrives; ``asking``: a fault that
    the question meets by which the lost answer is settled."""

    name: str
    fault: Mapping[str, Any]
    way: tuple[str, ...]
    arrivals: int
    reason: str | None = None
    size: int = 9_000
    asking: Mapping[str, Any] | None = None


def _trials() -> Iterator[Trial]:
    yield Trial("nothing", {}, (*SENT, "uploaded"), 1)
    yield Trial("drop before body", {"kind": "drop_before_body"}, LOST, 1)
    yield Trial("drop before body, large", {"kind": "drop_before_body"}, AGAIN, 1, size=LARGE)
    yield Trial("drop after body", {"kind": "drop_after_body"}, LOST, 2)
    yield Trial("drop after store", {"kind": "drop_after_store"}, ADOPTED, 1)
    yield Trial("drop after store, large", {"kind": "drop_after_store"}, ADOPTED, 1, size=LARGE)
    yield Trial("stored late", {"kind": "store_late", "seconds": 0.6}, ADOPTED, 1)
    stall = {"kind": "stall", "seconds": 1.5 * READ_SECONDS}
    yield Trial("stall, then stored", stall, ADOPTED, 1)
    yield Trial("stored, then stall", {**stall, "stored": True}, ADOPTED, 1)
    yield Trial("short stall", {"kind": "stall", "seconds": 0.3 * READ_SECONDS}, (*SENT, "uploaded"), 1)
    for body in ('{"id": ', "", "{}", "[]", "null", "<html>created</html>", '{"id": "short", "title": ""}'):
        yield Trial(f"malformed 201 {body!r}", {"kind": "malformed_201", "body": body}, ADOPTED, 1)
    for kind, status in ((kind, status) for kind in ("status", "error_html") for status in (500, 502, 503, 504)):
        yield Trial(f"{kind} {status}", {"kind": kind, "status": status}, LOST, 2)
        yield Trial(f"{kind} {status}, stored", {"kind": kind, "status": status, "stored": True}, ADOPTED, 1)
    for status in (200, 202, 302, 307):
        yield Trial(f"unpromised {status}", {"kind": "status", "status": status}, LOST, 2)
        yield Trial(f"unpromised {status}, stored", {"kind": "status", "status": status, "stored": True}, ADOPTED, 1)
    yield from _refusals()
    yield from _questions()


def _refusals() -> Iterator[Trial]:
    codes = {400: "bad_request", 409: "conflict", 422: "validation_error"}
    for status in (400, 409, 413, 415, 418, 422):
        code = "too_large" if status == 413 else f"api_{codes.get(status, f'http_{status}')}"
        yield Trial(f"status {status}", {"kind": "status", "status": status}, REFUSED, 1, code)
    yield Trial(
        "code of its own", {"kind": "status", "status": 400, "code": "TITLE_TAKEN"}, REFUSED, 1, "api_title_taken"
    )
    for kind in ("status", "error_html"):
        yield Trial(f"{kind} 401", {"kind": kind, "status": 401}, AGAIN, 2)
        yield Trial(f"{kind} 429", {"kind": kind, "status": 429}, AGAIN, 2)
    yield Trial("html 413", {"kind": "error_html", "status": 413}, REFUSED, 1, "too_large")
    for status in (403, 404):
        yield Trial(f"status {status}", {"kind": "status", "status": status}, WAITED, 2)
    for status in (400, 403, 404, 408, 409, 415, 418, 422, 499):  # a proxy on the way: nothing is known of the photo
        html = {"kind": "error_html", "status": status}
        yield Trial(f"html {status}", html, LOST, 2)
        yield Trial(f"html {status}, stored", {**html, "stored": True}, ADOPTED, 1)
    yield Trial("429 with a time", {"kind": "status", "status": 429, "seconds": 0.5}, AGAIN, 2)
    yield Trial("forbidden", {"kind": "forbidden"}, WAITED, 2)


def _questions() -> Iterator[Trial]:
    """The answer is lost, and the question what became of the photo goes wrong too, three times."""
    for asking in (
        {"kind": "drop_before_body"},
        {"kind": "stall", "seconds": 1.5 * READ_SECONDS, "count": 1},
        {"kind": "error_html", "status": 503},
        {"kind": "error_html", "status": 404},
        {"kind": "error_html", "status": 403},
        {"kind": "error_html", "status": 200},
        {"kind": "status", "status": 500},
        {"kind": "status", "status": 401},
        {"kind": "status", "status": 403},
        {"kind": "status", "status": 404},
        {"kind": "status", "status": 422},
        {"kind": "status", "status": 429, "seconds": 0.2},
        {"kind": "malformed_201", "body": "{}"},
    ):
        name = f"asking {asking['kind']} {asking.get('status', '')}"
        yield Trial(f"{name}, stored", {"kind": "drop_after_store"}, ADOPTED, 1, asking={"count": 3, **asking})
        yield Trial(f"{name}, not stored", {"kind": "drop_after_body"}, LOST, 2, asking={"count": 3, **asking})


TRIALS: Final = tuple(_trials())
GTINS: Final = {trial.name: gtin14(number) for number, trial in enumerate(TRIALS)}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with wide_sandbox() as running:
        yield running


@dataclass(frozen=True, slots=True)
class Tried:
    studio: Studio
    trials: tuple[Trial, ...]


SCOPES: Final[Mapping[str, tuple[Trial, ...]]] = {
    "sqlite": TRIALS,
    "postgres": TRIALS if THOROUGH else tuple(trial for trial in TRIALS if trial.size < LARGE)[::8],
}
"""What is tried on which engine. What a request comes to is decided before the records hear of it."""


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Tried]]:
    """By engine: a studio in which every trial has been through."""
    with ExitStack() as stack:
        yield {
            engine: Tried(_gone_through(trials, engine, tmp_path_factory.mktemp(engine), stack), trials)
            for engine, trials in SCOPES.items()
        }


def _gone_through(trials: tuple[Trial, ...], engine: str, home: Path, stack: ExitStack) -> Studio:
    sandbox, place = stack.enter_context(wide_sandbox()), stack.enter_context(PLACES[engine]())
    studio = Studio(home, sandbox, place)
    configure(studio, concurrency=8)
    take_up_work(studio)
    for trial in trials:
        if trial.fault:
            sandbox.faults.add(route="upload", gtin=GTINS[trial.name], **trial.fault)
        if trial.asking:
            sandbox.faults.add(route="list", gtin=GTINS[trial.name], **trial.asking)
        studio.export(f"{GTINS[trial.name]}__a.jpg", photo_data(trial.name, trial.size))
    with studio.start("run") as process:
        wait_for_ends(studio, len(trials) + 1)
        assert process.end(signal.SIGTERM) == 0
    return studio


@pytest.mark.parametrize(
    ("engine", "trial"),
    [pytest.param(engine, trial, id=f"{engine}-{trial.name}") for engine, trials in SCOPES.items() for trial in trials],
)
def test_ends_as_the_table_says(tried: Mapping[str, Tried], engine: str, trial: Trial) -> None:
    studio, sandbox = tried[engine].studio, tried[engine].studio.sandbox
    record = record_named(studio, f"{GTINS[trial.name]}__a.jpg")
    assert passed_through(studio, record) == list(trial.way)
    arrivals = [arrival for arrival in sandbox.ledger.arrivals if arrival.gtin == record.gtin]
    assert len(arrivals) == trial.arrivals
    if trial.reason is None:
        assert_exactly_once(sandbox, record)
    else:
        assert record.reason is not None
        assert record.reason.code == trial.reason
        assert sandbox.images(record.gtin or "") == []


@pytest.mark.parametrize("engine", SCOPES)
def test_every_fault_was_met(tried: Mapping[str, Tried], engine: str) -> None:
    assert tried[engine].studio.sandbox.faults.pending == ()


@pytest.mark.parametrize("engine", SCOPES)
def test_nothing_was_sent_again_after_it_was_stored(tried: Mapping[str, Tried], engine: str) -> None:
    sandbox, trials = tried[engine].studio.sandbox, tried[engine].trials
    assert sent_again(sandbox) == []
    assert len(sandbox.ledger.stored) == sum(trial.reason is None for trial in trials)


@pytest.fixture
def working(studio: Studio) -> Iterator[Working]:
    configure(studio)
    with working_service(studio) as running:
        yield running


def test_a_revoked_key_loses_nothing_and_rejects_nothing(working: Working) -> None:
    working.sandbox.revoke_key()
    paths = [working.deliver(f"v{number}") for number in range(5)]
    working.wait_for_arrivals(1)
    wait_for(lambda: len(working.whoamis) >= 3, "whoami is tried again and again")
    assert {record.state for record in working.studio.records()} == {State.REJECTED, State.QUEUED}
    working.sandbox.restore_key()
    for path in paths:
        record = working.studio.wait_for_state(path, State.UPLOADED)
        assert_exactly_once(working.sandbox, record)
        assert record.attempts == 1
    # Refused were those that were under way when the key was: as many as there are workers, at most.
    assert len(paths) < len(working.sandbox.ledger.arrivals) <= len(paths) + Delivery().concurrency


@pytest.mark.parametrize("stored", [True, False])
def test_a_key_revoked_while_an_answer_is_lost(working: Working, stored: bool) -> None:
    path = working.deliver_in_vain("a", stored=stored)
    working.sandbox.revoke_key()
    working.sandbox.faults.clear()
    wait_for(lambda: len(working.whoamis) >= 3, "whoami is tried again and again")
    assert working.studio.wait_for_state(path, State.UNCONFIRMED).absences == 0
    working.sandbox.restore_key()
    working.wait_until_uploaded(path)
    assert len(working.sandbox.ledger.arrivals) == (1 if stored else 2)


def test_a_key_that_left_its_organization(working: Working) -> None:
    working.sandbox.leave_organization()
    paths = [working.deliver(f"v{number}") for number in range(5)]
    working.wait_for_arrivals(1)
    wait_for(lambda: len(working.whoamis) >= 3, "whoami is tried again and again")
    assert {record.state for record in working.studio.records()} == {State.REJECTED, State.QUEUED}
    working.sandbox.join_organization()
    for path in paths:
        working.wait_until_uploaded(path)


@pytest.mark.parametrize(
    "whoami",
    [
        {"kind": "drop_before_body"},
        {"kind": "error_html", "status": 503},
        {"kind": "error_html", "status": 404},
        {"kind": "error_html", "status": 403},
        {"kind": "error_html", "status": 200},
        {"kind": "status", "status": 401},
        {"kind": "status", "status": 404},
        {"kind": "status", "status": 429, "seconds": 0.2},
        {"kind": "malformed_201"},
    ],
    ids=lambda fault: f"{fault['kind']} {fault.get('status', '')}",
)
def test_whoami_fails_when_it_is_needed(working: Working, whoami: Mapping[str, Any]) -> None:
    """After a 401 and after a 403: whatever whoami says instead, the photos stay, and go in the end."""
    working.sandbox.faults.add(route="whoami", count=4, **whoami)
    for status in (401, 403):
        working.sandbox.faults.add("status", status=status, route="upload", count=2)
    paths = [working.deliver(f"v{number}") for number in range(3)]
    for path in paths:
        working.wait_until_uploaded(path)
    assert working.sandbox.faults.pending == ()


def test_an_unknown_product_waits_until_it_is_known(working: Working) -> None:
    working.sandbox.unknown_product(gtin14(1))
    paths = [working.deliver(f"v{number}") for number in range(3)]
    for path in paths:
        record = working.studio.wait_for_state(path, State.WAITING)
        assert record.reason is not None
        assert record.reason.code == "unknown_product"
    working.sandbox.known_product(gtin14(1))
    for path in paths:
        working.wait_until_uploaded(path)


@pytest.mark.parametrize("stored", [True, False])
def test_a_product_that_is_unknown_for_a_while_after_a_lost_answer(working: Working, stored: bool) -> None:
    path = working.deliver_in_vain("a", stored=stored)
    working.sandbox.unknown_product(gtin14(1))
    working.sandbox.faults.clear()
    wait_for(lambda: working.lists.count(404) >= 4, "the product is asked for again and again")
    assert working.studio.wait_for_state(path, State.UNCONFIRMED).absences == 0
    working.sandbox.known_product(gtin14(1))
    working.wait_until_uploaded(path)
    assert len(working.sandbox.ledger.arrivals) == (1 if stored else 2)


def test_three_products_of_somebody_elses_pause_the_account(working: Working) -> None:
    working.sandbox.faults.add("forbidden", route="upload", count=9)
    paths = [working.studio.export(f"{gtin14(number)}__a.jpg") for number in range(2, 8)]
    for path in paths:
        working.wait_until_uploaded(path)
    assert "somebody else: is this the right key?" in working.studio.told()


@pytest.mark.parametrize("mode", ["altered", "null"])
@pytest.mark.parametrize("lost", ["drop_after_store", "drop_after_body"])
def test_no_bytes_to_compare_after_a_lost_answer(working: Working, mode: ImageUrls, lost: str) -> None:
    """Three photos of one title and one product, each of whose answers is lost."""
    working.sandbox.set_image_urls(mode)
    paths = []
    for number in range(3):
        working.sandbox.faults.add(lost, route="upload")
        paths.append(working.deliver(f"a__{number}"))
    for path in paths:
        working.wait_until_uploaded(path)
    assert len(working.sandbox.ledger.arrivals) == len(paths) * (1 if lost == "drop_after_store" else 2)


@pytest.mark.parametrize("mode", ["altered", "null"])
@pytest.mark.parametrize("lost", ["drop_after_store", "drop_after_body"])
def test_no_bytes_to_compare_and_an_old_image_of_that_title(working: Working, mode: ImageUrls, lost: str) -> None:
    """It is not adopted, for it was made before; nor does it show that ours is not there, for times show no absence."""
    working.sandbox.clock.skew = -3_600.0
    working.sandbox.put_image(gtin14(1), photo_data("old"), "a")
    working.sandbox.clock.skew = 0.0
    working.sandbox.set_image_urls(mode)
    working.sandbox.faults.add(lost, route="upload")
    path = working.deliver("a")
    if lost == "drop_after_store":
        working.wait_until_uploaded(path)
    else:
        working.wait_until_left_to_people(path)
    assert len(working.sandbox.ledger.arrivals) == 1


@pytest.mark.parametrize("mode", ["altered", "null"])
@pytest.mark.parametrize("jump", [-7_200.0, 7_200.0])
def test_no_bytes_to_compare_and_a_clock_set_before_the_question(
    working: Working, mode: ImageUrls, jump: float
) -> None:
    """What is there was made at another time than it was sent, as the clock tells it: it is not sent again."""
    working.sandbox.set_image_urls(mode)
    working.sandbox.faults.add("drop_after_store", route="upload")
    working.sandbox.faults.add("status", route="list", status=503, count=None)  # no answer before the clock is set
    path = working.deliver("a")
    working.wait_until_stored(1)
    working.sandbox.set_clock_skew(jump)
    working.sandbox.faults.clear()
    working.wait_until_left_to_people(path)
    assert len(working.sandbox.ledger.arrivals) == 1


def test_the_network_breaks_between_the_list_and_the_bytes_and_no_time_tells(working: Working) -> None:
    """What the bytes would have told is not left to people: they are asked for again."""
    working.sandbox.faults.add("drop_after_store", route="upload")
    working.sandbox.faults.add("status", route="list", status=503, count=None)  # no answer before the clock is set
    path = working.deliver("a")
    working.wait_until_stored(1)
    working.sandbox.set_clock_skew(-7_200.0)
    working.sandbox.faults.clear()
    working.sandbox.faults.add("drop_before_body", route="media", count=3)
    working.wait_until_uploaded(path)
    assert working.story(path).count("neither the bytes nor the time can tell") == 1  # asked three times
    assert len(working.sandbox.ledger.arrivals) == 1


@pytest.mark.parametrize("mode", ["altered", "null"])
def test_what_nobody_can_tell_apart_stays_in_doubt_until_somebody_decides(working: Working, mode: ImageUrls) -> None:
    working.sandbox.set_image_urls(mode)
    path = working.deliver_in_vain("a")
    working.sandbox.put_image(gtin14(1), photo_data("a colleague's"), "a")
    working.sandbox.faults.clear()
    behind = working.deliver("b")
    working.wait_until_left_to_people(path)
    assert working.studio.wait_for_state(behind, State.QUEUED).attempts == 0


def test_a_server_that_re_encodes_one_format_and_not_the_other(working: Working) -> None:
    """What was seen of PNG does not make a JPEG with other bytes another photo: that would be sent twice."""
    png = working.studio.export(f"{gtin14(2)}__a.png", photo_bytes(Format.PNG, seed=1, width=48))
    working.wait_until_uploaded(png)
    working.sandbox.set_image_urls("altered")
    working.sandbox.faults.add("drop_after_store", route="upload")
    working.wait_until_uploaded(working.deliver("a"))
    assert len(working.sandbox.ledger.arrivals) == 2


SKEWS: Final = (-7_200.0, -240.0, 240.0, 7_200.0)


@pytest.mark.parametrize("skew", SKEWS)
@pytest.mark.parametrize("lost", ["drop_after_store", "drop_after_body"])
def test_the_servers_clock_is_wrong(working: Working, skew: float, lost: str) -> None:
    """Only times can tell the photo from an old image of its title; and the first answer that tells them is lost."""
    working.sandbox.set_image_urls("null")
    if lost == "drop_after_store":
        working.sandbox.set_clock_skew(skew - 60.0)
        working.sandbox.put_image(gtin14(1), photo_data("old"), "a")
    working.sandbox.set_clock_skew(skew)
    working.sandbox.faults.add(lost, route="upload")
    working.wait_until_uploaded(working.deliver("a"))
    assert len(working.sandbox.ledger.arrivals) == (1 if lost == "drop_after_store" else 2)


@pytest.mark.parametrize("jump", SKEWS)
def test_the_servers_clock_is_set_between_a_lost_answer_and_the_question(working: Working, jump: float) -> None:
    """Times are no evidence then; bytes are."""
    working.sandbox.faults.add("drop_after_store", route="upload")
    path = working.deliver("a")
    working.wait_until_stored(1)
    working.sandbox.set_clock_skew(jump)
    working.wait_until_uploaded(path)
    assert len(working.sandbox.ledger.arrivals) == 1


def test_a_slow_server_is_waited_for(working: Working) -> None:
    working.sandbox.set_latency(0.5 * READ_SECONDS)
    paths = [working.deliver(f"v{number}") for number in range(3)]
    for path in paths:
        working.wait_until_uploaded(path)
    assert len(working.sandbox.ledger.arrivals) == len(paths)


def test_a_server_that_is_too_slow_for_every_answer(working: Working) -> None:
    working.sandbox.set_latency(1.5 * READ_SECONDS)
    path = working.deliver("a")
    working.studio.wait_for_state(path, State.UNCONFIRMED)
    wait_for(lambda: len(working.lists) >= 3, "it is asked, in vain")
    working.sandbox.set_latency(0.0)
    working.wait_until_uploaded(path)


@pytest.mark.parametrize(
    "media",
    [
        {"kind": "drop_before_body"},
        {"kind": "drop_after_store"},
        {"kind": "stall", "seconds": 1.5 * READ_SECONDS},
        {"kind": "error_html", "status": 200},
        {"kind": "error_html", "status": 302},
        {"kind": "status", "status": 404},
        {"kind": "status", "status": 503},
    ],
    ids=lambda fault: f"{fault['kind']} {fault.get('status', '')}",
)
def test_the_bytes_behind_an_image_cannot_be_had(working: Working, media: Mapping[str, Any]) -> None:
    working.sandbox.faults.add(route="media", **media)
    for number, lost in enumerate(("drop_after_store", "drop_after_body", "drop_after_store")):
        working.sandbox.faults.add(lost, route="upload")
        path = working.deliver(f"a__{number}")
        working.wait_until_uploaded(path)
    assert len(working.sandbox.ledger.arrivals) == 4
    assert working.sandbox.faults.pending == ()
