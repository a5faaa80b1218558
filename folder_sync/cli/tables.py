"""Tables for people. Nothing from outside reaches the terminal unneutralised."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Final

from rich.table import Table

from folder_sync.photo import Record, State
from folder_sync.text import display

_COLOURS = {
    State.UPLOADED: "green",
    State.REJECTED: "red",
    State.UNCONFIRMED: "yellow",
    State.WAITING: "yellow",
    State.MISSING: "yellow",
}


_WIDE: Final = 120
"""Columns. On less the table would cut names and image ids to pieces, which nobody can read or copy."""


def photo_table(records: Iterable[Record], width: int) -> Table:
    """Id, file, GTIN, title, hero, state, and the image id or what is in its way; where it is narrow, less of that."""
    return _table(records) if width >= _WIDE else _lines(records)


def _table(records: Iterable[Record]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("id", justify="right")
    table.add_column("photo", overflow="fold")
    table.add_column("GTIN", no_wrap=True)
    table.add_column("title", overflow="fold")
    table.add_column("hero")
    table.add_column("state", no_wrap=True)
    table.add_column("image id, or why not", overflow="fold")
    for record in records:
        table.add_row(
            str(record.id),
            _name(record),
            record.gtin or "",
            display(record.title),
            "yes" if record.is_primary else "",
            record.state.value,
            _outcome(record),
            style=_COLOURS.get(record.state),
        )
    return table


def _lines(records: Iterable[Record]) -> Table:
    """The name, and below it what the name does not say."""
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(justify="right")
    table.add_column(overflow="fold")
    for record in records:
        state = f"{record.state.value}{', hero' if record.is_primary else ''}"
        said = ": ".join(filter(None, (state, _outcome(record))))
        table.add_row(str(record.id), f"{_name(record)}\n{said}", style=_COLOURS.get(record.state))
    return table


def _name(record: Record) -> str:
    return display(os.path.basename(record.path).decode("utf-8", "replace"))


def _outcome(record: Record) -> str:
    return record.image_id or (display(f"{record.reason.code}: {record.reason.message}") if record.reason else "")
