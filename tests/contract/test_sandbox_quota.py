"""The sandbox's two quota windows, by both algorithms, seen through the documented headers."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from folder_sync.photo import Format
from folder_sync.sandbox.drawing import photo_bytes
from folder_sync.sandbox.quota import Algorithm, Limits
from folder_sync.sandbox.serving import running_sandbox
from folder_sync.sandbox.state import Sandbox

NOON = 1_700_000_000.0
GTIN = "00012345678905"


class Hands:
    """A clock moved by hand."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now


@contextmanager
def limited(limits: Limits, algorithm: Algorithm = "fixed") -> Iterator[tuple[Sandbox, httpx.Client, Hands]]:
    hands = Hands()
    with (
        running_sandbox(limits=limits, algorithm=algorithm, clock=hands) as sandbox,
        httpx.Client(base_url=sandbox.url, headers={"X-API-Key": sandbox.key}) as http,
    ):
        yield sandbox, http, hands


def whoami(http: httpx.Client) -> httpx.Response:
    return http.get("/account/api/v1/whoami")


def test_the_defaults_are_300_a_minute_and_10000_a_day() -> None:
    with running_sandbox() as sandbox:
        answer = httpx.get(f"{sandbox.url}/account/api/v1/whoami", headers={"X-API-Key": sandbox.key})
    assert answer.headers["ratelimit-policy"] == "300;w=60, 10000;w=86400"
    assert (answer.headers["ratelimit-limit"], answer.headers["ratelimit-remaining"]) == ("300", "299")


@pytest.mark.parametrize("algorithm", ["fixed", "sliding"])
def test_every_header_is_on_every_answer_and_retry_after_on_429_only(algorithm: Algorithm) -> None:
    with limited(((2, 60), (10, 86400)), algorithm) as (_, http, hands):
        hands.now = NOON + 0.5
        first = whoami(http)
        hands.now = NOON + 20.5
        second, third = http.get("/nothing"), whoami(http)

    def headers(answer: httpx.Response) -> dict[str, str]:
        return {name: value for name, value in answer.headers.items() if "ratelimit" in name or name == "retry-after"}

    assert headers(first) == {
        "ratelimit-policy": "2;w=60, 10;w=86400",
        "ratelimit-limit": "2",
        "ratelimit-remaining": "1",
        "ratelimit-reset": "60",
        "x-ratelimit-limit": "2",
        "x-ratelimit-remaining": "1",
        "x-ratelimit-reset": str(int(NOON) + 61),
    }
    assert second.status_code == 404
    assert (headers(second)["ratelimit-remaining"], headers(second)["ratelimit-reset"]) == ("0", "40")
    assert third.status_code == 429
    assert third.json()["error"]["code"] == "RATE_LIMITED"
    assert headers(third) == headers(second) | {"retry-after": "40"}


def test_a_fixed_window_gives_everything_back_at_its_end() -> None:
    with limited(((2, 60),)) as (sandbox, http, hands):
        assert [whoami(http).status_code for _ in range(3)] == [200, 200, 429]
        hands.now += 59.9
        assert whoami(http).status_code == 429
        hands.now += 0.1
        assert [whoami(http).status_code for _ in range(3)] == [200, 200, 429]
        assert sandbox.quota.refused == 3


def test_a_sliding_window_gives_back_one_by_one() -> None:
    with limited(((2, 60),), "sliding") as (_, http, hands):
        assert whoami(http).status_code == 200
        hands.now += 30
        assert [whoami(http).status_code for _ in range(2)] == [200, 429]
        hands.now += 30
        assert [whoami(http).status_code for _ in range(2)] == [200, 429]
        hands.now += 30
        assert whoami(http).headers["ratelimit-remaining"] == "0"


def test_the_day_runs_out_although_the_minute_does_not() -> None:
    with limited(((5, 60), (6, 86400))) as (_, http, hands):
        for _ in range(4):
            assert whoami(http).headers["ratelimit-limit"] == "5"
        hands.now += 60
        answers = [whoami(http) for _ in range(3)]
        assert [answer.headers["ratelimit-limit"] for answer in answers] == ["6", "6", "6"]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert answers[2].headers["retry-after"] == str(86400 - 60)


@pytest.mark.parametrize("algorithm", ["fixed", "sliding"])
def test_waiting_as_long_as_retry_after_says_is_enough(algorithm: Algorithm) -> None:
    with limited(((1, 7), (3, 20)), algorithm) as (_, http, hands):
        for _ in range(6):
            answer = whoami(http)
            if answer.status_code == 429:
                hands.now += float(answer.headers["retry-after"])
                assert whoami(http).status_code == 200


def test_refused_calls_of_other_kinds_count_too() -> None:
    with limited(((10, 60),)) as (sandbox, http, _):
        path = f"/dashboard/api/v1/trade-items/{sandbox.organization_id}/{GTIN}/images"
        http.get(path + "?page=0")
        http.post(path)
        http.delete(path + "/none")
        sandbox.revoke_key()
        assert whoami(http).headers["ratelimit-remaining"] == "6"


def test_keys_are_counted_apart_and_may_have_limits_of_their_own() -> None:
    with limited(((2, 60),)) as (sandbox, http, _):
        other = sandbox.accounts.add_key(sandbox.organization_id)
        sandbox.quota.set_limits(other, ((7, 60), (9, 600)))
        whoami(http)
        answer = http.get("/account/api/v1/whoami", headers={"X-API-Key": other})
        assert answer.headers["ratelimit-policy"] == "7;w=60, 9;w=600"
        assert answer.headers["ratelimit-remaining"] == "6"
        assert whoami(http).headers["ratelimit-remaining"] == "0"


def test_a_key_of_no_requests_at_all_is_refused_for_a_whole_window() -> None:
    for algorithm in ("fixed", "sliding"):
        with limited(((0, 30),), "fixed" if algorithm == "fixed" else "sliding") as (_, http, _):
            assert whoami(http).headers["retry-after"] == "30"


def test_an_upload_over_the_quota_arrives_but_is_not_stored() -> None:
    with limited(((1, 60),)) as (sandbox, http, _):
        path = f"/dashboard/api/v1/trade-items/{sandbox.organization_id}/{GTIN}/images"
        photo = photo_bytes(Format.PNG, width=48)
        statuses = [http.post(path, files={"image": ("x.png", photo)}).status_code for _ in range(2)]
        assert statuses == [201, 429]
        assert [arrival.status for arrival in sandbox.ledger.arrivals] == statuses
        assert len(sandbox.images(GTIN)) == 1


def test_neither_control_calls_nor_image_bytes_take_from_the_quota() -> None:
    with limited(((3, 60),)) as (sandbox, http, _):
        sandbox.put_image(GTIN, photo_bytes(Format.PNG, width=48))
        (image,) = http.get(f"/dashboard/api/v1/trade-items/{sandbox.organization_id}/{GTIN}/images").json()["data"]
        for _ in itertools.repeat(None, 5):
            assert http.get(image["image_url"]).status_code == 200
            assert http.get("/_sandbox/state").status_code == 200
        assert whoami(http).headers["ratelimit-remaining"] == "1"


def test_the_absolute_reset_is_on_the_servers_clock() -> None:
    with limited(((2, 60),)) as (sandbox, http, _):
        sandbox.set_clock_skew(-1000)
        answer = whoami(http)
        assert answer.headers["ratelimit-reset"] == "60"
        assert answer.headers["x-ratelimit-reset"] == str(int(NOON) - 1000 + 60)
