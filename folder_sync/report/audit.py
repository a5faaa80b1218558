"""What an audit found, for programs and for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from folder_sync.service.audit.summary import AuditSummary
from folder_sync.store.audit import Differing
from folder_sync.text import display


def as_json(summary: AuditSummary, differences: Sequence[Differing]) -> dict[str, Any]:
    """``audit --json``."""
    return {
        "products": summary.products,
        "checked": summary.checked,
        "unasked": summary.unasked,
        "differences": [difference(one) for one in differences],
        "mended": summary.mended,
        "left": len(differences),
    }


def difference(one: Differing) -> dict[str, Any]:
    return {
        "kind": one.difference.kind.value,
        "account": one.account,
        "gtin": one.gtin,
        "photo": one.difference.photo,
        "image_id": one.difference.image_id,
        "message": one.difference.message,
    }


def lines(summary: AuditSummary, differences: Sequence[Differing]) -> Iterator[str]:
    for one in differences:
        photo = f" (photo {one.difference.photo})" if one.difference.photo is not None else ""
        yield display(f"{one.gtin}  {one.difference.kind}: {one.difference.message}{photo}")
    if summary.unasked and not summary.asked:
        yield f"No product could be asked for yet: the next audit begins with the same {summary.unasked:,}."
        return
    if not summary.products and not differences:
        yield "There is no uploaded photo to ask for."
        return
    asked = "1 product" if summary.asked == 1 else f"{summary.asked:,} products"
    images = "1 image" if summary.checked == 1 else f"{summary.checked:,} images"
    yield f"{asked} asked for, {images} held against the records: {_count(len(differences))}."
    if summary.mended:
        things = "1 more is" if summary.mended == 1 else f"{summary.mended:,} more are"
        yield f"{things} fixed by the service, or by the next sync."
    if summary.unasked:
        yield f"{summary.unasked:,} could not be asked for yet: the next audit goes on with them."


def _count(differences: int) -> str:
    match differences:
        case 0:
            return "nothing differs"
        case 1:
            return "1 difference"
    return f"{differences:,} differences"
