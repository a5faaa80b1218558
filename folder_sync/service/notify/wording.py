"""The messages: short, plain text, for people who have never seen the program."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from folder_sync.messages.message import Message, Severity
from folder_sync.photo import Reason, Record
from folder_sync.rules.noticing import Episode, Kind, Weight
from folder_sync.store.notification_log import Untold
from folder_sync.text import display, path_text, redact

NAMED: Final = 10
"""How many photos, folders and accounts one message names."""

LONGEST: Final = 200
"""Characters of a path or of a reason from outside. A mail could hold more, a telephone can't."""

LONGEST_TEXT: Final = 600
"""Characters of a sentence or two of our own, with such a path and reason in it."""

_COMFORT: Final = {
    Kind.PAUSED: "New photos are still recorded, and none is lost: they are uploaded once this is fixed.",
    Kind.FOLDER: "Meanwhile nothing counts as deleted, and nothing is lost. The folder resumes by itself.",
    Kind.MACHINE: "No photo there is lost. What is in its shared folders is taken in and sent by the others.",
    Kind.BACKLOG: "None of them is lost. `folder-sync status` shows what they are waiting for.",
}
_SEVERITY: Final[dict[Weight, Severity]] = {
    Weight.NOTICE: "info",
    Weight.WARNING: "warning",
    Weight.ALARM: "failure",
}


def rejected(untold: Untold) -> Message:
    count = untold.count
    these = "This photo can't be uploaded as it is" if count == 1 else (
        f"These {count} photos can't be uploaded as they are"
    )  # fmt: skip
    parts = [f"{these}:", *_photos(untold, lambda record: [record.reason] if record.reason else [], "rejected")]
    parts.append("Fix or rename a file, and its photo is tried again automatically.")
    return _letter(f"{_count(count, 'photo')} rejected", parts, "warning")


def remarked(untold: Untold) -> Message:
    count = untold.count
    these = "This photo is in the catalogue, with a remark" if count == 1 else (
        f"These {count} photos are in the catalogue, with remarks"
    )  # fmt: skip
    parts = [f"{these}:", *_photos(untold, lambda record: record.details.notes, "uploaded --notes")]
    parts.append("Nothing has to be done. A better photo that is exported under the same name takes its place.")
    return _letter(f"{_count(count, 'photo')} uploaded with remarks", parts, "info")


def _photos(untold: Untold, reasons: Callable[[Record], Iterable[Reason]], all_of_them: str) -> Iterator[str]:
    """``all_of_them``: the state by which `list` shows them."""
    for record in untold.newest:
        said = [f"    {_shown(reason.message)}" for reason in reasons(record)]
        yield "\n".join([_shown(path_text(record.path)), *said])
    if more := untold.count - len(untold.newest):
        yield f"and {more} more: folder-sync list --state {all_of_them}"


def trouble(kind: Kind, episodes: Sequence[Episode]) -> Message:
    parts = _named(_began(episode) for episode in episodes)
    weight = max(episode.trouble.weight for episode in episodes)
    if weight > Weight.NOTICE and kind in _COMFORT:
        parts.append(_COMFORT[kind])
    return _letter(_SUBJECTS[kind](episodes), parts, _SEVERITY[weight])


def recovered(episodes: Sequence[Episode], standing: int) -> Message:
    """``standing``: how many troubles remain."""
    parts = _named(_ended(episode) for episode in episodes)
    if standing:
        parts.append(f"{_count(standing, 'trouble')} left: folder-sync status")
    return _letter("partly back to normal" if standing else "back to normal", parts, "success")


def trial() -> Message:
    text = "This is a test; there is nothing to do. Messages like this one arrive when folder-sync needs attention."
    return _letter("a test message", [text], "info")


def _named(lines: Iterable[str]) -> list[str]:
    lines = list(lines)
    more = [f"and {len(lines) - NAMED} more: folder-sync status"] if len(lines) > NAMED else []
    return lines[:NAMED] + more


def _began(episode: Episode) -> str:
    when = f"Since {_moment(episode.since)}"
    if episode.until is not None:
        when = f"From {_span(episode)}, and over now"
    return f"{when}{_times(episode)}: {_shown(episode.trouble.text, LONGEST_TEXT)}"


def _ended(episode: Episode) -> str:
    relief = _shown(episode.trouble.relief, LONGEST_TEXT)
    return f"{relief} The trouble lasted from {_span(episode)}{_times(episode)}."


def _span(episode: Episode) -> str:
    since, until = _moment(episode.since), _moment(episode.until or episode.since)
    same_day = since.split()[0] == until.split()[0]
    return f"{since} to {until.split()[1] if same_day else until}"


def _times(episode: Episode) -> str:
    return f" ({episode.times} times)" if episode.times > 1 else ""


def _folders(episodes: Sequence[Episode]) -> str:
    if max(episode.trouble.weight for episode in episodes) < Weight.ALARM:
        return _one_or_many(episodes, "is scanned instead of watched", "folders are scanned")
    return _one_or_many(episodes, "can't be used", "folders can't be used or watched")


def _one_or_many(episodes: Sequence[Episode], one: str, many: str) -> str:
    if len(episodes) > 1:
        return f"{len(episodes)} {many}"
    scope, _, name = episodes[0].trouble.subject.partition(":")
    return f"{scope if scope in ('account', 'machine') else 'folder'} {_shown(name)} {one}"


_SUBJECTS: Final[dict[Kind, Callable[[Sequence[Episode]], str]]] = {
    Kind.PAUSED: lambda episodes: _one_or_many(episodes, "is paused", "accounts are paused"),
    Kind.FOLDER: _folders,
    Kind.MACHINE: lambda episodes: _one_or_many(episodes, "is silent", "machines are silent"),
    Kind.DISK: lambda _episodes: "a disk is almost full",
    Kind.BACKLOG: lambda _episodes: "photos have been waiting for more than an hour",
    Kind.CATALOGUE: lambda _episodes: "the catalogue differs from the records",
}


def _letter(subject: str, parts: Sequence[str], severity: Severity) -> Message:
    # Somebody who looks after several machines wants to know which one this is.
    signed = (*parts, f"folder-sync on {_shown(socket.gethostname())}")
    return Message(f"folder-sync: {subject}", "\n\n".join(signed), severity)


def _shown(text: str, limit: int = LONGEST) -> str:
    """File names and the server's words come from outside."""
    return redact(display(text, limit))


def _count(count: int, noun: str) -> str:
    return f"1 {noun}" if count == 1 else f"{count} {noun}s"


def _moment(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(at))
