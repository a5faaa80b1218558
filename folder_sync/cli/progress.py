"""What `sync` says while it works: a bar on a terminal, and a line now and then where there is none."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Final, Self

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from folder_sync.service.summary import RunSummary
from folder_sync.service.supervisor import PATIENCE_SECONDS
from folder_sync.text import display

LOOK_SECONDS: Final = 1.0
"""How often to ask what stands in the way."""
SAID_AFTER_SECONDS: Final = 5.0
"""Every file is held for a moment; only what takes longer is worth a line."""


class Progress:
    """``left`` counts the photos that are still to be sent or settled, ``held`` the files that may still be written.

    ``pauses``: why accounts and servers are paused. ``incomplete_seconds``: how long to wait for an incomplete file, at
    most.
    """

    def __init__(
        self,
        summary: RunSummary,
        left: Callable[[], int],
        held: Callable[[], int],
        *,
        pauses: Callable[[], Sequence[str]] = tuple,
        incomplete_seconds: float = 0.0,
    ) -> None:
        self._summary = summary
        self._left = left
        self._held = held
        self._pauses = pauses
        self._incomplete_seconds = incomplete_seconds
        self._on_terminal = sys.stderr.isatty()
        self._bar = Bar(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            disable=not self._on_terminal,
            transient=True,
        )
        self._task = self._bar.add_task("Looking", total=None)
        self._said: set[str] = set()
        self._held_since: float | None = None
        self._look_at = 0.0

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._bar.stop()
        if kind is None:  # a pass may be over before anybody asked what stands in the way
            for reason in self._pauses():
                self._say(reason, display(reason))

    def update(self) -> None:
        if self._on_terminal:
            self._show()
        if (now := time.monotonic()) >= self._look_at:
            self._look_at = now + LOOK_SECONDS
            self._say_what_it_waits_for(now)

    def _show(self) -> None:
        uploaded, left, held = self._summary.uploaded, self._left(), self._held()
        if left:
            doing = "Uploading"
        elif held:
            doing = f"Making sure that {held} {'photo is' if held == 1 else 'photos are'} complete"
        else:
            doing = "Looking"
        self._bar.update(self._task, description=doing, completed=uploaded, total=uploaded + left or None)

    def _say_what_it_waits_for(self, now: float) -> None:
        """Each thing once."""
        for reason in self._pauses():
            self._say(reason, f"Waiting, at most {PATIENCE_SECONDS:g} seconds for the next try: {display(reason)}")
        held = self._held()
        if not held:
            self._held_since = None
        elif self._held_since is None:
            self._held_since = now
        elif now - self._held_since >= SAID_AFTER_SECONDS:
            photos = "1 photo" if held == 1 else f"{held} photos"
            seconds = f"{self._incomplete_seconds:g}"
            self._say(
                photos,
                f"Waiting for {photos} that may not be written yet, at most {seconds} seconds after the last change.",
            )

    def _say(self, what: str, sentence: str) -> None:
        if what not in self._said:
            self._said.add(what)
            if self._on_terminal:
                self._bar.console.print(sentence, markup=False, highlight=False)
            else:
                click.echo(sentence, err=True)
