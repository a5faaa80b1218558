"""``folder-sync changes``: each step of each photo, for programs that carry the image ids on."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import click

from folder_sync.cli.common import database_of, settings_of
from folder_sync.errors import StoreUnavailable, StoreUnreachable

if TYPE_CHECKING:
    from folder_sync.cli.outlet import Outlet
    from folder_sync.store.changes import Change, Changes
    from folder_sync.store.ports import Store

_AT_ONCE: Final = 500
_COMING_SECONDS: Final = 0.2
"""By then, whatever was announced can be read, or it was nothing."""
_UNHEARD_SECONDS: Final = 30.0
"""How long to wait before looking although nothing was heard."""
_DEAF_SECONDS: Final = 1.0
"""Where nothing can be heard, for want of inotify instances, or because of a pooler before the database."""


@click.command(short_help="Each step of each photo, for programs.")
@click.option(
    "--after", metavar="CURSOR", default="", help="Resume after this step: the cursor of a line printed before."
)
@click.option("--follow", is_flag=True, help="Wait for more, until the reader closes its end, or until TERM or Ctrl-C.")
@click.option("--limit", metavar="N", type=click.IntRange(min=1), help="At most N lines.")
@click.pass_context
def changes(context: click.Context, after: str, limit: int | None, *, follow: bool) -> None:
    """Each step of each photo in order, the oldest first: one JSON object per line, with the photo as it is now.

    A line is complete when it ends. Keep the cursor of the last line that you have dealt with: --after resumes right
    after it, leaving nothing out and repeating nothing.
    """
    from folder_sync.cli.outlet import Ended, Outlet
    from folder_sync.store.changes import Changes, NotACursor

    settings = settings_of(context)
    with database_of(settings) as database:
        try:
            steps = Changes(database, after)
        except NotACursor as error:
            raise click.BadParameter(
                "no such cursor in these records. Use one that was printed for them, or leave it out to start from the"
                " beginning.",
                param_hint="--after",
            ) from error
        with Outlet(sys.stdout.fileno()) as outlet, suppress(Ended):
            printer = _Printer(outlet, steps, limit)
            printer.print()
            if follow and printer.left != 0:
                _follow(outlet, printer, database.store)


class _Printer:
    """``left``: how many may still be printed; None: all."""

    def __init__(self, outlet: Outlet, steps: Changes, left: int | None) -> None:
        self._outlet = outlet
        self._steps = steps
        self.left = left

    def print(self) -> None:
        """All there are by now, at most ``left``. What was printed counts also where the rest can't be read."""
        while self.left != 0 and (found := self._steps.more(min(self.left or _AT_ONCE, _AT_ONCE))):
            for change in found:
                self._outlet.write(_line(change))
            self.left = self.left and self.left - len(found)


def _follow(outlet: Outlet, printer: _Printer, store: Store) -> None:
    identity, is_told = _identity(store), False
    with store.news() as news:
        seconds = _COMING_SECONDS  # something may have come before anybody listened
        while printer.left != 0:
            outlet.wait(news.descriptor, seconds)
            has_come = news.heard()
            idle = _DEAF_SECONDS if news.descriptor is None else _UNHEARD_SECONDS  # which may change
            seconds = _COMING_SECONDS if has_come else idle
            try:
                if _identity(store) != identity:
                    raise click.ClickException(
                        "Another database has taken the place of this one. Start from the beginning, without --after."
                    )
                printer.print()
                is_told = False
            except StoreUnreachable as error:  # its server will be there again, or another one
                if not is_told:
                    click.echo(error, err=True)
                is_told, seconds = True, _DEAF_SECONDS


def _identity(store: Store) -> object:
    """Raises StoreUnreachable."""
    try:
        return store.identity()
    except StoreUnreachable:
        raise
    except StoreUnavailable:
        return None


def _line(change: Change) -> str:
    from folder_sync.report import serialize
    from folder_sync.report.formats import json_line

    return f"{json_line(serialize.change(change))}\n"
