"""One settled file, looked at: name first, then the way to it, then its bytes."""

from __future__ import annotations

import hashlib
import io
import os
import struct
import zlib
from collections.abc import Collection
from pathlib import Path

import pytest
from PIL import Image

from folder_sync.files.opening import TryLater, look
from folder_sync.photo import Fingerprint, Format
from folder_sync.rules.arrivals import Seen
from folder_sync.sandbox.drawing import photo_bytes
from folder_sync.service.intake import judging
from folder_sync.service.intake.judging import Judgement, Unfinished, Unreachable, Vanished, judge
from folder_sync.service.names import Names

GTIN = "00012345678905"
JPEG = photo_bytes(Format.JPEG, width=48)


def judged(path: Path, max_bytes: int = 1_000_000, *, vouched: Collection[str] = ()) -> Judgement:
    """And what was read is what stands there."""
    raw = os.fsencode(path)
    fingerprint = look(raw) or Fingerprint(0, 0, 0)
    judgement, opened = judge(
        raw, os.fsencode(path.parent), fingerprint, max_bytes, Names(), is_vouched=vouched.__contains__
    )
    assert opened == fingerprint
    return judgement


def code(judgement: Judgement) -> str | None:
    assert isinstance(judgement, Seen)
    return None if judgement.reason is None else judgement.reason.code


def test_a_sound_photo(tmp_path: Path) -> None:
    path = tmp_path / f"{GTIN}__Front__primary.jpg"
    path.write_bytes(JPEG)
    judgement = judged(path)
    assert isinstance(judgement, Seen)
    assert judgement.reason is None
    assert judgement.label is not None
    assert (judgement.label.gtin, judgement.label.title, judgement.label.is_primary) == (GTIN, "Front", True)
    assert judgement.content is not None
    assert (judgement.content.size, judgement.content.format) == (len(JPEG), Format.JPEG)


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("nonsense.jpg", JPEG, "bad_name"),
        ("00012345678904.jpg", JPEG, "bad_gtin"),
        (f"{GTIN}__x__primay.jpg", JPEG, "unknown_flag"),
        (f"{GTIN}.tiff", JPEG, "unsupported_format"),
        (f"{GTIN}.png", JPEG, "wrong_format"),
        (f"{GTIN}.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "unsafe_svg"),
    ],
)
def test_what_can_not_go(tmp_path: Path, name: str, data: bytes, expected: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    assert code(judged(path)) == expected


def test_a_file_is_not_read_for_a_name_that_is_wrong(tmp_path: Path) -> None:
    judgement = judged(tmp_path / f"{GTIN}__x__primay.jpg")  # it is not even there
    assert isinstance(judgement, Seen)
    assert judgement.content is None
    assert judgement.gtin == GTIN


@pytest.mark.parametrize("extension", ["jfif", "jpe", "tmpjpg", ""])
def test_a_photo_under_a_wrong_ending_is_known_by_its_bytes(tmp_path: Path, extension: str) -> None:
    path = tmp_path / f"{GTIN}__Front.{extension}"
    path.write_bytes(JPEG)
    judgement = judged(path)
    assert code(judgement) == "unsupported_format"
    assert isinstance(judgement, Seen)
    assert judgement.reason is not None
    assert "This is a JPEG: rename it to end in .jpg." in judgement.reason.message
    path.write_bytes(b"no picture")
    judgement = judged(path)
    assert isinstance(judgement, Seen)
    assert judgement.reason is not None
    assert "This is" not in judgement.reason.message


def test_of_a_copy_the_bytes_are_known(tmp_path: Path) -> None:
    path = tmp_path / f"{GTIN}__Front (1).jpg"
    path.write_bytes(JPEG)
    judgement = judged(path)
    assert code(judgement) == "copy_name"
    assert isinstance(judgement, Seen)
    assert judgement.content is not None
    assert judgement.copy_of is not None
    assert (judgement.label, judgement.copy_of.title) == (None, "Front")


def test_one_that_is_too_large(tmp_path: Path) -> None:
    path = tmp_path / f"{GTIN}.jpg"
    path.write_bytes(JPEG)
    assert code(judged(path, len(JPEG))) is None
    assert code(judged(path, len(JPEG) - 1)) == "too_large"


def test_one_that_ends_early_may_still_be_written(tmp_path: Path) -> None:
    path = tmp_path / f"{GTIN}.jpg"
    for length, expected in ((len(JPEG) - 200, "truncated"), (0, "empty")):
        path.write_bytes(JPEG[:length])
        judgement = judged(path)
        assert isinstance(judgement, Unfinished)
        assert code(judgement.seen) == expected


def test_nothing_there_and_nothing_to_record(tmp_path: Path) -> None:
    assert judged(tmp_path / f"{GTIN}.jpg") == Vanished()
    assert judged(tmp_path / ".DS_Store") == Vanished()
    (tmp_path / "inner").mkdir()
    link = tmp_path / f"{GTIN}__folder.jpg"
    link.symlink_to("inner")
    assert judged(link) == Vanished()


def test_links_and_pipes(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    outside = tmp_path / "outside.jpg"
    outside.write_bytes(JPEG)
    out, nowhere, pipe = (root / f"{GTIN}__{name}.jpg" for name in ("out", "nowhere", "pipe"))
    out.symlink_to(outside)
    nowhere.symlink_to("nothing")
    os.mkfifo(pipe)
    assert code(judged(out)) == "outside_folder"
    assert code(judged(nowhere)) == "unreadable"
    assert code(judged(pipe)) == "unreadable"


def test_a_disk_in_trouble_tells_nothing_of_the_photo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / f"{GTIN}.jpg"
    path.write_bytes(JPEG)

    def broken(*_: object) -> object:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(judging, "inspect", broken)
        assert judged(path) == Unreachable(f"{GTIN}.jpg can't be read: Input/output error.")

    def busy(*_: object) -> object:
        raise TryLater("no descriptors are left")

    monkeypatch.setattr(judging, "open_photo", busy)
    assert judged(path) == Unreachable("no descriptors are left")


def test_a_link_that_leads_nowhere_under_a_wrong_name_is_told_by_its_name(tmp_path: Path) -> None:
    link = tmp_path / "nonsense.jpg"
    link.symlink_to("missing")
    assert code(judged(link)) == "bad_name"


def test_a_linked_folder_inside_is_nothing_and_one_outside_is_refused_whatever_their_names(tmp_path: Path) -> None:
    root = tmp_path / "export"
    (root / "job").mkdir(parents=True)
    (root / "inside").symlink_to("job")
    (root / "outside").symlink_to(tmp_path)
    assert isinstance(judged(root / "inside"), Vanished)
    assert code(judged(root / "outside")) == "outside_folder"


@pytest.mark.parametrize("whole", [True, False])
def test_what_was_never_written_may_still_come(tmp_path: Path, *, whole: bool) -> None:
    """Room was reserved, and the end is there already; the picture decodes, or does not."""
    path = tmp_path / f"{GTIN}.bmp"
    data = photo_bytes(Format.BMP, width=200)
    with path.open("wb") as file:
        file.truncate(len(data))
        file.write(data[:4096] if whole else b"GIF89a")
        file.seek(len(data) - 4096)
        file.write(data[-4096:])
    assert isinstance(judged(path), Unfinished)


def test_what_is_damaged_may_be_what_is_not_written_yet(tmp_path: Path) -> None:
    path = tmp_path / f"{GTIN}__a.png"
    data = bytearray(photo_bytes(Format.PNG))
    data[len(data) // 2 : len(data) // 2 + 20] = bytes(20)
    path.write_bytes(data)
    judgement = judged(path)
    assert isinstance(judgement, Unfinished)
    assert code(judgement.seen) == "corrupt"


def test_a_picture_whose_middle_is_missing_may_still_be_written(tmp_path: Path) -> None:
    """The incident: a program wrote the middle last, and lost the file under its hands as damaged."""
    path = tmp_path / f"{GTIN}.png"
    data = bytearray(photo_bytes(Format.PNG, width=48))
    data[len(data) // 3 : len(data) // 2] = bytes(len(data) // 2 - len(data) // 3)
    path.write_bytes(data)
    judgement = judged(path)
    assert isinstance(judgement, Unfinished)
    assert code(judgement.seen) == "corrupt"


def noise(kind: str, **options: object) -> bytes:
    """Some blocks of a picture that is coded, or of its pixels."""
    file = io.BytesIO()
    Image.effect_noise((320, 240), 80).convert("RGB").save(file, kind, **options)
    return file.getvalue()


TORN = {
    "baseline": ("jpg", noise("JPEG", quality=90)),
    "progressive": ("jpg", noise("JPEG", quality=90, progressive=True)),
    "WebP": ("webp", noise("WEBP", quality=90)),
    "bitmap": ("bmp", noise("BMP")),
}


@pytest.mark.parametrize("ending", TORN)
def test_whole_blocks_of_zeros_inside_a_picture_make_it_wait(tmp_path: Path, ending: str) -> None:
    """The incident: a copy whose middle had not arrived yet decoded all the same, and went out as the hero."""
    extension, whole = TORN[ending]
    path = tmp_path / f"{GTIN}__Front.{extension}"
    path.write_bytes(whole)
    assert code(judged(path)) is None
    path.write_bytes(whole[:12_288] + bytes(4096) + whole[16_384:])
    judgement = judged(path)
    assert isinstance(judgement, Unfinished)
    assert judgement.seen.reason is None, "it may be meant so: nobody can tell"


def test_zeros_of_a_picture_s_own_make_nothing_wait(tmp_path: Path) -> None:
    """White, in an optimised JPEG, is nothing but zeros; black in a bitmap, too."""
    white, black = tmp_path / f"{GTIN}__a.jpg", tmp_path / f"{GTIN}__b.bmp"
    Image.new("RGB", (2000, 2000), "white").save(white, optimize=True)
    assert bytes(4096) in white.read_bytes()
    Image.new("RGB", (300, 300)).save(black)
    for path in (white, black):
        assert code(judged(path)) is None


HOLE = 1 << 18


def put_sparse(path: Path, data: bytes) -> None:
    """As ``cp --sparse=always`` does: runs of zeros take no room."""
    with path.open("wb") as file:
        for at in range(0, len(data), 4096):
            if any(piece := data[at : at + 4096]):
                file.seek(at)
                file.write(piece)
        file.truncate(len(data))


def test_holes_that_hide_nothing_only_make_a_photo_wait(tmp_path: Path) -> None:
    """A checksum tells that zeros were meant; and what comes behind the picture is none of it."""
    chunk = b"zeRo" + bytes(HOLE)
    chunk = struct.pack(">I", HOLE) + chunk + struct.pack(">I", zlib.crc32(chunk))
    png = photo_bytes(Format.PNG)
    path = tmp_path / f"{GTIN}__Front.png"
    put_sparse(path, png[:33] + chunk + png[33:])
    behind = tmp_path / f"{GTIN}__Back.jpg"
    put_sparse(behind, JPEG + bytes(HOLE))
    for photo in (path, behind):
        assert photo.stat().st_blocks * 512 < HOLE, "this file system makes no holes"
        judgement = judged(photo)
        assert isinstance(judgement, Unfinished)
        assert judgement.seen.reason is None
        assert judgement.seen.content is not None


def put_black(path: Path) -> None:
    """All black, or never written: a BMP opens all the same."""
    header = struct.pack("<2sIHHI", b"BM", 54 + 3 * 512 * 512, 0, 0, 54)
    header += struct.pack("<IiiHHIIiiII", 40, 512, 512, 1, 24, 0, 0, 0, 0, 0, 0)
    put_sparse(path, header + bytes(3 * 512 * 512))


def test_a_hole_where_nobody_can_tell_is_said_as_what_it_may_be(tmp_path: Path) -> None:
    path = tmp_path / f"{GTIN}__Front.bmp"
    put_black(path)
    judgement = judged(path)
    assert isinstance(judgement, Unfinished)
    assert judgement.seen.reason is not None
    assert judgement.seen.reason.code == "truncated"
    assert "retry" in judgement.seen.reason.message


def test_a_hole_in_what_somebody_calls_whole_is_none(tmp_path: Path) -> None:
    path = tmp_path / f"{GTIN}__Front.bmp"
    put_black(path)
    data = path.read_bytes()
    assert code(judged(path, vouched=[hashlib.sha256(data).hexdigest()])) is None
    assert isinstance(judged(path, vouched=[hashlib.sha256(b"another").hexdigest()]), Unfinished)


def test_nobody_s_word_makes_a_picture_of_what_ends_too_early(tmp_path: Path) -> None:
    path = tmp_path / f"{GTIN}__Front.bmp"
    put_black(path)
    with path.open("r+b") as file:
        file.truncate(300_000)
    judgement = judged(path, vouched=[hashlib.sha256(path.read_bytes()).hexdigest()])
    assert isinstance(judgement, Unfinished)
    assert code(judgement.seen) == "truncated"
