"""The sandbox's own endpoints, by which another process scripts faults and looks behind the scenes."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from folder_sync.sandbox.faults import Fault, Kind
from folder_sync.sandbox.state import Sandbox
from tests.contract.asking import GTIN, images_path, upload


@pytest.mark.parametrize(
    "parameters",
    [
        {"kind": "nonsense"},
        {"kind": "stall", "nonsense": 1},
        {"kind": "stall", "status": 500},
        {"kind": "drop_after_body", "stored": True},
        {"kind": "stall", "seconds": -1},
        {"kind": "stall", "seconds": "2"},
        {"kind": "stall", "stored": "false"},
        {"kind": "stall", "count": 0},
        {"kind": "stall", "count": 1.5},
        {"kind": "stall", "route": "nowhere"},
        {"kind": "status", "status": 99},
        {"kind": "status", "status": 204},
        {"kind": "revoke_key", "key": "unknown"},
        {"kind": "unknown_product"},
        {"kind": "image_urls", "mode": "nonsense"},
        {"kind": "latency", "seconds": "long"},
        {},
        [],
    ],
    ids=str,
)
def test_an_entry_that_makes_no_sense_is_refused(http: httpx.Client, sandbox: Sandbox, parameters: Any) -> None:
    answer = http.post("/_sandbox/faults", json=parameters)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "VALIDATION_ERROR")
    assert sandbox.faults.pending == ()


def test_a_body_that_is_no_json_is_refused(http: httpx.Client) -> None:
    assert http.post("/_sandbox/faults", content=b"{").status_code == 422


def test_another_process_can_script_faults_without_a_key(http: httpx.Client, sandbox: Sandbox) -> None:
    with httpx.Client(base_url=sandbox.url) as other:
        script = {"kind": "status", "status": 500, "route": "upload", "count": None}
        assert other.post("/_sandbox/faults", json=script).status_code == 204
        assert sandbox.faults.pending == (Fault(kind=Kind.STATUS, status=500, route="upload", count=None),)
        assert upload(http, sandbox).status_code == 500
        assert other.delete("/_sandbox/faults").status_code == 204
        assert upload(http, sandbox).status_code == 201


def test_another_process_can_change_what_lasts(http: httpx.Client, sandbox: Sandbox) -> None:
    def script(**entry: Any) -> None:
        assert httpx.post(f"{sandbox.url}/_sandbox/faults", json=entry).status_code == 204

    def refused() -> str:
        answer = upload(http, sandbox)
        return "" if answer.status_code == 201 else answer.json()["error"]["code"]

    script(kind="revoke_key")
    assert refused() == "UNAUTHORIZED"
    script(kind="restore_key", key=sandbox.key)
    assert refused() == ""
    script(kind="leave_organization")
    assert refused() == "FORBIDDEN"
    script(kind="join_organization")
    assert refused() == ""
    script(kind="unknown_product", gtin=GTIN)
    assert refused() == "NOT_FOUND"
    assert http.get("/_sandbox/state").json()["unknown_products"] == [GTIN]
    script(kind="known_product", gtin=GTIN)
    assert refused() == ""
    script(kind="image_urls", mode="null")
    assert upload(http, sandbox).json()["image_url"] is None
    script(kind="clock_skew", seconds=-60)
    script(kind="latency", seconds=0.001)
    assert (sandbox.clock.skew, sandbox.faults.latency) == (-60, 0.001)


def test_another_process_can_look_behind_the_scenes(http: httpx.Client, sandbox: Sandbox) -> None:
    image = upload(http, sandbox).json()
    sandbox.faults.add("stall", seconds=1, route="list")

    state = httpx.get(f"{sandbox.url}/_sandbox/state").json()
    (arrival,) = httpx.get(f"{sandbox.url}/_sandbox/ledger").json()
    (call,) = httpx.get(f"{sandbox.url}/_sandbox/calls").json()

    assert (state["url"], state["key"], state["organization_id"]) == (sandbox.url, sandbox.key, sandbox.organization_id)
    assert (state["images"], state["over_quota"], state["clock_skew"]) == (1, 0, 0)
    assert [(fault["kind"], fault["seconds"]) for fault in state["faults"]] == [("stall", 1)]
    assert set(arrival) == {
        "at", "organization_id", "gtin", "title", "is_primary", "filename", "sha256", "size", "image_id", "status",
    }  # fmt: skip
    assert (arrival["image_id"], arrival["gtin"], arrival["status"]) == (image["id"], GTIN, 201)
    assert (call["method"], call["path"], call["status"]) == ("POST", images_path(sandbox), 201)
