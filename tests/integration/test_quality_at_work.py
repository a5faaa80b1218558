"""What photos should be, in the whole service."""

from __future__ import annotations

import io
import random
from pathlib import Path

from PIL import Image

from folder_sync.files.pictures.picture_process import PictureProcess
from folder_sync.photo import State
from tests.support.barcoded import photographed
from tests.support.running import running_service
from tests.support.studio import GTIN, Studio


def picture(studio: Studio, name: str, colour: str, kind: str = "JPEG") -> Path:
    out = io.BytesIO()
    Image.new("RGB", (640, 480), colour).save(out, kind)
    return studio.export(name, out.getvalue())


def test_a_refused_photo_goes_once_the_setting_lets_it(studio: Studio) -> None:
    studio.configure(quality={"small": "reject", "not_white": "reject"})
    with running_service(studio):
        small = studio.wait_for_state(picture(studio, f"{GTIN}__Front.jpg", "red"), State.REJECTED)
        assert small.reason is not None
        assert small.reason.code == "small"
        assert (small.details.width, small.details.height) == (640, 480)
    studio.configure(quality={"min_pixels": 600, "small": "reject", "not_white": "note"})
    with running_service(studio):
        assert studio.wait_for_state(studio.folder / f"{GTIN}__Front.jpg", State.UPLOADED).details.notes == ()
        hero = studio.wait_for_state(picture(studio, f"{GTIN}__Blue__primary.jpg", "blue"), State.UPLOADED)
        assert [note.code for note in hero.details.notes] == ["not_white"]
        white = studio.wait_for_state(picture(studio, f"{GTIN}__White__primary.jpg", "white"), State.UPLOADED)
        assert white.details.notes == ()


def test_a_border_that_can_not_be_told_is_not_held_against_it(tmp_path: Path) -> None:
    file = tmp_path / "broken.jpg"
    file.write_bytes(b"\xff\xd8\xff")
    pictures = PictureProcess()
    with file.open("rb") as opened:
        assert pictures.white_share(opened) is None
    pictures.close()


def test_the_right_name_on_the_wrong_product(studio: Studio) -> None:
    studio.configure(quality={"other_barcode": "note", "not_srgb": "off"})
    data, gtin = photographed("EAN13", random.Random(3), hard=False)
    with running_service(studio):
        noted = studio.wait_for_state(studio.export(f"{GTIN}__Front.jpg", data), State.UPLOADED)
        (note,) = noted.details.notes
        assert (note.code, gtin in note.message) == ("other_barcode", True)
        right = studio.wait_for_state(studio.export(f"{gtin}__Back.jpg", data + b"\0"), State.UPLOADED)
        assert right.details.notes == ()
