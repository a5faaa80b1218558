"""``/`` and ``/wall``: how things stand, in one sentence; who has to do what; what is on its way."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from folder_sync.photo import State
from folder_sync.report.status import Status, status
from folder_sync.store.glances import Glances
from folder_sync.store.held_files import WhyHeld
from folder_sync.text import display, path_text
from folder_sync.web.another_try import answered
from folder_sync.web.context import Site, page, site_of, words_of
from folder_sync.web.folders_and_machines import FolderView, MachineView, folder_views, machine_view
from folder_sync.web.record_words import in_words
from folder_sync.web.shared import shared_of
from folder_sync.web.views import PhotoView, photo_view
from folder_sync.web.words import Words

TROUBLES: Final = 12
NEWEST: Final = 12
COUNTED_TODAY: Final = 100_000
"""No key uploads more in a day; a count that is asked at every look has an end."""


WINDOWS: Final = {60: "minute", 3600: "hour", 86_400: "day"}
"""Seconds → in words."""


HELD: Final = {
    WhyHeld.WRITTEN: "is still being written",
    WhyHeld.INCOMPLETE: "is not complete yet",
    WhyHeld.FAILING: "can't be read right now",
    WhyHeld.WAITING: "is looked at next",
}
"""Why a file is not taken in yet."""

NAMED: Final = 5
"""How many of them to name."""


@dataclass(frozen=True, slots=True)
class HeldView:
    path: str
    words: str
    since: float


@dataclass(frozen=True, slots=True)
class Pause:
    """``reason`` in the reader's language, else ``said`` in English."""

    where: str
    reason: str
    said: str
    until: float | None


@dataclass(frozen=True, slots=True)
class QuotaView:
    account: str
    window: str
    limit: int
    remaining: int
    resets_at: float


@dataclass(frozen=True, slots=True)
class Home:
    headline: str
    lines: Sequence[str]
    pauses: Sequence[Pause]
    needs: int
    needing: str
    """The address of those."""

    on_its_way: int
    waiting: int
    there: int
    today: int
    complete: int | None
    products: int
    remarks: str
    held: int
    held_files: Sequence[HeldView]
    troubles: Sequence[PhotoView]
    newest: Sequence[PhotoView]
    quota: Sequence[QuotaView]
    folders: Sequence[FolderView]
    machines: Sequence[MachineView]


def home(request: Request) -> Response:
    def made() -> Response:
        shown = look(site_of(request), words_of(request))
        return page(request, "home.html", section="/", home=shown, answer=answered(request))

    return shared_of(request).answer(request, made)


def wall(request: Request) -> Response:
    def made() -> Response:
        return page(request, "wall.html", home=look(site_of(request), words_of(request)))

    return shared_of(request).answer(request, made)


def look(site: Site, words: Words) -> Home:
    """Raises StoreUnavailable."""
    database = site.records.open()
    now = database.clock()
    found = status(database, {name: tuple(windows) for name, windows in site.windows.items()}, now)
    glances = Glances(database)
    undecidable = glances.undecidable(TROUBLES)
    troubles = (undecidable + glances.newest_rejected(TROUBLES))[:TROUBLES]
    counts = found.counts
    done = site.completenesses.last() if site.catalogue.is_configured else None
    midnight = time.mktime((*time.localtime(now)[:3], 0, 0, 0, 0, 0, -1))
    needs = counts[State.REJECTED] + len(undecidable)
    on_its_way = counts[State.QUEUED] + counts[State.UPLOADING] + counts[State.UNCONFIRMED] - len(undecidable)
    return Home(
        headline=_headline(found, needs, on_its_way, words),
        lines=_lines(found, on_its_way, words),
        pauses=_pauses(found, words),
        needs=needs,
        needing="/photos?state=rejected" + ("&state=unconfirmed" if undecidable else ""),
        on_its_way=on_its_way,
        waiting=counts[State.WAITING],
        there=counts[State.UPLOADED],
        remarks=words.count(found.remarks, "{n} photo has remarks", "{n} photos have remarks") if found.remarks else "",
        held=found.held,
        held_files=[HeldView(_below(file.path, site), HELD[file.why], file.since) for file in found.held_files[:NAMED]],
        complete=done.complete if done else None,
        products=done.all if done else 0,
        today=glances.uploaded_since(midnight, COUNTED_TODAY),
        troubles=[photo_view(record, site, words) for record in troubles],
        newest=[photo_view(record, site, words) for record in glances.newest_uploaded(NEWEST)],
        quota=[
            QuotaView(
                display(account),
                _window(usage.window.seconds, words),
                usage.window.limit,
                usage.remaining,
                usage.resets_at,
            )
            for account, usage in found.quota
        ],
        folders=folder_views(found, words),
        machines=[machine_view(machine, words) for machine in found.machines],
    )


def _pauses(found: Status, words: Words) -> list[Pause]:
    """What is paused on this machine and on others, and which machines stand still as a whole."""
    silent = words("Nothing is heard from it, and photos in its own folders wait.")
    return [
        *(
            Pause(f"{machine}{_where(note.scope, words)}", *in_words(note.reason, words), note.until)
            for machine, note in (
                *(("", note) for note in found.pauses),
                *((f"{display(machine)}: ", note) for machine, note in found.elsewhere),
            )
        ),
        *(Pause(display(machine.name), silent, "", None) for machine in found.machines if machine.is_silent),
    ]


def _headline(found: Status, needs: int, on_its_way: int, words: Words) -> str:
    """The one thing to know. What needs a person comes before what resolves itself."""
    if found.pid is None:
        return words("The service is not running.")
    if needs:
        return words.count(needs, "{n} photo needs you.", "{n} photos need you.")
    if found.pauses:
        return words("Something is paused.")
    if on_its_way:
        return words.count(on_its_way, "{n} photo is on its way.", "{n} photos are on their way.")
    if waiting := found.counts[State.WAITING]:
        return words.count(waiting, "{n} photo waits for its product.", "{n} photos wait for their products.")
    if there := found.counts[State.UPLOADED]:
        return words.count(there, "The one photo is in the catalogue.", "All {n} photos are in the catalogue.")
    return words("No photos yet.")


def _lines(found: Status, on_its_way: int, words: Words) -> list[str]:
    lines: list[str] = []
    if found.pid is None:
        lines.append(words("Photos are kept, and go as soon as it runs again. Ask whoever looks after it."))
    if found.low_disk is not None:
        lines.append(
            words(
                "Make room: {n} MB are free beside the records, and a full disk stops all.",
                n=words.number(found.low_disk // 1_000_000),
            )
        )
    if on_its_way and found.backlog_clears_at is not None and found.pid is not None:
        lines.append(
            words.on(
                "Everything on its way will be there by about {time}.",
                "Everything on its way will be there on {date} by about {time}.",
                found.backlog_clears_at,
                found.at,
            )
        )
    if differences := sum(found.differences.values()):
        lines.append(
            words.count(
                differences,
                "The catalogue differs from the records in {n} place: folder-sync audit says where.",
                "The catalogue differs from the records in {n} places: folder-sync audit says where.",
            )
        )
    if found.last_uploaded_at is not None:
        lines.append(
            words.on(
                "The last upload was today at {time}.",
                "The last upload was on {date} at {time}.",
                found.last_uploaded_at,
                found.at,
            )
        )
    return lines


def _below(path: bytes, site: Site) -> str:
    root = next((folder.root for folder in site.folders if folder.holds(path)), None)
    return display(path_text(os.path.relpath(path, root) if root else path))


def _where(scope: str, words: Words) -> str:
    kind, _, name = scope.partition(":")
    return words(
        {
            "account": "Account {name} is paused",
            "host": "Account {name}: Closient can't be reached",
            "key": "Account {name}: its quota is used up",
            "folder": "Folder {name} is paused",
        }.get(kind, "{name}"),
        name=display(name),
    )


def _window(seconds: int, words: Words) -> str:
    known = WINDOWS.get(seconds)
    return words(known) if known else words("{n} seconds", n=words.number(seconds))
