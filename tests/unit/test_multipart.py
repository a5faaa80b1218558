from __future__ import annotations

from email import message_from_bytes
from email.message import Message
from email.policy import HTTP

import pytest
from hypothesis import given
from hypothesis import strategies as st

from folder_sync.closient.multipart import Frame, frame
from folder_sync.photo import Format, Gtin14, Label

GTIN = Gtin14("00012345678905")
BOUNDARY = "0123456789abcdef"


def parts(framed: Frame, file: bytes) -> dict[str, Message]:
    """The form as the standard library's mail parser reads it: somebody else's idea of multipart."""
    head = f"Content-Type: {framed.content_type}\r\n\r\n".encode()
    message = message_from_bytes(head + framed.preamble + file + framed.epilogue, policy=HTTP)
    assert not message.defects
    found: dict[str, Message] = {}
    for part in message.get_payload():
        assert isinstance(part, Message)
        found[str(part.get_param("name", header="content-disposition"))] = part
    return found


def content(part: Message) -> bytes:
    data = part.get_payload(decode=True)
    assert isinstance(data, bytes)
    return data


def test_the_fields_are_what_the_api_takes_and_the_file_comes_last() -> None:
    form = parts(frame(Label(GTIN, "Front of package", is_primary=True), "image/jpeg", BOUNDARY), b"\xff\xd8 photo")

    assert list(form) == ["title", "is_primary", "image"]
    assert content(form["title"]) == b"Front of package"
    assert content(form["is_primary"]) == b"true"
    assert form["image"].get_content_type() == "image/jpeg"


def test_a_photo_that_is_no_hero_says_so() -> None:
    assert content(parts(frame(Label(GTIN), "image/png", BOUNDARY), b"x")["is_primary"]) == b"false"


@pytest.mark.parametrize("kind", Format)
def test_the_file_is_named_by_gtin_and_format_only(kind: Format) -> None:
    form = parts(frame(Label(GTIN, "Détail", number=3), kind.media_type, BOUNDARY), b"x")

    assert form["image"].get_filename() == f"00012345678905.{kind.value}"
    assert form["image"].get_content_type() == kind.media_type


@pytest.mark.parametrize("title", ["", "Größe \N{CJK UNIFIED IDEOGRAPH-524D}", 'a "quoted" title; name=image'])
def test_a_title_goes_out_as_it_is_in_utf8(title: str) -> None:
    framed = frame(Label(GTIN, title), "image/jpeg", BOUNDARY)

    assert b'name="title"\r\n\r\n' + title.encode() + b"\r\n--" + BOUNDARY.encode() in framed.preamble


@given(file=st.binary(max_size=400), title=st.text(st.characters(exclude_categories=["C"]), max_size=40))
def test_the_length_is_exact_and_the_file_follows_the_preamble_untouched(file: bytes, title: str) -> None:
    framed = frame(Label(GTIN, title), "image/jpeg", BOUNDARY)
    body = framed.preamble + file + framed.epilogue

    assert framed.length(len(file)) == len(body)
    assert framed.preamble.endswith(b"Content-Type: image/jpeg\r\n\r\n")
    assert body.endswith(file + f"\r\n--{BOUNDARY}--\r\n".encode())


def test_a_media_type_that_the_api_does_not_take_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(KeyError):
        frame(Label(GTIN), "text/html", BOUNDARY)
