"""The whole life of photos, driven at random through the real rules and the real store, with crashes in between.

A model disk and a model server keep what really happened; after every step the store is held against them.
"""

from __future__ import annotations

import math
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

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
from folder_sync.photo import Fingerprint, Gtin14, Image, Record, State
from folder_sync.rules import confirming, outcome
from folder_sync.rules.arrivals import LIVE, Later
from folder_sync.rules.confirming import Bytes, Candidate
from folder_sync.rules.outcome import Policy
from folder_sync.store.adoption import Adoption
from folder_sync.store.expected_files import ExpectedFiles
from folder_sync.store.incoming import Incoming
from folder_sync.store.photo_queries import PhotoQueries
from folder_sync.store.queue import Queue
from folder_sync.store.recording import Place
from folder_sync.store.retrying import Retrying
from tests.support.engines import ENGINES
from tests.support.store_model import CORRUPT, Disk, File, Key, Server, arrive, digest, judged, key_of

POLICY: Final = Policy()
G1, G2 = Gtin14("00012345678905"), Gtin14("00040000000013")
ACCOUNT_OF: Final = {b"/studio": "main", b"/studio/b": "main", b"/agency": "agency"}
NAMES: Final = (
    f"{G1}__Front.jpg",
    f"{G1}__Front__2.jpg",
    f"{G1}__Front__primary.jpg",
    f"{G1}__Front__primary__2.jpg",
    f"{G1}__Back__primary.jpg",
    f"{G2}__Front__primary.jpg",
    f"{G1}__Front__primay__2.jpg",  # a hero lost to a typing error, until somebody renames it
)
PATHS: Final = tuple(
    os.path.join(folder, name.encode())
    for folder, names in ((b"/studio", NAMES), (b"/studio/b", NAMES[:3]), (b"/agency", NAMES[:1]))
    for name in names
)
NUMBERED: Final = tuple(path for path in PATHS if path.endswith((b"__Front.jpg", b"__Front__2.jpg")))[:4]
ON_THEIR_WAY: Final = (State.QUEUED, State.UPLOADING, State.UNCONFIRMED)
ANY_PATH = st.sampled_from(PATHS)
ANY_BYTES = st.sampled_from(["A", "A", "B", "B", "C", CORRUPT])
THEN = st.sampled_from(["unheard", "heard", "taken in", "taken in", "taken in"])
ANY_INDEX = st.integers(0, 30)
ACCOUNTS = st.sampled_from(["main", "main", "main", "agency"])
CLOCK_STEPS = st.sampled_from([-86_400.0, -3.0, 3.0, 86_400.0])
MEMBER = st.sampled_from([True, False, None])

# What a request can end in without the product or the file having a say, and whether its image was stored.
ENDS: Final[dict[str, tuple[bool, Callable[[], ApiError | None]]]] = {
    "stored": (True, lambda: None),
    "stored, answer lost": (True, lambda: OutcomeUnknown("The answer was lost.")),
    "stored late, answer lost": (True, lambda: OutcomeUnknown("The answer was lost.")),
    "not stored, answer lost": (False, lambda: OutcomeUnknown("502", status=502)),
    "not sent": (False, lambda: NotSent("Connection refused.")),
    "429": (False, lambda: RateLimited("Slow down.", retry_after=7.0)),
    "401": (False, lambda: KeyRefused("The key was refused.")),
    "403": (False, lambda: Forbidden("Not allowed.")),
    "422": (False, lambda: Refused("The title is rude.", status=422, code="api_validation_error")),
}

# What asking for an image to be deleted can end in: whether it is gone then, and whether that is known.
DELETIONS: Final = {"deleted": (True, True), "deleted, answer lost": (True, False), "not sent": (False, False)}
REFUSED: Final = "refused"

ANY_END = st.sampled_from(["stored"] * 5 + ["not stored, answer lost"] * 2 + list(ENDS))


@dataclass(slots=True)
class Attempt:
    """A claimed photo, and how its request ended once it has."""

    photo: Record
    result: Image | FolderSyncError | None = None


class StoreMachine(RuleBasedStateMachine):
    open_store = staticmethod(ENGINES["sqlite"])

    def __init__(self) -> None:
        super().__init__()
        self.dir = Path(tempfile.mkdtemp(dir="/dev/shm" if os.path.isdir("/dev/shm") else None))
        self.stack = ExitStack()
        self.stack.callback(shutil.rmtree, self.dir)
        self.where = self.stack.enter_context(self.open_store(self.dir))
        self.disk, self.server = Disk(), Server()
        self.now, self.server_ahead = 1_000_000.0, 40.0
        self.latest = 0.0
        """What the clock said before it was set back: some photos may wait until it says so again."""
        self.known: dict[bytes, Fingerprint] = {}
        """What intake has recorded, by path."""
        self.heard: set[bytes] = set()
        """Paths of which something was heard that intake has not dealt with."""
        self.states: dict[int, tuple[State, int]] = {}
        self.ever: dict[tuple[str, str], list[float]] = {}
        """How many photos ever came into a state, by account; their bytes; and when the last did."""
        self.runs = 0
        self.deletes_superseded = False
        self.doomed: set[str] = set()
        """The images that the server was, or is just being, asked to delete."""
        self.open()

    def open(self) -> None:
        self.runs += 1
        self.db = self.where.open(create=True)
        self.photo_queries = PhotoQueries(self.db)
        self.queue, self.retrying = Queue(self.db, run=f"run-{self.runs}"), Retrying(self.db)
        self.attempts: list[Attempt] = []
        self.deletions: list[Record] = []
        self.wish(self.deletes_superseded)

    def teardown(self) -> None:
        try:
            self.come_to_rest()
        finally:
            self.db.close()
            self.stack.close()

    # The studio

    def touched(self, *paths: bytes, then: str) -> None:
        """Whether the watcher told of it, and intake has dealt with it already."""
        if then != "unheard":
            self.heard.update(paths)
        if then == "taken in":
            for path in paths:
                self.settle(path)
                self.check()
            self.conclude()

    def moved(self, before: dict[bytes, File], *paths: bytes, then: str) -> None:
        """Nothing new came. What was uploaded, and stands still, is not queued for it."""
        standing = self.standing(before) & self.standing(self.disk.files)
        uploaded = {key_of(photo) for photo in self.photo_queries.photos([State.UPLOADED]) if photo.successor is None}
        in_order = not self.heard and self.known == {path: file.fingerprint for path, file in before.items()}
        self.touched(*paths, then=then)
        if then == "taken in" and in_order:
            again = {key_of(photo) for photo in self.photo_queries.photos([State.QUEUED])} & uploaded & standing
            assert not again, f"{again} would be sent again"

    def standing(self, files: dict[bytes, File]) -> set[Key]:
        """The photos that are on the disk."""
        return {
            (
                ACCOUNT_OF[os.path.dirname(path)],
                label.gtin,
                digest(file.data),
                label.title,
                label.is_primary,
            )
            for path, file in files.items()
            if (label := judged(path, file.data).label) is not None
        }

    def conclude(self) -> None:
        """The intake has nothing more to look at."""
        if not self.heard:
            self.incoming.conclude(self.now)

    @rule(path=ANY_PATH, data=ANY_BYTES, then=THEN)
    def export(self, path: bytes, data: str, then: str) -> None:
        self.disk.put(path, data)
        self.touched(path, then=then)

    @rule(photos=st.lists(st.tuples(ANY_PATH, ANY_BYTES, ANY_END), min_size=1, max_size=5))
    def busy_hour(self, photos: list[tuple[bytes, str, str]]) -> None:
        """Photos come in and go out, one after the other."""
        for path, data, end in photos:
            self.export(path, data, "taken in")
            self.deliver(account="main", end=end, member=True, until="answered")
            self.check()

    @precondition(lambda self: self.disk.files)
    @rule(index=ANY_INDEX, path=ANY_PATH, then=THEN)
    def rename(self, index: int, path: bytes, then: str) -> None:
        old, before = self.some_file(index), dict(self.disk.files)
        self.disk.rename(old, path)
        self.moved(before, old, path, then=then)

    @precondition(lambda self: self.disk.files)
    @rule(index=ANY_INDEX, path=ANY_PATH, then=THEN)
    def copy(self, index: int, path: bytes, then: str) -> None:
        self.disk.put(path, self.disk.files[self.some_file(index)].data)
        self.touched(path, then=then)

    @precondition(lambda self: len(self.disk.files) > 1)
    @rule(index=ANY_INDEX, other=ANY_INDEX, then=THEN)
    def swap(self, index: int, other: int, then: str) -> None:
        one, two, before = self.some_file(index), self.some_file(other), dict(self.disk.files)
        self.disk.swap(one, two)
        self.moved(before, one, two, then=then)

    @rule(order=st.permutations(NUMBERED), looked_at=st.permutations(NUMBERED), last=ANY_PATH, then=THEN)
    def number_anew(self, order: list[bytes], looked_at: list[bytes], last: bytes, then: str) -> None:
        """Photos that differ in nothing but a number each take the name of the next, and the last one another."""
        self.busy_hour([(path, data, "stored") for path, data in zip(NUMBERED, "ABCD", strict=True)])
        for path in sorted(self.heard):
            self.settle(path)
        before = dict(self.disk.files)
        for old, new in reversed(list(zip(order, [*order[1:], last], strict=True))):
            if old in self.disk.files:
                self.disk.rename(old, new)
        self.moved(before, *dict.fromkeys([*looked_at, last]), then=then)

    @precondition(lambda self: self.disk.files)
    @rule(index=ANY_INDEX, then=THEN)
    def delete(self, index: int, then: str) -> None:
        path, before = self.some_file(index), dict(self.disk.files)
        del self.disk.files[path]
        self.moved(before, path, then=then)

    def some_file(self, index: int) -> bytes:
        return sorted(self.disk.files)[index % len(self.disk.files)]

    # Intake

    @precondition(lambda self: self.heard)
    @rule(index=ANY_INDEX, most=st.sampled_from([1, 2, 20]))
    def take_in(self, index: int, most: int) -> None:
        waiting = sorted(self.heard)
        start = index % len(waiting)
        for path in (waiting[start:] + waiting[:start])[:most]:
            self.settle(path)
            self.check()
        self.conclude()

    def settle(self, path: bytes) -> None:
        file = self.disk.files.get(path)
        if file is None:
            self.incoming.gone(path, self.now)
            self.known.pop(path, None)
            self.heard.discard(path)
            return
        account = ACCOUNT_OF[os.path.dirname(path)]
        place = Place(path, account, "organization", file.fingerprint)
        arrival, record = arrive(self.incoming, place, judged(path, file.data), self.now, self.disk.exists)
        if isinstance(arrival, Later):
            return
        assert record is not None
        assert record.path == path
        self.known[path] = file.fingerprint
        self.heard.discard(path)

    @rule()
    def scan(self) -> None:
        """A full pass finds what no event told of."""
        for folder in ACCOUNT_OF:
            known, there = self.expected.fingerprints(folder), self.disk.inside(folder)
            changed = {name for name in known.keys() | there.keys() if known.get(name) != there.get(name)}
            self.heard.update(os.path.join(folder, name) for name in changed)

    # Delivery

    @rule(account=ACCOUNTS, end=ANY_END, member=MEMBER, until=st.sampled_from(["claimed", "sent", *["answered"] * 4]))
    def deliver(self, account: str, end: str, member: bool | None, until: str) -> None:
        attempt = self.claim(account)
        if attempt is None or until == "claimed":
            return
        self.request(attempt, end)
        if until == "answered":
            self.record_end(attempt, member)

    def claim(self, account: str) -> Attempt | None:
        before = {record.id: record for record in self.photo_queries.photos()}
        photo = self.queue.claim(account, self.now)
        if photo is None:
            return None
        self.check_order(photo, before)
        attempt = Attempt(photo)
        self.attempts.append(attempt)
        return attempt

    def check_order(self, photo: Record, before: dict[int, Record]) -> None:
        assert photo.state is State.UPLOADING
        assert photo.account == account_of(photo)
        for other in before.values():
            if (other.account, other.gtin) != (photo.account, photo.gtin) or other.id == photo.id:
                continue
            assert other.state not in (State.UPLOADING, State.UNCONFIRMED), "two requests of one product at a time"
            if photo.is_primary and other.is_primary and other.state in (State.QUEUED, State.WAITING):
                assert other.arrival > photo.arrival, "a hero overtook an earlier one"

    @precondition(lambda self: self.attempts)
    @rule(index=ANY_INDEX, end=ANY_END, member=MEMBER, die=st.booleans())
    def go_on(self, index: int, end: str, member: bool | None, die: bool) -> None:
        attempt = self.attempts[index % len(self.attempts)]
        if attempt.result is None:
            self.request(attempt, end)
        else:
            self.record_end(attempt, member, park=not die)
        if die:
            self.crash()

    def request(self, attempt: Attempt, end: str) -> None:
        photo = attempt.photo
        assert photo.gtin is not None
        stored, result = ENDS[end]
        if end == "not sent":
            attempt.result = result()
        elif not self.disk.holds(photo.path, photo.sha256):
            attempt.result = FileChanged("The file changed.")
        elif stored and photo.gtin in self.server.unknown:
            attempt.result = UnknownProduct("No such product.")
        else:
            image = self.store(photo, late="late" in end) if stored else None
            attempt.result = result() or image

    def store(self, photo: Record, *, late: bool = False) -> Image:
        key = key_of(photo)
        records = {record.id: record for record in self.photo_queries.photos()}
        for item in (*self.server.stored, *self.server.late):
            assert (item.record, item.arrival) != (photo.id, photo.arrival), "one version was sent twice"
            if item.key == key and item.image.id not in self.doomed:
                assert photo.is_primary, "a photo that is there was sent again"
                assert records[item.record].state is State.SUPERSEDED, "a hero that is shown was sent again"
        made = self.server.make(photo, self.now + self.server_ahead)
        (self.server.late if late else self.server.stored).append(made)
        return made.image

    def record_end(self, attempt: Attempt, member: bool | None = None, *, park: bool = True) -> None:
        photo, result = attempt.photo, attempt.result
        assert result is not None
        decision = outcome.decide(result, attempts=photo.attempts, now=self.now, u=0.5, policy=POLICY, member=member)
        self.queue.apply(photo, decision.transition, self.now)
        self.attempts.remove(attempt)
        if park and decision.whole_product and photo.gtin is not None:
            self.queue.products.park(photo.account, photo.gtin, decision.transition, self.now)
        if isinstance(result, FileChanged):
            self.heard.add(photo.path)

    @precondition(lambda self: self.in_doubt())
    @rule(comparable=st.booleans(), patience=st.sampled_from([0.0, 30.0]))
    def ask_the_server(self, comparable: bool, patience: float) -> None:
        self.now += patience
        self.confirm(comparable=comparable)

    @rule(
        path=ANY_PATH,
        end=st.sampled_from([end for end in ENDS if "lost" in end]),
        seconds=CLOCK_STEPS,
        comparable=st.lists(st.booleans(), min_size=2, max_size=3),
    )
    def lose_an_answer(self, path: bytes, end: str, seconds: float, comparable: list[bool]) -> None:
        """And set the clock before the server is asked, more than once."""
        self.busy_hour([(path, "A", end)])
        self.clock_jumps(seconds)
        for can in comparable:
            self.ask_the_server(can, 30.0)
        self.busy_hour([(path, "A", "stored")])

    def confirm(self, *, comparable: bool) -> None:
        for account in ("main", "agency"):
            for photo in self.queue.due(account, State.UNCONFIRMED, self.now, 10):
                self.ask(photo, comparable=comparable)

    def ask(self, photo: Record, *, comparable: bool) -> None:
        assert photo.gtin is not None
        if photo.gtin in self.server.unknown:
            self.queue.apply(photo, confirming.unlisted(photo, self.now, POLICY), self.now)
            return
        if photo.absences:
            self.server.land()  # later than this no server is
        images = self.server.listed(photo.account, photo.gtin)
        claimed = self.queue.claimed_images(photo.account, photo.gtin)
        bytes_of = {item.image.id: item.key[2] for item in self.server.stored}
        equal = {True: Bytes.OURS, False: Bytes.OTHERS}
        candidates = [
            Candidate(image, equal[bytes_of[image.id] == photo.sha256] if comparable else Bytes.NOWHERE)
            for image in images
            if image.id not in claimed
        ]
        server = confirming.Server(serves_unchanged=comparable, skew=self.server_ahead)
        verdict = confirming.settle(photo, candidates, server, known_before=frozenset(), looks=0)
        absent_for = math.inf if photo.absences else None
        transition = confirming.conclude(photo, verdict, self.now, 0.5, POLICY, absent_for=absent_for)
        self.queue.apply(photo, transition, self.now)

    # What was replaced

    @rule(deletes=st.booleans())
    def wish(self, deletes: bool) -> None:
        self.deletes_superseded = deletes
        self.queue = Queue(self.db, run=f"run-{self.runs}", deletes_superseded=deletes)
        self.expected = ExpectedFiles(self.db)
        self.incoming = Incoming(self.db, Adoption(self.db), deletes_superseded=deletes)

    @precondition(lambda self: self.unwanted())
    @rule(index=ANY_INDEX, end=st.sampled_from([*DELETIONS, REFUSED, None]), photo_back=st.booleans())
    def delete_image(self, index: int, end: str | None, photo_back: bool) -> None:
        """Without an end it is under way still. ``photo_back``: the photo came back before it was begun."""
        unwanted = self.unwanted()
        photo = unwanted[index % len(unwanted)]
        if photo_back:
            self.export(photo.path, self.data_of(photo), "taken in")
        self.begin_deleting(photo)
        if end is not None and photo in self.deletions:
            self.end_deleting(photo, end)

    @precondition(lambda self: self.deletions)
    @rule(index=ANY_INDEX, end=st.sampled_from([*DELETIONS, REFUSED]))
    def delete_image_at_last(self, index: int, end: str) -> None:
        self.end_deleting(self.deletions[index % len(self.deletions)], end)

    def unwanted(self) -> list[Record]:
        found = [photo for account in ("main", "agency") for photo in self.queue.deletions.due(account, self.now, 10)]
        return [photo for photo in found if photo.id not in {other.id for other in self.deletions}]

    def data_of(self, photo: Record) -> str:
        return next(data for data in "ABCD" if digest(data) == photo.sha256)

    def begin_deleting(self, photo: Record) -> None:
        if self.queue.deletions.begin(photo, self.now):
            assert photo.image_id is not None
            self.doomed.add(photo.image_id)
            self.deletions.append(photo)

    def end_deleting(self, photo: Record, end: str) -> None:
        assert photo.image_id is not None
        self.deletions.remove(photo)
        gone, known = DELETIONS.get(end, (False, True))
        if gone:
            self.server.delete(photo.image_id)
        if known:
            self.queue.deletions.end(photo, self.now, end, is_gone=gone)
        else:
            self.queue.postpone(photo, self.now + 5.0)

    @rule(gtin=st.sampled_from([G1, G2]))
    def catalogue_changes(self, gtin: Gtin14) -> None:
        self.server.unknown ^= {gtin}

    @precondition(lambda self: any(self.photo_queries.photos([State.WAITING])))
    @rule(patience=st.sampled_from([0.0, POLICY.recheck_seconds]))
    def recheck(self, patience: float) -> None:
        self.now += patience
        for account in ("main", "agency"):
            for photo in self.queue.due(account, State.WAITING, self.now, 10):
                self.look_up(photo)

    def look_up(self, photo: Record) -> None:
        assert photo.gtin is not None
        if photo.gtin in self.server.unknown:
            decision = outcome.decide(
                UnknownProduct("No such product."), attempts=photo.attempts, now=self.now, u=0.0, policy=POLICY
            )
            self.queue.products.park(photo.account, photo.gtin, decision.transition, self.now)
        else:
            self.queue.products.release(photo.account, photo.gtin, self.now, "looked up again")

    # People, time and accidents

    @precondition(lambda self: any(self.photo_queries.photos([State.WAITING, State.REJECTED])))
    @rule(index=ANY_INDEX)
    def retry(self, index: int) -> None:
        stopped = list(self.photo_queries.photos([State.WAITING, State.REJECTED]))
        self.retrying.retry(stopped[index % len(stopped)], self.now)

    @precondition(lambda self: any(self.undecided()))
    @rule()
    def decide(self) -> None:
        """A person looks at the product in the catalogue, takes away what is there of the photo, and retries it."""
        for photo in list(self.undecided()):
            self.server.stored = [
                item for item in self.server.stored if item.record != photo.id or item.key != key_of(photo)
            ]
            assert self.retrying.retry(photo, self.now).accepted

    def undecided(self) -> Iterator[Record]:
        return (photo for photo in self.photo_queries.photos([State.UNCONFIRMED]) if photo.not_before is None)

    @rule(seconds=st.sampled_from([1.0, 30.0, 400.0, 4000.0]))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @rule(seconds=CLOCK_STEPS)
    def clock_jumps(self, seconds: float) -> None:
        self.latest = max(self.latest, self.now)
        self.now += seconds
        self.server_ahead -= seconds

    def in_doubt(self) -> bool:
        return bool(self.attempts) or any(self.photo_queries.photos([State.UPLOADING, State.UNCONFIRMED]))

    @rule()
    def crash(self) -> None:
        for photo in self.deletions:
            assert photo.image_id is not None
            self.server.delete(photo.image_id)
        self.db.close()
        self.open()
        self.queue.doubts.recover(self.now, POLICY.confirm_after_seconds)
        self.heard.clear()
        self.scan()

    # At rest

    @precondition(lambda self: self.disk.files)
    @rule(often=st.integers(0, 5))
    def rest_a_while(self, often: int) -> None:
        if often == 0:
            self.come_to_rest()

    def come_to_rest(self) -> None:
        """Nothing changes any more, the network works: everything must find its place."""
        self.now = max(self.now, self.latest)
        for _ in range(60):
            before = self.summary(), set(self.heard)
            for attempt in list(self.attempts):
                if attempt.result is None:
                    self.request(attempt, "stored")
                self.record_end(attempt)
                self.check()
            self.scan()
            for path in sorted(self.heard):
                self.settle(path)
                self.check()
            self.conclude()
            self.recheck(patience=POLICY.recheck_seconds)
            self.confirm(comparable=True)
            self.decide()
            for photo in [*self.deletions, *self.unwanted()]:
                if photo not in self.deletions:
                    self.begin_deleting(photo)
                self.end_deleting(photo, "deleted")
                self.check()
            for account in ("main", "agency"):
                while (claimed := self.claim(account)) is not None:
                    self.request(claimed, "stored")
                    self.record_end(claimed)
                    self.check()
            self.check()
            if (self.summary(), self.heard) == before:
                break
        else:
            raise AssertionError("it does not come to rest")
        self.check_rest()

    def summary(self) -> list[tuple[int, State, bytes, int]]:
        return [(photo.id, photo.state, photo.path, photo.absences) for photo in self.photo_queries.photos()]

    def check_rest(self) -> None:
        records = {photo.id: photo for photo in self.photo_queries.photos()}
        for path, file in self.disk.files.items():
            here = self.photo_queries.by_path(path)
            assert here is not None, f"{path!r} was forgotten"
            settled = {State.UPLOADED, State.DUPLICATE, State.REJECTED, State.SUPERSEDED}
            assert here.state in settled or here.gtin in self.server.unknown, f"{path!r} stays {here.state}"
            seen = judged(path, file.data)
            assert seen.reason is None or here.state is State.REJECTED
        doubtful = {photo.id for photo in records.values() if photo.state is State.UNCONFIRMED}
        there = {item.image.id: item for item in self.server.stored if item.record not in doubtful}
        held = [photo.image_id for photo in records.values() if photo.image_id is not None]
        kept = [image_id for image_id in held if image_id not in self.server.deleted]
        assert sorted(kept) == sorted(there), "images and records are not one to one"
        for photo in records.values():
            if photo.image_id in kept:
                assert there[photo.image_id].key == key_of(photo), "an image is not the photo it is said to be"
            # Not while a file waits for the end of a request: what was displaced may stand there.
            if photo.state is State.UPLOADED and photo.successor is not None and not self.heard:
                newer = records[photo.successor].state
                assert newer not in (State.UPLOADED, State.SUPERSEDED, State.DUPLICATE), "replaced, and not superseded"

    # Always

    @invariant()
    def check(self) -> None:
        records = {photo.id: photo for photo in self.photo_queries.photos()}
        self.check_none_forgotten(records)
        self.check_images(records)
        self.check_history(records)
        self.check_counters(records)

    def check_counters(self, records: dict[int, Record]) -> None:
        """What is kept by triggers is what counting finds; and what never falls does not."""
        counts = Counter(photo.state for photo in records.values())
        assert self.photo_queries.counts() == {state: counts[state] for state in State}
        pending = Counter(photo.account for photo in records.values() if photo.state in ON_THEIR_WAY)
        for account in ("main", "agency"):
            line = self.photo_queries.in_line(account)
            assert (line[0] if line else 0) == pending[account]
        undecidable = Counter(photo.account for photo in self.undecided())
        assert self.photo_queries.backlog() == dict(+(pending - undecidable))
        last = max((photo.uploaded_at for photo in records.values() if photo.uploaded_at is not None), default=None)
        assert self.photo_queries.last_uploaded_at() == last
        rejected = self.db.read("SELECT account, entered FROM tally WHERE state = 'rejected' ORDER BY account")
        assert self.db.read("SELECT account, sum(photos) FROM rejections GROUP BY account ORDER BY account") == rejected
        for account, state, *ever in self.db.read("SELECT account, state, entered, bytes, at FROM tally"):
            before = self.ever.get((account, state), ever)
            assert all(new >= old for new, old in zip(ever, before, strict=True))
            self.ever[account, state] = ever

    def check_none_forgotten(self, records: dict[int, Record]) -> None:
        for path, file in self.disk.files.items():
            if self.known.get(path) == file.fingerprint:
                here = self.photo_queries.by_path(path)
                assert here is not None, f"{path!r} was forgotten"
                check_stands_for(here, path, file)
                if here.state is State.DUPLICATE:
                    original = records.get(here.duplicate_of or 0)
                    assert original is not None, f"{path!r} is a duplicate of nothing"
                    assert key_of(original) == key_of(here), f"{path!r} is a duplicate of another photo"
                    assert original.state in (LIVE | {State.REJECTED}) - {State.MISSING}, (
                        f"its original is {original.state}"
                    )

    def check_images(self, records: dict[int, Record]) -> None:
        heroes: dict[tuple[str, str], int] = {}
        for photo in records.values():
            if photo.state is State.UPLOADED:
                assert photo.image_id not in self.doomed, "the image of a photo that is said to be there is deleted"
        for item in self.server.stored:
            assert item.record in records, "the record of an image is gone"
            if item.key[4]:
                assert item.arrival > heroes.get(item.key[:2], 0), "an earlier hero was stored after a later one"
                heroes[item.key[:2]] = item.arrival

    def check_history(self, records: dict[int, Record]) -> None:
        for id_, photo in records.items():
            history = self.photo_queries.history(id_)
            state, length = self.states.get(id_, (None, 0))
            assert len(history) > length if photo.state is not state else len(history) >= length
            assert history[-1].event in (photo.state, "moved")
            self.states[id_] = photo.state, len(history)


def check_stands_for(here: Record, path: bytes, file: File) -> None:
    """The record says what the path holds."""
    seen = judged(path, file.data)
    assert here.sha256 == (digest(file.data) if seen.content else None), f"{path!r} holds something else"
    if seen.label is not None:
        assert here.label == seen.label
    if seen.reason is not None:
        assert here.state is State.REJECTED
    assert here.state is not State.MISSING, f"{path!r} is there"


def account_of(photo: Record) -> str:
    return ACCOUNT_OF[os.path.dirname(photo.path)]


pytestmark = pytest.mark.timeout(3600)  # a thorough search takes its time


EXAMPLES: Final = {"sqlite": 50, "postgres": 3}
"""One takes as long on PostgreSQL as twenty on SQLite. A thorough search has as many as its profile says, on both."""


@pytest.mark.parametrize("engine", ENGINES)
def test_nothing_is_lost_and_nothing_goes_twice(engine: str) -> None:
    class Machine(StoreMachine):
        open_store = staticmethod(ENGINES[engine])

    examples = settings().max_examples if os.environ.get("HYPOTHESIS_PROFILE") else EXAMPLES[engine]
    run_state_machine_as_test(Machine, settings=settings(max_examples=examples, stateful_step_count=40))
