"""``/metrics``: what Prometheus may know, read from the records at every scrape.

Times are exported, not ages; counters come from tables that never fall; no label holds a GTIN, a file or a digest.
"""

from __future__ import annotations

import platform
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from folder_sync.errors import StoreUnavailable
from folder_sync.photo import ReasonCode, State
from folder_sync.report.status import Status, status
from folder_sync.rules.auditing import Kind
from folder_sync.rules.requests import DELIVERY_SECONDS, REQUEST_SECONDS, Call, Ending
from folder_sync.settings import server_of
from folder_sync.store.audit import Audits
from folder_sync.store.request_tallies import RequestTallies
from folder_sync.store.service_state import ServiceState
from folder_sync.store.tallies import Tallies, Tally
from folder_sync.text import display, path_text
from folder_sync.version import program_version
from folder_sync.web.completeness import Completeness
from folder_sync.web.context import Site, site_of
from folder_sync.web.samples import Samples, counters, folder_labels, gauge, gauges, histogram

_TEXT: Final = "text/plain; version=0.0.4; charset=utf-8"
_NEVER_A_REJECTION: Final = frozenset({ReasonCode.IGNORED, ReasonCode.UNKNOWN_PRODUCT})


def metrics(request: Request) -> Response:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(StoreCollector(site_of(request), request.app.state.changes.listeners))
    try:
        return Response(generate_latest(registry), media_type=_TEXT, headers={"Cache-Control": "no-store"})
    except StoreUnavailable as error:
        return PlainTextResponse(f"{error}\n", 503)


class StoreCollector(Collector):
    """``listeners``: how many browsers follow the page just now."""

    def __init__(self, site: Site, listeners: int) -> None:
        self._site = site
        self._listeners = listeners

    def collect(self) -> Iterator[Metric]:
        """Raises StoreUnavailable."""
        site = self._site
        database = site.records.open()
        found = status(database, {name: tuple(windows) for name, windows in site.windows.items()}, database.clock())
        tallies = Tallies(database)
        counted = {(tally.account, tally.state): tally for tally in tallies.tallies()}
        rejections = tallies.rejections()
        accounts = sorted({*site.settings.accounts, *(account for account, _ in counted)})
        yield from _service(found, "sqlite" if server_of(site.settings) is None else "postgresql")
        yield from _photos(accounts, counted, rejections)
        yield from _delivery(accounts, counted, tallies.queued_since(), found)
        yield from _durations(accounts, RequestTallies(database))
        yield from _pauses_and_folders(site, found, ServiceState(database).pass_seconds())
        yield from _catalogue(accounts, site.completenesses.last(), Audits(database))
        yield from _machine(site)
        yield gauge("web_listeners", "Browsers that follow the page just now.", self._listeners)


def _service(found: Status, engine: str) -> Iterator[Metric]:
    build = {"version": program_version(), "python": platform.python_version(), "store": engine}
    yield InfoMetricFamily("folder_sync_build", "What answers: always 1.", build)
    yield gauge("service_running", "Whether a service works on these records.", found.pid is not None)
    yield gauge("service_start_timestamp_seconds", "When the running service started.", found.since)
    yield gauges(
        "machine_silent",
        "Whether nothing is heard from a machine whose service did not end.",
        ("machine",),
        {(display(machine.name),): machine.is_silent for machine in found.machines},
    )


def _photos(
    accounts: Iterable[str], counted: Mapping[tuple[str, State], Tally], rejections: Samples
) -> Iterator[Metric]:
    every = [(account, state) for account in accounts for state in State]
    rejected: dict[tuple[str, ...], float | None] = {
        (account, code.value): 0 for account in accounts for code in ReasonCode if code not in _NEVER_A_REJECTION
    }
    rejected.update(rejections)
    yield gauges(
        "photos",
        "Photos in each state now.",
        ("account", "state"),
        {(account, state.value): tally.photos for account, state, tally in _each(every, counted)},
    )
    yield counters(
        "photo_steps",
        "Photos that ever came into each state.",
        ("account", "to"),
        {(account, state.value): tally.entered for account, state, tally in _each(every, counted)},
    )
    yield counters("rejections", "Photos that were rejected.", ("account", "reason"), rejected)
    yield counters(
        "uploaded_bytes",
        "Sizes of all photos that came to be uploaded.",
        ("account",),
        {(account,): tally.bytes for account, state, tally in _each(every, counted) if state is State.UPLOADED},
    )


def _each(
    every: Iterable[tuple[str, State]], counted: Mapping[tuple[str, State], Tally]
) -> Iterator[tuple[str, State, Tally]]:
    for account, state in every:
        yield account, state, counted.get((account, state)) or Tally(account, state, 0, 0, 0, 0.0)


def _delivery(
    accounts: Iterable[str],
    counted: Mapping[tuple[str, State], Tally],
    queued_since: Mapping[str, float],
    found: Status,
) -> Iterator[Metric]:
    uploads = {account: counted.get((account, State.UPLOADED)) for account in accounts}
    yield gauges(
        "oldest_queued_timestamp_seconds",
        "Since when the first photo in line has been on its way; none where none is queued.",
        ("account",),
        {(account,): since for account, since in queued_since.items()},
    )
    yield gauges(
        "last_upload_timestamp_seconds",
        "When the last photo was uploaded.",
        ("account",),
        {(account,): tally.at for account, tally in uploads.items() if tally is not None},
    )
    yield gauges(
        "backlog_clears_timestamp_seconds",
        "When all that is queued will be uploaded, as far as the quota allows; none where nothing is, or nobody knows.",
        ("account",),
        {(account,): moment for account, moment in found.backlogs_clear_at.items()},
    )
    quota = [(account, f"{usage.window.seconds}s", usage) for account, usage in found.quota]
    yield gauges(
        "quota_limit",
        "Requests that the key may make in a window.",
        ("account", "window"),
        {(account, window): usage.window.limit for account, window, usage in quota},
    )
    yield gauges(
        "quota_remaining",
        "Requests that are left in a window.",
        ("account", "window"),
        {(account, window): usage.remaining for account, window, usage in quota},
    )


def _durations(accounts: Sequence[str], tallies: RequestTallies) -> Iterator[Metric]:
    made = tallies.requests()
    numbers: dict[tuple[str, ...], float | None] = {
        (account, call.value, ending.value): 0 for account in accounts for call in Call for ending in Ending
    }
    for row in made:
        ended = (row.account, row.call, row.ending)
        numbers[ended] = (numbers.get(ended) or 0) + row.number
    yield counters("requests", "Requests to Closient, by how they ended.", ("account", "call", "outcome"), numbers)
    yield histogram(
        "request_duration_seconds",
        "How long requests to Closient took.",
        ("account", "call"),
        REQUEST_SECONDS,
        [(account, call.value) for account in accounts for call in Call],
        [((row.account, row.call), row.within, row.number, row.seconds) for row in made],
    )
    yield histogram(
        "delivery_duration_seconds",
        "How long photos took from first seen to uploaded.",
        ("account",),
        DELIVERY_SECONDS,
        [(account,) for account in accounts],
        [((row.account,), row.within, row.number, row.seconds) for row in tallies.deliveries()],
    )


def _catalogue(accounts: Sequence[str], products: Completeness | None, audits: Audits) -> Iterator[Metric]:
    known = {} if products is None else asdict(products)
    yield gauges(
        "products",
        "Products that have all that they should, something, or no image.",
        ("completeness",),
        {(name,): number for name, number in known.items()},
    )
    yield gauges(
        "audit_differences",
        "What differed between catalogue and records when each product was last looked at.",
        ("account", "kind"),
        {**dict.fromkeys(((account, kind.value) for account in accounts for kind in Kind), 0), **audits.found()},
    )
    yield gauges(
        "audit_last_pass_timestamp_seconds",
        "When the last audit of all products was through; none before the first.",
        ("account",),
        {(account,): at for account, at in audits.finished().items()},
    )


def _pauses_and_folders(site: Site, found: Status, passes: Mapping[bytes, float]) -> Iterator[Metric]:
    accounts = [(scope, account) for account in site.settings.accounts for scope in ("account", "host", "key")]
    roots = {root: display(path_text(root)) for root in (*site.roots, *(folder.folder for folder in found.folders))}
    noted = [(kind, display(name)) for kind, _, name in (note.scope.partition(":") for note in found.pauses)]
    labels = folder_labels([*roots.values(), *(name for kind, name in noted if kind == "folder")])
    paused = {(kind, labels[name] if kind == "folder" else name) for kind, name in noted}
    folders = [("folder", labels[roots[root]]) for root in site.roots]
    yield gauges(
        "paused",
        "Whether an account, its server, its key or a folder is paused.",
        ("scope", "name"),
        {**dict.fromkeys([*accounts, *folders], 0), **dict.fromkeys(paused, 1)},
    )
    watched = [(labels[roots[folder.folder]], folder) for folder in found.folders]
    yield gauges(
        "folder_watched",
        "1 while a folder is watched, 0 while it is paused.",
        ("folder", "backend"),
        {(name, folder.backend): ("folder", name) not in paused for name, folder in watched},
    )
    yield gauges(
        "folder_heard_timestamp_seconds",
        "When watching a folder was last proven by an event that came.",
        ("folder",),
        {(name,): folder.heard_at for name, folder in watched},
    )
    yield gauges(
        "folder_scan_duration_seconds",
        "How long a pass through a folder takes.",
        ("folder",),
        {(labels[roots[root]],): passes.get(root) for root in site.roots},
    )


def _machine(site: Site) -> Iterator[Metric]:
    store = site.records.store
    free: dict[tuple[str, ...], float] = {}
    size = 0
    with suppress(OSError):  # it vanished a moment ago; the next scrape says so
        free["store",] = shutil.disk_usage(store.path.parent).free
        size = store.care.size()
    yield gauges("disk_free_bytes", "Room on the disk of the database.", ("of",), free)
    yield gauge("store_size_bytes", "The database and its journal.", size)
    made = store.care.last_backup()
    yield gauge("store_backup_timestamp_seconds", "When the last backup of the database was made.", made)
