"""``/photos``: the photos, what holds them up, and `retry` for all that a filter selects."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from anyio.to_thread import run_sync
from starlette.datastructures import FormData, QueryParams
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from folder_sync.photo import State
from folder_sync.store.photo_list import PhotoList, Selection
from folder_sync.store.photo_pages import PhotoPages
from folder_sync.store.photo_queries import PhotoQueries
from folder_sync.store.retrying import Retrying
from folder_sync.web.another_try import after_many, answered
from folder_sync.web.context import page, site_of, words_of
from folder_sync.web.cursors import cursor
from folder_sync.web.moments import moment
from folder_sync.web.problems import Wrong
from folder_sync.web.views import RETRIED, PhotoView, photo_view
from folder_sync.web.words import Words

AT_ONCE: Final = 60

TABS: Final = (
    ((), "All"),
    ((State.REJECTED,), "Need you"),
    ((State.QUEUED, State.UPLOADING, State.UNCONFIRMED), "On their way"),
    ((State.WAITING,), "Wait for their product"),
    ((State.UPLOADED,), "In the catalogue"),
    ((State.SUPERSEDED, State.DUPLICATE, State.MISSING), "Past"),
)

DOWNLOADS: Final = (("CSV (Excel)", "csv"), ("JSON", "json"), ("JSON lines", "jsonl"))

Filters = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Tab:
    name: str
    href: str
    count: int | None
    is_current: bool


@dataclass(frozen=True, slots=True)
class PhotosView:
    headline: str
    tabs: Sequence[Tab]
    photos: Sequence[PhotoView]
    filters: Filters
    kept: Filters
    notes: bool
    since: str
    until: str
    account: str
    accounts: Sequence[str]
    is_grid: bool
    other_view: str
    newest: str | None
    older: str | None
    looks_on: bool
    downloads: Sequence[tuple[str, str]]
    retryable: bool
    answer: str


def photos(request: Request) -> Response:
    site, words, query = site_of(request), words_of(request), request.query_params
    wanted = selection(query)
    database = site.records.open()
    found = PhotoPages(database).page(wanted, before := cursor(query.get("before")), AT_ONCE)
    counts = PhotoQueries(database).counts()
    filters, is_grid = filters_of(query), query.get("view") == "grid"
    is_narrowed = bool(_but(filters, "state"))  # the counts are those of all photos
    looked_at = [*filters, ("view", "grid")] if is_grid else filters
    view = PhotosView(
        headline=_headline(wanted, words),
        tabs=[
            Tab(
                words(name),
                _address([*_but(looked_at, "state"), *(("state", state) for state in states)]),
                None if is_narrowed else sum(counts[state] for state in states or State),
                set(states) == set(wanted.states),
            )
            for states, name in TABS
        ],
        photos=[photo_view(record, site, words) for record in found.photos],
        filters=filters,
        kept=[pair for pair in looked_at if pair[0] in ("state", "view")],
        notes=wanted.notes,
        since=query.get("since", ""),
        until=query.get("until", ""),
        account=query.get("account", ""),
        accounts=sorted(site.settings.accounts),
        is_grid=is_grid,
        other_view=_address(filters if is_grid else [*filters, ("view", "grid")]),
        newest=_address(looked_at) if before is not None else None,
        older=_address([*looked_at, ("before", str(found.older))]) if found.older is not None else None,
        looks_on=found.older is not None and len(found.photos) < AT_ONCE,
        downloads=[(name, f"/photos.{ending}?{urlencode(filters)}") for name, ending in DOWNLOADS],
        retryable=bool(wanted.states) and set(wanted.states) <= RETRIED,
        answer=answered(request),
    )
    return page(request, "photos.html", section="/photos", view=view)


async def retry(request: Request) -> Response:
    """POST ``/retry``: another chance for all that the filter shows; says for how many it could not be."""
    form = await request.form()
    wanted = selection(form)
    if not set(wanted.states) <= RETRIED:
        raise Wrong("Only photos that stopped can be tried again.", "Choose those that need you, or wait.")

    def tried() -> str:
        with site_of(request).records.writing() as database:
            retrying, now = Retrying(database), database.clock()
            answers = (retrying.retry_among(listed.record, now) for listed in PhotoList(database).photos(wanted))
            return after_many(answers, filters_of(form))

    return RedirectResponse(await run_sync(tried), 303)


def selection(query: QueryParams | FormData) -> Selection:
    """What a filter selects. Raises Wrong."""
    states: list[State] = []
    for text in query.getlist("state"):
        try:
            states.append(State(str(text)))
        except ValueError:
            raise Wrong("There is no such state of a photo.", "Choose one of those above the list.") from None
    return Selection(
        states=tuple(dict.fromkeys(states)),
        account=str(query.get("account") or "") or None,
        search=str(query.get("q") or "")[:200],
        since=moment(str(query.get("since") or "")),
        until=moment(str(query.get("until") or "")),
        notes=bool(query.get("notes")),
    )


def filters_of(query: QueryParams | FormData) -> Filters:
    names = ("q", "state", "account", "since", "until", "notes")
    return [(name, str(value)) for name, value in query.multi_items() if name in names and value]


def _but(filters: Filters, name: str) -> Filters:
    return [pair for pair in filters if pair[0] != name]


def _address(query: Iterable[tuple[str, str]]) -> str:
    text = urlencode(list(query))
    return f"/photos?{text}" if text else "/photos"


def _headline(wanted: Selection, words: Words) -> str:
    if wanted.search:
        sentence = "Photos with remarks, with “{text}”" if wanted.notes else "Photos with “{text}”"
        return words(sentence, text=wanted.search)
    return words("Photos with remarks") if wanted.notes else words("Photos")
