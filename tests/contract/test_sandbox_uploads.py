"""Uploads that the sandbox takes, and what it makes of them."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime

import httpx
import pytest

from folder_sync.photo import Format
from folder_sync.sandbox.drawing import jpeg_of_size, photo_bytes
from folder_sync.sandbox.state import Sandbox
from tests.contract.asking import GTIN, JPEG, upload


def test_an_upload_gives_the_image_object_and_a_ledger_entry(http: httpx.Client, sandbox: Sandbox) -> None:
    answer = upload(http, sandbox, title="Front of package", is_primary="true")

    assert answer.status_code == 201
    image = answer.json()
    assert set(image) == {"id", "title", "is_primary", "priority", "created", "image_url"}
    assert re.fullmatch(r"[2-9A-HJ-NP-Za-km-z]{22}", image["id"])
    assert (image["title"], image["is_primary"], image["priority"]) == ("Front of package", True, 0)
    assert abs(datetime.fromisoformat(image["created"]).timestamp() - sandbox.clock.true()) < 60
    (arrival,) = sandbox.ledger.arrivals
    assert (arrival.organization_id, arrival.gtin) == (sandbox.organization_id, GTIN)
    assert (arrival.title, arrival.is_primary, arrival.filename) == ("Front of package", True, "x.jpg")
    assert (arrival.sha256, arrival.size) == (hashlib.sha256(JPEG).hexdigest(), len(JPEG))
    assert (arrival.image_id, arrival.status) == (image["id"], 201)
    assert sandbox.ledger.stored == (arrival,)


def test_title_and_primary_have_their_documented_defaults(http: httpx.Client, sandbox: Sandbox) -> None:
    image = upload(http, sandbox).json()
    assert (image["title"], image["is_primary"]) == ("", False)


@pytest.mark.parametrize("image_format", Format)
def test_all_six_formats_are_taken_and_served_unchanged_without_a_key(
    http: httpx.Client, sandbox: Sandbox, image_format: Format
) -> None:
    data = photo_bytes(image_format)
    url = upload(http, sandbox, data=data).json()["image_url"]

    assert url.startswith(sandbox.url + "/")
    answer = httpx.get(url)
    assert answer.content == data
    assert answer.headers["content-type"].startswith(image_format.media_type)
    assert "ratelimit-limit" not in answer.headers


def test_a_photo_larger_than_every_buffer_goes_through_whole(http: httpx.Client, sandbox: Sandbox) -> None:
    data = jpeg_of_size(3_000_001)
    assert httpx.get(upload(http, sandbox, data=data).json()["image_url"]).content == data
    assert sandbox.ledger.stored[0].sha256 == hashlib.sha256(data).hexdigest()


def test_a_repeated_post_makes_a_second_image(http: httpx.Client, sandbox: Sandbox) -> None:
    first, second = (upload(http, sandbox, title="Front").json()["id"] for _ in range(2))
    assert first != second
    assert len(sandbox.images(GTIN)) == 2


@pytest.mark.parametrize("svg_start", [b"\xef\xbb\xbf<svg >", b"<!-- a -->\n<!DOCTYPE svg><svg>", b"<?xml?>\n <svg/>"])
def test_an_svg_may_begin_in_several_ways(http: httpx.Client, sandbox: Sandbox, svg_start: bytes) -> None:
    assert upload(http, sandbox, data=svg_start).status_code == 201
