"""Delivery by hand: real requests to the sandbox, real records, and a clock that leaps to the next moment of interest.

Nothing waits: hours of pauses and rechecks pass in a second, and what was asked in them can be counted.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from folder_sync.closient.body import open_file
from folder_sync.closient.client import Client
from folder_sync.closient.fetching import Fetcher
from folder_sync.closient.keys import parse_key
from folder_sync.files.opening import look
from folder_sync.files.pictures.conversion_process import Converter
from folder_sync.files.pictures.converted_files import ConvertedFiles
from folder_sync.photo import Content, Format, Record, State
from folder_sync.rules.arrivals import Seen
from folder_sync.rules.names import convention
from folder_sync.rules.outcome import Policy
from folder_sync.rules.quota import Window
from folder_sync.sandbox.quota import DEFAULT_LIMITS, Limits
from folder_sync.sandbox.serving import running_sandbox
from folder_sync.sandbox.state import Sandbox
from folder_sync.service.delivery.channel import Channel
from folder_sync.service.delivery.completion import Completion
from folder_sync.service.delivery.jobs import JobRunner
from folder_sync.service.delivery.progress import Progress
from folder_sync.service.delivery.rate_limiter import RateLimiter
from folder_sync.service.delivery.workers import Delivery
from folder_sync.service.disposing import AfterPolicy
from folder_sync.service.intake.inbox import Inboxes
from folder_sync.service.summary import RunLog
from folder_sync.service.tidying import Tidier
from folder_sync.service.wakeup import Wakeup
from folder_sync.store.adoption import Adoption
from folder_sync.store.conversions import Conversions
from folder_sync.store.incoming import Incoming
from folder_sync.store.look_first import LookFirst
from folder_sync.store.photo_queries import PhotoQueries
from folder_sync.store.places import Places
from folder_sync.store.queue import Queue
from folder_sync.store.quota import QuotaBook
from folder_sync.store.recording import Place
from folder_sync.store.seen_images import SeenImages
from folder_sync.store.service_state import ServiceState
from folder_sync.store.sqlite.database import Database
from tests.support.studio import photo_data

START: Final = 1_800_000_000.0


class Nowhere:
    away: frozenset[bytes] = frozenset()


class Time:
    """Of the service and of the server, which is told with ``running_sandbox(clock=time)``."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now


class Simulation:
    """One account, one worker. ``ahead``: so many seconds somebody has set the clock of the service's machine ahead."""

    def __init__(
        self,
        home: Path,
        sandbox: Sandbox,
        time: Time,
        *,
        policy: Policy = Policy(),  # noqa: B008 -- a value
        deletes_superseded: bool = False,
    ) -> None:
        self.home, self.sandbox = home, sandbox
        self._time, self._policy, self._deletes_superseded = time, policy, deletes_superseded
        self.ahead = 0.0
        self.start()

    def start(self) -> None:
        self.db = Database(self.home / "x.db", create=True)
        self.adoption, self.photo_queries = Adoption(self.db), PhotoQueries(self.db)
        self.incoming = Incoming(self.db, self.adoption, deletes_superseded=self._deletes_superseded)
        self.service_state = ServiceState(self.db)
        self.queue = Queue(self.db, run="this run", deletes_superseded=self._deletes_superseded)
        url, clock = self.sandbox.url, self.now
        self.channel = Channel(
            "main",
            url,
            connect=lambda on_heard: Client(
                url, parse_key(self.sandbox.key), connect_seconds=5.0, read_seconds=5.0, on_heard=on_heard
            ),
            rate_limiter=RateLimiter(
                "main",
                QuotaBook(self.db),
                (Window(300, 60), Window(10_000, 86_400)),  # until the server tells others
                wall=clock,
                clock=self._time,
            ),
            fetcher=Fetcher(url, connect_seconds=5.0, read_seconds=5.0),
            service_state=self.service_state,
            seen_images=SeenImages(self.db),
            policy=self._policy,
            organization_id=self.sandbox.organization_id,
            progress=Progress(),
            clock=clock,
            monotonic=self._time,
            jitter=lambda: 0.0,
        )
        jobs = JobRunner(
            self.queue,
            LookFirst(self.db),
            self._policy,
            durable=False,
            run_log=RunLog(),
            tidier=Tidier(AfterPolicy(), [], Places(self.db), clock),
            inboxes=Inboxes([]),
            converted=ConvertedFiles(b"/nowhere", Converter(), 0),  # no photo of these is converted
            conversions=Conversions(self.db),
            open_file=open_file,
            clock=clock,
            monotonic=self._time,
            jitter=lambda: 0.0,
        )
        self.delivery = Delivery(
            [self.channel],
            self.queue,
            LookFirst(self.db),
            jobs,
            availability=Nowhere(),
            wakeup=Wakeup(),
            progress=Progress(),
            completion=Completion(lambda: True),
            concurrency=1,
            clock=clock,
        )

    def restart(self) -> None:
        self.close()
        self.start()

    def now(self) -> float:
        """By the clock of the service's machine."""
        return self._time.now + self.ahead

    def put(self, name: str, data: bytes | None = None, *, format_: Format = Format.JPEG) -> Record:
        """A photo is taken in, as it stands in the folder."""
        file = self.home / name
        file.write_bytes(photo_data(name) if data is None else data)
        return self.take_in(name, format_=format_)

    def take_in(self, name: str, *, format_: Format = Format.JPEG) -> Record:
        path = bytes(self.home / name)
        understood, fingerprint = convention.parse(name), look(path)
        assert isinstance(understood, convention.Named)
        assert fingerprint is not None
        data = (self.home / name).read_bytes()
        content = Content(len(data), hashlib.sha256(data).hexdigest(), format_)
        place = Place(path, "main", self.sandbox.organization_id, fingerprint)
        seen = Seen(understood.label, content, None)
        now = self.now()
        occupied = {path: os.path.lexists(path) for path in self.incoming.candidates(place, seen, now)}
        _, record = self.incoming.arrive(place, seen, now, occupied)
        assert record is not None
        return record

    def run(self, seconds: float) -> list[float]:
        """So many seconds of the service's life. The times, from now on, at which a request was made."""
        asked: list[float] = []
        time, end = self._time, self._time.now + seconds
        while time.now < end:
            before = len(self.sandbox.ledger.calls)
            wait = self.delivery.step()
            asked += [time.now for call in self.sandbox.ledger.calls[before:] if "/media/" not in call.path]
            time.now = end if wait is None else min(time.now + (wait or 0.001), end)
        return asked

    def run_on(self, seconds: float) -> None:
        """So much later, without the service."""
        self._time.now += seconds

    def requests(self) -> int:
        return sum(self.calls().values())

    def calls(self) -> Counter[str]:
        """How often each call of the API was made, media aside."""
        return Counter(
            _kind(call.method, call.path) for call in self.sandbox.ledger.calls if "/media/" not in call.path
        )

    def adopt(self) -> None:
        """What comes from now on may be in the catalogue already, as at the start with an empty database."""
        self.adoption.begin(self.now())

    def state_of(self, name: str) -> State | None:
        found = self.photo_queries.by_path(bytes(self.home / name))
        return found.state if found else None

    def states(self) -> Counter[State]:
        return Counter(photo.state for photo in self.photo_queries.photos())

    def pauses(self) -> set[str]:
        return {note.scope for note in self.service_state.pauses()}

    def close(self) -> None:
        self.delivery.close()
        self.db.close()


def _kind(method: str, path: str) -> str:
    if path.endswith("/whoami"):
        return "whoami"
    if "/products/" in path:
        return "trade_item"
    return {"POST": "upload", "GET": "list", "DELETE": "delete"}[method]


@contextmanager
def simulation(
    home: Path,
    *,
    policy: Policy = Policy(),  # noqa: B008 -- a value
    deletes_superseded: bool = False,
    limits: Limits = DEFAULT_LIMITS,
) -> Iterator[Simulation]:
    """With a sandbox of its own; both go by one clock."""
    time = Time()
    with running_sandbox(limits=limits, clock=time) as sandbox:
        simulated = Simulation(home, sandbox, time, policy=policy, deletes_superseded=deletes_superseded)
        try:
            yield simulated
        finally:
            simulated.close()
