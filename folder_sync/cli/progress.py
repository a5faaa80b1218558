"""The bar that `sync` shows on a terminal, and nowhere else."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from folder_sync.service.summary import RunSummary


class Progress:
    """``left`` counts the photos that are still to be sent or settled, ``held`` the files that may still be written."""

    def __init__(self, summary: RunSummary, left: Callable[[], int], held: Callable[[], int]) -> None:
        self._summary = summary
        self._left = left
        self._held = held
        self._bar = Bar(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            disable=not sys.stderr.isatty(),
            transient=True,
        )
        self._task = self._bar.add_task("Looking", total=None)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._bar.stop()

    def update(self) -> None:
        if self._bar.disable:
            return
        uploaded, left, held = self._summary.uploaded, self._left(), self._held()
        if left:
            doing = "Uploading"
        elif held:
            doing = f"Making sure that {held} {'photo is' if held == 1 else 'photos are'} complete"
        else:
            doing = "Looking"
        self._bar.update(self._task, description=doing, completed=uploaded, total=uploaded + left or None)
