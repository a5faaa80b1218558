from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from folder_sync.closient import wire
from folder_sync.closient.wire import Heard, ImagePage, Organization, TradeItem, WhoAmI
from folder_sync.errors import (
    ApiError,
    Forbidden,
    KeyRefused,
    OutcomeUnknown,
    RateLimited,
    Refused,
    UnknownProduct,
)
from folder_sync.photo import Image
from folder_sync.rules.quota import Window

ID = "vytxeTZskVKR7C7WgdSP3d"
ORGANIZATION = "mhvXdrZT4jP5T8vBxuvm75"
GTIN = "00012345678905"
IMAGE: dict[str, Any] = {
    "id": ID,
    "title": "Front of package",
    "is_primary": True,
    "priority": 2,
    "created": "2026-01-02T03:04:05Z",
    "image_url": "https://www.closient.com/media/x.jpg",
}
PAGINATION = {
    "page": 2,
    "page_size": 1,
    "total_count": 3,
    "total_pages": 3,
    "has_next": True,
    "has_previous": True,
}
Reader = Callable[[int, dict[str, str], bytes], object]
READERS: list[tuple[Reader, int]] = [
    (wire.read_image, 201),
    (wire.read_images, 200),
    (wire.read_whoami, 200),
    (wire.read_trade_item, 200),
    (wire.read_deleted, 204),
]


def sent(value: object) -> bytes:
    return json.dumps(value).encode()


def envelope(status: int, code: object, message: object, details: object = None) -> bytes:
    return sent({"error": {"code": code, "message": message, "status": status, "details": details}})


def failed(status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> ApiError:
    with pytest.raises(ApiError) as caught:
        wire.read_image(status, headers or {}, body)
    return caught.value


# ---- answers


def test_an_image() -> None:
    created = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC).timestamp()

    assert wire.read_image(201, {}, sent(IMAGE)) == Image(
        id=ID,
        title="Front of package",
        is_primary=True,
        created=created,
        image_url="https://www.closient.com/media/x.jpg",
        priority=2,
    )


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-02T03:04:05.250000Z", datetime(2026, 1, 2, 3, 4, 5, 250000, tzinfo=UTC)),
        ("2026-01-02T03:04:05+00:00", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02T03:04:05+02:30", datetime(2026, 1, 2, 0, 34, 5, tzinfo=UTC)),
        ("2026-01-01T22:04:05-0500", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02 03:04:05", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2024-02-29T23:59:59Z", datetime(2024, 2, 29, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_when_an_image_was_made(text: str, moment: datetime) -> None:
    assert wire.read_image(201, {}, sent(IMAGE | {"created": text})).created == moment.timestamp()


@given(seconds=st.integers(-62135596800, 253402300799), microseconds=st.integers(0, 999999))
def test_every_time_that_python_writes_is_read(seconds: int, microseconds: int) -> None:
    moment = datetime.fromtimestamp(seconds, UTC).replace(microsecond=microseconds)
    created = wire.read_image(201, {}, sent(IMAGE | {"created": moment.isoformat()})).created

    assert created == pytest.approx(moment.timestamp(), abs=1e-4)


@pytest.mark.parametrize(
    ("field", "value", "read"),
    [
        ("image_url", None, None),
        ("image_url", "javascript:alert(1)", None),
        ("image_url", "https://x/a b", None),
        ("image_url", "https://x/\n", None),
        ("image_url", 7, None),
        ("image_url", "http://127.0.0.1:8000/x.jpg", "http://127.0.0.1:8000/x.jpg"),
        ("priority", None, 0),
        ("priority", -1, 0),
        ("priority", True, 0),
        ("priority", 2**70, 0),
        ("title", "", ""),
        ("title", "half \ud83d a pair", "half ? a pair"),
        ("title", " kept  as\tit is ", " kept  as\tit is "),
    ],
)
def test_what_else_an_image_may_say(field: str, value: object, read: object) -> None:
    assert getattr(wire.read_image(201, {}, sent(IMAGE | {field: value})), field) == read


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"<html>It worked!</html>",
        sent(IMAGE)[:-1],
        b"\xff\xfe",
        b"[" * 100_000,
        b"9" * 10_000,
        *(sent({name: value for name, value in IMAGE.items() if name != gone}) for gone in list(IMAGE)[:3]),
        sent(IMAGE | {"id": ID[:-1]}),
        sent(IMAGE | {"id": ID[:-1] + "0"}),  # no letter of the alphabet of shortuuid
        sent(IMAGE | {"id": "../../../whoami?x=12345"}),
        sent(IMAGE | {"id": 7}),
        sent(IMAGE | {"is_primary": "true"}),
        *(
            sent(IMAGE | {"created": created})
            for created in (
                None,
                "yesterday",
                "2026-01-02",
                "2026-13-01T00:00:00Z",
                "2025-02-29T00:00:00Z",
                "2026-01-00T00:00:00Z",
                "0000-01-01T00:00:00Z",
                "2026-01-01T24:00:00Z",
                "2026-01-01T00:00:61Z",
            )
        ),
    ],
)
def test_an_upload_whose_answer_makes_no_sense_may_have_landed(body: bytes) -> None:
    with pytest.raises(OutcomeUnknown, match="can't be understood") as caught:
        wire.read_image(201, {}, body)

    assert caught.value.status == 201


def test_a_page_of_images() -> None:
    body = sent({"data": [IMAGE, IMAGE | {"image_url": None}], "pagination": PAGINATION})
    page = wire.read_images(200, {}, body)

    assert page == ImagePage(page.images, page=2, has_next=True, total_count=3)
    assert [image.image_url for image in page.images] == ["https://www.closient.com/media/x.jpg", None]


@pytest.mark.parametrize(
    "body",
    [
        {"data": [IMAGE]},
        {"pagination": PAGINATION},
        {"data": {}, "pagination": PAGINATION},
        {"data": [None], "pagination": PAGINATION},
        {"data": [], "pagination": PAGINATION | {"has_next": None}},
        {"data": [], "pagination": PAGINATION | {"page": "2"}},
        {"data": [], "pagination": PAGINATION | {"total_count": -1}},
        {"data": [], "pagination": PAGINATION | {"total_count": True}},
    ],
)
def test_a_page_that_makes_no_sense(body: object) -> None:
    with pytest.raises(OutcomeUnknown, match="can't be understood"):
        wire.read_images(200, {}, sent(body))


def test_who_the_key_is() -> None:
    body = {
        "user_id": 1,
        "email": "studio@example.com",
        "organizations": [{"id": ORGANIZATION, "name": "Acme\x1b[31m GmbH"}],
        "metadata": {},
        "api_key": {"id": ID, "description": "Studio", "created": None, "role": "Editor", "metadata": {}},
    }

    assert wire.read_whoami(200, {}, sent(body)) == WhoAmI(
        (Organization(ORGANIZATION, "Acme [31m GmbH"),), "studio@example.com", "Editor", "Studio"
    )


def test_a_user_without_key_and_organization() -> None:
    body: dict[str, object] = {"email": None, "organizations": [], "api_key": None}

    assert wire.read_whoami(200, {}, sent(body)) == WhoAmI((), "", None, None)


@pytest.mark.parametrize("organizations", [None, [None], [{"id": "x", "name": "Acme"}]])
def test_a_whoami_that_makes_no_sense(organizations: object) -> None:
    with pytest.raises(OutcomeUnknown):
        wire.read_whoami(200, {}, sent({"organizations": organizations}))


def test_a_whoami_that_is_not_there_is_another_address_and_no_product() -> None:
    with pytest.raises(OutcomeUnknown, match=r"not the Closient API.*base_url"):
        wire.read_whoami(404, {}, b"")


def test_a_trade_item() -> None:
    body = {"id": ID, "gtin": GTIN, "product_name": "Muesli", "owner_id": ORGANIZATION, "is_claimed": True}

    assert wire.read_trade_item(200, {}, sent(body)) == TradeItem(GTIN, "Muesli", ORGANIZATION, is_claimed=True)
    assert wire.read_trade_item(200, {}, sent({"gtin": GTIN})) == TradeItem(GTIN, "", None, is_claimed=False)


def test_a_deletion() -> None:
    wire.read_deleted(204, {}, b"")
    with pytest.raises(UnknownProduct):
        wire.read_deleted(404, {}, b"")
    with pytest.raises(OutcomeUnknown):
        wire.read_deleted(200, {}, b"")


# ---- errors


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, KeyRefused),
        (403, Forbidden),
        (404, UnknownProduct),
        (429, RateLimited),
        *((status, Refused) for status in (400, 405, 409, 413, 415, 418, 422, 499)),
        *((status, OutcomeUnknown) for status in (100, 101, 200, 202, 204, 301, 302, 307, 308, 500, 502, 503, 599)),
    ],
)
def test_what_a_status_means(status: int, kind: type[ApiError]) -> None:
    for body in (b"", b"<html>", envelope(status, "SOMETHING", "Said so.")):
        error = failed(status, body)
        assert type(error) is kind
        assert error.title.endswith(".")
        assert getattr(error, "status", status) == status


def test_a_redirect_points_at_the_configuration() -> None:
    assert "base_url" in failed(302).hint


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (422, envelope(422, "VALIDATION_ERROR", ""), "api_validation_error"),
        (409, envelope(409, "Conflict", ""), "api_conflict"),
        (400, envelope(400, "bad request!\n", ""), "api_bad_request"),
        (400, envelope(400, "ÄÖ\x00", ""), "api_400"),
        (400, envelope(400, None, ""), "api_400"),
        (400, envelope(400, ["X"], ""), "api_400"),
        (418, b"<html>teapot</html>", "api_418"),
        (415, sent({"error": "no envelope"}), "api_415"),
        (415, sent(["no envelope"]), "api_415"),
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
    assert len(error.title) < wire.TEXT_MAX + 100
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
        ({}, 60.0),
    ],
)
def test_how_long_a_429_waits(headers: dict[str, str], seconds: float) -> None:
    error = failed(429, b"", headers)

    assert isinstance(error, RateLimited)
    assert error.retry_after == seconds


# ---- what every response says


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

    assert wire.heard(200, headers) == Heard(
        200, (Window(300, 60), Window(10000, 86400)), 300, 0, 42.0, None, 784111777.0
    )


def test_the_legacy_headers_stand_in() -> None:
    headers = {
        "date": "Sun, 06 Nov 1994 08:49:37 GMT",
        "x-ratelimit-limit": "300",
        "x-ratelimit-remaining": " 299 ",
        "x-ratelimit-reset": "784111800",
    }

    assert wire.heard(200, headers) == Heard(200, (), 300, 299, 23.0, None, 784111777.0)


def test_an_absolute_reset_means_nothing_without_the_servers_clock() -> None:
    assert wire.heard(200, {"X-RateLimit-Reset": "784111800"}).reset_seconds is None


@pytest.mark.parametrize(
    ("policy", "windows"),
    [
        ("100;w=60", (Window(100, 60),)),
        (" 300 ; w = 60 ; burst=5,10000;w=86400", (Window(300, 60), Window(10000, 86400))),
        ("300;w=60, nonsense", (Window(300, 60),)),
        ("0;w=60, 10;w=0", ()),
        ('"default";q=100;w=60', ()),
        ("300", ()),
        ("9" * 5000 + ";w=1", ()),
        ("", ()),
    ],
)
def test_the_policy(policy: str, windows: tuple[Window, ...]) -> None:
    assert wire.heard(200, {"RateLimit-Policy": policy}).policy == windows


@pytest.mark.parametrize(
    "date",
    [
        "Sun, 06 Abc 1994 08:49:37 GMT",
        "Sun, 31 Feb 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 25:49:37 GMT",
        "Sun, 06 Nov 0000 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        "",
    ],
)
def test_a_date_that_is_none(date: str) -> None:
    assert wire.heard(200, {"Date": date}).server_time is None


# ---- paths


def test_the_paths_are_the_documented_ones() -> None:
    images = f"/dashboard/api/v1/trade-items/{ORGANIZATION}/{GTIN}/images"

    assert wire.upload_path(ORGANIZATION, GTIN) == images
    assert wire.images_path(ORGANIZATION, GTIN, 2, 100) == f"{images}?page=2&page_size=100"
    assert wire.image_path(ORGANIZATION, GTIN, ID) == f"{images}/{ID}"
    assert wire.whoami_path() == "/account/api/v1/whoami"
    assert wire.trade_item_path(GTIN) == f"/products/api/v1/trade-items/{GTIN}"


@pytest.mark.parametrize("name", ["", "x", ID + "a", ID[:-1] + "/", ID[:-1] + "\n", ID[:-1] + "l", "../" + ID[3:]])
def test_nothing_but_an_id_gets_into_a_path(name: str) -> None:
    assert not wire.is_identifier(name)
    with pytest.raises(ValueError, match="not a Closient id"):
        wire.image_path(ORGANIZATION, GTIN, name)
    with pytest.raises(ValueError, match="not a Closient id"):
        wire.upload_path(name, GTIN)


@pytest.mark.parametrize("gtin", ["", "1234567", "123456789012345", "1234567x", "١٢٣٤٥٦٧٨", "../../x"])
def test_nothing_but_digits_gets_into_a_path(gtin: str) -> None:
    with pytest.raises(ValueError, match="not a GTIN"):
        wire.trade_item_path(gtin)


# ---- whatever a server says

NAMES = st.sampled_from(
    [
        "date",
        "Retry-After",
        *(prefix + name for prefix in ("RateLimit-", "x-ratelimit-") for name in ("Limit", "Remaining", "Reset")),
        "RateLimit-Policy",
    ]
)
FORMS = st.from_regex(r"[0-9;w=,. -]{0,20}") | st.from_regex(
    r"[A-Z][a-z]{2}, [0-9]{2} (Jan|Feb|Xyz) [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT", fullmatch=True
)
HEADERS = st.dictionaries(NAMES | st.text(), FORMS | st.text())
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(ID),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from([*IMAGE, *PAGINATION, "data", "pagination", "error", "code", "message", "details"])
            | st.sampled_from(["organizations", "api_key", "role", "gtin", "field"]),
            inner,
        )
    ),
    max_leaves=12,
)
BROKEN_IMAGES = st.dictionaries(st.sampled_from(list(IMAGE)), JSON, max_size=2).map(lambda broken: IMAGE | broken)
BODIES = (
    st.binary()
    | (JSON | BROKEN_IMAGES).map(sent)
    | st.lists(BROKEN_IMAGES, max_size=2).map(lambda data: sent({"data": data, "pagination": PAGINATION}))
    | st.builds(envelope, st.integers(), JSON, JSON, JSON)
)
STATUSES = st.sampled_from([200, 201, 204, 400, 401, 403, 404, 413, 422, 429, 500]) | st.integers()


@given(reader=st.sampled_from(READERS), status=STATUSES, headers=HEADERS, body=BODIES, expected=st.booleans())
def test_no_answer_makes_a_reader_raise_anything_but_an_api_error(
    reader: tuple[Reader, int], status: int, headers: dict[str, str], body: bytes, expected: bool
) -> None:
    read, right = reader
    try:
        read(right if expected else status, headers, body)
    except ApiError as exc:
        error = exc
    else:
        return
    assert str(error).isprintable()
    if isinstance(error, RateLimited):
        assert error.retry_after >= 0
    if isinstance(error, Refused):
        assert 400 <= error.status < 500
        assert re.fullmatch(r"too_large|api_[a-z0-9_]+", error.code)


@given(status=STATUSES, headers=HEADERS)
def test_no_headers_make_hearing_fail(status: int, headers: dict[str, str]) -> None:
    said = wire.heard(status, headers)

    assert all(window.limit >= 1 and window.seconds >= 1 for window in said.policy)
    assert all(number is None or number >= 0 for number in (said.limit, said.remaining))
    assert all(seconds is None or seconds >= 0 for seconds in (said.reset_seconds, said.retry_after))
