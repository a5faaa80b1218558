"""How each folder is watched, and which machines are at work, as the home page shows them."""

from __future__ import annotations

from dataclasses import dataclass

from folder_sync.report.status import Status
from folder_sync.store.ports import Machine
from folder_sync.store.service_state import WatchStatus
from folder_sync.text import display, path_text
from folder_sync.web.words import Words


@dataclass(frozen=True, slots=True)
class FolderView:
    """``word``: how it is now, shown in ``tone`` ("good", "bad"); ``how``: a sentence more, or empty."""

    path: str
    word: str
    tone: str
    how: str


@dataclass(frozen=True, slots=True)
class MachineView:
    """As of a folder."""

    name: str
    word: str
    tone: str
    how: str


def _how(folder: WatchStatus, words: Words) -> str:
    """In English with the service's own words on why."""
    how = ""
    if folder.poll_seconds is not None:
        how = words("It is looked through every {n} seconds.", n=f"{folder.poll_seconds:g}".replace(".", words.point))
    elif folder.heard_at is not None:
        how = words("Last proven at {time}.", time=words.moment(folder.heard_at))
    return f"{how} {display(folder.remark)}".strip() if words.tag == "en" else how


def machine_view(machine: Machine, words: Words) -> MachineView:
    if machine.since is not None:
        how = words("Since {time}, version {version}.", time=words.moment(machine.since), version=machine.version)
        if machine.takes_in:
            how += " " + words("Takes in {folders}.", folders=display(", ".join(machine.takes_in)))
        return MachineView(display(machine.name), words("is running"), "good", how)
    how = "" if machine.seen_at is None else words("Last heard from at {time}.", time=words.moment(machine.seen_at))
    if machine.are_left:
        how += " " + words("Photos in its folders wait: start it again, or a service by that name elsewhere.")
    word = words("is silent") if machine.is_silent else words("is not running")
    return MachineView(display(machine.name), word, "bad", how)


def folder_views(found: Status, words: Words) -> list[FolderView]:
    paused = {note.scope.removeprefix("folder:") for note in found.pauses if note.scope.startswith("folder:")}
    views: list[FolderView] = []
    for folder in found.folders:
        path = path_text(folder.folder)
        word, tone = (words("paused"), "bad") if path in paused else (words("watched"), "good")
        views.append(FolderView(display(path), word, tone, "" if path in paused else _how(folder, words)))
    return views
