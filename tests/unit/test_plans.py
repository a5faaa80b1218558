"""Whatever runs on a timer or at a glance is found by an index: it costs the same with a million photos as with ten."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import count
from typing import get_args

import pytest

from folder_sync.errors import OutcomeUnknown
from folder_sync.photo import Content, Fingerprint, Format, Label, Reason, State
from folder_sync.report.status import status
from folder_sync.rules.arrivals import Seen
from folder_sync.rules.outcome import Transition
from folder_sync.rules.quota import Window
from folder_sync.store.adoption import Adoption
from folder_sync.store.glances import Glances
from folder_sync.store.notification_log import NotificationLog, OfPhotos
from folder_sync.store.places import Places
from folder_sync.store.ports import Parameters, Result
from folder_sync.store.products import Products
from folder_sync.store.quota import QuotaBook
from folder_sync.store.recording import Place
from folder_sync.store.search import SearchIndex
from folder_sync.store.service_state import ServiceState
from folder_sync.store.tallies import Tallies
from tests.support.engines import ON_SQLITE, file_of
from tests.support.shelf import FOLDER, GTIN, OTHER_GTIN, Shelf, path
from tests.support.store_model import CORRUPT

pytestmark = ON_SQLITE

FRONT = path("00012345678905__Front.jpg")
PLACE = Place(FRONT, "main", "organization", Fingerprint(1, 2, 3))
SEEN = Seen(Label(GTIN, "Front"), Content(1, "a" * 64, Format.JPEG), None)

MAY_BE_LARGE = re.compile(r"SCAN (photo|p|q|old|newer|later|history)\b(?! USING (COVERING )?INDEX)")
"""Going through a partial index is well: it holds what is queued, due, or rejected and not told of."""

LARGE_INDEXES = re.compile(
    r"SCAN \w+ USING (COVERING )?INDEX (photo_(path|live|product|content|place|successor)|history_photo)\b"
)

TICKS: dict[str, Callable[[Shelf], object]] = {
    "the clock of the service": lambda shelf: (
        shelf.photo_queries.version(),
        shelf.photo_queries.counts(),
        ServiceState(shelf.db).pauses(),
        ServiceState(shelf.db).is_new(),
    ),
    "the count of products": lambda shelf: Products(shelf.db).progress(),
    "the start": lambda shelf: shelf.queue.doubts.recover(1.0, 1.0),
    "the start of the clock": lambda shelf: shelf.queue.wait_from(1.0),
    "the start of an adoption": lambda shelf: Adoption(shelf.db).begin(1.0),
    "a clock set back": lambda shelf: shelf.queue.clock_set_back(1.0, 1.0),
    "the workers": lambda shelf: (
        shelf.queue.anything_to_ask("main", 1.0),
        shelf.queue.due("main", State.UNCONFIRMED, 1.0, 9),
        shelf.queue.due("main", State.WAITING, 1.0, 9),
        shelf.look_first.to_look_for("main", 1.0, 9),
        shelf.look_first.to_look_for_of("main", GTIN),
        shelf.look_first.is_looking("main"),
        shelf.queue.deletions.due("main", 1.0, 9),
        shelf.queue.next_time("main", 1.0),
        shelf.queue.next_time("main", 1.0, [State.WAITING]),
        shelf.queue.claimable("main", 1.0, away=[FOLDER]),
        shelf.queue.claim("main", 1.0, away=[FOLDER]),
        shelf.queue.claim("main", 1.0, heroes_only=True),
        shelf.queue.doubts.doubt_all_but([1], 1.0),
        shelf.queue.claimed_images("main", GTIN),
        shelf.queue.products.release("main", GTIN, 1.0, ""),
        shelf.queue.products.park("main", GTIN, Transition(State.WAITING, 1.0, Reason("unknown_product", "")), 1.0),
    ),
    "intake": lambda shelf: (
        shelf.incoming.candidates(PLACE, SEEN, 1.0),
        shelf.incoming.arrive(PLACE, SEEN, 1.0, {}),
        shelf.expected.fingerprints(FOLDER),
        shelf.expected.some_below(FOLDER, 100),
    ),
    "a file that is gone": lambda shelf: shelf.incoming.gone(path(f"{GTIN}__3.jpg"), 1.0),
    "what may be right by now": lambda shelf: (
        shelf.expected.unreadable(),
        shelf.expected.is_unreadable(FRONT),
        shelf.expected.refused_by_name(),
    ),
    "a pass": lambda shelf: Places(shelf.db).rejected_and_put_away(),
    "a pass that puts away": lambda shelf: Places(shelf.db).standing([State.UPLOADED, State.REJECTED]),
    "a pass for what was retried": lambda shelf: Places(shelf.db).uploaded_and_put_away_below(FOLDER),
    "the search": lambda shelf: SearchIndex(shelf.db).catch_up(),
    "an intake at rest": lambda shelf: shelf.incoming.conclude(1.0),
    "a photo that comes through": lambda shelf: shelf.upload(),
    "the monitor": lambda shelf: (
        shelf.photo_queries.in_line("main"),
        ServiceState(shelf.db).watch_statuses(),
        QuotaBook(shelf.db).used("main", 1.0),
    ),
    "the notifier": lambda shelf: [NotificationLog(shelf.db).untold("1 json", kind, 10) for kind in get_args(OfPhotos)],
    "the notifier's start": lambda shelf: NotificationLog(shelf.db).forget_others(["1 json"]),
    "status": lambda shelf: status(shelf.db, {"main": (Window(300, 60),)}, 1.0),
    "the page": lambda shelf: (
        Glances(shelf.db).newest_uploaded(9),
        Glances(shelf.db).uploaded_since(1.0, 9),
        Glances(shelf.db).newest_rejected(9),
        Glances(shelf.db).undecidable(9),
        Glances(shelf.db).of_product(GTIN, 9),
    ),
    "a scrape": lambda shelf: (
        Tallies(shelf.db).tallies(),
        Tallies(shelf.db).rejections(),
        Tallies(shelf.db).queued_since(),
    ),
    "the index of the page's search": lambda shelf: SearchIndex(shelf.db).catch_up(),
    "sync at a terminal": lambda shelf: shelf.photo_queries.left_over(),
}


class Explained:
    """The plans of all statements that a store runs from now on."""

    def __init__(self, shelf: Shelf) -> None:
        self.plans: list[str] = []
        self._transaction = file_of(shelf.db)._transaction
        self._run = self._transaction.execute
        self._transaction.execute = self._explain  # type: ignore[method-assign]

    def _explain(self, sql: str, parameters: Parameters = ()) -> Result:
        if sql.split(maxsplit=1)[0] in ("SELECT", "UPDATE", "DELETE", "INSERT", "WITH"):
            steps = [str(row[3]) for row in self._run(f"EXPLAIN QUERY PLAN {sql}", parameters).fetchall()]
            own = {step.split()[1] for step in steps if step.startswith(("CO-ROUTINE ", "MATERIALIZE "))}
            steps = [step for step in steps if not (step.startswith("SCAN ") and step.split()[1] in own)]
            self.plans += [f"{step}   in   {' '.join(sql.split())}" for step in steps]
        return self._run(sql, parameters)

    def large(self) -> list[str]:
        return [plan for plan in self.plans if MAY_BE_LARGE.search(plan) or LARGE_INDEXES.search(plan)]


def fill(shelf: Shelf) -> None:
    """A photo of every kind: what finds nothing stops, and a statement behind it is not seen."""
    for number in count():
        shelf.add(f"{GTIN}__{number}.jpg", str(number))
        match number:
            case 0:
                shelf.upload()
            case 1:
                shelf.end(shelf.claim(), OutcomeUnknown("The answer was lost."))
            case 3:
                break
    shelf.add(f"{GTIN}__bad.jpg", CORRUPT)
    shelf.add(f"{OTHER_GTIN}__1.jpg", "other")


@pytest.mark.parametrize("tick", TICKS)
def test_it_is_found_by_an_index(shelf: Shelf, tick: str) -> None:
    fill(shelf)
    explained = Explained(shelf)
    TICKS[tick](shelf)
    assert explained.plans
    assert explained.large() == []


@pytest.mark.parametrize("index", ["NOT INDEXED", "INDEXED BY photo_product"])
def test_a_search_through_everything_would_be_seen(shelf: Shelf, index: str) -> None:
    explained = Explained(shelf)
    shelf.db.read(f"SELECT count(*) FROM photo {index} WHERE note = ''")
    assert explained.large() == explained.plans


def test_every_index_has_its_statistics(shelf: Shelf) -> None:
    """SQLite thinks small of an index without, and goes through all photos of an account by it."""
    indexes = shelf.db.read(
        "SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL"
        " AND tbl_name NOT LIKE '\\_%' ESCAPE '\\' ORDER BY name"
    )
    assert indexes == shelf.db.read("SELECT idx FROM sqlite_stat1 ORDER BY idx")
