"""What an answer says about quota and the server's clock."""

from __future__ import annotations

import pytest

from folder_sync.closient.headers import Heard, heard
from folder_sync.rules.quota import Window


def test_the_documented_headers() -> None:
    headers = {
        "Date": "Sun, 06 Nov 1994 08:49:37 GMT",
        "RateLimit-Policy": "300;w=60, 10000;w=86400",
        "RateLimit-Limit": "300",
        "RateLimit-Remaining": "0",
        "RateLimit-Reset": "42",
        "X-RateLimit-Limit": "1",
        "X-RateLimit-Remaining": "1",
        "X-RateLimit-Reset": "1",
    }

    assert heard(200, headers) == Heard(200, (Window(300, 60), Window(10000, 86400)), 300, 0, 42.0, None, 784111777.0)


def test_the_legacy_headers_stand_in() -> None:
    headers = {
        "date": "Sun, 06 Nov 1994 08:49:37 GMT",
        "x-ratelimit-limit": "300",
        "x-ratelimit-remaining": " 299 ",
        "x-ratelimit-reset": "784111800",
    }

    assert heard(200, headers) == Heard(200, (), 300, 299, 23.0, None, 784111777.0)


@pytest.mark.parametrize("wait", ["9999999999", "1000000000000"])
def test_an_absurd_time_to_wait_is_not_unsaid(wait: str) -> None:
    """The longer one counted for a minute."""
    assert heard(429, {"Retry-After": wait}).retry_after == float(wait)


def test_an_absolute_reset_means_nothing_without_the_servers_clock() -> None:
    assert heard(200, {"X-RateLimit-Reset": "784111800"}).reset_seconds is None


@pytest.mark.parametrize(
    ("policy", "windows"),
    [
        ("100;w=60", (Window(100, 60),)),
        (" 300 ; w = 60 ; burst=5,10000;w=86400", (Window(300, 60), Window(10000, 86400))),
        ("10000;w=86400, 300;w=60", (Window(300, 60), Window(10000, 86400))),
        ("300;w=60, 100;w=60;name=burst, 200;w=60", (Window(100, 60),)),
        ("300;w=60, nonsense", (Window(300, 60),)),
        ("0;w=60, 10;w=0", ()),
        ("300;w=9999999999, 10000;w=86400000, 9000;w=86400", (Window(9000, 86400),)),
        ('"default";q=100;w=60', ()),
        ("300", ()),
        ("9" * 5000 + ";w=1", ()),
        ("", ()),
    ],
)
def test_the_policy(policy: str, windows: tuple[Window, ...]) -> None:
    assert heard(200, {"RateLimit-Policy": policy}).policy == windows


@pytest.mark.parametrize(
    "date",
    [
        "Sun, 06 Abc 1994 08:49:37 GMT",
        "Sun, 31 Feb 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 25:49:37 GMT",
        "Sun, 06 Nov 99999 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 +9999999999",
        "9" * 5000,
        "soon",
        ", ",
        "",
    ],
)
def test_a_date_that_is_none(date: str) -> None:
    assert heard(200, {"Date": date}).server_time is None


@pytest.mark.parametrize(
    "date",
    [
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",  # RFC 9110: no longer sent, and still to be understood, as the next
        "Sun Nov  6 08:49:37 1994",
        "Sun, 06 Nov 1994 08:49:37 -0000",
    ],
)
def test_a_date(date: str) -> None:
    assert heard(200, {"Date": date}).server_time == 784111777.0
