"""The products file: CSV that says which GTIN stands behind a SKU, and which products there are."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from folder_sync.photo import Gtin14
from folder_sync.rules.names import gtin
from folder_sync.text import quoted

SKU_MAX: Final = 50
"""Characters. Looking for longer ones in names takes its time."""

_COLUMNS: Final = ("gtin", "sku", "name")
_SEPARATORS: Final = (",", ";", "\t")
_LINES_OF_A_CELL: Final = 20
"""A quotation mark that nobody closes takes at most so many lines along, and gives them back."""

_FORMULA: Final = re.compile(r'="(.*)"')
_SPREADSHEET: Final = re.compile(r"[0-9][.,]?[0-9]*E\+?[0-9]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Listed:
    """One line: a product that is sold, or is to be."""

    gtin: Gtin14
    sku: str
    name: str
    line: int


@dataclass(frozen=True, slots=True)
class Problem:
    """A line that can't be used; the header is line 1."""

    line: int
    message: str


class Products:
    """What a products file says. Of two lines with one SKU the first counts."""

    def __init__(self, listed: Sequence[Listed] = (), problems: Sequence[Problem] = ()) -> None:
        self.listed = tuple(listed)
        self.problems = tuple(problems)
        self.of_sku: Mapping[str, Gtin14] = {line.sku: line.gtin for line in reversed(self.listed) if line.sku}
        self.sku_lengths: dict[str, int] = {}
        """By their first character: the bit of 5 is set where one has five characters."""
        self._alike: dict[str, str] = {}
        for sku in self.of_sku:
            self.sku_lengths[sku[0]] = self.sku_lengths.get(sku[0], 0) | 1 << len(sku)
            self._alike.setdefault(_bare(sku), sku)

    def alike(self, sku: str) -> str | None:
        """A SKU that differs only in letter case, blanks, dashes and the like."""
        return self._alike.get(_bare(sku))


def parse(text: str) -> Products:
    """Comma, semicolon or tab; a header with ``gtin`` and perhaps ``sku`` and ``name``, whatever else it has."""
    # Not splitlines, which ends a line at what stands within one, such as the line breaks in cells of some databases.
    lines = io.StringIO(text.removeprefix("\ufeff"), newline="").readlines()
    start = 1 if lines and re.match(r"sep=.\s*$", lines[0]) else 0  # as Excel writes it
    header = lines[start] if len(lines) > start else ""
    separator = max(_SEPARATORS, key=lambda mark: len(_columns(header, mark)))
    columns = _columns(header, separator)
    if "gtin" not in columns:
        message = 'The first line is to name the columns, and none is called "gtin".'
        return Products(problems=[Problem(start + 1, message)])
    listed: list[Listed] = []
    problems: list[Problem] = []
    seen: dict[str, int] = {}
    width = len(_cells([header], separator) or [])
    for number, cells in _rows(lines, start + 1, separator, width):
        found = _listed(number, cells, columns, seen)
        if isinstance(found, Problem):
            problems.append(found)
        elif found is not None:
            seen.setdefault(found.sku, number)
            listed.append(found)
    return Products(listed, problems)


def _listed(
    number: int, cells: Sequence[str], columns: Mapping[str, int], seen: Mapping[str, int]
) -> Listed | Problem | None:
    """None for a line of nothing."""
    values = [_plain(cell) for cell in cells]
    if not any(values):
        return None
    digits, sku, name = (
        values[columns[column]] if column in columns and columns[column] < len(values) else "" for column in _COLUMNS
    )
    sku = unicodedata.normalize("NFC", sku)
    if not digits:
        return Problem(number, f"It has no GTIN{f', for the SKU {quoted(sku, 40)}' if sku else ''}.")
    if _SPREADSHEET.fullmatch(digits):
        return Problem(number, f"The spreadsheet has cut the GTIN to {quoted(digits, 40)}; format the column as text.")
    try:
        known = gtin.parse(
            digits.zfill(12) if digits.isascii() and digits.isdigit() and 8 < len(digits) < 12 else digits
        )
    except gtin.NotAGtin as wrong:
        return Problem(number, str(wrong))
    if sku in seen and sku:
        return Problem(number, f"The SKU {quoted(sku, 40)} stands in line {seen[sku]} already; that one counts.")
    if len(sku) > SKU_MAX:
        return Problem(number, f"The SKU {quoted(sku, 40)} has more than {SKU_MAX} characters.")
    return Listed(known, sku, name, number)


def _columns(header: str, separator: str) -> Mapping[str, int]:
    cells = _cells([header], separator) or []
    places = {cell.strip().casefold(): at for at, cell in reversed(list(enumerate(cells)))}
    return {column: places[column] for column in _COLUMNS if column in places}


def _rows(lines: Sequence[str], start: int, separator: str, width: int) -> Iterator[tuple[int, Sequence[str]]]:
    """Line numbers and cells. A cell in quotation marks may go over several lines; a mark that is never closed, or
    makes another number of columns, is a letter like any other: it harms no line but its own."""
    at = start
    while at < len(lines):
        taken = 1
        cells = _cells(lines[at : at + 1], separator)
        while cells is None and taken < min(_LINES_OF_A_CELL, len(lines) - at):
            taken += 1
            whole = _cells(lines[at : at + taken], separator)
            if whole is not None:
                cells = whole if len(whole) == width else None
                break
        if cells is None:
            taken = 1
            cells = [cell.strip('"') for cell in lines[at].rstrip("\r\n").split(separator)]
        yield at + 1, cells
        at += taken


def _cells(lines: Sequence[str], separator: str) -> list[str] | None:
    """None where a quotation mark is not closed."""
    try:
        rows = list(csv.reader(io.StringIO("".join(lines), newline=""), delimiter=separator, strict=True))
    except csv.Error:
        return None
    return rows[0] if rows else []


def _plain(cell: str) -> str:
    """Without blanks around, and without what keeps a spreadsheet from taking it for a number."""
    text = cell.strip().lstrip("'")
    formula = _FORMULA.fullmatch(text)
    return formula[1].strip() if formula else text


def _bare(sku: str) -> str:
    return "".join(filter(str.isalnum, sku.casefold())) or sku
