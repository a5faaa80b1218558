"""What came of a pass, for people and for programs."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from itertools import islice
from typing import IO, Any, Final

from folder_sync.cli.wording import outcome, shown_path
from folder_sync.photo import State
from folder_sync.report import serialize
from folder_sync.report.formats import json_line
from folder_sync.service.summary import RunSummary
from folder_sync.store.photo_list import Listed, PhotoList, Selection
from folder_sync.store.photo_queries import PhotoQueries
from folder_sync.store.ports import Reader
from folder_sync.text import display

_NAMED: Final = 20
"""How many photos of a kind are named; the rest are in the list."""

LEFT: Final = (State.QUEUED, State.UPLOADING, State.UNCONFIRMED)


class Outcome:
    """``touched``: the photos that took a step in this pass. ``held``: files that were not judged before its end."""

    def __init__(
        self, database: Reader, summary: RunSummary, touched: Sequence[int], *, held: int, interrupted: bool
    ) -> None:
        self._photos = PhotoList(database)
        self._summary = summary
        self._touched = touched
        self._held = held
        self._interrupted = interrupted
        self._left_over = PhotoQueries(database).left_over()

    @property
    def needs_attention(self) -> bool:
        return bool(self._summary.rejected or self._left_over or self._held or self._interrupted)

    def as_json(self) -> dict[str, Any]:
        counts = asdict(self._summary) | {"left_over": self._left_over}
        return counts | {"held": self._held, "interrupted": self._interrupted}

    def write_report(self, file: IO[str]) -> None:
        """A line for each photo of this pass, as in ``list --format jsonl``."""
        for photo in self._photos.of(self._touched):
            file.write(f"{json_line(serialize.photo(photo))}\n")

    def lines(self, roots: Sequence[bytes]) -> Iterator[str]:
        left = self._left_over + self._held
        if self._interrupted:
            yield f"Interrupted; {left} {'photo' if left == 1 else 'photos'} left." if left else "Interrupted."
        yield self._counts()
        now = time.time()
        rejected = (photo for photo in self._photos.of(self._touched) if photo.record.state is State.REJECTED)
        yield from _named("rejected", rejected, self._summary.rejected, roots, now)
        yield from _named("left", self._photos.photos(Selection(LEFT)), self._left_over, roots, now)

    def _counts(self) -> str:
        summary = self._summary
        parts = [f"{summary.taken_in} taken in", f"{summary.uploaded} uploaded"]
        parts += [
            f"{count} {what}"
            for count, what in (
                (summary.adopted, "already in the catalogue"),
                (summary.duplicates, "duplicates"),
                (summary.rejected, "rejected"),
                (summary.waiting, "waiting"),
                (summary.with_remarks, "with remarks (folder-sync list --notes)"),
                (self._left_over, "left over (folder-sync status says why)"),
            )
            if count
        ]
        return f"{', '.join(parts)}."


def _named(what: str, photos: Iterable[Listed], count: int, roots: Sequence[bytes], now: float) -> Iterator[str]:
    named = 0
    for photo in islice(photos, _NAMED):
        named += 1
        said = outcome(photo, roots, now) or photo.record.state.value
        yield f"  {what}: {shown_path(photo.record.path, roots)}: {display(said)}"
    if named < count and named == _NAMED:
        states = " ".join(f"--state {state}" for state in ([State.REJECTED] if what == "rejected" else LEFT))
        yield f"  and {count - named} more: folder-sync list {states}"
