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
@click.option("--follow", is_flag=True, help="Wait for more, until the reader leaves or TERM or Ctrl-C comes.")
@click.option("--limit", metavar="N", type=click.IntRange(min=1), help="At most N lines.")
@click.pass_context
def changes(context: click.Context, after: str, limit: int | None, *, follow: bool) -> None:
    """Each step of each photo in order, the oldest first: a JSON object a line, with the photo as it is now.

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
            left = _print(outlet, steps, limit)
            if follow and left != 0:
                _follow(outlet, steps, left, database.store)


def _print(outlet: Outlet, steps: Changes, left: int | None) -> int | None:
    """All there are, at most ``left``. Returns how many may still be printed."""
    while left != 0 and (printed := _print_some(outlet, steps, left)):
        left = left and left - printed
    return left


def _print_some(outlet: Outlet, steps: Changes, left: int | None) -> int:
    found = steps.more(_AT_ONCE if left is None else min(left, _AT_ONCE))
    for change in found:
        outlet.write(_line(change))
    return len(found)


def _follow(outlet: Outlet, steps: Changes, left: int | None, store: Store) -> None:
    identity, is_told = _identity(store), False
    with store.news() as news:
        seconds = _COMING_SECONDS  # something may have come before anybody listened
        while left != 0:
            outlet.wait(news.descriptor, seconds)
            has_come = news.heard()
            idle = _DEAF_SECONDS if news.descriptor is None else _UNHEARD_SECONDS  # which may change
            seconds = _COMING_SECONDS if has_come else idle
            try:
                if _identity(store) != identity:
                    raise click.ClickException(
                        "Another database has taken the place of this one. Start from the beginning, without --after."
                    )
                while left != 0 and (printed := _print_some(outlet, steps, left)):
                    left = left and left - printed
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
