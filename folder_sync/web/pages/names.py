"""``/names``: how names are understood, what is wrong with them, the right name to copy. The photographer's manual."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from folder_sync.rules.names import gtin as gtins
from folder_sync.rules.names.building import Wanted, built
from folder_sync.rules.names.meaning import Ignored, Named, Understanding
from folder_sync.rules.names.naming import Naming
from folder_sync.text import display
from folder_sync.web.context import Site, page, site_of, words_of
from folder_sync.web.name_faults import of_number
from folder_sync.web.record_words import in_words
from folder_sync.web.views import explained
from folder_sync.web.words import Words

MOST: Final = 200
LONGEST: Final = 8_000
"""How many names are looked at, and how many characters of them a form takes: it is a part of an address."""

WAYS: Final = {
    "house": (
        "The GTIN, two underscores, the caption. Two underscores and “primary” make it the hero.",
        "4006381333931__Front_of_package__primary.jpg",
    ),
    "gs1": (
        "GS1: the GTIN, an underscore, and the code of the view, such as C1N1 for the front.",
        "04006381333931_C1N1.jpg",
    ),
    "folder": (
        "A folder for each product, called by its GTIN; the file is called by its caption.",
        "4006381333931/Front_of_package__primary.jpg",
    ),
}
"""How a way of naming goes, and an example."""

TEMPLATE: Final = "After this pattern:"

PROBLEMS: Final = {
    "product": "This is neither a GTIN nor a SKU of the products file.",
    "name": "No name in this folder says that.",
}


@dataclass(frozen=True, slots=True)
class NameView:
    name: str
    ok: bool
    gtin: str = ""
    title: str = ""
    is_primary: bool = False
    shot: str = ""
    remarks: Sequence[tuple[str, str]] = ()
    """In the reader's language, else in English."""
    why: str = ""
    said: str = ""
    suggestion: str = ""


@dataclass(frozen=True, slots=True)
class Way:
    words: str
    example: str


@dataclass(frozen=True, slots=True)
class Built:
    """``name``: the right one; or ``problem``: a key of PROBLEMS, and why."""

    name: str = ""
    product: str = ""
    problem: str = ""
    why: str = ""


def names(request: Request) -> Response:
    site, query, words = site_of(request), request.query_params, words_of(request)
    ways = _namings(site)
    folder = query.get("folder", "")
    naming = ways.get(folder) or next(iter(ways.values()))
    pasted = query.get("names", "")
    lines = pasted.splitlines()
    is_cut = len("\n".join(lines)) >= LONGEST  # by the form, as a rule within a name
    lines = [line.strip() for line in (lines[:-1] if is_cut else lines) if line.strip()]
    code = query.get("gtin", "").strip()
    return page(
        request,
        "names.html",
        section="/names",
        folders=list(ways) if len(ways) > 1 else [],
        folder=folder,
        ways=[Way(*WAYS[entry]) if entry in WAYS else Way(TEMPLATE, entry) for entry in naming.entries],
        shots=[display(shot.name) for shot in naming.shots.all],
        takes_sku=bool(naming.products.of_sku),
        names=pasted,
        longest=LONGEST,
        gtin=code,
        shot=query.get("shot", ""),
        title=query.get("title", "").strip(),
        primary=bool(query.get("primary")),
        built=_built(code, query, naming, words) if code else None,
        problems=PROBLEMS,
        read=[read(line, naming, words) for line in lines[:MOST]],
        most=min(len(lines), MOST) if is_cut or len(lines) > MOST else None,
    )


def _namings(site: Site) -> Mapping[str, Naming]:
    """By the folder: only one of several in which names are read alike."""
    found: dict[tuple[str, ...], str] = {}
    for folder in site.folders:
        found.setdefault(folder.names.naming.entries, display(folder.name))
    products = site.catalogue.products()
    first = site.folders[0].names.naming
    return {name: Naming(entries, first.shots, products, first.converts) for entries, name in found.items()}


def _built(code: str, query: QueryParams, naming: Naming, words: Words) -> Built:
    known = naming.products.of_sku.get(code)
    try:
        product = known or gtins.parse(code)
    except gtins.NotAGtin as error:
        return Built(problem="product", why=str(error) if words.tag == "en" else of_number(code, words))
    line = next(
        (line for line in naming.products.listed if line.gtin == product and (not known or line.sku == code)), None
    )
    wanted = Wanted(
        code if known is None else product,
        line.sku if line else "",
        query.get("title", "").strip(),
        primary=bool(query.get("primary")),
        shot=naming.shots.of_title(query.get("shot", "")),
    )
    name = built(wanted, product, naming)
    if name is None:
        return Built(problem="name")
    return Built(display(name), display(f"{product} {line.name}".strip()) if line else product)


def read(name: str, naming: Naming, words: Words) -> NameView:
    understood: Understanding = naming.understand(name)
    match understood:
        case Named(label=label, remarks=remarks, shot=shot):
            return NameView(
                display(name),
                ok=True,
                gtin=label.gtin,
                title=display(label.title),
                is_primary=label.is_primary,
                shot=display(shot or ""),
                remarks=[in_words(remark.message, words) for remark in remarks],
            )
        case Ignored(reason):
            anew, said = in_words(str(reason), words)
            why = f"{words('Such files are left alone.')} {anew}".strip()
            return NameView(display(name), ok=False, why=why, said=said)
    why, said = explained(understood.reason, words, understood, name)
    meant = display(understood.suggestion) if understood.suggestion else ""
    return NameView(display(name), ok=False, why=why, said=said, suggestion=meant)
