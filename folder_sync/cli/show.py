"""``folder-sync show``: one photo and its whole history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from folder_sync.cli.common import A_PATH, database_of, print_json, roots_of, settings_of
from folder_sync.report.moments import local
from folder_sync.text import display

if TYPE_CHECKING:
    from folder_sync.photo import Record

_NAMES: Final = 18
_EVENTS: Final = 13
"""Columns that the longest of them takes, and two blanks."""


@click.command(short_help="One photo and its whole history.")
@click.argument("photo", metavar="PHOTO", type=A_PATH)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
@click.pass_context
def show(context: click.Context, photo: str, *, as_json: bool) -> None:
    """One photo and its whole history, by its id, its path, or a file name that no other photo has."""
    from folder_sync.cli.finding import find
    from folder_sync.report import serialize
    from folder_sync.store.photo_list import Listed, PhotoList
    from folder_sync.store.photo_queries import PhotoQueries

    settings = settings_of(context)
    with database_of(settings) as database:
        photo_queries = PhotoQueries(database)
        record = find(photo_queries, photo, roots_of(settings))
        history = photo_queries.history(record.id)
        listed = next(PhotoList(database).of([record.id]), None) or Listed(record, is_hero_now=False)
    if as_json:
        print_json(serialize.photo(listed) | {"history": [serialize.event(entry) for entry in history]})
        return
    # Not wrapped: a terminal does that itself, and what is copied from it stays in one piece.
    for name, value in serialize.photo(listed).items():
        if value not in (None, [], ""):
            click.echo(f"{name:{_NAMES}}{display(_in_words(name, value, record))}")
    click.echo()
    for entry in history:
        click.echo(f"{local(entry.at)}  {entry.event:{_EVENTS}}{display(entry.detail)}".rstrip())


def _in_words(name: str, value: Any, record: Record) -> str:
    from folder_sync.report import serialize

    if name in serialize.MOMENTS:
        return local(getattr(record, name))
    match value:
        case bool():
            return "yes" if value else "no"
        case {"code": code, "message": message}:
            return f"{code}: {message}"
        case list():
            return "; ".join(_in_words("", item, record) for item in value)
    return str(value)
