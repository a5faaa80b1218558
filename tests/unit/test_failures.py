"""What each status, and each error envelope, means for the caller and says to people."""

from __future__ import annotations

import pytest

from folder_sync.closient.failures import failure
from folder_sync.closient.fields import TEXT_MAX
from folder_sync.errors import (
    ApiError,
    Forbidden,
    Intermediary,
    KeyRefused,
    OutcomeUnknown,
    RateLimited,
    Refused,
    UnknownProduct,
)
from tests.unit.api_bodies import envelope, sent


def failed(status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> ApiError:
    return failure(status, headers or {}, body)


BARE = (
    b"",
    b"<html>Blocked by the administrator</html>",
    b"null",
    sent({"error": "no envelope"}),
    sent(["no envelope"]),
    sent({"message": "no Route matched with those values"}),
    envelope(404, 404, "A gateway writes the status here."),
    envelope(404, None, ""),
    envelope(404, ["X"], ""),
    envelope(404, "NOT_FOUND", "cut off")[:-3],
)
"""What proxies, firewalls and gateways say instead of Closient's envelope."""


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, KeyRefused),
        (403, Forbidden),
        (404, UnknownProduct),
        (429, RateLimited),
        *((status, Refused) for status in (400, 405, 409, 413, 415, 418, 422)),
        *((status, OutcomeUnknown) for status in (100, 101, 200, 202, 204, 301, 302, 307, 308, 500, 502, 503, 599)),
        *((status, OutcomeUnknown) for status in (408, 425, 499)),
    ],
)
def test_what_a_status_means_when_closient_says_it(status: int, kind: type[ApiError]) -> None:
    error = failed(status, envelope(status, "SOMETHING", "Said so."))

    assert type(error) is kind
    assert error.title.endswith(".")
    assert getattr(error, "status", status) == status


@pytest.mark.parametrize("body", BARE)
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, KeyRefused),
        (413, Refused),
        (429, RateLimited),
        *((status, Intermediary) for status in (400, 402, 403, 404, 405, 407, 408, 409, 415, 421, 422, 425, 451, 499)),
        *((status, OutcomeUnknown) for status in (200, 302, 500, 502, 503)),
    ],
)
def test_what_a_status_means_when_somebody_else_may_say_it(status: int, kind: type[ApiError], body: bytes) -> None:
    error = failed(status, body)

    assert type(error) is kind
    assert getattr(error, "status", status) == status
    if isinstance(error, Intermediary):
        assert error.title == f"Something between here and Closient answered {status}, not Closient itself."
        assert "proxy" in error.hint


def test_a_redirect_points_at_the_configuration() -> None:
    assert "base_url" in failed(302).hint


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (422, envelope(422, "VALIDATION_ERROR", ""), "api_validation_error"),
        (409, envelope(409, "Conflict", ""), "api_conflict"),
        (400, envelope(400, "bad request!\n", ""), "api_bad_request"),
        (400, envelope(400, "ÄÖ\x00", ""), "api_400"),
        (400, envelope(400, "A" * 1000, ""), "api_" + "a" * 40),
        (413, b"", "too_large"),
        (413, envelope(413, "PAYLOAD_TOO_LARGE", ""), "too_large"),
    ],
)
def test_the_reason_code_of_a_refusal(status: int, body: bytes, code: str) -> None:
    error = failed(status, body)

    assert isinstance(error, Refused)
    assert error.code == code


def test_the_servers_words_and_field_details_are_kept() -> None:
    details = [{"field": "title", "message": "too long"}, {"message": "also this."}, {"field": "image"}, "x", {}]
    error = failed(422, envelope(422, "VALIDATION_ERROR", "Invalid input.", details))

    assert error.title == "Closient refused the request (422): Invalid input; title: too long; also this; image."


def test_details_of_another_shape_count_for_nothing() -> None:
    error = failed(422, envelope(422, "VALIDATION_ERROR", "Invalid input", {"title": "too long"}))

    assert error.title == "Closient refused the request (422): Invalid input."


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 503])
def test_the_servers_words_are_harmless(status: int) -> None:
    evil = "a\x1b[2J\r\nb\x00\u202ec\ud800 \u2028" + "d" * 5000
    error = failed(status, envelope(status, "X", evil, [{"field": evil, "message": evil}] * 100))

    assert "a [2J b c ddd" in error.title
    assert error.title.isprintable()
    assert len(error.title) < TEXT_MAX + 100
    assert error.title.endswith("….")


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "17"}, 17.0),
        ({"retry-after": "0", "RateLimit-Reset": "9"}, 0.0),
        ({"Retry-After": "Sun, 06 Nov 1994 08:50:00 GMT", "Date": "Sun, 06 Nov 1994 08:49:37 GMT"}, 23.0),
        ({"Retry-After": "Sun, 06 Nov 1994 08:50:00 GMT", "RateLimit-Reset": "9"}, 9.0),
        ({"Retry-After": "Sun, 06 Nov 1994 08:00:00 GMT", "Date": "Sun, 06 Nov 1994 08:49:37 GMT"}, 0.0),
        ({"Retry-After": "-5", "RateLimit-Reset": "9"}, 9.0),
        ({"Retry-After": "soon"}, 60.0),
        ({"Retry-After": "-5"}, 60.0),
        ({"RateLimit-Reset": "0"}, 0.0),
        ({"RateLimit-Reset": "-1"}, 60.0),
        ({"X-RateLimit-Reset": "784111776", "Date": "Sun, 06 Nov 1994 08:49:37 GMT"}, 0.0),
        ({}, 60.0),
    ],
)
def test_how_long_a_429_waits(headers: dict[str, str], seconds: float) -> None:
    error = failed(429, b"", headers)

    assert isinstance(error, RateLimited)
    assert error.retry_after == seconds
