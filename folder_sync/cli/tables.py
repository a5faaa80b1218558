"""Tables for people. Nothing from outside reaches the terminal unneutralised."""

from __future__ import annotations

import os
from collections.abc import Iterable

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


def photo_table(records: Iterable[Record]) -> Table:
    """Id, file, GTIN, title, hero, state, and the image id or what is in its way."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("id", justify="right")
    table.add_column("photo", overflow="fold")
    table.add_column("GTIN", no_wrap=True)
    table.add_column("title", overflow="fold")
    table.add_column("hero")
    table.add_column("state", no_wrap=True)
    table.add_column("image id, or why not", overflow="fold")
    for record in records:
        outcome = record.image_id or (f"{record.reason.code}: {record.reason.message}" if record.reason else "")
        table.add_row(
            str(record.id),
            display(os.path.basename(record.path).decode("utf-8", "replace")),
            record.gtin or "",
            display(record.title),
            "yes" if record.is_primary else "",
            record.state.value,
            display(outcome),
            style=_COLOURS.get(record.state),
        )
    return table
