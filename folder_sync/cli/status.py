"""``folder-sync status``: what the service is doing, at a glance."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import click

from folder_sync.cli.common import console, database_of, print_json, settings_of
from folder_sync.report.moments import local

if TYPE_CHECKING:
    from rich.console import Group

    from folder_sync.report.status import Status

WATCH_SECONDS = 2.0


@click.command(short_help="What the service is doing, at a glance.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
@click.option("--watch", is_flag=True, help=f"Refresh it every {WATCH_SECONDS:g} seconds, until Ctrl-C.")
@click.pass_context
def status(context: click.Context, *, as_json: bool, watch: bool) -> None:
    """Counts by state, the quota left, when the backlog will be through, and whether the service runs.

    Exits with 1 where it does not run, or where something is paused.
    """
    # It may end at any moment and leaves nothing undone. An exception in the middle of an import might get lost.
    with _at_ctrl_c(signal.SIG_DFL):
        _status(context, as_json=as_json, watch=watch)


def _status(context: click.Context, *, as_json: bool, watch: bool) -> None:
    from folder_sync.accounts import configured_windows
    from folder_sync.report.status import as_json as to_json
    from folder_sync.report.status import status as find_out

    settings = settings_of(context)
    windows = {name: configured_windows(account) for name, account in settings.accounts.items()}
    with database_of(settings) as database:

        def now() -> Status:
            return find_out(database, windows, database.clock())

        if watch:
            _watch(lambda: sheet_of(now()))
            return
        found = now()
        if as_json:
            print_json(to_json(found))
        else:
            console().print(sheet_of(found))
    context.exit(1 if found.pid is None or found.pauses else 0)


def _watch(sheet: Callable[[], Group]) -> None:
    from rich.live import Live

    live = Live(sheet(), console=console(), auto_refresh=False)
    with suppress(KeyboardInterrupt), _at_ctrl_c(signal.default_int_handler):  # to show the cursor again
        try:  # not `with live`: a Ctrl-C while it begins would leave the cursor hidden
            live.start(refresh=True)
            while True:
                time.sleep(WATCH_SECONDS)
                live.update(sheet(), refresh=True)
        finally:
            live.stop()


@contextmanager
def _at_ctrl_c(handler: Any) -> Iterator[None]:
    """Unless the program was started with it ignored."""
    before = signal.getsignal(signal.SIGINT)
    if before is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def sheet_of(found: Status) -> Group:
    from rich.console import Group
    from rich.table import Table

    from folder_sync.cli.folding import Sentence
    from folder_sync.report.serialize import watch_status
    from folder_sync.text import display, path_text

    lines: list[str] = []
    if found.pid is None:
        lines.append("The service is not running.")
    else:
        since = f" since {local(found.since)}" if found.since else ""
        lines.append(f"The service is running (process {found.pid}){since}.")
    lines += _machines(found)
    lines += [f"Paused, {display(note.scope)}: {display(note.reason)}{_until(note.until)}" for note in found.pauses]
    lines += [
        f"Paused on {display(machine)}, {display(note.scope)}: {display(note.reason)}{_until(note.until)}"
        for machine, note in found.elsewhere
    ]
    away = {note.scope for note in found.pauses}  # of which there is nothing else to say
    lines += [
        display(f"{path_text(folder.folder)}: {watch_status(folder)}")
        for folder in found.folders
        if f"folder:{path_text(folder.folder)}" not in away
    ]
    if found.low_disk is not None:
        lines.append(
            f"Make room: {found.low_disk // 1_000_000} MB are free beside the records, and a full disk stops all."
        )
    lines += _held(found)
    if found.to_look_up:
        lines.append(_to_look_up(found.to_look_up, found.to_look_up + found.looked_up))
    counts = Table(box=None, show_header=False, pad_edge=False)
    counts.add_column(justify="right")
    for state, count in found.counts.items():
        if count:
            counts.add_row(str(count), state.value)
    quota = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("account", "window", "left", "of", "refills at"):
        quota.add_column(heading, justify="right" if heading in ("left", "of") else "left")
    for account, standing in found.quota:
        window = standing.window
        refills_at = local(standing.resets_at) if standing.remaining < window.limit else ""
        quota.add_row(account, _duration(window.seconds), str(standing.remaining), str(window.limit), refills_at)
    moments = [
        (f"{label} {local(moment)}.")
        for label, moment in (
            ("The oldest queued photo came in", found.oldest_queued_at),
            ("The last upload was", found.last_uploaded_at),
            ("At this rate all queued photos will be uploaded by about", found.backlog_clears_at),
        )
        if moment is not None
    ]
    if found.remarks:
        photos = "1 uploaded photo has" if found.remarks == 1 else f"{found.remarks} uploaded photos have"
        moments.append(f"{photos} remarks: folder-sync list --state uploaded --notes")
    if differences := sum(found.differences.values()):
        places = "1 place" if differences == 1 else f"{differences} places"
        moments.append(f"The catalogue differs from the records in {places}: folder-sync audit says where.")
    last = [Sentence(""), *map(Sentence, moments)] if moments else []
    return Group(*map(Sentence, lines), "", counts if counts.rows else "No photos yet.", "", quota, *last)


def _machines(found: Status) -> list[str]:
    """Where there are several."""
    from folder_sync.text import display

    if len(found.machines) < 2:
        return []
    lines = ["Machines:"]
    for machine in found.machines:
        if machine.since is not None:
            takes_in = "".join(f"; takes in {folder}" for folder in machine.takes_in)
            running = f"  {machine.name} (process {machine.pid}): running since {local(machine.since)}{takes_in}"
            lines.append(display(running))
        else:
            heard = "" if machine.seen_at is None else f", last heard from at {local(machine.seen_at)}"
            how = "silent" if machine.is_silent else "not running"
            lines.append(display(f"  {machine.name}: {how}{heard}"))
            if machine.are_left:
                lines.append("    Photos in its folders wait: start it again, or a service by that name elsewhere.")
    return lines


_HELD_WORDS = {
    "written": "is still being written, or has just been",
    "incomplete": "is incomplete so far",
    "failing": "can't be read so far",
    "waiting": "waits to be looked at",
}
HELD_LINES = 5


def _held(found: Status) -> list[str]:
    """The files that are in no list yet."""
    from folder_sync.text import display, path_text

    if not found.held:
        return []
    files = "1 file is" if found.held == 1 else f"{found.held} files are"
    shown = found.held_files[:HELD_LINES]
    lines = [
        display(f"  {path_text(file.path)}: {_HELD_WORDS[file.why.value]}, since {local(file.since)}") for file in shown
    ]
    return [f"{files} not taken in yet:", *lines, *(["  …"] if found.held > len(shown) else [])]


def _to_look_up(left: int, of: int) -> str:
    products = f"{left} of {of} products" if of > left else "1 product" if left == 1 else f"{left} products"
    verb = "is" if left == 1 else "are"
    return f"Finding out what the catalogue already has: {products} {verb} still to be looked up."


def _until(moment: float | None) -> str:
    return "" if moment is None else f" Next try at {local(moment)}."


def _duration(seconds: int) -> str:
    return {60: "minute", 3600: "hour", 86_400: "day"}.get(seconds, f"{seconds} s")
