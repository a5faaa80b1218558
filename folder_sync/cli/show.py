"""``folder-sync show``: one photo and its whole history."""

from __future__ import annotations

import click

from folder_sync.cli.common import A_PATH, console, database_of, print_json, settings_of


@click.command()
@click.argument("photo", metavar="PHOTO", type=A_PATH)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
@click.pass_context
def show(context: click.Context, photo: str, *, as_json: bool) -> None:
    """One photo, by its id or path, and its whole history."""
    from folder_sync.cli.finding import find
    from folder_sync.report import serialize
    from folder_sync.store.photo_queries import PhotoQueries

    with database_of(settings_of(context)) as database:
        photo_queries = PhotoQueries(database)
        record = find(photo_queries, photo)
        history = [serialize.event(entry) for entry in photo_queries.history(record.id)]
    facts = serialize.photo(record)
    if as_json:
        print_json(facts | {"history": history})
        return
    from rich.table import Table

    from folder_sync.text import display

    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(overflow="fold")
    table.add_column(overflow="fold")
    for name, value in facts.items():
        if value is not None:
            text = f"{value['code']}: {value['message']}" if name == "reason" else _in_words(value)
            table.add_row(name, display(text))
    table.add_row("", "")
    for entry in history:
        table.add_row(entry["at"], display(f"{entry['event']}  {entry['detail']}".rstrip()))
    console().print(table)


def _in_words(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
