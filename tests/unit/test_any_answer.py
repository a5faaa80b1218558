"""Whatever a server says, nothing but an ApiError comes of it, fit to be shown to people."""

from __future__ import annotations

import re
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from folder_sync.closient import answers
from folder_sync.closient.headers import heard
from folder_sync.errors import ApiError, RateLimited, Refused
from tests.unit.api_bodies import ID, IMAGE, PAGINATION, envelope, sent

Reader = Callable[[int, dict[str, str], bytes], object]
READERS: list[tuple[Reader, int]] = [
    (answers.read_image, 201),
    (answers.read_images, 200),
    (answers.read_whoami, 200),
    (answers.read_trade_item, 200),
    (answers.read_deleted, 204),
]

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
    said = heard(status, headers)

    assert all(window.limit >= 1 and window.seconds >= 1 for window in said.policy)
    assert all(number is None or number >= 0 for number in (said.limit, said.remaining))
    assert all(seconds is None or seconds >= 0 for seconds in (said.reset_seconds, said.retry_after))
