"""``folder-sync products``: what each product has, and what it lacks."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING, Final

import click

from folder_sync.cli.choices import OneOf
from folder_sync.cli.common import database_of, settings_of

if TYPE_CHECKING:
    from folder_sync.report.products import Described

_WIDE: Final = 120
"""Columns. On fewer, the last one would have no room."""

_HEADINGS: Final = ("GTIN", "hero", "uploaded", "queued", "waiting", "rejected", "account", "name, and what is missing")


@click.command(short_help="What each product has, and what it lacks.")
@click.option("--incomplete", is_flag=True, help="Only products that lack something: any image at all, or a shot.")
@click.option("--without-hero", is_flag=True, help="Only products of which no hero is in the catalogue.")
@click.option("--gtin", metavar="G", multiple=True, help="Only this product; may be given several times.")
@click.option("--search", metavar="TEXT", default="", help="Only products whose GTIN, SKU or name contains this.")
@click.option(
    "--format",
    "form",
    type=OneOf("format", ["table", "json", "jsonl", "csv"]),
    default="table",
    show_default=True,
    help="How to print them.",
)
@click.pass_context
def products(
    context: click.Context, gtin: tuple[str, ...], search: str, form: str, *, incomplete: bool, without_hero: bool
) -> None:
    """Each product of which a photo was ever delivered, or that is in the products file: its photos by state, whether
    the catalogue shows a hero of it, and which shots of the list are missing.

    In order of GTIN; a product of two accounts is listed twice.
    """
    from folder_sync.cli import gtin_files
    from folder_sync.report.products import ProductReport

    gtins = {gtin_files.parse(text, "--gtin") for text in gtin} or None
    settings = settings_of(context)
    with database_of(settings) as database:
        _print(
            (
                product
                for product in ProductReport(database, settings).all(gtins)
                if _is_about(product, search)
                and not (incomplete and product.is_complete)
                and not (without_hero and product.known.has_primary)
            ),
            form,
        )


def _is_about(product: Described, search: str) -> bool:
    """In any letter case."""
    line = product.listed
    texts = (product.known.gtin, line.sku if line else "", line.name if line else "")
    return any(search.casefold() in text.casefold() for text in texts)


def _print(found: Iterator[Described], form: str) -> None:
    from folder_sync.cli import printing
    from folder_sync.report import formats
    from folder_sync.report import products as report

    match form:
        case "json":
            printing.put(formats.json_array(map(report.product, found)))
        case "jsonl":
            printing.put_lines(formats.json_line(report.product(product)) for product in found)
        case "csv":
            printing.put(formats.csv_rows(report.COLUMNS, map(report.flat, found)))
        case _:
            first = next(found, None)
            if first is None:
                click.echo("No products.")
            else:
                products, width = chain([first], found), _width()
                if width is not None and width < _WIDE:
                    printing.put_lines(_paragraphs(products, width))
                else:
                    printing.put_lines(_table(products, width))


def _width() -> int | None:
    """Of the terminal; in a pipe each product is one line."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def _paragraphs(found: Iterator[Described], width: int) -> Iterator[str]:
    """The GTIN and the name, and below them what there is of it."""
    from folder_sync.cli.folding import fold
    from folder_sync.text import display

    for product in found:
        known, name = product.known, product.listed.name if product.listed else ""
        counts = {"uploaded": known.uploaded, "queued": known.queued, "waiting": known.waiting}
        counts["rejected"] = known.rejected
        said = [
            "hero" if known.has_primary else "no hero",
            *(f"{count} {state}" for state, count in counts.items() if count),
            f"account {known.account}",
            *([f"missing: {', '.join(product.missing)}"] if product.missing else []),
        ]
        first, *rest = fold(display(f"{known.gtin}  {name}"), width - 4)
        yield first.rstrip()
        for line in [*rest, *fold(display("; ".join(said)), width - 4)]:
            yield f"    {line}"


def _table(found: Iterator[Described], width: int | None) -> Iterator[str]:
    from folder_sync.cli.folding import fold
    from folder_sync.text import display

    line = "{:14}  {:4}  {:>8}  {:>6}  {:>7}  {:>8}  {:12}  {}"
    yield line.format(*_HEADINGS).rstrip()
    for product in found:
        known, name = product.known, product.listed.name if product.listed else ""
        missing = f"missing: {', '.join(product.missing)}" if product.missing else ""
        start = line.format(
            known.gtin,
            "yes" if known.has_primary else "no",
            known.uploaded,
            known.queued or "",
            known.waiting or "",
            known.rejected or "",
            known.account,
            "",
        )
        said = display("; ".join(filter(None, (name, missing))))
        first, *rest = [said] if width is None else fold(said, width - len(start))
        yield f"{start}{first}".rstrip()
        for further in rest:
            yield f"{'':{len(start)}}{further}"
