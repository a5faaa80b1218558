"""A server may keep other titles and other bytes than it was sent, serve them late, and list what was a while ago."""

from __future__ import annotations

from collections.abc import Callable
from unicodedata import normalize

import httpx
import pytest

from folder_sync.photo import Format
from folder_sync.sandbox.drawing import photo_bytes
from folder_sync.sandbox.rewriting import Titles
from folder_sync.sandbox.serving import running_sandbox
from folder_sync.sandbox.state import Sandbox
from tests.contract.asking import GTIN, JPEG, OTHER, error, images_path, upload

PNG = photo_bytes(Format.PNG, width=48)
SENT = "  Vorder\u00ebs  \u201cA & B\u201d <x> and more "


@pytest.mark.parametrize(
    ("mode", "kept"),
    [
        ("original", SENT),
        ("html", SENT.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")),
        ("nfd", normalize("NFD", SENT)),
        ("trimmed", "Vorder\u00ebs \u201cA & B\u201d <x> and more"),
        ("upper", SENT.upper()),
        ("shortened", "  Vorder\u00ebs  \u201cA & B\u201d"),
        ("none", ""),
    ],
)
def test_titles_are_rewritten_when_they_are_stored(
    http: httpx.Client, sandbox: Sandbox, mode: Titles, kept: str
) -> None:
    upload(http, sandbox, title="before")
    sandbox.set_titles(mode)
    assert upload(http, sandbox, title=SENT).json()["title"] == kept
    assert [image["title"] for image in http.get(images_path(sandbox)).json()["data"]] == [kept, "before"]
    assert [arrival.title for arrival in sandbox.ledger.stored] == ["before", SENT]


def test_a_server_that_re_encodes_does_so_for_a_format(http: httpx.Client, sandbox: Sandbox) -> None:
    jpeg, png = (upload(http, sandbox, data=data).json()["image_url"] for data in (JPEG, PNG))
    sandbox.set_image_urls("altered", format="png")
    assert (httpx.get(jpeg).content, httpx.get(png).content) == (JPEG, PNG + b"\n")
    sandbox.set_image_urls("null", format="jpg")
    assert [upload(http, sandbox, data=data).json()["image_url"] is None for data in (JPEG, PNG)] == [True, False]
    assert httpx.get(png).content == PNG + b"\n"
    sandbox.set_image_urls("original")
    assert httpx.get(png).content == PNG


def test_a_server_that_begins_to_re_encode_keeps_what_it_has(http: httpx.Client, sandbox: Sandbox) -> None:
    old = upload(http, sandbox).json()["image_url"]
    sandbox.set_image_urls("altered", from_now_on=True)
    new, png = (upload(http, sandbox, data=data).json()["image_url"] for data in (JPEG, PNG))
    assert [httpx.get(url).content for url in (old, new, png)] == [JPEG, JPEG + b"\n", PNG + b"\n"]
    sandbox.set_image_urls("original", format="png", from_now_on=True)
    newest = upload(http, sandbox, data=PNG).json()["image_url"]
    assert [httpx.get(url).content for url in (png, newest)] == [PNG + b"\n", PNG]


def test_a_placeholder_in_the_place_of_a_picture(http: httpx.Client, sandbox: Sandbox) -> None:
    url, other = (upload(http, sandbox, gtin).json()["image_url"] for gtin in (GTIN, OTHER))
    sandbox.faults.add("placeholder", route="media", gtin=GTIN, count=2)
    for _ in range(2):
        answer = httpx.get(url)
        assert (answer.status_code, answer.headers["content-type"], len(answer.content)) == (200, "image/gif", 43)
        assert answer.content.startswith(b"GIF89a\x01\x00\x01\x00")
        assert httpx.get(other).content == JPEG
    assert httpx.get(url).content == JPEG


@pytest.mark.parametrize(
    ("fault", "seen"),
    [
        ({"kind": "placeholder"}, 200),
        ({"kind": "error_html", "status": 404}, 404),
        ({"kind": "status", "status": 503}, 503),
    ],
    ids=str,
)
def test_for_a_time_a_picture_is_not_served(fault: dict[str, object], seen: int) -> None:
    now = 1_700_000_000.0
    with running_sandbox(clock=lambda: now) as sandbox:
        image = sandbox.put_image(GTIN, JPEG)
        url = sandbox.catalogue.to_json(image)["image_url"]
        assert httpx.post(f"{sandbox.url}/_sandbox/faults", json={**fault, "route": "media", "lasting": 40}).is_success
        now += 39.9
        answer = httpx.get(url)
        assert (answer.status_code, answer.content == JPEG) == (seen, False)
        now += 0.1
        assert httpx.get(url).content == JPEG


def test_a_picture_that_stalls(http: httpx.Client, sandbox: Sandbox) -> None:
    url = upload(http, sandbox).json()["image_url"]
    sandbox.faults.add("stall", route="media", gtin=GTIN, seconds=3600)
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(url, timeout=0.1)
    assert httpx.get(url).content == JPEG


def test_what_is_behind_an_address_that_leads_nowhere_is_nobodys(http: httpx.Client, sandbox: Sandbox) -> None:
    sandbox.faults.add("placeholder", route="media", gtin=GTIN)
    assert error(http.get("/media/none.jpeg")) == (404, "NOT_FOUND")


def listed(http: httpx.Client, sandbox: Sandbox) -> list[tuple[str, bool]]:
    return [(image["title"], image["is_primary"]) for image in http.get(images_path(sandbox)).json()["data"]]


def test_a_list_that_is_behind() -> None:
    """Uploads, heroes and deletions show in it only so many seconds later; all else is as it is."""
    now = 1_700_000_000.0
    with (
        running_sandbox(clock=lambda: now) as sandbox,
        httpx.Client(base_url=sandbox.url, headers={"X-API-Key": sandbox.key}) as http,
    ):
        sandbox.put_image(GTIN, JPEG, "hero", is_primary=True)
        assert listed(http, sandbox) == [("hero", True)]
        sandbox.set_list_lag(30)
        created = upload(http, sandbox, title="new hero", is_primary="true").json()
        assert httpx.get(created["image_url"]).content == JPEG
        assert len(sandbox.images(GTIN)) == 2
        now += 20
        upload(http, sandbox, title="third")
        assert listed(http, sandbox) == [("hero", True)]
        now += 10
        assert listed(http, sandbox) == [("new hero", True), ("hero", False)]
        now += 20
        assert http.delete(f"{images_path(sandbox)}/{created['id']}").status_code == 204
        assert http.delete(f"{images_path(sandbox)}/{created['id']}").status_code == 404
        now += 29.9
        assert listed(http, sandbox) == [("new hero", True), ("third", False), ("hero", False)]
        now += 0.1
        assert listed(http, sandbox) == [("third", False), ("hero", False)]


def test_a_list_that_is_behind_shows_a_late_image_later_still() -> None:
    now = 1_700_000_000.0
    with (
        running_sandbox(clock=lambda: now) as sandbox,
        httpx.Client(base_url=sandbox.url, headers={"X-API-Key": sandbox.key}) as http,
    ):
        sandbox.set_list_lag(30)
        sandbox.faults.add("store_late", seconds=10)
        with pytest.raises(httpx.RemoteProtocolError):
            upload(http, sandbox, title="late")
        now += 39.9
        assert listed(http, sandbox) == []
        now += 0.1
        assert listed(http, sandbox) == [("late", False)]


def test_a_list_that_is_no_longer_behind(http: httpx.Client, sandbox: Sandbox) -> None:
    sandbox.set_list_lag(3600)
    upload(http, sandbox, title="new")
    assert http.get(images_path(sandbox)).json()["data"] == []
    sandbox.set_list_lag(0)
    assert len(http.get(images_path(sandbox)).json()["data"]) == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda sandbox: sandbox.set_list_lag(-1),
        lambda sandbox: sandbox.set_list_lag(float("nan")),
        lambda sandbox: sandbox.set_latency(-1),
        lambda sandbox: sandbox.set_titles("nonsense"),
        lambda sandbox: sandbox.set_image_urls("altered", format="tiff"),
    ],
)
def test_a_change_that_makes_no_sense_is_refused(sandbox: Sandbox, change: Callable[[Sandbox], None]) -> None:
    with pytest.raises(ValueError, match=r"seconds|mode|tiff"):
        change(sandbox)


def test_it_all_can_be_scripted_over_http(http: httpx.Client, sandbox: Sandbox) -> None:
    for change in (
        {"kind": "titles", "mode": "upper"},
        {"kind": "list_lag", "seconds": 5},
        {"kind": "image_urls", "mode": "altered", "format": "png"},
        {"kind": "image_urls", "mode": "null", "from_now_on": True},
    ):
        assert http.post("/_sandbox/faults", json=change).status_code == 204
    state = http.get("/_sandbox/state").json()
    assert (state["titles"], state["list_lag"]) == ("upper", 5)
    assert [(rule["mode"], rule["format"]) for rule in state["image_urls"]] == [
        ("original", None), ("altered", "png"), ("null", None),
    ]  # fmt: skip
    assert (
        http.post("/_sandbox/faults", json={"kind": "image_urls", "mode": "null", "from_now_on": 1}).status_code == 422
    )
