"""``folder-sync products``: what each product has, and what it lacks."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING, Final

import click

from folder_sync.cli.common import database_of, settings_of

if TYPE_CHECKING:
    from folder_sync.store.products import Product

_HEADINGS: Final = ("GTIN", "hero", "uploaded", "queued", "waiting", "rejected", "account", "missing")


@click.command(short_help="What each product has, and what it lacks.")
@click.option("--incomplete", is_flag=True, help="Only products that lack something: any image at all, or a shot.")
@click.option("--without-hero", is_flag=True, help="Only products of which no hero is in the catalogue.")
@click.option("--gtin", metavar="G", multiple=True, help="Only this product; may be given several times.")
@click.option("--search", metavar="TEXT", default="", help="Only products whose GTIN contains this.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "jsonl", "csv"]),
    default="table",
    show_default=True,
    help="How they are printed.",
)
@click.pass_context
def products(
    context: click.Context, gtin: tuple[str, ...], search: str, form: str, *, incomplete: bool, without_hero: bool
) -> None:
    """Each product of which a photo was ever delivered: its photos by state, and whether a hero of it is shown.

    In order of GTIN; a product of two accounts comes twice.
    """
    from folder_sync.cli import gtin_files
    from folder_sync.report.products import is_complete
    from folder_sync.store.products import Products

    gtins = {gtin_files.parse(text, "--gtin") for text in gtin} or None
    with database_of(settings_of(context)) as database:
        _print(
            (
                product
                for product in Products(database).all(gtins)
                if search in product.gtin
                and not (incomplete and is_complete(product, []))
                and not (without_hero and product.has_primary)
            ),
            form,
        )


def _print(found: Iterator[Product], form: str) -> None:
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
                printing.put_lines(_table(chain([first], found)))


def _table(found: Iterator[Product]) -> Iterator[str]:
    from folder_sync.report.products import product as as_json

    line = "{:14}  {:4}  {:>8}  {:>6}  {:>7}  {:>8}  {:12}  {}"
    yield line.format(*_HEADINGS).rstrip()
    for product in found:
        yield line.format(
            product.gtin,
            "yes" if product.has_primary else "no",
            product.uploaded,
            product.queued or "",
            product.waiting or "",
            product.rejected or "",
            product.account,
            ", ".join(as_json(product)["missing"]),
        ).rstrip()
