"""Every scriptable fault, by its effect on a real connection."""

from __future__ import annotations

import logging
import threading

import httpx
import pytest

from folder_sync.photo import Format
from folder_sync.sandbox.drawing import jpeg_of_size, photo_bytes
from folder_sync.sandbox.serving import running_sandbox
from folder_sync.sandbox.state import Sandbox
from tests.contract.asking import GTIN, JPEG, OTHER, images_path, upload
from tests.support.waiting import wait_for

LOST = (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError)
"""How a dropped connection can look, depending on what was still in the pipe."""


@pytest.mark.parametrize("size", [10_000, 3_000_000])
def test_drop_before_body(http: httpx.Client, sandbox: Sandbox, size: int) -> None:
    sandbox.faults.add("drop_before_body")
    with pytest.raises(LOST):
        upload(http, sandbox, data=jpeg_of_size(size))
    assert sandbox.ledger.arrivals == ()
    assert sandbox.images(GTIN) == []
    assert [call.status for call in sandbox.ledger.calls] == [None]
    assert upload(http, sandbox).status_code == 201


@pytest.mark.parametrize("size", [10_000, 3_000_000])
def test_drop_after_body(http: httpx.Client, sandbox: Sandbox, size: int) -> None:
    sandbox.faults.add("drop_after_body")
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        upload(http, sandbox, data=jpeg_of_size(size))
    (arrival,) = sandbox.ledger.arrivals
    assert (arrival.size, arrival.image_id, arrival.status) == (size, None, None)
    assert sandbox.images(GTIN) == []


@pytest.mark.parametrize("size", [10_000, 3_000_000])
def test_drop_after_store(http: httpx.Client, sandbox: Sandbox, size: int) -> None:
    sandbox.faults.add("drop_after_store")
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        upload(http, sandbox, data=jpeg_of_size(size))
    (image,) = sandbox.images(GTIN)
    (arrival,) = sandbox.ledger.stored
    assert (arrival.image_id, arrival.status) == (image.id, None)


def test_what_is_dropped_after_storing_has_still_to_be_valid(http: httpx.Client, sandbox: Sandbox) -> None:
    sandbox.faults.add("drop_after_store")
    with pytest.raises(httpx.RemoteProtocolError):
        upload(http, sandbox, data=b"no image")
    assert sandbox.images(GTIN) == []
    assert sandbox.ledger.stored == ()


def test_drop_after_store_of_a_delete_deletes(http: httpx.Client, sandbox: Sandbox) -> None:
    image = sandbox.put_image(GTIN, JPEG)
    sandbox.faults.add("drop_after_store", method="DELETE")
    with pytest.raises(httpx.RemoteProtocolError):
        http.delete(f"{images_path(sandbox)}/{image.id}")
    assert sandbox.images(GTIN) == []


def test_store_late() -> None:
    now = 1_700_000_000.0
    with (
        running_sandbox(clock=lambda: now) as sandbox,
        httpx.Client(base_url=sandbox.url, headers={"X-API-Key": sandbox.key}) as http,
    ):
        early = sandbox.put_image(GTIN, JPEG, is_primary=True)
        sandbox.faults.add("store_late", seconds=30)
        with pytest.raises(httpx.RemoteProtocolError):
            http.post(images_path(sandbox), files={"image": ("x.jpg", JPEG)}, data={"is_primary": "true"})
        (arrival,) = sandbox.ledger.stored
        now += 29.9
        assert [image["id"] for image in http.get(images_path(sandbox)).json()["data"]] == [early.id]
        now += 0.1
        late, demoted = http.get(images_path(sandbox)).json()["data"]
    assert late["id"] == arrival.image_id
    assert (late["is_primary"], demoted["is_primary"]) == (True, False)
    assert late["created"] == "2023-11-14T22:13:50Z"


def upload_in_vain(http: httpx.Client, sandbox: Sandbox) -> None:
    with pytest.raises(httpx.ReadTimeout):
        http.post(images_path(sandbox), files={"image": ("x.jpg", JPEG)}, timeout=httpx.Timeout(5, read=0.1))
    wait_for(lambda: len(sandbox.ledger.arrivals) == 1, "it has arrived")


def test_a_stall_before_storing(http: httpx.Client, sandbox: Sandbox) -> None:
    sandbox.faults.add("stall", seconds=3600)
    upload_in_vain(http, sandbox)
    assert sandbox.images(GTIN) == []


def test_a_stall_after_storing(http: httpx.Client, sandbox: Sandbox) -> None:
    sandbox.faults.add("stall", seconds=3600, stored=True)
    upload_in_vain(http, sandbox)
    wait_for(lambda: len(sandbox.ledger.stored) == 1, "it is stored")
    assert len(sandbox.images(GTIN)) == 1
    assert sandbox.ledger.calls == ()  # still in flight


def test_after_a_stall_the_server_goes_on_without_the_client(http: httpx.Client, sandbox: Sandbox) -> None:
    sandbox.faults.add("stall", seconds=0.3)
    upload_in_vain(http, sandbox)
    wait_for(lambda: len(sandbox.images(GTIN)) == 1, "it is stored")


def test_a_stall_that_is_waited_for_ends_in_the_true_answer(http: httpx.Client, sandbox: Sandbox) -> None:
    sandbox.faults.add("stall", seconds=0.05, stored=True)
    assert upload(http, sandbox).status_code == 201
    sandbox.faults.add("stall", seconds=0.05)
    assert upload(http, sandbox).status_code == 201


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize("stored", [False, True])
def test_error_html(http: httpx.Client, sandbox: Sandbox, status: int, stored: bool) -> None:
    sandbox.faults.add("error_html", status=status, stored=stored)
    answer = upload(http, sandbox)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    assert "<html>" in answer.text
    assert len(sandbox.images(GTIN)) == len(sandbox.ledger.stored) == int(stored)
    assert sandbox.ledger.arrivals[0].status == status


def test_malformed_201(http: httpx.Client, sandbox: Sandbox) -> None:
    sandbox.faults.add("malformed_201")
    sandbox.faults.add("malformed_201", body="{}")
    first, second = upload(http, sandbox), upload(http, sandbox)
    assert (first.status_code, second.status_code) == (201, 201)
    with pytest.raises(ValueError, match="Expecting"):
        first.json()
    assert second.json() == {}
    assert len(sandbox.images(GTIN)) == 2


def test_status_with_envelope(http: httpx.Client, sandbox: Sandbox) -> None:
    sandbox.faults.add("status", status=418, code="TEAPOT", message="Short and stout.")
    sandbox.faults.add("status", status=429, seconds=7)
    sandbox.faults.add("status", status=503, stored=True)
    teapot, limited, unavailable = (upload(http, sandbox) for _ in range(3))
    assert teapot.json() == {"error": {"code": "TEAPOT", "message": "Short and stout.", "status": 418, "details": []}}
    assert "retry-after" not in teapot.headers
    assert (limited.json()["error"]["code"], limited.headers["retry-after"]) == ("RATE_LIMITED", "7")
    assert unavailable.json()["error"]["code"] == "HTTP_503"
    assert [arrival.image_id is not None for arrival in sandbox.ledger.arrivals] == [False, False, True]


def test_forbidden_while_whoami_goes_on_naming_the_organization(http: httpx.Client, sandbox: Sandbox) -> None:
    sandbox.faults.add("forbidden", route="upload", count=None)
    for _ in range(3):
        answer = upload(http, sandbox)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "FORBIDDEN")
    assert http.get("/account/api/v1/whoami").json()["organizations"][0]["id"] == sandbox.organization_id
    sandbox.faults.clear()
    assert upload(http, sandbox).status_code == 201


def test_latency_is_for_every_request(http: httpx.Client, sandbox: Sandbox) -> None:
    sandbox.set_latency(0.5)
    for _ in range(2):
        with pytest.raises(httpx.ReadTimeout):
            http.get("/account/api/v1/whoami", timeout=0.1)
    sandbox.set_latency(0)
    assert http.get("/account/api/v1/whoami", timeout=5).status_code == 200


def test_a_fault_meets_only_what_it_is_for_and_as_often_as_it_says(http: httpx.Client, sandbox: Sandbox) -> None:
    sandbox.faults.add("status", status=500, method="post", route="upload", gtin="012345678905", count=2)
    sandbox.faults.add("status", status=503, route="list")
    assert http.get("/account/api/v1/whoami").status_code == 200
    assert upload(http, sandbox, OTHER).status_code == 201
    assert [upload(http, sandbox).status_code for _ in range(3)] == [500, 500, 201]
    assert [fault.status for fault in sandbox.faults.pending] == [503]
    assert [http.get(images_path(sandbox)).status_code for _ in range(2)] == [503, 200]
    assert sandbox.faults.pending == ()


def test_a_request_meets_one_fault_at_a_time_in_the_order_of_adding(http: httpx.Client, sandbox: Sandbox) -> None:
    for status in (500, 502, 503):
        sandbox.faults.add("status", status=status)
    assert [upload(http, sandbox).status_code for _ in range(4)] == [500, 502, 503, 201]


def test_image_bytes_can_fail_too(http: httpx.Client, sandbox: Sandbox) -> None:
    url = upload(http, sandbox).json()["image_url"]
    sandbox.faults.add("drop_after_store", route="media")
    with pytest.raises(httpx.RemoteProtocolError):
        http.get(url)
    assert http.get(url).content == JPEG


def test_dropping_and_stalling_is_quiet(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, recwarn: pytest.WarningsRecorder
) -> None:
    with caplog.at_level(logging.DEBUG), running_sandbox() as sandbox:
        for kind in ("drop_before_body", "drop_after_body", "drop_after_store"):
            sandbox.faults.add(kind)
            with httpx.Client(base_url=sandbox.url, headers={"X-API-Key": sandbox.key}) as http, pytest.raises(LOST):
                upload(http, sandbox, data=jpeg_of_size(500_000))
        sandbox.faults.add("stall", seconds=60)
        with httpx.Client(base_url=sandbox.url, timeout=0.1) as http, pytest.raises(httpx.ReadTimeout):
            http.get("/account/api/v1/whoami")
    assert capfd.readouterr() == ("", "")
    assert [record for record in caplog.records if record.name.startswith(("uvicorn", "asyncio"))
            and record.levelno > logging.DEBUG] == []  # fmt: skip
    assert list(recwarn) == []


def test_many_clients_at_once_are_all_recorded(sandbox: Sandbox) -> None:
    def work(number: int) -> None:
        with httpx.Client(base_url=sandbox.url, headers={"X-API-Key": sandbox.key}) as http:
            for round_ in range(10):
                upload(http, sandbox, data=photo_bytes(Format.SVG, seed=number * 10 + round_))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({arrival.sha256 for arrival in sandbox.ledger.stored}) == 80
    assert len(sandbox.images(GTIN)) == 80
