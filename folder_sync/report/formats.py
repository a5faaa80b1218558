"""Photos as text for programs and spreadsheets, piece by piece, whatever their number."""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

from folder_sync.report import serialize
from folder_sync.store.photo_list import Listed


def json_array(values: Iterable[Any]) -> Iterator[str]:
    """Line by line, a value each."""
    separator = "[\n"
    for value in values:
        yield f"{separator}  {json_line(value)}"
        separator = ",\n"
    yield "[]\n" if separator == "[\n" else "\n]\n"


def json_line(value: Any) -> str:
    """In ASCII, without control characters, as ``text.json_text``."""
    return json.dumps(value).replace("\x7f", "\\u007f")


def csv_lines(photos: Iterable[Listed], *, for_excel: bool = False) -> Iterator[str]:
    """With a heading. ``for_excel``: it takes this for UTF-8, GTINs for text and times for local dates."""
    if for_excel:
        yield "\ufeff"
    rows = (_for_excel(serialize.flat(photo), photo) if for_excel else serialize.flat(photo) for photo in photos)
    yield from csv_rows(serialize.FLAT_COLUMNS, rows)


def csv_rows(columns: Sequence[str], rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    line = io.StringIO()
    writer = csv.writer(line)
    for row in chain([columns], (row.values() for row in rows)):
        writer.writerow(row)
        yield line.getvalue()
        line.seek(0)
        line.truncate()


def _for_excel(row: dict[str, Any], photo: Listed) -> dict[str, Any]:
    """Excel would make a number of a GTIN, and does not know an ISO time for one."""
    moments = ((name, getattr(photo.record, name)) for name in serialize.MOMENTS)
    local = {
        name: time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(moment))
        for name, moment in moments
        if moment is not None
    }
    gtin = photo.record.gtin
    return row | local | {"gtin": f'="{gtin}"' if gtin else None}
