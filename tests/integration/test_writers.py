"""Programs that write photos in their own ways, each a process of its own: no torn upload, and always the last version.

``settle_seconds`` is 0.05 here and the writers pause for 0.15 s, so every pause looks like an end.
"""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final

import pytest
from PIL import Image

from folder_sync.files import sending
from folder_sync.files.opening import open_photo
from folder_sync.photo import State
from tests.support.running import running_service
from tests.support.studio import GTIN, Studio, photo_data
from tests.support.waiting import PATIENCE_SECONDS, wait_for

NAME: Final = f"{GTIN}__Front__primary.jpg"


def noise(format_name: str, size: tuple[int, int] = (400, 300)) -> bytes:
    """A picture whose file is hardly more than its coded pixels, as that of a real photo."""
    file = io.BytesIO()
    Image.effect_noise(size, 80).convert("RGB").save(file, format_name, quality=90)
    return file.getvalue()


PHOTO: Final = noise("JPEG")

_HELPERS: Final = """
import os, sys, time
path, source = sys.argv[1:3]
data = open(source, "rb").read()
half, quarter = len(data) // 2, len(data) // 4
def pause():
    time.sleep(0.15)
def pieces(file, start=0):
    for at in range(start, len(data), quarter):
        file.write(data[at:at + quarter])
        file.flush()
        pause()
"""

WRITERS: Final = {
    "slowly, with pauses": """
with open(path, "wb") as file:
    pieces(file)
""",
    "opened and closed for every piece": """
for at in range(0, len(data), quarter):
    with open(path, "ab") as file:
        file.write(data[at:at + quarter])
    pause()
""",
    "made empty, filled later": """
open(path, "wb").close()
pause()
with open(path, "r+b") as file:
    file.write(data)
""",
    "under a temporary name": """
with open(path + ".part", "wb") as file:
    pieces(file)
os.rename(path + ".part", path)
""",
    "under a hidden name beside it": """
hidden = os.path.join(os.path.dirname(path), "." + os.path.basename(path) + ".x7Kq2")
with open(hidden, "wb") as file:
    pieces(file)
os.rename(hidden, path)
""",
    "full size at once, then from the beginning": """
with open(path, "wb") as file:
    file.truncate(len(data))
    pause()
    pieces(file)
""",
    "room reserved, then from the beginning": """
with open(path, "wb") as file:
    os.posix_fallocate(file.fileno(), 0, len(data))
    pause()
    pieces(file)
""",
    "zeros first": """
with open(path, "wb") as file:
    file.write(bytes(len(data)))
    file.flush()
    pause()
    file.seek(0)
    pieces(file)
""",
    "the end first, the middle last": """
with open(path, "wb") as file:
    for at in (3 * quarter, 0, 2 * quarter, quarter):
        file.seek(at)
        file.write(data[at:] if at == 3 * quarter else data[at:at + quarter])
        file.flush()
        pause()
""",
    "times of the source set afterwards": """
with open(path, "wb") as file:
    pieces(file)
os.utime(path, (1_000_000_000, 1_000_000_000))
pause()
""",
    "permissions given at the end": """
with open(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600), "wb") as file:
    pieces(file)
os.chmod(path, 0o644)
""",
    "linked in while another name is written": """
outside = source + ".out"
with open(outside, "wb") as file:
    file.write(data[:half])
    file.flush()
    os.link(outside, path)
    pause()
    file.write(data[half:])
os.unlink(outside)
""",
    "given up, deleted and begun again": """
with open(path, "wb") as file:
    file.write(data[:half])
pause()
os.unlink(path)
pause()
with open(path, "wb") as file:
    pieces(file)
""",
}

REWRITERS: Final = {
    "truncated and written again": """
with open(path, "wb") as file:
    pause()
    pieces(file)
""",
    "written over in place": """
with open(path, "r+b") as file:
    pieces(file)
    file.truncate()
""",
    "replaced by a rename": """
with open(path + "_exiftool_tmp", "wb") as file:
    file.write(data)
os.rename(path + "_exiftool_tmp", path)
""",
    "the original kept beside it": """
with open(path + "_exiftool_tmp", "wb") as file:
    file.write(data)
os.rename(path, path + "_original")
os.rename(path + "_exiftool_tmp", path)
os.unlink(path + "_original")
""",
    "deleted first": """
os.unlink(path)
pause()
with open(path, "wb") as file:
    pieces(file)
""",
}


SLOW_REWRITERS: Final = {
    "opened and closed for every piece": """
for at in range(0, len(data), quarter):
    with open(path, "r+b") as file:
        file.seek(at)
        file.write(data[at:at + quarter])
    pause()
""",
    "kept open, with a long pause": """
with open(path, "r+b") as file:
    file.write(data[:half])
    file.flush()
    time.sleep(1.5)
    file.write(data[half:])
""",
}


def write(studio: Studio, how: str, data: bytes) -> Path:
    """Let a process write it into the watched folder, to its end."""
    source = studio.home / "source.jpg"
    source.write_bytes(data)
    path = studio.folder / NAME
    subprocess.run([sys.executable, "-c", _HELPERS + how, path, source], check=True, timeout=PATIENCE_SECONDS)
    return path


def digests(studio: Studio) -> list[str]:
    """What reached the server whole, in its order."""
    return [arrival.sha256 for arrival in studio.sandbox.ledger.arrivals]


def digest(data: bytes) -> str:
    return sha256(data).hexdigest()


@pytest.fixture
def running(studio: Studio) -> Iterator[Studio]:
    studio.configure(intake={"settle_seconds": 0.05, "incomplete_seconds": 5.0})
    with running_service(studio):
        yield studio


@pytest.mark.parametrize("how", WRITERS.values(), ids=WRITERS)
def test_a_photo_goes_once_and_whole_however_it_is_written(running: Studio, how: str) -> None:
    record = running.wait_for_state(write(running, how, PHOTO), State.UPLOADED)
    assert digests(running) == [digest(PHOTO)]
    assert [other.id for other in running.records()] == [record.id]


@pytest.mark.parametrize("kind", ["png", "webp", "gif", "bmp"])
def test_of_other_formats_too(running: Studio, kind: str) -> None:
    data = noise(kind)
    source = running.home / "source"
    source.write_bytes(data)
    path = running.folder / f"{GTIN}.{kind}"
    how = _HELPERS + WRITERS["the end first, the middle last"]
    subprocess.run([sys.executable, "-c", how, path, source], check=True, timeout=PATIENCE_SECONDS)
    running.wait_for_state(path, State.UPLOADED)
    assert digests(running) == [digest(data)]


@pytest.mark.parametrize("how", REWRITERS.values(), ids=REWRITERS)
def test_a_photo_that_is_written_again_goes_again_and_never_torn(running: Studio, how: str) -> None:
    old, new = photo_data("old", 200_000), photo_data("new", 180_000)
    running.wait_for_state(write(running, WRITERS["made empty, filled later"], old), State.UPLOADED)
    path = write(running, how, new)
    wait_for(lambda: digests(running)[-1] == digest(new), "the new version is uploaded")
    last = running.wait_for_state(path, State.UPLOADED)
    assert digests(running) == [digest(old), digest(new)]
    assert last.sha256 == digest(new)
    wait_for(lambda: {record.path for record in running.records()} == {last.path}, "nothing else is recorded")


@pytest.mark.parametrize("backend", ["native", "polling"])
@pytest.mark.parametrize("how", SLOW_REWRITERS.values(), ids=SLOW_REWRITERS)
def test_a_photo_written_over_in_place_never_goes_half_old_and_half_new(studio: Studio, how: str, backend: str) -> None:
    """It looks complete all the time, for the end of the old version still stands behind the new beginning."""
    studio.configure(
        watch=f'backend = "{backend}"\npoll_seconds = 0.05',
        intake={"settle_seconds": 0.05, "incomplete_seconds": 5.0, "rescan_seconds": 0.05},
    )
    old, new = photo_data("old", 200_000), photo_data("new", 200_000)
    with running_service(studio):
        path = write(studio, WRITERS["made empty, filled later"], old)
        studio.wait_for_state(path, State.UPLOADED)
        write(studio, how, new)
        wait_for(lambda: len(digests(studio)) > 1, "a new version is uploaded")
        studio.wait_for_state(path, State.UPLOADED)
    assert digests(studio) == [digest(old), digest(new)]


def test_a_photo_that_stays_open_for_writing_goes_in_the_end(studio: Studio) -> None:
    """Some programs close their files when they are closed themselves."""
    with running_service(studio), (studio.folder / NAME).open("wb") as file:
        file.write(PHOTO)
        file.flush()
        studio.wait_for_state(studio.folder / NAME, State.UPLOADED)
    assert digests(studio) == [digest(PHOTO)]


@pytest.mark.parametrize("how", REWRITERS.values(), ids=REWRITERS)
def test_a_photo_replaced_while_it_is_queued_goes_once_as_its_last_version(studio: Studio, how: str) -> None:
    studio.configure(intake={"settle_seconds": 0.05, "incomplete_seconds": 5.0})
    studio.sandbox.revoke_key()
    old, new = photo_data("old", 200_000), photo_data("new", 180_000)
    with running_service(studio):
        path = write(studio, WRITERS["made empty, filled later"], old)
        studio.wait_for_state(path, State.QUEUED)
        write(studio, how, new)
        studio.sandbox.restore_key()
        studio.wait_for_state(path, State.UPLOADED)
    assert digests(studio) == [digest(new)]


def test_a_photo_replaced_while_it_is_sent_is_broken_off(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a rename: the bytes that are being read are whole, and yet no longer the photo."""
    old, new = photo_data("old", 2_000_000), photo_data("new", 180_000)
    (studio.home / "new.jpg").write_bytes(new)

    def replace_when_opened(path: bytes, root: bytes) -> object:
        opened = open_photo(path, root)
        if (studio.home / "new.jpg").exists():
            (studio.home / "new.jpg").rename(studio.folder / NAME)
        return opened

    monkeypatch.setattr(sending, "open_photo", replace_when_opened)
    with running_service(studio):
        studio.export(NAME, old)
        wait_for(lambda: bool(digests(studio)), "something is uploaded")
        record = studio.wait_for_state(studio.folder / NAME, State.UPLOADED)
    assert digests(studio) == [digest(new)]
    assert record.sha256 == digest(new)


def test_what_is_never_completed_is_rejected_in_the_end_and_starts_again_when_it_is(studio: Studio) -> None:
    with running_service(studio):
        path = studio.folder / NAME
        with path.open("wb") as file:
            file.truncate(len(PHOTO))
            file.write(PHOTO[:20_000])
            file.seek(40_000)
            file.write(PHOTO[40_000:])
        rejected = studio.wait_for_state(path, State.REJECTED)
        assert rejected.reason is not None
        assert (rejected.reason.code, rejected.reason.message) == (
            "truncated",
            "Parts of the file hold nothing: either it was not copied completely, or a copy left its zeros out. "
            "If it looks whole when you open it, `folder-sync retry PHOTO` delivers it as it is; else export it again.",
        )
        assert digests(studio) == []
        with path.open("r+b") as file:
            file.write(PHOTO)
        studio.wait_for_state(path, State.UPLOADED)
    assert digests(studio) == [digest(PHOTO)]


def test_a_photo_with_holes_goes_when_somebody_says_that_it_is_whole(studio: Studio) -> None:
    """The incident: `retry` said that it is looked at again, and it was rejected again for the same holes."""
    path = studio.folder / f"{GTIN}.bmp"
    black = black_bitmap()
    copy = studio.home / "sparse"
    with copy.open("wb") as file:
        file.write(black[:54])
        file.truncate(len(black))
    with running_service(studio):
        copy.rename(path)
        studio.wait_for_state(path, State.REJECTED)
        assert studio.command("retry", path.name).returncode == 0
        studio.wait_for_state(path, State.UPLOADED)
    assert digests(studio) == [digest(black)]


def black_bitmap() -> bytes:
    drawn = io.BytesIO()
    Image.new("RGB", (256, 256)).save(drawn, "BMP")
    return drawn.getvalue()
