"""``folder-sync list``: the photos and their image ids."""

from __future__ import annotations

import click

from folder_sync.cli.common import console, database_of, print_json, settings_of
from folder_sync.photo import State


@click.command("list")
@click.option(
    "--state",
    "states",
    metavar="S",
    multiple=True,
    type=click.Choice([state.value for state in State]),
    help=f"Only photos in this state; may be given several times. One of {', '.join(State)}.",
)
@click.option("--gtin", metavar="G", help="Only this product; with 8, 12, 13 or 14 digits.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "csv"]),
    default="table",
    show_default=True,
    help="How they are printed.",
)
@click.pass_context
def listing(context: click.Context, states: tuple[str, ...], gtin: str | None, form: str) -> None:
    """The photos and their image ids, in order of arrival."""
    from folder_sync.report import serialize
    from folder_sync.rules.names import gtin as gtins
    from folder_sync.store.photo_queries import PhotoQueries

    try:
        wanted = None if gtin is None else gtins.parse(gtin)
    except gtins.NotAGtin as error:
        raise click.BadParameter(str(error), param_hint="--gtin") from error
    with database_of(settings_of(context)) as database:
        records = list(PhotoQueries(database).photos([State(state) for state in states], wanted))
    if form == "json":
        print_json([serialize.photo(record) for record in records])
    elif form == "csv":
        _print_csv([serialize.flat(record) for record in records])
    elif not records:
        click.echo("No photos." if states or gtin else "No photos yet.")
    else:
        from folder_sync.cli.tables import photo_table

        screen = console()
        screen.print(photo_table(records, screen.width))


def _print_csv(rows: list[dict[str, object]]) -> None:
    import csv
    import io

    from folder_sync.report import serialize

    columns = [name for name in serialize.PHOTO_COLUMNS if name != "reason"]
    place = serialize.PHOTO_COLUMNS.index("reason")
    columns[place:place] = ["reason_code", "reason_message"]
    text = io.StringIO()
    writer = csv.DictWriter(text, columns)
    writer.writeheader()
    writer.writerows(rows)
    click.echo(text.getvalue(), nl=False)
