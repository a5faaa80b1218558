"""What stands between the service and the API can answer too, or break off: bare, early, with headers of its own."""

from __future__ import annotations

import errno
import json
import socket
from typing import Any

import httpx
import pytest

from folder_sync.sandbox.drawing import jpeg_of_size
from folder_sync.sandbox.serving import running_sandbox
from folder_sync.sandbox.state import Sandbox
from tests.contract.asking import GTIN, JPEG, OTHER, error, images_path, upload
from tests.support.waiting import PATIENCE_SECONDS, wait_for

WHOAMI = "/account/api/v1/whoami"
LARGE = 30_000_000
"""More than the sockets between hold."""


@pytest.mark.parametrize("status", [200, 302, 400, 403, 404, 405, 408, 425, 429, 451, 499, 502, 599])
@pytest.mark.parametrize(
    ("body", "content_type"),
    [(None, "text/html; charset=utf-8"), ("Gateway", "text/html; charset=utf-8"), ("", None),
     ('{"detail":"no"}', "application/json")],
)  # fmt: skip
def test_a_bare_answer_has_no_envelope(
    http: httpx.Client, sandbox: Sandbox, status: int, body: str | None, content_type: str | None
) -> None:
    sandbox.faults.add("error_html", status=status, body=body, route="list")
    answer = http.get(images_path(sandbox))
    assert (answer.status_code, answer.headers.get("content-type")) == (status, content_type)
    assert answer.text == body if body is not None else f"<h1>{status}</h1>" in answer.text
    assert http.get(images_path(sandbox)).status_code == 200


def test_a_bare_answer_is_for_one_route_of_one_product(http: httpx.Client, sandbox: Sandbox) -> None:
    sandbox.faults.add("error_html", status=404, route="list", gtin=GTIN, count=None)
    sandbox.faults.add("error_html", status=403, route="whoami", count=2)
    assert [http.get(images_path(sandbox, gtin)).status_code for gtin in (GTIN, OTHER, GTIN)] == [404, 200, 404]
    assert upload(http, sandbox).status_code == 201
    assert [http.get(WHOAMI).status_code for _ in range(3)] == [403, 403, 200]


def test_an_empty_answer_may_come_after_the_photo_is_stored(http: httpx.Client, sandbox: Sandbox) -> None:
    sandbox.faults.add("error_html", status=502, body="", stored=True)
    assert (upload(http, sandbox).content, len(sandbox.images(GTIN))) == (b"", 1)


def test_a_fault_that_lasts_ends_by_itself() -> None:
    now = 1_700_000_000.0
    with (
        running_sandbox(clock=lambda: now) as sandbox,
        httpx.Client(base_url=sandbox.url, headers={"X-API-Key": sandbox.key}) as http,
    ):
        sandbox.faults.add("error_html", lasting=30, route="whoami")
        sandbox.faults.add("status", lasting=60, count=1, route="whoami", status=418)
        sandbox.faults.add("status", lasting=60, count=1, route="list")
        now += 29.9
        assert [http.get(WHOAMI).status_code for _ in range(3)] == [502] * 3
        now += 0.1
        assert [http.get(WHOAMI).status_code for _ in range(2)] == [418, 200]
        assert [fault.route for fault in sandbox.faults.pending] == ["list"]
        now += 30
        assert sandbox.faults.pending == ()
        assert http.get(images_path(sandbox)).status_code == 200


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({"Retry-After": "0"}, "0"),
        ({"Retry-After": "-1"}, "-1"),
        ({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, "Wed, 21 Oct 2015 07:28:00 GMT"),
        ({"Retry-After": "soon"}, "soon"),
        ({"Retry-After": ""}, ""),
        ({"Retry-After": None}, None),
    ],
)
def test_a_429_may_say_anything_about_when_to_come_back(
    http: httpx.Client, sandbox: Sandbox, headers: dict[str, str | None], told: str | None
) -> None:
    sandbox.faults.add("status", status=429, seconds=5, headers={**headers, "RateLimit-Reset": "0"})
    answer = upload(http, sandbox)
    assert (error(answer), answer.headers.get("retry-after")) == ((429, "RATE_LIMITED"), told)
    assert answer.headers.get_list("ratelimit-reset") == ["0"]
    assert int(upload(http, sandbox).headers["ratelimit-reset"]) > 0


def test_a_true_answer_may_have_wrong_headers_or_lack_some(http: httpx.Client, sandbox: Sandbox) -> None:
    sandbox.faults.add("headers", headers={"ratelimit-reset": "0", "RateLimit-Policy": None, "Date": "today"})
    answer = upload(http, sandbox)
    assert (answer.status_code, len(sandbox.images(GTIN))) == (201, 1)
    assert (answer.headers["ratelimit-reset"], answer.headers["date"]) == ("0", "today")
    assert "ratelimit-policy" not in answer.headers
    assert "ratelimit-limit" in answer.headers


@pytest.mark.parametrize("kind", ["status", "error_html"])
@pytest.mark.parametrize("size", [10_000, LARGE])
@pytest.mark.parametrize("status", [408, 413, 503])
def test_an_early_answer(http: httpx.Client, sandbox: Sandbox, kind: str, size: int, status: int) -> None:
    sandbox.faults.add(kind, status=status, early=True)
    assert upload(http, sandbox, data=jpeg_of_size(size)).status_code == status
    assert [call.status for call in sandbox.ledger.calls] == [status]
    assert sandbox.ledger.arrivals == ()
    assert upload(http, sandbox).status_code == 201


def test_an_early_answer_is_there_before_the_rest_of_the_body(sandbox: Sandbox) -> None:
    sandbox.faults.add("error_html", status=413, early=True)
    body = bytes(1_000_000)
    with _connection(sandbox) as connection:
        connection.sendall(_head(sandbox, len(body)) + body[:600_000])
        assert connection.recv(12) == b"HTTP/1.1 413"
        connection.sendall(body[600_000:])
        assert sandbox.ledger.arrivals == ()


def test_an_early_answer_to_what_has_no_body_is_an_answer(http: httpx.Client, sandbox: Sandbox) -> None:
    sandbox.faults.add("status", status=503, early=True)
    assert [http.get(WHOAMI).status_code for _ in range(2)] == [503, 200]


def test_a_client_that_goes_away_from_an_early_answer_harms_nobody(http: httpx.Client, sandbox: Sandbox) -> None:
    sandbox.faults.add("error_html", status=413, early=True)
    with _connection(sandbox) as connection:
        connection.sendall(_head(sandbox, 1_000_000) + bytes(100_000))
    wait_for(lambda: len(sandbox.ledger.calls) == 1, "it is noticed")
    assert upload(http, sandbox).status_code == 201


def test_a_reset_in_the_body(http: httpx.Client, sandbox: Sandbox) -> None:
    """Half of the body is there, and the connection is reset: the poisoned photo never gets through, others do."""
    sandbox.faults.add("reset_in_body", route="upload", gtin=GTIN, count=None)
    for size in (10_000, LARGE):
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):  # as which of the two sides has heard of it
            upload(http, sandbox, data=jpeg_of_size(size))
        assert upload(http, sandbox, OTHER).status_code == 201
    assert [call.status for call in sandbox.ledger.calls] == [None, 201, None, 201]
    assert [arrival.gtin for arrival in sandbox.ledger.arrivals] == [OTHER, OTHER]


def test_a_reset_is_one_and_not_a_close(sandbox: Sandbox) -> None:
    sandbox.faults.add("reset_in_body")
    with _connection(sandbox) as connection:
        connection.sendall(_head(sandbox, 10) + b"12345")
        with pytest.raises(OSError, match=r"reset by peer") as caught:
            connection.recv(1)
        assert caught.value.errno == errno.ECONNRESET


@pytest.mark.parametrize(
    "parameters",
    [
        {"kind": "status", "early": True, "stored": True},
        {"kind": "status", "early": 1},
        {"kind": "drop_after_body", "early": True},
        {"kind": "forbidden", "body": ""},
        {"kind": "error_html", "code": "X"},
        {"kind": "stall", "lasting": 0},
        {"kind": "stall", "lasting": "long"},
        {"kind": "headers", "headers": []},
        {"kind": "headers", "headers": {"Retry-After": 0}},
        {"kind": "headers", "headers": {"Retry-After": "0\r\nX: y"}},
        {"kind": "headers", "headers": {"Retry After": "0"}},
        {"kind": "headers", "headers": {"": "0"}},
        {"kind": "headers", "headers": {"Content-Length": "7"}},
        {"kind": "stall", "headers": {"Retry-After": "0"}},
        {"kind": "placeholder", "route": "list"},
        {"kind": "placeholder"},
    ],
    ids=json.dumps,
)
def test_what_makes_no_sense_is_refused(http: httpx.Client, sandbox: Sandbox, parameters: Any) -> None:
    assert error(http.post("/_sandbox/faults", json=parameters)) == (422, "VALIDATION_ERROR")
    assert sandbox.faults.pending == ()


def test_it_all_can_be_scripted_over_http(http: httpx.Client, sandbox: Sandbox) -> None:
    script = {"kind": "status", "status": 429, "lasting": 3600, "early": True, "headers": {"Retry-After": "0"}}
    assert http.post("/_sandbox/faults", json=script).status_code == 204
    (told,) = http.get("/_sandbox/state").json()["faults"]
    assert {key: told[key] for key in script} == script
    assert told["count"] is None
    assert [upload(http, sandbox, data=JPEG).headers["retry-after"] for _ in range(2)] == ["0", "0"]


def _connection(sandbox: Sandbox) -> socket.socket:
    address = httpx.URL(sandbox.url)
    return socket.create_connection((address.host, address.port or 0), timeout=PATIENCE_SECONDS)


def _head(sandbox: Sandbox, length: int) -> bytes:
    lines = (
        f"POST {images_path(sandbox)} HTTP/1.1",
        "Host: sandbox",
        f"X-API-Key: {sandbox.key}",
        "Content-Type: multipart/form-data; boundary=x",
        f"Content-Length: {length}",
    )
    return "\r\n".join((*lines, "", "")).encode()
