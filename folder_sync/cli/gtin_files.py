"""Files of GTINs: one a line, or a column of a table as spreadsheets write it."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Final

import click

from folder_sync.photo import Gtin14
from folder_sync.rules.names import gtin as gtins
from folder_sync.text import quoted

_COLUMN: Final = "gtin"
_NAMED_AT_MOST: Final = 3


def parse(text: str, param_hint: str) -> Gtin14:
    """A GTIN as a person gives it. Raises a usage error."""
    try:
        return gtins.parse(text)
    except gtins.NotAGtin as error:
        raise click.BadParameter(str(error), param_hint=param_hint) from error


def read(path: str, param_hint: str) -> list[Gtin14]:
    """``-`` is standard input. Raises a usage error that names the lines that hold no GTIN."""
    try:
        with click.open_file(path, encoding="utf-8-sig", errors="replace") as file:
            lines = file.read().splitlines()
    except OSError as error:
        raise click.BadParameter(f"{path} can't be read: {error.strerror}.", param_hint=param_hint) from error
    found: list[Gtin14] = []
    wrong: list[str] = []
    for number, cell in _cells(lines):
        try:
            # Spreadsheets take zeros off the front.
            found.append(gtins.parse(cell.zfill(14) if cell.isascii() and cell.isdigit() else cell))
        except gtins.NotAGtin as error:
            wrong.append(f"line {number}: {error}")
    if wrong:
        more = f" And {len(wrong) - _NAMED_AT_MOST} more." if len(wrong) > _NAMED_AT_MOST else ""
        raise click.BadParameter(f"{path}, {' '.join(wrong[:_NAMED_AT_MOST])}{more}", param_hint=param_hint)
    if not found:
        raise click.BadParameter(f"{quoted(path)} holds no GTIN.", param_hint=param_hint)
    return found


def _cells(lines: list[str]) -> Iterator[tuple[int, str]]:
    """The number of each line that is not empty, and what stands in the column of GTINs."""
    first = next((line for line in lines if line.strip()), "")
    delimiter = max(",;\t", key=first.count)
    header = [cell.strip().casefold() for cell in next(csv.reader([first], delimiter=delimiter), [])]
    column = header.index(_COLUMN) if _COLUMN in header else None
    if column is None and len(header) > 1:
        column = next((place for place, cell in enumerate(header) if _is_gtin(_plain(cell))), 0)
    is_header = _COLUMN in header
    reader = csv.reader(lines, delimiter=delimiter)
    for row in reader:
        if not any(cell.strip() for cell in row):
            continue
        if is_header:
            is_header = False
            continue
        yield reader.line_num, _plain(row[column or 0]) if len(row) > (column or 0) else ""


def _plain(cell: str) -> str:
    """Without what keeps a spreadsheet from making a number of it: ``="0400…"``, ``'0400…``."""
    return cell.strip().removeprefix("=").strip("\"'").strip()


def _is_gtin(text: str) -> bool:
    try:
        gtins.parse(text)
    except gtins.NotAGtin:
        return False
    return True
