"""The name to give to a photo, in the first way of naming that can say what is wanted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from folder_sync.photo import Gtin14
from folder_sync.rules.names.meaning import Named
from folder_sync.rules.names.naming import Naming
from folder_sync.rules.names.parts import PRIMARY
from folder_sync.rules.names.shots import Shot, folded

_GS1: Final = re.compile(r"[A-Z][0-37-9][CLRN][0-9A-Z]", re.IGNORECASE)
_OPTIONAL: Final = re.compile(r"\[([^\[\]]*)\]")
_FIELD: Final = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """``gtin`` as it was typed or scanned; ``sku``: empty where none is known. A ``shot`` gives title and hero, so that
    beside one there is no ``title``."""

    gtin: str
    sku: str = ""
    title: str = ""
    primary: bool = False
    shot: Shot | None = None


def built(wanted: Wanted, product: Gtin14, naming: Naming) -> str | None:
    """With the folders that it needs before it, ``/`` between; None where no entry of ``naming`` can say that."""
    title = wanted.shot.name if wanted.shot else wanted.title
    primary = wanted.shot.primary if wanted.shot else wanted.primary
    for stem in _candidates(wanted, naming):
        name = f"{stem}.jpg"
        match naming.understand(name):
            case Named(label=label) if (label.gtin, label.is_primary) == (product, primary) and (
                folded(label.title) == folded(" ".join(title.replace("_", " ").split()))
            ):
                return name
    return None


def _candidates(wanted: Wanted, naming: Naming) -> Iterator[str]:
    title = re.sub(r"\s+", "_", (wanted.shot.name if wanted.shot else wanted.title).strip())
    hero = PRIMARY if (wanted.shot.primary if wanted.shot else wanted.primary) else ""
    codes = wanted.shot.codes if wanted.shot else ()
    for entry in naming.entries:
        match entry:
            case "house":
                yield "__".join(filter(None, (wanted.gtin, title, hero)))
            case "gs1":
                for code in filter(_GS1.fullmatch, codes):
                    yield f"{wanted.gtin}_{code}"
                    yield "__".join(filter(None, (f"{wanted.gtin}_{code}", title, hero)))
            case "folder":
                yield f"{wanted.gtin}/{'__'.join(filter(None, (title, hero)))}"
            case template:
                for code in codes or ("",):
                    values = {"gtin": wanted.gtin, "sku": wanted.sku, "shot": code, "title": title, "primary": hero}
                    yield from filter(None, [_filled(template, values)])


def _filled(template: str, values: Mapping[str, str]) -> str | None:
    """None where something is needed that nobody said."""

    def optional(found: re.Match[str]) -> str:
        return found[1] if all(values.get(field) for field in _FIELD.findall(found[1])) else ""

    text = template
    while (shorter := _OPTIONAL.sub(optional, text)) != text:
        text = shorter
    if not all(values.get(field) for field in _FIELD.findall(text)):
        return None
    return _FIELD.sub(lambda found: values[found[1]], text)
