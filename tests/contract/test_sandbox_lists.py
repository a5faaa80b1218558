"""A product's images: their order and pages, the hero, and deleting them."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from folder_sync.sandbox.serving import running_sandbox
from folder_sync.sandbox.state import Sandbox
from tests.contract.asking import GTIN, JPEG, OTHER, error, fields_at_fault, images_path, upload


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
