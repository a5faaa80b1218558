"""Uploads that the sandbox refuses, and that nothing is left of them."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from folder_sync.sandbox.drawing import jpeg_of_size
from folder_sync.sandbox.serving import running_sandbox
from folder_sync.sandbox.state import Sandbox
from tests.contract.asking import GTIN, JPEG, error, fields_at_fault, images_path, upload
from tests.support.waiting import wait_for


@pytest.mark.parametrize("data", [b"", b"hello", b"<html><svg></svg></html>", b"RIFF1234WAVE", b"\xff\xd8"])
def test_what_is_not_an_image_is_refused(http: httpx.Client, sandbox: Sandbox, data: bytes) -> None:
    assert fields_at_fault(upload(http, sandbox, data=data)) == ["image"]
    assert sandbox.images(GTIN) == []
    (arrival,) = sandbox.ledger.arrivals
    assert (arrival.size, arrival.image_id, arrival.status) == (len(data), None, 422)


def test_a_form_without_an_image_is_refused(http: httpx.Client, sandbox: Sandbox) -> None:
    answer = http.post(images_path(sandbox), files={"title": (None, "Front")})
    assert fields_at_fault(answer) == ["image"]


def test_fields_that_are_not_documented_are_refused(http: httpx.Client, sandbox: Sandbox) -> None:
    assert fields_at_fault(upload(http, sandbox, priority="3")) == ["priority"]


@pytest.mark.parametrize("value", ["", "True", "1", "on", "yes"])
def test_is_primary_is_true_or_false(http: httpx.Client, sandbox: Sandbox, value: str) -> None:
    assert fields_at_fault(upload(http, sandbox, is_primary=value)) == ["is_primary"]


def test_a_title_has_at_most_255_characters(http: httpx.Client, sandbox: Sandbox) -> None:
    assert upload(http, sandbox, title="ü" * 255).json()["title"] == "ü" * 255
    assert fields_at_fault(upload(http, sandbox, title="ü" * 256)) == ["title"]
    assert fields_at_fault(upload(http, sandbox, title="ü" * 100_000)) == ["title"]


@pytest.mark.parametrize(
    ("files", "fields"),
    [
        ([("image", ("a.jpg", JPEG)), ("image", ("b.jpg", JPEG))], ["image"]),
        ([("image", ("a.jpg", JPEG)), ("title", (None, "a")), ("title", (None, "b"))], ["title"]),
        ([("image", ("a.jpg", JPEG)), ("title", ("t.txt", b"a"))], ["title"]),
        ([("image", (None, JPEG))], ["image", "image"]),
        ([("image", ("a.jpg", JPEG)), ("title", (None, b"\xff\xfe"))], ["title"]),
        ([("image", ("a.jpg", JPEG, "image/png"))], ["image"]),
    ],
    ids=["two images", "two titles", "title as a file", "image not a file", "not UTF-8", "of another type"],
)
def test_a_form_of_the_wrong_shape_is_refused(
    http: httpx.Client, sandbox: Sandbox, files: list[tuple[str, Any]], fields: list[str]
) -> None:
    assert fields_at_fault(http.post(images_path(sandbox), files=files)) == fields


@pytest.mark.parametrize(
    ("content_type", "body", "expected"),
    [
        ("application/json", b"{}", (422, "VALIDATION_ERROR")),
        ("multipart/form-data", b"--b--\r\n", (422, "VALIDATION_ERROR")),
        ("multipart/form-data; boundary=b", b"no boundary here", (400, "BAD_REQUEST")),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="image"; filename="x"\r\n\r\n\xff\xd8\xff',
            (400, "BAD_REQUEST"),
        ),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: attachment; name="image"; filename="x"\r\n\r\n\xff\xd8\xff\r\n--b--',
            (422, "VALIDATION_ERROR"),
        ),
    ],
    ids=["json", "no boundary parameter", "no boundary", "no closing boundary", "not form-data"],
)
def test_a_body_that_is_no_form_is_refused_and_leaves_nothing(
    http: httpx.Client, sandbox: Sandbox, content_type: str, body: bytes, expected: tuple[int, str]
) -> None:
    answer = http.post(images_path(sandbox), content=body, headers={"Content-Type": content_type})
    assert error(answer) == expected
    assert sandbox.images(GTIN) == []


def test_a_chunked_upload_is_refused(http: httpx.Client, sandbox: Sandbox) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"--b\r\n"

    answer = http.post(
        images_path(sandbox), content=pieces(), headers={"Content-Type": "multipart/form-data; boundary=b"}
    )
    assert error(answer) == (411, "HTTP_411")


def test_a_photo_over_the_limit_is_413_and_the_connection_goes_on() -> None:
    with (
        running_sandbox(max_bytes=100_000) as sandbox,
        httpx.Client(base_url=sandbox.url, headers={"X-API-Key": sandbox.key}) as http,
    ):
        assert upload(http, sandbox, data=jpeg_of_size(100_000)).status_code == 201
        assert error(upload(http, sandbox, data=jpeg_of_size(100_001))) == (413, "HTTP_413")
        assert upload(http, sandbox).status_code == 201
        assert [arrival.status for arrival in sandbox.ledger.arrivals] == [201, 413, 201]


def test_an_upload_broken_off_by_the_client_leaves_nothing(sandbox: Sandbox) -> None:
    with socket.create_connection(("127.0.0.1", int(sandbox.url.rpartition(":")[2]))) as connection:
        head = (
            f"POST {images_path(sandbox)} HTTP/1.1\r\nHost: x\r\nX-API-Key: {sandbox.key}\r\n"
            "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000\r\n\r\n"
        )
        connection.sendall(
            head.encode() + b'--b\r\nContent-Disposition: form-data; name="image"; filename="x"\r\n\r\n\xff\xd8\xff'
        )
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1) == b""
    wait_for(lambda: bool(sandbox.ledger.calls), "the server has noticed")
    assert [call.status for call in sandbox.ledger.calls] == [None]
    assert sandbox.ledger.arrivals == ()
