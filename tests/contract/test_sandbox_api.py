"""The documented rules of the API, each asked of the sandbox over real HTTP."""

from __future__ import annotations

import hashlib
import re
import shutil
import socket
import time
from collections.abc import Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest

from folder_sync.photo import Format
from folder_sync.sandbox.codes import is_gtin, is_key, make_id, make_key
from folder_sync.sandbox.drawing import jpeg_of_size, photo_bytes
from folder_sync.sandbox.serving import running_sandbox
from folder_sync.sandbox.state import Sandbox

GTIN = "00012345678905"
OTHER = "09521234500018"
JPEG = photo_bytes(Format.JPEG, width=48)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox() as running:
        yield running


@pytest.fixture
def http(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sandbox.url, headers={"X-API-Key": sandbox.key}) as client:
        yield client


def images_path(sandbox: Sandbox, gtin: str = GTIN, organization_id: str | None = None) -> str:
    return f"/dashboard/api/v1/trade-items/{organization_id or sandbox.organization_id}/{gtin}/images"


def upload(
    http: httpx.Client,
    sandbox: Sandbox,
    gtin: str = GTIN,
    *,
    data: bytes = JPEG,
    headers: dict[str, str] | None = None,
    organization_id: str | None = None,
    **fields: str,
) -> httpx.Response:
    return http.post(
        images_path(sandbox, gtin, organization_id), data=fields, files={"image": ("x.jpg", data)}, headers=headers
    )


def error(answer: httpx.Response) -> tuple[int, str]:
    """Status and code, once the envelope is seen to have exactly the documented keys."""
    body = answer.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message", "status", "details"}
    assert body["error"]["status"] == answer.status_code
    assert body["error"]["message"]
    return answer.status_code, body["error"]["code"]


def fields_at_fault(answer: httpx.Response) -> list[str]:
    assert error(answer) == (422, "VALIDATION_ERROR")
    details = answer.json()["error"]["details"]
    assert all(set(detail) == {"field", "message"} for detail in details)
    return [detail["field"] for detail in details]


# --- upload


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
    ],
    ids=["two images", "two titles", "title as a file", "image not a file", "not UTF-8"],
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
    deadline = time.monotonic() + 10
    while not sandbox.ledger.calls:  # the server notices a moment later
        assert time.monotonic() < deadline
        time.sleep(0.005)
    assert [call.status for call in sandbox.ledger.calls] == [None]
    assert sandbox.ledger.arrivals == ()


# --- keys, organizations, products


def test_a_made_key_is_well_formed() -> None:
    assert all(is_key(make_key(prefix)) for prefix in ("csb", "csu", "cpk"))
    # CRC-32 of 32 times "a", computed by hand from the rule: the checksum is lower-case hexadecimal.
    assert is_key("csb_" + "a" * 32 + "_cab11777")
    assert not is_key("csb_" + "a" * 32 + "_CAB11777")
    assert not is_key("xyz_" + "a" * 32 + "_cab11777")


@pytest.mark.parametrize(
    "key", ["", "nonsense", "csb_" + "a" * 32 + "_00000000", make_key(), make_key() + "x"], ids=range(5)
)
def test_a_key_that_is_missing_malformed_or_unknown_is_401_on_every_call(sandbox: Sandbox, key: str) -> None:
    with httpx.Client(base_url=sandbox.url, headers={"X-API-Key": key} if key else {}) as http:
        image = sandbox.put_image(GTIN, JPEG)
        for answer in (
            upload(http, sandbox),
            http.get(images_path(sandbox)),
            http.delete(f"{images_path(sandbox)}/{image.id}"),
            http.get("/account/api/v1/whoami"),
            http.get(f"/products/api/v1/trade-items/{GTIN}"),
        ):
            assert error(answer) == (401, "UNAUTHORIZED")
            assert "ratelimit-remaining" in answer.headers
        assert error(upload(http, sandbox, "no gtin")) == (401, "UNAUTHORIZED")  # before anything is validated
    assert len(sandbox.images(GTIN)) == 1


def test_a_revoked_key_is_401_until_restored(http: httpx.Client, sandbox: Sandbox) -> None:
    sandbox.revoke_key()
    assert error(upload(http, sandbox)) == (401, "UNAUTHORIZED")
    assert error(http.get("/account/api/v1/whoami")) == (401, "UNAUTHORIZED")
    sandbox.restore_key()
    assert upload(http, sandbox).status_code == 201


def test_a_given_key_is_the_one_accepted() -> None:
    key = make_key("csu")
    with running_sandbox(key=key) as sandbox:
        assert sandbox.key == key
        assert httpx.get(f"{sandbox.url}/account/api/v1/whoami", headers={"X-API-Key": key}).status_code == 200


def test_whoami_names_the_organizations_and_the_key(http: httpx.Client, sandbox: Sandbox) -> None:
    body = http.get("/account/api/v1/whoami").json()
    assert set(body) == {"user_id", "email", "organizations", "metadata", "api_key"}
    assert body["organizations"] == [{"id": sandbox.organization_id, "name": "Sandbox Studio"}]
    assert set(body["api_key"]) == {"id", "description", "created", "role", "metadata"}
    assert body["api_key"]["role"] == "Owner"


def test_a_key_of_several_organizations_works_in_each(http: httpx.Client, sandbox: Sandbox) -> None:
    second = sandbox.accounts.add_organization("Second Studio")
    sandbox.join_organization(organization_id=second)
    assert upload(http, sandbox, organization_id=second).status_code == 201
    assert sandbox.images(GTIN) == []
    assert len(sandbox.catalogue.images(second, GTIN)) == 1
    assert {entry["name"] for entry in http.get("/account/api/v1/whoami").json()["organizations"]} == {
        "Sandbox Studio",
        "Second Studio",
    }


def test_an_organization_the_key_left_is_403_and_whoami_says_so(http: httpx.Client, sandbox: Sandbox) -> None:
    sandbox.leave_organization()
    assert error(upload(http, sandbox)) == (403, "FORBIDDEN")
    assert error(http.get(images_path(sandbox))) == (403, "FORBIDDEN")
    assert http.get("/account/api/v1/whoami").json()["organizations"] == []


def test_organizations_are_checked_for_form_existence_and_membership(http: httpx.Client, sandbox: Sandbox) -> None:
    foreign = sandbox.accounts.add_organization("Somebody else")
    assert error(upload(http, sandbox, organization_id=foreign)) == (403, "FORBIDDEN")
    assert error(upload(http, sandbox, organization_id=make_id())) == (404, "NOT_FOUND")
    assert fields_at_fault(upload(http, sandbox, organization_id="0" * 22)) == ["organization_id"]
    assert fields_at_fault(upload(http, sandbox, organization_id=foreign[:21])) == ["organization_id"]


@pytest.mark.parametrize(("prefix", "role"), [("csu", "Viewer"), ("cpk", "Owner")])
def test_a_key_without_the_permission_may_list_but_not_upload(sandbox: Sandbox, prefix: str, role: str) -> None:
    key = sandbox.accounts.add_key(sandbox.organization_id, prefix=prefix, role=role)
    image = sandbox.put_image(GTIN, JPEG)
    with httpx.Client(base_url=sandbox.url, headers={"X-API-Key": key}) as http:
        assert http.get(images_path(sandbox)).json()["pagination"]["total_count"] == 1
        assert error(upload(http, sandbox)) == (403, "FORBIDDEN")
        assert error(http.delete(f"{images_path(sandbox)}/{image.id}")) == (403, "FORBIDDEN")


@pytest.mark.parametrize("gtin", ["1234567", "123456789012345", "1234567x", "١٢٣٤٥٦٧٨"])
def test_a_gtin_has_8_to_14_digits(http: httpx.Client, sandbox: Sandbox, gtin: str) -> None:
    assert fields_at_fault(upload(http, sandbox, gtin)) == ["gtin"]
    assert fields_at_fault(http.get(images_path(sandbox, gtin))) == ["gtin"]
    assert fields_at_fault(http.get(f"/products/api/v1/trade-items/{gtin}")) == ["gtin"]


@pytest.mark.parametrize("gtin", ["012345678905", "00012345678905", "0012345678905"])
def test_gtins_are_padded_to_14_digits(http: httpx.Client, sandbox: Sandbox, gtin: str) -> None:
    assert upload(http, sandbox, gtin).status_code == 201
    assert len(sandbox.images(GTIN)) == 1
    assert sandbox.ledger.arrivals[0].gtin == GTIN
    assert http.get(f"/products/api/v1/trade-items/{gtin}").json()["gtin"] == GTIN


@pytest.mark.parametrize("gtin", ["00012345678906", "00000000", "00000000000000"])
def test_a_gtin_no_product_can_have_is_404(http: httpx.Client, sandbox: Sandbox, gtin: str) -> None:
    assert error(upload(http, sandbox, gtin)) == (404, "NOT_FOUND")
    assert error(http.get(images_path(sandbox, gtin))) == (404, "NOT_FOUND")
    assert error(http.get(f"/products/api/v1/trade-items/{gtin}")) == (404, "NOT_FOUND")


@pytest.mark.parametrize("gtin", ["96385074", "036000291452", "4006381333931", "10614141000415"])
def test_check_digits_of_published_examples_are_right(gtin: str) -> None:
    assert is_gtin(gtin)
    assert not is_gtin(gtin[:-1] + str((int(gtin[-1]) + 1) % 10))


def test_a_product_marked_unknown_is_404_until_it_is_known() -> None:
    with (
        running_sandbox(unknown=["012345678905"]) as sandbox,
        httpx.Client(base_url=sandbox.url, headers={"X-API-Key": sandbox.key}) as http,
    ):
        assert error(upload(http, sandbox)) == (404, "NOT_FOUND")
        assert error(http.get(f"/products/api/v1/trade-items/{GTIN}")) == (404, "NOT_FOUND")
        assert upload(http, sandbox, OTHER).status_code == 201
        sandbox.known_product("12345678905")
        assert upload(http, sandbox).status_code == 201


def test_a_trade_item_has_a_name(http: httpx.Client) -> None:
    body = http.get(f"/products/api/v1/trade-items/{GTIN}").json()
    assert {"id", "gtin", "product_name", "brand", "owner_id", "is_claimed"} <= set(body)
    assert body["product_name"]


# --- list, hero, delete


def listed(http: httpx.Client, sandbox: Sandbox, query: str = "") -> list[str]:
    return [image["title"] for image in http.get(images_path(sandbox) + query).json()["data"]]


def test_the_list_has_the_primary_first_then_ascending_priority_then_newest() -> None:
    now = 1_700_000_000.0
    with (
        running_sandbox(clock=lambda: now) as sandbox,
        httpx.Client(base_url=sandbox.url, headers={"X-API-Key": sandbox.key}) as http,
    ):
        sandbox.put_image(GTIN, JPEG, "hero", is_primary=True, priority=9)
        sandbox.put_image(GTIN, JPEG, "older")
        sandbox.put_image(GTIN, JPEG, "same time, newer")
        now += 1
        sandbox.put_image(GTIN, JPEG, "newest")
        sandbox.put_image(GTIN, JPEG, "newer still, of late priority", priority=5)
        sandbox.put_image(OTHER, JPEG, "another product")
        assert listed(http, sandbox) == ["hero", "newest", "same time, newer", "older", "newer still, of late priority"]


def test_the_last_primary_to_arrive_is_the_hero(http: httpx.Client, sandbox: Sandbox) -> None:
    sandbox.put_image(OTHER, JPEG, "hero elsewhere", is_primary=True)
    upload(http, sandbox, title="first", is_primary="true")
    upload(http, sandbox, title="second", is_primary="true")
    upload(http, sandbox, title="no hero", is_primary="false")
    heroes = [image["title"] for image in http.get(images_path(sandbox)).json()["data"] if image["is_primary"]]
    assert heroes == ["second"]
    assert listed(http, sandbox)[0] == "second"
    assert sandbox.images(OTHER)[0].is_primary


def test_lists_come_in_pages(http: httpx.Client, sandbox: Sandbox) -> None:
    for number in range(5):
        sandbox.put_image(GTIN, JPEG, str(number))

    def pagination(query: str) -> dict[str, Any]:
        found: dict[str, Any] = http.get(images_path(sandbox) + query).json()["pagination"]
        return found

    assert listed(http, sandbox, "?page_size=2") == ["4", "3"]
    assert listed(http, sandbox, "?page=3&page_size=2") == ["0"]
    assert listed(http, sandbox, "?page=4&page_size=2") == []
    assert pagination("") == {
        "page": 1,
        "page_size": 25,
        "total_count": 5,
        "total_pages": 1,
        "has_next": False,
        "has_previous": False,
    }
    middle = pagination("?page=2&page_size=2")
    assert (middle["total_pages"], middle["has_next"], middle["has_previous"]) == (3, True, True)
    last = pagination("?page=3&page_size=2")
    assert (last["has_next"], last["has_previous"]) == (False, True)
    assert http.get(images_path(sandbox, OTHER)).json()["pagination"]["total_pages"] == 0


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("page=0", "page"),
        ("page=-1", "page"),
        ("page=x", "page"),
        ("page=", "page"),
        ("page_size=0", "page_size"),
        ("page_size=101", "page_size"),
        ("sort=title", "sort"),
    ],
)
def test_page_parameters_are_checked(http: httpx.Client, sandbox: Sandbox, query: str, field: str) -> None:
    assert fields_at_fault(http.get(f"{images_path(sandbox)}?{query}")) == [field]
    assert http.get(f"{images_path(sandbox)}?page_size=100").status_code == 200


def test_delete_takes_the_image_away_once(http: httpx.Client, sandbox: Sandbox) -> None:
    image = upload(http, sandbox).json()
    other = sandbox.put_image(GTIN, JPEG)
    path = f"{images_path(sandbox)}/{image['id']}"

    assert error(http.delete(f"{images_path(sandbox, OTHER)}/{image['id']}")) == (404, "NOT_FOUND")
    answer = http.delete(path)
    assert (answer.status_code, answer.content) == (204, b"")
    assert error(http.delete(path)) == (404, "NOT_FOUND")
    assert httpx.get(image["image_url"]).status_code == 404
    assert [left.id for left in sandbox.images(GTIN)] == [other.id]
    assert [arrival.image_id for arrival in sandbox.ledger.stored] == [image["id"]]


def test_the_disk_holds_the_images_and_nothing_else(http: httpx.Client, sandbox: Sandbox) -> None:
    kept = sandbox.put_image(GTIN, JPEG)
    deleted = upload(http, sandbox).json()
    http.delete(f"{images_path(sandbox)}/{deleted['id']}")
    upload(http, sandbox, data=b"no image")
    http.post(images_path(sandbox), content=b"x", headers={"Content-Type": "multipart/form-data; boundary=b"})
    assert list(kept.path.parent.iterdir()) == [kept.path]


# --- all answers


def test_paths_and_methods_that_the_api_does_not_have_are_404_with_envelope(
    http: httpx.Client, sandbox: Sandbox
) -> None:
    assert error(http.get("/dashboard/api/v2/nothing")) == (404, "NOT_FOUND")
    assert error(http.patch(images_path(sandbox))) == (404, "NOT_FOUND")


def test_the_date_is_the_servers_time_and_so_is_created(http: httpx.Client, sandbox: Sandbox) -> None:
    def lead(answer: httpx.Response) -> float:
        return parsedate_to_datetime(answer.headers["date"]).timestamp() - sandbox.clock.true()

    assert -60 < lead(http.get("/account/api/v1/whoami")) < 60
    sandbox.set_clock_skew(3600)
    answer = upload(http, sandbox)
    assert 3540 < lead(answer) < 3660
    created = datetime.fromisoformat(answer.json()["created"]).timestamp()
    assert 3540 < created - sandbox.clock.true() < 3660
    assert abs(sandbox.ledger.arrivals[0].at - sandbox.clock.true()) < 60


def test_image_urls_can_be_null_or_lead_to_other_bytes(http: httpx.Client, sandbox: Sandbox) -> None:
    url = upload(http, sandbox).json()["image_url"]
    sandbox.set_image_urls("altered")
    altered = httpx.get(url).content
    assert altered != JPEG
    assert altered.startswith(JPEG)
    sandbox.set_image_urls("null")
    assert upload(http, sandbox).json()["image_url"] is None
    with pytest.raises(ValueError, match="original, altered, null"):
        sandbox.set_image_urls("nonsense")  # type: ignore[arg-type]  # the mistake under test


def test_a_given_image_must_be_one(sandbox: Sandbox) -> None:
    with pytest.raises(ValueError, match="Not an image"):
        sandbox.put_image(GTIN, b"hello")


def test_a_failure_of_the_sandbox_itself_is_told_apart(http: httpx.Client, sandbox: Sandbox) -> None:
    shutil.rmtree(sandbox.put_image(GTIN, JPEG).path.parent)
    answer = upload(http, sandbox)
    assert error(answer) == (500, "INTERNAL_ERROR")
    assert "sandbox itself" in answer.json()["error"]["message"]
