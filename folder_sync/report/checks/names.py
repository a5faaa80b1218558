"""What `check` says of names: what each pattern leaves out, and which lines of the products file can't be used."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from typing import Final

from folder_sync.errors import ProductsUnreadable
from folder_sync.files import products as products_file
from folder_sync.files.ignoring import count_matches
from folder_sync.files.timeouts import ANSWER_SECONDS, call_with_timeout
from folder_sync.report.checks.finding import Finding
from folder_sync.rules.names import products
from folder_sync.settings import Settings

COUNTING_SECONDS: Final = 20.0
LINES_SHOWN: Final = 10


def check(settings: Settings) -> Iterator[Finding]:
    yield from _ignored(settings)
    yield from _products(settings)


def _ignored(settings: Settings) -> Iterator[Finding]:
    """Not where a folder can't be looked through: that is said already."""
    patterns = settings.intake.ignore
    for watched in settings.watch if patterns else ():
        root = os.fsencode(watched.path)
        try:
            counts = call_with_timeout(partial(count_matches, root, patterns), COUNTING_SECONDS)
        except OSError:
            continue
        said = ", ".join(f'"{pattern}" matches {_files(count)}' for pattern, count in counts.items())
        yield Finding(f"ignored in {watched.path}", ok=True, detail=said)


def _files(count: int) -> str:
    return {0: "no file", 1: "1 file"}.get(count, f"{count} files")


def _products(settings: Settings) -> Iterator[Finding]:
    path = settings.catalogue.products_file
    if path is None:
        return
    try:
        found = products.parse(call_with_timeout(lambda: products_file.read(path), ANSWER_SECONDS))
    except TimeoutError:
        yield Finding(
            "products", ok=False, detail=f"{path} does not answer", hint="Look at the server, or at the network."
        )
        return
    except ProductsUnreadable as error:
        yield Finding("products", ok=False, detail=error.title.rstrip("."), hint=error.hint)
        return
    skus = len(found.of_sku)
    products_listed = "1 product" if len(found.listed) == 1 else f"{len(found.listed)} products"
    yield Finding("products", ok=True, detail=f"{path} lists {products_listed}, {skus} of them by SKU")
    for problem in found.problems[:LINES_SHOWN]:
        hint = "Correct that line; the others count."
        yield Finding(f"products, line {problem.line}", ok=False, detail=problem.message.rstrip("."), hint=hint)
    if (more := len(found.problems) - LINES_SHOWN) > 0:
        yield Finding("products", ok=False, detail=f"{more} more lines can't be used", hint="Correct them, too.")
