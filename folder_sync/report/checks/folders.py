"""What `check` says of a watched folder: whether it can be looked into, watched, and tidied."""

from __future__ import annotations

import os
from collections.abc import Iterator

from folder_sync.errors import WatchUnavailable
from folder_sync.files import disposal
from folder_sync.files.ignoring import IgnoreRules
from folder_sync.files.mounts import file_system, is_at_or_below, is_network
from folder_sync.files.scanning import closed_folders
from folder_sync.files.timeouts import call_with_timeout
from folder_sync.files.watching import WatchEvent, watch
from folder_sync.report.checks.finding import Finding
from folder_sync.report.checks.known import Known
from folder_sync.report.serialize import watch_status as in_words
from folder_sync.service.folders import MARK, folder_of, marks_above, own_database, own_files
from folder_sync.service.watch.mark import owner_besides
from folder_sync.settings import After, Settings, Watch
from folder_sync.text import path_text


def check(watched: Watch, settings: Settings, service: Known, seconds: float) -> list[Finding]:
    """A share whose server is gone would let this wait for ever."""
    try:
        call_with_timeout(lambda: os.path.exists(watched.path), seconds)
    except TimeoutError:
        hint = "Look at the server, or at the network."
        return [Finding(f"folder {watched.path}", ok=False, detail="does not answer", hint=hint)]
    return list(_folder(watched, folder_of(watched, settings).ignore, settings.after, service))


def strays(settings: Settings) -> Iterator[Finding]:
    """Files of the service itself that lie among the photos."""
    files = sorted({*own_files(settings), own_database(settings)})
    for watched in settings.watch:
        root = os.path.abspath(os.fsencode(watched.path))
        for file in files:
            if file and is_at_or_below(file, root):
                hint = "Keep it elsewhere: whoever delivers photos could take, read or replace it."
                detail = f"{path_text(file)} lies in it, and is no photo"
                yield Finding(f"folder {watched.path}", ok=False, detail=detail, hint=hint)


def _folder(watched: Watch, ignore: IgnoreRules, after: After, service: Known) -> Iterator[Finding]:
    name, root = f"folder {watched.path}", os.fsencode(watched.path)
    problem = _closed(root)
    if problem is not None:
        yield Finding(name, ok=False, detail=problem[0], hint=problem[1])
        return
    kind = file_system(root)
    yield Finding(name, ok=True, detail=f"readable, on {kind}")
    if watched.backend == "native" and is_network(kind):
        yield Finding(
            name, ok=False, detail=f"is watched natively, but {kind} sends no events", hint='Set backend = "auto".'
        )
    elif watched.backend == "polling" or is_network(kind):
        yield Finding(name, ok=True, detail=f"scanned every {watched.poll_seconds:g} seconds")
    else:
        yield _watching(name, root, watched, ignore)
    if (after.uploaded, after.rejected) != ("keep", "keep") and not os.access(root, os.W_OK):
        hint = "Give this user the right to write to it; under systemd ReadWritePaths= has to name it, too."
        yield Finding(name, ok=False, detail="photos can't be moved or deleted in it, as [after] asks", hint=hint)
    if watched.recursive:
        closed = sorted(closed_folders(root, ignore))
        if closed:
            count = "1 folder" if len(closed) == 1 else f"{len(closed)} folders"
            detail = f"photos in {count} of it can't be seen: {', '.join(map(path_text, closed[:3]))}"
            yield Finding(name, ok=False, detail=detail, hint="Let this user read and enter them, or ignore them.")
    for wish, own in ((after.uploaded, after.uploaded_folder), (after.rejected, after.rejected_folder)):
        if wish == "move" and (trouble := disposal.trouble_with(os.path.join(root, os.fsencode(own)))) is not None:
            hint = "Give this user the right to write to it, or move it out of the way."
            yield Finding(name, ok=False, detail=f"nothing can be moved to {own} in it: {trouble}", hint=hint)
    yield from _another(name, root, service, is_shared=watched.shared)
    if watched.shared:
        by = service.taken_in_by.get(path_text(os.path.abspath(root)))
        yield Finding(name, ok=True, detail=f"shared; {by or 'nobody'} takes in what is there")
    watch_status = service.watch_statuses.get(os.path.abspath(root))
    if watch_status is not None:
        yield Finding(name, ok=True, detail=f"the service says: {in_words(watch_status)}")


def _another(name: str, root: bytes, service: Known, *, is_shared: bool) -> Iterator[Finding]:
    mark = os.path.join(root, MARK)
    other = owner_besides(mark, marks_above(root), service.records, service.pid, is_shared=is_shared)
    if other is not None:
        detail = f"is watched by another folder-sync, {other.owner}, which keeps records of its own"
        yield Finding(name, ok=False, detail=detail, hint="Stop one of the two, or let them watch different folders.")


def _closed(root: bytes) -> tuple[str, str] | None:
    """What is wrong with a folder that can't be looked into, and what to do; None where it can."""
    try:
        os.scandir(root).close()
        os.stat(os.path.join(root, b"."))  # a folder may be listed and yet keep its files to itself
    except FileNotFoundError:
        return "is not there", "Create it, or mount it."
    except NotADirectoryError:
        return "is not a folder", "Correct its path in the configuration."
    except PermissionError:
        return "may not be read", "Give this user the right to read it, and to enter the folders above it."
    except OSError as error:
        return f"can't be read: {error.strerror}", "Check the disk, or the network if it is on a server."
    return None


def _watching(name: str, root: bytes, watched: Watch, ignore: IgnoreRules) -> Finding:
    try:
        watch(
            root,
            recursive=watched.recursive,
            backend="native",
            poll_seconds=lambda: watched.poll_seconds,
            ignore=ignore,
            on=_ignore,
        ).stop()
    except WatchUnavailable as error:
        return Finding(name, ok=False, detail=error.title, hint=error.hint)
    return Finding(name, ok=True, detail="watched natively, within the inotify limits")


def _ignore(_kind: WatchEvent, _path: bytes) -> None:
    """Only whether it can be watched is of interest."""
