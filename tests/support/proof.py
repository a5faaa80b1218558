"""The proof of "exactly once": the sandbox's ledger, which saw every byte, held against what the program recorded."""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from folder_sync.files.opening import look
from folder_sync.photo import Reason, ReasonCode, Record, State
from folder_sync.rules.arrivals import Seen
from folder_sync.sandbox.codes import check_digit
from folder_sync.sandbox.ledger import Arrival
from folder_sync.sandbox.serving import running_sandbox
from folder_sync.sandbox.state import Sandbox
from folder_sync.store.adoption import Adoption
from folder_sync.store.incoming import Incoming
from folder_sync.store.photo_queries import PhotoQueries
from folder_sync.store.recording import Place
from tests.support.failing import situation, tail
from tests.support.studio import Studio
from tests.support.waiting import PATIENCE_SECONDS, wait_for

Key = tuple[str, str, bool, str]
"""What one image is made of: GTIN-14, title, hero flag, SHA-256. Of no key may there ever be two images."""

ENDS: Final = frozenset({State.UPLOADED, State.SUPERSEDED, State.REJECTED, State.DUPLICATE})

WIDE: Final = ((1_000_000, 2.0),)
"""Limits that nobody meets, in a window so short that a 429 without a word about its end is soon over."""


def gtin14(number: int) -> str:
    """The ``number``-th of the products that the tests use."""
    digits = f"0952{number:09}"
    return digits + check_digit(digits)


@contextmanager
def wide_sandbox() -> Iterator[Sandbox]:
    """One whose quota is never in the way."""
    with running_sandbox(limits=WIDE) as sandbox:
        yield sandbox


def take_up_work(studio: Studio) -> None:
    """The database knows a photo (one that can't go), so this is no first start, at which everything is looked for in
    the catalogue before it is sent: a forgotten photo would be recognised there, and the proof would prove less."""
    path = os.fsencode(studio.export("readme.jpg"))
    fingerprint = look(path)
    assert fingerprint is not None
    with studio.opened(create=True) as database:
        seen = Seen(None, None, Reason(ReasonCode.BAD_NAME, "No GTIN."))
        Incoming(database, Adoption(database)).arrive(Place(path, "main", None, fingerprint), seen, time.time(), {})


def wait_for_ends(studio: Studio, count: int, seconds: float = PATIENCE_SECONDS) -> None:
    """Until so many photos, ``readme.jpg`` included, have come to an end at which they may stay for ever."""

    def ended() -> bool:
        records = studio.records()
        return len(records) == count and all(record.state in ENDS for record in records)

    try:
        wait_for(ended, f"{count} photos have come to an end", seconds)
    except AssertionError as failure:
        failure.add_note(situation(studio))
        failure.add_note(tail(studio.told()))
        raise


def by_key(sandbox: Sandbox) -> dict[Key, list[Arrival]]:
    """The POSTs whose bodies arrived whole, in their order, for each image that they could make."""
    found: dict[Key, list[Arrival]] = defaultdict(list)
    for arrival in sandbox.ledger.arrivals:
        found[arrival.gtin, arrival.title, arrival.is_primary, arrival.sha256].append(arrival)
    return dict(found)


def sent_again(sandbox: Sandbox) -> list[Key]:
    """What was posted although an earlier POST of the same had been stored: must be empty, whatever broke."""
    return [key for key, arrivals in by_key(sandbox).items() if any(one.image_id for one in arrivals[:-1])]


def key_of(record: Record) -> Key:
    return record.gtin or "", record.title, record.is_primary, record.sent_sha256 or ""


def assert_exactly_once(sandbox: Sandbox, record: Record) -> None:
    """This photo is there, one image was ever made of it, and the program knows that image's id."""
    stored = [arrival.image_id for arrival in by_key(sandbox)[key_of(record)] if arrival.image_id]
    assert record.state is State.UPLOADED, record
    assert stored == [record.image_id], record
    assert sandbox.catalogue.find(stored[0] or "") is not None


def passed_through(studio: Studio, record: Record) -> list[str]:
    """The states of a photo's history, without repetitions."""
    with studio.opened() as database:
        events = [event.event for event in PhotoQueries(database).history(record.id)]
    return [event for place, event in enumerate(events) if place == 0 or event != events[place - 1]]


def record_named(studio: Studio, name: str) -> Record:
    """The only record of this file name, wherever the file is by now."""
    (found,) = [record for record in studio.records() if os.path.basename(record.path) == os.fsencode(name)]
    return found
