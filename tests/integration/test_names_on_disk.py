"""Names as Macs, Windows machines and people write them, in a real folder."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from folder_sync.files import opening
from folder_sync.files.opening import are_alike, is_listed, look
from folder_sync.photo import State
from folder_sync.service.intake import folder_intake as intake
from folder_sync.service.intake import inspectors as inspecting
from tests.support.running import running_service
from tests.support.studio import GTIN, OTHER, Studio, photo_data
from tests.support.waiting import wait_for

COMPOSED = unicodedata.normalize("NFC", f"{GTIN}__Größe_Ä.jpg")
DECOMPOSED = unicodedata.normalize("NFD", COMPOSED)


@pytest.fixture
def running(studio: Studio) -> Iterator[Studio]:
    with running_service(studio):
        yield studio


def titles(studio: Studio) -> list[str]:
    """What was sent, in its order."""
    return [arrival.title for arrival in studio.sandbox.ledger.arrivals]


def test_the_same_name_in_two_normal_forms_with_the_same_bytes_is_one_photo(running: Studio) -> None:
    data = photo_data("one")
    first = running.wait_for_state(running.export(DECOMPOSED, data), State.UPLOADED)
    assert first.title == "Größe Ä"
    running.wait_for_state(running.export(COMPOSED, data), State.DUPLICATE)
    assert titles(running) == ["Größe Ä"]


def test_two_photos_under_names_that_differ_by_normal_form_alone_both_go(running: Studio) -> None:
    paths = [running.export(name, photo_data(name)) for name in (DECOMPOSED, COMPOSED)]
    for path in paths:
        running.wait_for_state(path, State.UPLOADED)
    assert titles(running) == ["Größe Ä"] * 2


def test_a_rename_to_the_other_normal_form_costs_no_request(running: Studio) -> None:
    path = running.export(DECOMPOSED)
    before = running.wait_for_state(path, State.UPLOADED)
    path.rename(path.with_name(COMPOSED))
    after = running.wait_for_state(path.with_name(COMPOSED), State.UPLOADED)
    assert (after.id, len(titles(running))) == (before.id, 1)


def test_letter_case_of_flags_and_extension_may_change_freely(running: Studio) -> None:
    path = running.export(f"{GTIN}__Front__PRIMARY.JPG")
    before = running.wait_for_state(path, State.UPLOADED)
    path.rename(path.with_name(f"{GTIN}__Front__primary.jpg"))
    after = running.wait_for_state(path.with_name(f"{GTIN}__Front__primary.jpg"), State.UPLOADED)
    assert (after.id, len(titles(running))) == (before.id, 1)


def test_letter_case_of_the_title_is_another_title(running: Studio) -> None:
    path = running.export(f"{GTIN}__front.jpg")
    running.wait_for_state(path, State.UPLOADED)
    path.rename(path.with_name(f"{GTIN}__Front.jpg"))
    running.wait_for_state(path, State.SUPERSEDED)
    assert titles(running) == ["front", "Front"]


def folded(path: bytes | str) -> Path:
    """The entry that a share finds under a name: it takes letter cases and normal forms for one."""
    text = Path(os.fsdecode(path))
    alike = (entry for entry in text.parent.iterdir() if are_alike(os.fsencode(entry), os.fsencode(text)))
    return text if text.name in os.listdir(text.parent) else next(alike, text)


@pytest.mark.parametrize("new", [f"{GTIN}__FRONT.jpg", f"{GTIN}__front.JPG"])
def test_a_rename_of_letter_case_on_a_share_that_ignores_it(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, new: str
) -> None:
    """The old name still finds the file there, and yet nothing stands under it any more."""
    for user in (intake, inspecting):
        monkeypatch.setattr(user, "look", lambda path: look(os.fsencode(folded(path))))
    studio.configure(watch='backend = "polling"\npoll_seconds = 0.1')
    with running_service(studio):
        path = studio.export(f"{GTIN}__front.jpg")
        before = studio.wait_for_state(path, State.UPLOADED)
        path.rename(path.with_name(new))
        after = studio.wait_for_state(path.with_name(new), State.UPLOADED)
        if after.title == before.title:
            assert after.id == before.id
        else:
            studio.wait_for_state(path, State.SUPERSEDED)
        assert len(studio.records()) == len(titles(studio))


def test_which_names_are_listed_and_which_alike(tmp_path: Path) -> None:
    (tmp_path / COMPOSED).touch()
    top = os.fsencode(tmp_path)
    assert is_listed(top + b"/" + COMPOSED.encode())
    assert not is_listed(top + b"/" + DECOMPOSED.encode())
    assert not is_listed(top + b"/gone/a.jpg")
    assert not is_listed(top + b"/" + COMPOSED.encode() + b"/a.jpg")
    assert are_alike(b"/a/" + COMPOSED.encode(), b"/a/" + DECOMPOSED.upper().encode())
    assert not are_alike(b"/a/\xff.jpg", b"/a/\xfe.jpg")
    assert not are_alike(b"/a", b"/a")
    assert opening.are_alike(b"/\xff/A", b"/\xff/a")


def test_blanks_at_the_ends(running: Studio) -> None:
    """Of the title they go; around the name they are told, in quotes, so that they are seen."""
    running.wait_for_state(running.export(f"{GTIN}__ Front .jpg"), State.UPLOADED)
    before = running.wait_for_state(running.export(f" {GTIN}__Front.jpg"), State.REJECTED)
    behind = running.wait_for_state(running.export(f"{GTIN}__Front.jpg "), State.REJECTED)
    assert titles(running) == ["Front"]
    assert before.reason is not None
    assert behind.reason is not None
    assert (before.reason.code, behind.reason.code) == ("bad_name", "unsupported_format")
    assert f'" {GTIN}"' in before.reason.message
    assert "ends with a space" in behind.reason.message


def test_the_longest_name_there_is(running: Studio) -> None:
    for letter in ("x", "ß"):
        title = letter * ((255 - len(f"{GTIN}__.jpg")) // len(letter.encode()))
        record = running.wait_for_state(running.export(f"{GTIN}__{title}.jpg"), State.UPLOADED)
        assert record.title == title


def test_bytes_that_are_no_letters_are_rejected_and_shown(studio: Studio) -> None:
    with running_service(studio):
        for name in (GTIN.encode() + b"__Gr\xf6\xdfe.jpg", b"job \xff/" + OTHER.encode() + b"__ok.jpg"):
            studio.export(name)
        wait_for(lambda: len(studio.records()) == 2, "both are recorded")
        studio.wait_until_settled(2)
    states = {record.state: record for record in studio.records()}
    assert set(states) == {State.REJECTED, State.UPLOADED}  # a folder may be called anything
    shown = studio.command("list", "--state", "rejected", "--format", "csv").stdout
    assert f"{GTIN}__Gr\ufffd\ufffde.jpg" in shown
    assert "bad_name" in shown


def test_names_that_differ_in_bytes_that_are_no_letters_are_two_files(running: Studio) -> None:
    for byte in (b"\xf6", b"\xe4"):
        running.export(GTIN.encode() + b"__" + byte + b".jpg")
    wait_for(lambda: len(running.records()) == 2, "both are recorded")


def test_a_copy_that_a_computer_made_is_a_duplicate_where_it_has_the_bytes_of_a_photo_of_its_product(
    running: Studio,
) -> None:
    data = photo_data("one")
    original = running.wait_for_state(running.export(f"{GTIN}__Top.jpg", data), State.UPLOADED)
    for name in (f"{GTIN}__Top (1).jpg", f"{GTIN}__Top - Kopie.jpg", f"Copy of {GTIN}__Top.jpg", f"{GTIN}__x.jpg.jpg"):
        copy = running.wait_for_state(running.export(name, data), State.DUPLICATE)
        assert copy.duplicate_of == original.id
    other = running.wait_for_state(running.export(f"{GTIN}__Top (2).jpg", photo_data("other")), State.REJECTED)
    foreign = running.wait_for_state(running.export(f"{OTHER}__Top (1).jpg", data), State.REJECTED)
    for rejected in (other, foreign):
        assert rejected.reason is not None
        assert rejected.reason.code == "copy_name"
    assert titles(running) == ["Top"]


def test_the_copy_of_a_hero_is_its_duplicate(running: Studio) -> None:
    data = photo_data("one")
    running.wait_for_state(running.export(f"{GTIN}__Top__primary.jpg", data), State.UPLOADED)
    running.wait_for_state(running.export(f"{GTIN}__Top__primary (1).jpg", data), State.DUPLICATE)
    asked = running.wait_for_state(running.export(f"{GTIN}__Top__primary-2.jpg", photo_data("x")), State.REJECTED)
    assert asked.reason is not None
    assert asked.reason.code == "unknown_flag"
