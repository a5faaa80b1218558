"""What each asker needs of the store, and what the store needs of an engine, which runs all SQL in its own way.

``Reader``: reports, the page, messages. ``Database``: intake, delivery, housekeeping. ``Care``: what is done for the
records as a whole. ``Store``: whoever opens them; ``store.opening`` makes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

Row = tuple[Any, ...]
Parameters = Sequence[object] | Mapping[str, object]


class ConstraintBroken(Exception):
    """A row is not whole, or not as the tables demand: a bug, not a state of the world."""


class Conflict(ConstraintBroken):
    """A row is there already that a unique index allows once."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a statement gave. ``rowcount``: how many rows it changed."""

    rows: list[Row]
    rowcount: int

    def fetchone(self) -> Row | None:
        return self.rows[0] if self.rows else None

    def fetchall(self) -> list[Row]:
        return self.rows


class Transaction(Protocol):
    """Its methods raise StoreUnavailable; whatever else is raised while it is open is its raiser's own."""

    def execute(self, sql: str, parameters: Parameters = ()) -> Result: ...

    def executemany(self, sql: str, rows: Iterable[Parameters]) -> None: ...


class TextIndex(Protocol):
    """How an engine finds photos by any part of their names, titles and GTINs. In SQL; each photo has one row."""

    table: str
    id: str
    """The column that holds the photo's id."""
    matches: str
    """Whether a row has ``:phrase`` in it."""
    is_like: str
    """Whether one has ``:pattern`` of LIKE in it, ``!`` its escape, looked up in photo itself."""
    last: str
    """The id of the last photo that is in the index; 0 where none is."""
    catch_up: str
    """Takes in ``:most`` photos after that, and returns a row for each."""

    def phrase(self, text: str) -> str:
        """What is to be bound as ``:phrase`` for this text."""


@dataclass(frozen=True, slots=True)
class Machine:
    """One whose service works on the records, or did. Times are Unix seconds.

    ``pid`` and ``since``: None where none runs; ``seen_at``: when it was last heard from, None where nobody keeps that.
    ``takes_in``: the shared folders that it takes in. ``is_silent``: its service did not end, and has not been heard
    from for a minute. ``are_left``: it has not been heard from for a month, and photos in its folders wait.
    """

    name: str
    pid: int | None
    since: float | None
    seen_at: float | None
    version: str
    takes_in: Sequence[str] = ()
    is_silent: bool = False
    are_left: bool = False


class Reader(Protocol):
    """Asked for what is known by whoever only looks: reports, the page, messages. May be used by many threads.

    Raises StoreUnavailable where the records can't be reached.
    """

    def read(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        """All rows of a query."""

    def stream(self, sql: str, parameters: Parameters = ()) -> Iterator[Row]:
        """The rows of a query one after another, whatever their number, as they were when the first was asked for.

        Keeps nobody waiting. But what is written meanwhile can't be tidied up before this ends: whoever reads on for
        hours (a pager) asks for a part at a time, by key.
        """

    @property
    def text_index(self) -> TextIndex: ...

    @property
    def watcher(self) -> str:
        """This machine, as the records have it; empty where all photos are one machine's."""

    @property
    def watchers(self) -> tuple[str, ...]:
        """Itself, and the shared folders that are this machine's to look after; to whoever only looks, all that it has.

        Changes only while no service is at work on it.
        """

    @property
    def sendable(self) -> tuple[str, ...]:
        """Itself, and all folders that it shares, whoever takes them in: it may send their photos."""

    @property
    def shared(self) -> frozenset[bytes]:
        """The folders on this machine that others share."""

    def watcher_of(self, path: bytes) -> str:
        """Whose a path on this machine is: its own, or that of a folder that several machines share."""

    def clock(self) -> float:
        """Unix time, as it is written into the records: where a server keeps them, by the server's clock."""

    def machines(self) -> list[Machine]:
        """By name."""

    def holder(self) -> int | None:
        """As ``Store.holder``, for whoever has them open: takes no connection of its own."""

    def version(self) -> int:
        """Changes when another process has written (a `retry`)."""

    def commanded(self) -> int:
        """Changes when a command or the page has written, not the service of any machine."""

    def ever_numbered(self, table: str) -> int:
        """How far a table's numbers have come: also where the last rows have gone, for none is given twice."""

    def make_sure(self) -> None:
        """Everything read so far survives a power cut once this returns, whoever wrote it."""


class Database(Reader, Protocol):
    """Open records. Intake, delivery and housekeeping write here; StoreUnavailable also where that can't be done."""

    @property
    def store(self) -> Store:
        """What it was opened from."""

    def write(self, *, durable: bool = False) -> AbstractContextManager[Transaction]:
        """All of it or nothing, and nobody else writes meanwhile. ``durable``: it survives a power cut once this ends.

        Without it a power cut may forget the last moments, but never leaves them half done. Only statements belong
        in it: whoever asks a disk or a network meanwhile keeps everybody waiting.
        """

    def change(self, sql: str, parameters: Parameters = (), *, durable: bool = False) -> list[Row]:
        """One statement that is a transaction of its own: whatever it returns."""

    @property
    def lease(self) -> Lease: ...

    def make_durable(self) -> None:
        """Everything written so far survives a power cut once this returns."""

    def close(self) -> None: ...


class Lease(Protocol):
    """For how long the service that works on the records may go on without hearing from their server."""

    def renew(self, request_seconds: float) -> None:
        """Whoever has it does so every few seconds. ``request_seconds``: a request is over so long after its last byte.

        Raises StoreUnavailable; StoreTaken where another service of this name has the records by now; StoreLapsed where
        others took over what this one was sending; StoreSetBack where what it had recorded is gone.
        """

    def holds(self) -> bool:
        """Whether a request may be completed. Not where another may have taken the records over by now."""

    def leads(self) -> bool:
        """Whether this service does what one has to do for all machines, such as telling people: the oldest one does.

        Never two at a time, and for a moment none where it changes.
        """

    def stand_back(self) -> None:
        """It ends soon, and others lead. Raises StoreUnavailable."""

    def doubtful_seconds(self) -> float:
        """How long it may take until everything has arrived that was sent by earlier services of this name."""

    def begin_anew(self) -> None:
        """After StoreLapsed, as a service that has just started. Raises as ``renew``."""

    @property
    def was_set_back(self) -> str:
        """How this service found that its records had lost something, until ``catch_up``; empty where they have not."""

    def catch_up(self) -> None:
        """It is recorded that the catalogue may have more than is known."""

    def gone(self) -> list[str]:
        """Other machines whose lease has lapsed, or whose service ended: what they sent is nobody's. Raises as
        ``renew``.
        """

    def take_in(self, root: bytes) -> bool:
        """Whether it is this machine's to take in a shared folder: it was already, or it is nobody's any more. Raises
        as ``renew``.
        """

    def leave(self, root: bytes) -> None:
        """To another machine. Raises as ``renew``."""

    def settle(self, root: bytes) -> None:
        """It has seen what may have to be looked up first: from now on other machines may send what is taken in."""

    def is_taken_in(self, root: bytes) -> bool | None:
        """None where no machine takes it in; whether the one that does, this or another, has settled."""

    def forget(self) -> list[str]:
        """Machines that were not heard from for a month, and of whose files nothing is under way: from now on they are
        known no more, until they are back. Raises StoreUnavailable.
        """

    def declare_over(self, transaction: Transaction, machine: str) -> float | None:
        """From now on its service writes nothing, and is not among ``gone`` any more.

        How many seconds it may take until everything has arrived that it sent; None where it is back.
        """


class Lock(Protocol):
    def release(self) -> None: ...


class News(Protocol):
    """Tells that another process may have written, before what it wrote can be seen: whoever hears of it and finds
    nothing looks again a moment later.

    ``descriptor`` is readable when there is news; None where nothing can be heard.
    """

    @property
    def descriptor(self) -> int | None: ...

    def heard(self) -> bool:
        """Whether what came since is about these records."""


class Care(Protocol):
    """What housekeeping does for records. Raises StoreUnavailable where they can't be read, or copied."""

    def set_aside_if_damaged(self) -> str | None:
        """Before they are opened for work: where damaged ones were moved; None where there was nothing to do."""

    def is_suspected(self) -> bool:
        """Whether anybody has met damage."""

    def make_sure(self) -> None:
        """Read all of them, which takes a while. Raises StoreDamaged."""

    def back_up(self, today: str, *, given_up: Callable[[], bool]) -> str | None:
        """A copy, one a day: where it is; None where today's is there, or ``given_up`` held. ``today``: 2026-11-23."""

    def last_backup(self) -> float | None:
        """When the newest copy was finished; None where there is none."""

    def size(self) -> int:
        """In bytes. Raises OSError."""


class Receiver(Protocol):
    """An empty store that is being filled. Its methods raise StoreUnavailable."""

    def tables(self) -> list[tuple[str, tuple[str, ...]]]:
        """Those that hold records, with their columns, in an order in which they can be filled."""

    def fill(self, table: str, columns: tuple[str, ...], rows: Iterable[Row]) -> None:
        """Nothing happens that happens where a row is written else: no history, no count."""

    def rows(self, sql: str) -> Iterator[Row]: ...

    def number_on(self, table: str, last: int) -> None:
        """As ``Reader.ever_numbered`` said of where they come from."""


class Store(Protocol):
    """Where records are kept, whether they are open, or there at all."""

    @property
    def watcher(self) -> str:
        """As ``Reader.watcher``."""

    @property
    def name(self) -> str:
        """As people know it."""

    @property
    def path(self) -> Path:
        """Of the database. What belongs beside it on this machine stands in its folder."""

    @property
    def is_file(self) -> bool:
        """Whether the database stands at ``path``; otherwise a server keeps it."""

    @property
    def care(self) -> Care: ...

    def is_missing(self) -> bool:
        """Whether there surely is nothing yet."""

    def open(self, *, create: bool = False, read_only: bool = False) -> Database:
        """``create``: made where there is nothing, tables brought up to date; for the one service that works on it.

        ``read_only``: neither that nor anything else is written. Raises StoreUnavailable: missing, locked, damaged, not
        ours, or of another version. AlreadyRunning: a server has another service that works on it.
        """

    def lock(self, *, alone: bool = False) -> Lock:
        """For the one service of this machine that works on it. ``alone``: none works on it on any other machine.

        Raises AlreadyRunning, and StoreUnavailable.
        """

    def holder(self) -> int | None:
        """The process that has the lock; None where none does."""

    def identity(self) -> object:
        """Another one where other records have taken their place. Raises StoreUnavailable where there are none."""

    def news(self) -> AbstractContextManager[News]: ...

    def receiver(self) -> AbstractContextManager[Receiver]:
        """Whoever fills it has the lock. All is there once this ends, and nothing where it ends in an error.

        Raises StoreUnavailable where there are photos already, or ever were.
        """

    def shortcomings(self) -> Iterable[tuple[str, str]]:
        """Of records that can be opened: what they could do better, and how. Raises StoreUnavailable."""
