"""``folder-sync parse``: how names are understood. Needs no configuration, and loads nothing but the rules."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import click

from folder_sync.cli.common import A_PATH, settings_of
from folder_sync.cli.meaning import meaning_in_words, reason_of
from folder_sync.errors import ConfigInvalid, ProductsUnreadable
from folder_sync.rules.names.convention import HOUSE
from folder_sync.rules.names.meaning import Named, Rejected, Understanding
from folder_sync.rules.names.naming import Naming
from folder_sync.rules.names.products import Products
from folder_sync.rules.names.template import BadTemplate
from folder_sync.text import display, json_text

_SURROGATES: Final = re.compile("[\ud800-\udfff]")


@click.command(short_help="How file names are understood.")
@click.argument("names", metavar="NAME...", nargs=-1, required=True, type=A_PATH)
@click.option(
    "--names",
    "entries",
    metavar="ENTRY",
    multiple=True,
    help="How to read them: house, gs1, folder, or a template such as '{sku}_{title}'; may be repeated.",
)
@click.option("--products", metavar="FILE", type=A_PATH, help="The products file in which to look up SKUs.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
@click.pass_context
def parse(
    context: click.Context, names: tuple[str, ...], entries: tuple[str, ...], products: str | None, *, as_json: bool
) -> None:
    """Show how file names are understood. Where folders count, write them in front of the name.

    An absolute NAME below a watched folder is read as there. Exits with 1 where a name is not understood or is ignored.
    """
    tried = _tried(entries, products) if entries or products else None
    understood = [(_parts(name)[-1], _understand(context, name, tried)) for name in names]
    if as_json:
        click.echo(json_text([_record(name, meaning) for name, meaning in understood]))
    else:
        for name, meaning in understood:
            click.echo(f"{display(name)}\n  {meaning_in_words(meaning)}")
            for remark in meaning.remarks if isinstance(meaning, Named) else ():
                click.echo(f"  {remark.code}: {remark.message}")
    context.exit(0 if all(isinstance(meaning, Named) for _, meaning in understood) else 1)


def _parts(name: str) -> list[str]:
    """Folders, and last the name of the file."""
    return [part for part in name.split("/") if part not in {"", "."}] or [""]


def _tried(entries: Sequence[str], products: str | None) -> Naming:
    try:
        return Naming(entries or HOUSE.entries, None, _products(Path(products)) if products else None)
    except BadTemplate as error:
        raise click.BadParameter(f"It {error}. {error.hint}", param_hint="--names") from error


def _products(file: Path) -> Products:
    from folder_sync.files.products import read
    from folder_sync.rules.names.products import parse as read_products

    try:
        found = read_products(read(file))
    except ProductsUnreadable as error:
        raise click.UsageError(f"{error.title} {error.hint}") from error
    for problem in found.problems:
        click.echo(f"{display(str(file))}, line {problem.line}: {problem.message}", err=True)
    return found


def _understand(context: click.Context, name: str, tried: Naming | None) -> Understanding:
    if tried is None and os.path.isabs(name) and (found := _as_configured(context, name)) is not None:
        return found
    return (tried or HOUSE).understand("/".join(_parts(name)))


def _as_configured(context: click.Context, name: str) -> Understanding | None:
    """None where there is no configuration, or none of its folders holds the name."""
    from folder_sync.service.folders import folders

    try:
        settings = settings_of(context)
    except ConfigInvalid:
        config = context.find_root().obj
        if config and os.path.exists(
            config
        ):  # it was asked for by name and is not understood; without a configuration, parse works as well
            raise
        return None
    path = os.fsencode(os.path.normpath(name))
    folder = next((folder for folder in folders(settings) if folder.holds(path)), None)
    if folder is None:
        return None
    if settings.catalogue.products_file is not None:
        folder.names.take(_products(settings.catalogue.products_file))
    return folder.names.understand(path)


def _record(name: str, meaning: Understanding) -> dict[str, Any]:
    """The contract's object; ``name`` with U+FFFD for bytes that are not UTF-8, all else as it is."""
    shown = {"name": _SURROGATES.sub("\ufffd", name)}
    if isinstance(meaning, Named):
        label = meaning.label
        said = {"ok": True, "gtin": label.gtin, "title": label.title, "is_primary": label.is_primary, "reason": None}
        return shown | said
    reason = reason_of(meaning)
    return shown | {
        "ok": False,
        "gtin": meaning.gtin if isinstance(meaning, Rejected) else None,
        "title": None,
        "is_primary": None,
        "reason": {"code": reason.code, "message": reason.message},
    }
