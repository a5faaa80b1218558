"""Products as people and programs are shown them: what each has, and what of the shot list is missing."""

from __future__ import annotations

from typing import Any, Final

from folder_sync.report.serialize import defused
from folder_sync.store.products import Product

COLUMNS: Final = (
    "account",
    "gtin",
    "sku",
    "name",
    "listed",
    "has_primary",
    "queued",
    "waiting",
    "rejected",
    "uploaded",
    "shots",
    "missing",
    "complete",
)
"""In the order of the contract."""


def product(known: Product) -> dict[str, Any]:
    """``products --format json``: one object. There is no products file and no shot list yet."""
    missing: list[str] = []
    return {
        "account": known.account,
        "gtin": known.gtin,
        "sku": None,
        "name": None,
        "listed": False,
        "has_primary": known.has_primary,
        "queued": known.queued,
        "waiting": known.waiting,
        "rejected": known.rejected,
        "uploaded": known.uploaded,
        "shots": [],
        "missing": missing,
        "complete": is_complete(known, missing),
    }


def is_complete(known: Product, missing: list[str]) -> bool:
    """Nothing of the shot list is missing; and a product without a single image is not, whatever that list says."""
    return known.uploaded > 0 and not missing


def flat(known: Product) -> dict[str, Any]:
    """``products --format csv``: the same, lists joined."""
    row = product(known)
    return {name: defused("; ".join(value) if isinstance(value, list) else value) for name, value in row.items()}
