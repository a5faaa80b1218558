"""Files that are a picture and something else at once, and photos with more behind their end, as cameras write them."""

from __future__ import annotations

import io
import zipfile

import pytest
from PIL import Image

from folder_sync.files.pictures.decoding import Limits
from folder_sync.files.pictures.inspection import Inspection, Sound, Unsound, inspect
from folder_sync.photo import Format


def picture(kind: Format, size: int = 16) -> bytes:
    out = io.BytesIO()
    Image.effect_noise((size, size), 60).convert("P" if kind is Format.GIF else "RGB").save(out, kind.name)
    return out.getvalue()


PIXELS = [kind for kind in Format if kind is not Format.SVG]
PICTURES: dict[Format, bytes] = {kind: picture(kind) for kind in PIXELS}


def judge(data: bytes, kind: Format) -> Inspection:
    return inspect(io.BytesIO(data), kind, 50_000_000)


def archive(comment: bytes = b"") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("evil.class", b"\xca\xfe\xba\xbe")
        file.comment = comment
    return out.getvalue()


@pytest.mark.parametrize("kind", PIXELS)
@pytest.mark.parametrize(
    ("behind", "told"),
    [
        (archive(), "a ZIP archive"),
        (archive(b"a comment" * 1000), "a ZIP archive"),
        (archive() + b"more", "a ZIP archive"),
        (b"<html><script>go()</script></html>", "a web page"),
        (b"\n\n<!DOCTYPE  HTML>", "a web page"),
        (b"<SCRIPT src=//x></SCRIPT>", "a web page"),
        (b"<?php system($_GET[0]); ?>", "a web page"),
        (b"%PDF-1.4\n1 0 obj", "a web page, a document"),
        (bytes(65_520) + b"<script>go()</script>", "a web page"),  # across two pieces
        (bytes(200_000) + b"<iframe >", "a web page"),
    ],
)
def test_a_picture_that_is_something_else_too_is_refused(kind: Format, behind: bytes, told: str) -> None:
    data = PICTURES[kind] + behind
    if "ZIP" in told:
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            assert file.read("evil.class")
    found = judge(data, kind)
    assert isinstance(found, Unsound), found
    assert found.reason.code == "wrong_format"
    assert told in found.reason.message
    assert "export it again" in found.reason.message


def test_an_archive_in_the_metadata_is_found() -> None:
    """Unpackers look at the end only; where the archive begins does not matter to them."""
    photo = PICTURES[Format.JPEG]
    inside = archive(bytes(len(photo)))
    segment = b"\xff\xfe" + (len(inside) + 2).to_bytes(2) + inside
    data = photo[:2] + segment + photo[2:]
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        assert file.read("evil.class")
    found = judge(data, Format.JPEG)
    assert isinstance(found, Unsound), found


def test_a_large_picture_is_searched_to_its_end() -> None:
    data = picture(Format.PNG, 400) + b"<script>"
    found = inspect(io.BytesIO(data), Format.PNG, 50_000_000, Limits(held_bytes=1000))
    assert isinstance(found, Unsound), found


def test_a_gif_that_hides_itself_in_a_comment_of_a_script_is_refused() -> None:
    plain = PICTURES[Format.GIF].replace(b"GIF87a", b"GIF89a")
    script = b"*/=1;alert(document.domain)//"
    data = plain[:6] + b"/*" + plain[8:-1] + b"!\xfe" + bytes([len(script)]) + script + b"\0;"
    assert data.startswith(b"GIF89a/*")
    found = judge(data, Format.GIF)
    assert isinstance(found, Unsound), found
    assert "a script" in found.reason.message


@pytest.mark.parametrize("kind", PIXELS)
@pytest.mark.parametrize(
    "behind",
    [
        b"\0" * 4096,
        b"\n",
        PICTURES[Format.JPEG],  # the small second picture that cameras add (MPF)
        b"\0\0\0\x18ftypmp42" + b"\0\0\0\0isommp42" + bytes(range(256)) * 300,  # the film of a moving photo
        b"<?xpacket begin=''?><x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF/></x:xmpmeta>",
        b"SEFH\x6b\0\0\0\1\0\0\0Image_UTC_Data1700000000000\x18\0\0\0SEFT",  # a telephone's notes
        b"PK\5\6" + bytes(30),  # no archive's end: nothing of an archive is before it
        b"PK\5\6" + b"\x11" * 30,
        b"PK\5\6",
        b"PK\3\4",
        b"a < b, <scripture>, <html5",
    ],
)
def test_what_cameras_and_telephones_put_behind_a_photo_is_fine(kind: Format, behind: bytes) -> None:
    found = judge(PICTURES[kind] + behind, kind)
    assert isinstance(found, Sound), found
