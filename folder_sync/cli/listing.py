"""``folder-sync list``: the photos and their image ids."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any

import click

from folder_sync.cli.choices import OneOf, there_is_no
from folder_sync.cli.common import database_of, settings_of
from folder_sync.cli.moments import Moment
from folder_sync.photo import State

if TYPE_CHECKING:
    from folder_sync.settings import Settings
    from folder_sync.store.photo_list import Listed, PhotoList, Selection
    from folder_sync.store.ports import Database

_FORMATS = ("table", "json", "jsonl", "csv")


@click.command("list")
@click.option(
    "--state",
    "states",
    metavar="S",
    multiple=True,
    type=OneOf("state", [state.value for state in State]),
    help=f"Only photos in this state; may be given several times. One of {', '.join(State)}.",
)
@click.option(
    "--gtin",
    metavar="G",
    multiple=True,
    help="Only this product, with 8, 12, 13 or 14 digits; may be given several times.",
)
@click.option(
    "--gtins",
    metavar="FILE",
    type=click.Path(readable=False, allow_dash=True),
    help="Only the products in this file: a GTIN a line, or a CSV table with a column gtin. - reads standard input.",
)
@click.option("--account", metavar="A", help="Only photos of this account.")
@click.option("--search", metavar="TEXT", default="", help="Only where file name, title or GTIN contains this.")
@click.option(
    "--since",
    metavar="T",
    type=Moment(),
    help="Only photos whose last step was at T or later: a date (midnight here), a time, or 3d, 12h ago.",
)
@click.option("--until", metavar="T", type=Moment(), help="Only photos whose last step was before T.")
@click.option("--notes", is_flag=True, help="Only photos with remarks.")
@click.option("--limit", metavar="N", type=click.IntRange(min=1), help="Only the newest N.")
@click.option(
    "--format",
    "form",
    type=OneOf("format", _FORMATS),
    help="How to print them; the default is a table. jsonl is one JSON object per line.",
)
@click.option("--excel", is_flag=True, help="CSV that Excel reads correctly: UTF-8, GTINs as text, local times.")
@click.pass_context
def listing(
    context: click.Context,
    /,
    states: tuple[str, ...],
    gtin: tuple[str, ...],
    gtins: str | None,
    form: str | None,
    limit: int | None,
    *,
    excel: bool,
    **filters: Any,
) -> None:
    """The photos and their image ids, the oldest first."""
    from folder_sync.cli import gtin_files
    from folder_sync.store.photo_list import PhotoList, Selection

    if excel and form not in (None, "csv"):
        raise click.UsageError(f"--excel makes CSV, and --format asks for {form}: leave one of them out.")
    products = {gtin_files.parse(text, "--gtin") for text in gtin}
    if gtins is not None:
        products |= set(gtin_files.read(gtins, "--gtins"))
    wanted = Selection(
        states=[State(state) for state in states], gtins=sorted(products) if gtin or gtins else None, **filters
    )
    settings = settings_of(context)
    with database_of(settings) as database:
        if wanted.account is not None:
            _see_that_it_exists(wanted.account, settings, database)
        found = PhotoList(database)
        photos = found.photos(wanted, limit)
        match "csv" if excel else form or "table":
            case "table":
                _print_table(photos, found, settings, wanted)
            case machine:
                _print(photos, machine, for_excel=excel)


def _see_that_it_exists(account: str, settings: Settings, database: Database) -> None:
    """Raises a usage error. An account that is configured no longer has its photos all the same."""
    from folder_sync.store.photo_queries import PhotoQueries

    if account in settings.accounts:
        return
    accounts = sorted({*settings.accounts, *PhotoQueries(database).accounts()})
    if account not in accounts:
        raise click.BadParameter(there_is_no("account", account, accounts), param_hint="--account")


def _print(photos: Iterator[Listed], form: str, *, for_excel: bool) -> None:
    from folder_sync.cli import printing
    from folder_sync.report import formats, serialize

    if form == "csv":
        if for_excel and hasattr(sys.stdout, "reconfigure"):
            sys.stdout.reconfigure(encoding="utf-8")
        printing.put(formats.csv_lines(photos, for_excel=for_excel))
        return
    values = map(serialize.photo, photos)
    if form == "json":
        printing.put(formats.json_array(values))
    else:
        printing.put_lines(map(formats.json_line, values))


def _print_table(photos: Iterator[Listed], found: PhotoList, settings: Settings, wanted: Selection) -> None:
    from folder_sync.cli import printing
    from folder_sync.cli.common import roots_of
    from folder_sync.cli.tables import table_for
    from folder_sync.store.photo_list import EVERYTHING

    first = next(photos, None)
    if first is None:
        click.echo("No photos yet." if wanted == EVERYTHING else "No photos.")
        return
    table = table_for(roots_of(settings), found.last_id(), notes_in_full=wanted.notes)
    printing.put_lines(table.lines(chain([first], photos)))
