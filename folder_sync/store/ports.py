"""What the store needs of an engine. All SQL is written against this; an engine runs it in its own way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

Row = tuple[Any, ...]
Parameters = Sequence[object] | Mapping[str, object]


class ConstraintBroken(Exception):
    """A row is not whole, or not as the tables demand: a bug, not a state of the world."""


class Conflict(ConstraintBroken):
    """A row is there already that a unique index allows once."""


class Result(Protocol):
    """What a statement gave. ``rowcount``: how many rows it changed."""

    @property
    def rowcount(self) -> int: ...

    def fetchone(self) -> Row | None: ...

    def fetchall(self) -> list[Row]: ...


class Transaction(Protocol):
    """Its methods raise StoreUnavailable; whatever else is raised while it is open is its raiser's own."""

    def execute(self, sql: str, parameters: Parameters = ()) -> Result: ...

    def executemany(self, sql: str, rows: Iterable[Parameters]) -> None: ...


class Database(Protocol):
    """May be used by many threads. Raises StoreUnavailable where the records can't be had, or not be written."""

    def write(self, *, durable: bool = False) -> AbstractContextManager[Transaction]:
        """All of it or nothing, and nobody else writes meanwhile. ``durable``: it survives a power cut once this ends.

        Without it a power cut may forget the last moments, but never leaves them half done. Only statements belong
        into it: whoever asks a disk or a network meanwhile keeps everybody waiting.
        """

    def change(self, sql: str, parameters: Parameters = (), *, durable: bool = False) -> list[Row]:
        """One statement that is a transaction of its own: whatever it returns."""

    def read(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        """All rows of a query."""

    def stream(self, sql: str, parameters: Parameters = ()) -> Iterator[Row]:
        """The rows of a query one after another, whatever their number, as they were when the first was asked for.

        Keeps nobody waiting. But what is written meanwhile can't be tidied up before this ends: whoever reads on for
        hours (a pager) asks for a part at a time, by key.
        """

    def version(self) -> int:
        """Changes when another process has written (a `retry`)."""

    def make_durable(self) -> None:
        """Everything written so far survives a power cut once this returns."""

    def close(self) -> None: ...
