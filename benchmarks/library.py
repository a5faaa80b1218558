"""A studio's past: thousands of photos that were uploaded long ago, in the folder and in the database."""

from __future__ import annotations

import os
import time
from pathlib import Path

from benchmarks import photos
from folder_sync.files.opening import look
from folder_sync.photo import Content, Format, Image, State
from folder_sync.rules.arrivals import Seen
from folder_sync.rules.names import convention
from folder_sync.rules.outcome import Transition
from folder_sync.sandbox.codes import make_id
from folder_sync.store.adoption import Adoption
from folder_sync.store.incoming import Incoming
from folder_sync.store.queue import Queue
from folder_sync.store.recording import Place
from folder_sync.store.sqlite.database import Database


def fill(home: Path, organization: str, count: int) -> None:
    """``count`` uploaded photos in ``home/export`` and in ``home/folder-sync.db``, as the service leaves them.

    The files hold only a few bytes: the service never opens a file that is as it was.
    """
    folder = home / "export"
    folder.mkdir(parents=True)
    database = Database(home / "folder-sync.db", create=True)
    incoming, queue = Incoming(database, Adoption(database)), Queue(database, run="benchmark")
    try:
        for number in range(count):
            name = photos.name(number)
            (folder / name).write_bytes(b"photo %d" % number)
            path = os.fsencode(folder / name)
            fingerprint, understood, now = look(path), convention.parse(name), time.time()
            if fingerprint is None or not isinstance(understood, convention.Named):
                raise AssertionError("it was just written, under a right name")
            content = Content(fingerprint.size, f"{number:064x}", Format.JPEG)
            place = Place(path, "main", organization, fingerprint)
            incoming.arrive(place, Seen(understood.label, content, None), now, {})
            claimed = queue.claim("main", now)
            if claimed is None:
                raise AssertionError("it was just queued")
            image = Image(make_id(), understood.label.title, understood.label.is_primary, now, None)
            queue.apply(claimed, Transition(State.UPLOADED, image=image), now)
    finally:
        database.close()
