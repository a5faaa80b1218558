"""Every fault that the sandbox knows, stored and not stored: each ends as DESIGN.md's table says, with one image.

One service meets them all, each for a product of its own, so that they also meet each other; then every trial is
looked at by itself. What changes the whole account or server has a service of its own.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

import pytest

from folder_sync.photo import Record, State
from folder_sync.sandbox.state import Sandbox
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

READ_SECONDS: Final = 1.0
LARGE: Final = 3_000_000
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
        bare = "too_large" if status == 413 else f"api_{status}"
        yield Trial(f"html {status}", {"kind": "error_html", "status": status}, REFUSED, 1, bare)
    yield Trial("code of its own", {"kind": "status", "status": 400, "code": "TITLE_TAKEN"}, REFUSED, 1, "api_title_taken")
    for kind in ("status", "error_html"):
        yield Trial(f"{kind} 401", {"kind": kind, "status": 401}, AGAIN, 2)
        yield Trial(f"{kind} 403", {"kind": kind, "status": 403}, WAITED, 2)
        yield Trial(f"{kind} 404", {"kind": kind, "status": 404}, WAITED, 2)
        yield Trial(f"{kind} 429", {"kind": kind, "status": 429}, AGAIN, 2)
    yield Trial("429 with a time", {"kind": "status", "status": 429, "seconds": 0.5}, AGAIN, 2)
    yield Trial("forbidden", {"kind": "forbidden"}, WAITED, 2)


def _questions() -> Iterator[Trial]:
    """The answer is lost, and the question what became of the photo goes wrong too, three times."""
    for asking in (
        {"kind": "drop_before_body"},
        {"kind": "stall", "seconds": 1.5 * READ_SECONDS, "count": 1},
        {"kind": "error_html", "status": 503},
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


def _configure(studio: Studio, **delivery: object) -> None:
    quick = {"retry_base_seconds": 0.05, "retry_max_seconds": 0.1, "confirm_after_seconds": 0.3}
    studio.configure(
        account=f'organization_id = "{studio.sandbox.organization_id}"',
        delivery={"read_seconds": READ_SECONDS, **quick, **delivery},
    )


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """A studio in which every trial has been through."""
    with wide_sandbox() as sandbox:
        studio = Studio(tmp_path_factory.mktemp("tried"), sandbox)
        _configure(studio, concurrency=8)
        take_up_work(studio)
        for trial in TRIALS:
            if trial.fault:
                sandbox.faults.add(route="upload", gtin=GTINS[trial.name], **trial.fault)
            if trial.asking:
                sandbox.faults.add(route="list", gtin=GTINS[trial.name], **trial.asking)
            studio.export(f"{GTINS[trial.name]}__a.jpg", photo_data(trial.name, trial.size))
        with studio.start("run") as process:
            wait_for_ends(studio, len(TRIALS) + 1)
            assert process.end(signal.SIGTERM) == 0
        yield studio


@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: trial.name)
def test_ends_as_the_table_says(tried: Studio, trial: Trial) -> None:
    record = record_named(tried, f"{GTINS[trial.name]}__a.jpg")
    assert passed_through(tried, record) == list(trial.way)
    arrivals = [arrival for arrival in tried.sandbox.ledger.arrivals if arrival.gtin == record.gtin]
    assert len(arrivals) == trial.arrivals
    if trial.reason is None:
        assert_exactly_once(tried.sandbox, record)
    else:
        assert record.reason is not None
        assert record.reason.code == trial.reason
        assert tried.sandbox.images(record.gtin or "") == []


def test_every_fault_was_met(tried: Studio) -> None:
    assert tried.sandbox.faults.pending == ()


def test_nothing_was_sent_again_after_it_was_stored(tried: Studio) -> None:
    assert sent_again(tried.sandbox) == []
    assert len(tried.sandbox.ledger.stored) == 1 + sum(trial.reason is None for trial in TRIALS)
