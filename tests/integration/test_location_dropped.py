"""A photo goes without the place where it was taken, and is still known by the file's bytes."""

from __future__ import annotations

import hashlib
import io
import shutil
from contextlib import closing

from PIL import Image

from folder_sync.photo import State
from folder_sync.store.service_state import ServiceState
from folder_sync.store.sqlite.database import Database
from tests.support.running import running_service
from tests.support.studio import GTIN, Studio
from tests.support.waiting import wait_for


def photo() -> bytes:
    """Of more than one piece of what is sent at once."""
    exif = Image.Exif()
    exif.get_ifd(0x8825).update({2: (52.0, 30.0, 0.0), 4: (13.0, 24.0, 0.0)})
    out = io.BytesIO()
    Image.effect_noise((700, 500), 90).convert("RGB").save(out, "JPEG", quality=95, exif=exif)
    return out.getvalue()


def test_it_goes_without_and_is_known_by_the_file(studio: Studio) -> None:
    studio.configure(convert={"drop_location": True})
    data = photo()
    studio.sandbox.faults.add("drop_after_store", route="upload")
    with running_service(studio):
        path = studio.export(f"{GTIN}__Front.jpg", data)
        sent = studio.wait_for_state(path, State.UPLOADED)
        copy = studio.folder / "copy" / path.name
        copy.parent.mkdir()
        shutil.copy(path, copy)
        studio.wait_for_state(copy, State.DUPLICATE)
    (arrival,) = studio.sandbox.ledger.arrivals
    assert path.read_bytes() == data, "the file is never changed"
    assert sent.sha256 == hashlib.sha256(data).hexdigest()
    assert sent.sent_sha256 == arrival.sha256 != sent.sha256
    assert sent.details.notes == ()
    assert arrival.size == len(data)


def test_what_the_server_serves_is_held_against_what_went(studio: Studio) -> None:
    studio.configure(convert={"drop_location": True})
    with running_service(studio):
        studio.wait_for_state(studio.export(f"{GTIN}__Front.jpg", photo()), State.UPLOADED)

        def learned() -> list[bool]:
            with closing(Database(studio.database, create=False)) as database:
                found = ServiceState(database).serves_unchanged("main", studio.sandbox.url)
                return [same for _, same, _ in found]

        wait_for(lambda: bool(learned()), "it is known how the server serves photos")
    assert learned() == [True]
