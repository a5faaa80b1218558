"""The Closient API as data: paths of requests, and answers (status, headers, body) as values or typed errors.

No I/O and no clock. Whatever a server, or a proxy in front of it, says: ``heard`` never raises, and a
``read_…`` function gives its value or raises an ApiError: RateLimited for 429, KeyRefused for 401, Forbidden
for 403, UnknownProduct for 404, Refused for any other 4xx, and OutcomeUnknown for all else that is not the
documented answer: a 5xx, a redirect (never followed, it could carry the key away), or a body not understood.

Facts are from docs.closient.com: *Upload / List / Delete product image*, *Identify the authenticated caller*,
*Get trade item detail*, *Rate limits*, *Errors*.
"""

from __future__ import annotations

import calendar
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

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

T = TypeVar("T")

TEXT_MAX: Final = 500
"""How much of the server's own words is passed on, in characters."""

_RETRY_UNSAID: Final = 60.0  # a 429 that names no time: the shorter of the documented windows


# ---- What every response says about quota and clock


@dataclass(frozen=True, slots=True)
class Heard:
    """What a response says beside its body; a header that is absent or malformed is None or ().

    ``limit``, ``remaining`` and ``reset_seconds`` speak of the tightest window only. ``reset_seconds`` and
    ``retry_after`` count from now; ``server_time`` is in seconds since the epoch, on the server's clock.
    """

    status: int
    policy: tuple[Window, ...]
    limit: int | None
    remaining: int | None
    reset_seconds: float | None
    retry_after: float | None
    server_time: float | None


def heard(status: int, headers: Mapping[str, str]) -> Heard:
    """``headers``: names in any letter case."""
    fields = {name.lower(): value.strip() for name, value in headers.items()}
    server_time = _http_date(fields.get("date"))
    reset = _number(fields.get("ratelimit-reset"))
    if reset is None:
        reset = _until(_number(fields.get("x-ratelimit-reset")), server_time)
    retry_after = _number(fields.get("retry-after"))
    if retry_after is None:
        retry_after = _until(_http_date(fields.get("retry-after")), server_time)
    return Heard(
        status=status,
        policy=_policy(fields.get("ratelimit-policy", "")),
        limit=_count(fields, "limit"),
        remaining=_count(fields, "remaining"),
        reset_seconds=reset,
        retry_after=retry_after,
        server_time=server_time,
    )


_NUMBER: Final = re.compile(r"[0-9]{1,10}(\.[0-9]{1,9})?")
_WHOLE: Final = re.compile(r"[0-9]{1,10}")
_POLICY: Final = re.compile(r"([0-9]{1,10})\s*;\s*w\s*=\s*([0-9]{1,10})(?:\s*;.*)?")


def _number(text: str | None) -> float | None:
    return float(text) if text is not None and _NUMBER.fullmatch(text) else None


def _count(fields: Mapping[str, str], what: str) -> int | None:
    """The standard header, else its legacy alias, whichever is a whole number."""
    for name in (f"ratelimit-{what}", f"x-ratelimit-{what}"):
        if _WHOLE.fullmatch(fields.get(name, "")):
            return int(fields[name])
    return None


def _policy(text: str) -> tuple[Window, ...]:
    """``300;w=60, 10000;w=86400``; an item of another form is left out."""
    items = [_POLICY.fullmatch(item.strip()) for item in text.split(",")]
    windows = [Window(int(item[1]), int(item[2])) for item in items if item is not None]
    return tuple(window for window in windows if window.limit and window.seconds)


def _until(moment: float | None, server_time: float | None) -> float | None:
    return None if moment is None or server_time is None else max(0.0, moment - server_time)


_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_HTTP_DATE: Final = re.compile(  # the one form that RFC 9110 lets a server send
    r"[A-Z][a-z]{2}, (?P<day>[0-9]{2}) (?P<month>[A-Z][a-z]{2}) (?P<year>[0-9]{4}) (?P<clock>[0-9:]{8}) GMT"
)
_ISO_TIME: Final = re.compile(
    r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})[T ](?P<clock>[0-9:]{8})"
    r"(?P<fraction>\.[0-9]{1,9})?(?:Z|(?P<sign>[+-])(?P<hours>[0-9]{2}):?(?P<minutes>[0-9]{2}))?"
)
_CLOCK: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9]|60)")  # 60: a leap second


def _http_date(text: str | None) -> float | None:
    form = _HTTP_DATE.fullmatch(text) if text is not None else None
    if form is None or form["month"] not in _MONTHS:
        return None
    return _epoch(form, _MONTHS.index(form["month"]) + 1)


def _iso_time(text: str) -> float | None:
    """ISO-8601 with or without an offset; without one it is UTC, as documented."""
    form = _ISO_TIME.fullmatch(text)
    seconds = _epoch(form, int(form["month"])) if form is not None else None
    if form is None or seconds is None:
        return None
    seconds += float(form["fraction"] or 0)
    if form["sign"]:
        offset = int(form["hours"]) * 3600 + int(form["minutes"]) * 60
        seconds += offset if form["sign"] == "-" else -offset
    return seconds


def _epoch(form: re.Match[str], month: int) -> float | None:
    """Seconds since the epoch of a time in UTC; None where the calendar or the clock has no such time."""
    year, day, clock = int(form["year"]), int(form["day"]), _CLOCK.fullmatch(form["clock"])
    if clock is None or year < 1 or not 1 <= month <= 12 or not 1 <= day <= calendar.monthrange(year, month)[1]:
        return None
    return float(calendar.timegm((year, month, day, *map(int, clock.groups()))))


# ---- Requests

_SHORTUUID: Final = re.compile(r"[23456789A-HJ-NP-Za-km-z]{22}")


def upload_path(organization_id: str, gtin: str) -> str:
    return f"/dashboard/api/v1/trade-items/{_identifier(organization_id)}/{_digits(gtin)}/images"


def images_path(organization_id: str, gtin: str, page: int, page_size: int) -> str:
    """``page`` from 1; ``page_size`` 1 to 100."""
    return f"{upload_path(organization_id, gtin)}?page={page:d}&page_size={page_size:d}"


def image_path(organization_id: str, gtin: str, image_id: str) -> str:
    return f"{upload_path(organization_id, gtin)}/{_identifier(image_id)}"


def whoami_path() -> str:
    return "/account/api/v1/whoami"


def trade_item_path(gtin: str) -> str:
    return f"/products/api/v1/trade-items/{_digits(gtin)}"


def is_identifier(text: str) -> bool:
    """Whether this has the form of Closient's ids: a shortuuid of 22 characters."""
    return _SHORTUUID.fullmatch(text) is not None


def _identifier(text: str) -> str:
    if not is_identifier(text):
        raise ValueError(f"{text!r} is not a Closient id")
    return text


def _digits(gtin: str) -> str:
    if not re.fullmatch(r"[0-9]{8,14}", gtin):
        raise ValueError(f"{gtin!r} is not a GTIN")
    return gtin


# ---- Answers


@dataclass(frozen=True, slots=True)
class ImagePage:
    """Some of a product's images: primary first, then ascending priority, then newest. ``page`` from 1."""

    images: tuple[Image, ...]
    page: int
    has_next: bool
    total_count: int


@dataclass(frozen=True, slots=True)
class Organization:
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class WhoAmI:
    """``role`` and ``key_description`` are None where the server does not name them."""

    organizations: tuple[Organization, ...]
    email: str
    role: str | None
    key_description: str | None


@dataclass(frozen=True, slots=True)
class TradeItem:
    """``owner_id``: the organization that the product belongs to, where the server names one."""

    gtin: str
    product_name: str
    owner_id: str | None
    is_claimed: bool


def read_image(status: int, headers: Mapping[str, str], body: bytes) -> Image:
    """The answer to an upload."""
    return _read(201, status, headers, body, _image)


def read_images(status: int, headers: Mapping[str, str], body: bytes) -> ImagePage:
    return _read(200, status, headers, body, _image_page)


def read_whoami(status: int, headers: Mapping[str, str], body: bytes) -> WhoAmI:
    if status == 404:
        raise OutcomeUnknown(
            "This address is not the Closient API.", "Check base_url in the configuration.", status=status
        )
    return _read(200, status, headers, body, _whoami)


def read_trade_item(status: int, headers: Mapping[str, str], body: bytes) -> TradeItem:
    return _read(200, status, headers, body, _trade_item)


def read_deleted(status: int, headers: Mapping[str, str], body: bytes) -> None:
    if status != 204:
        raise failure(status, headers, body)


def _read(expected: int, status: int, headers: Mapping[str, str], body: bytes, build: Callable[[object], T]) -> T:
    if status != expected:
        raise failure(status, headers, body)
    try:
        return build(_json(body))
    except _NotUnderstoodError as exc:
        raise OutcomeUnknown(
            f"Closient answered {status}, but the answer can't be understood: {exc}.", status=status
        ) from exc


class _NotUnderstoodError(Exception):
    """The body is not of the documented shape; the text says where."""


def _json(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as exc:
        raise _NotUnderstoodError("it is not JSON") from exc


def _image(value: object) -> Image:
    fields = _object(value, "image")
    created = _iso_time(_string(fields, "created"))
    if created is None:
        raise _NotUnderstoodError("'created' is not a time")
    priority = fields.get("priority")
    return Image(
        id=_id(fields),
        title=_string(fields, "title"),
        is_primary=_flag(fields, "is_primary"),
        created=created,
        image_url=_web_address(fields.get("image_url")),
        priority=priority if type(priority) is int and 0 <= priority < 2**31 else 0,
    )


def _image_page(value: object) -> ImagePage:
    fields = _object(value, "list of images")
    pagination = _object(fields.get("pagination"), "'pagination'")
    return ImagePage(
        images=tuple(_image(item) for item in _array(fields, "data")),
        page=_whole(pagination, "page"),
        has_next=_flag(pagination, "has_next"),
        total_count=_whole(pagination, "total_count"),
    )


def _whoami(value: object) -> WhoAmI:
    fields = _object(value, "whoami")
    api_key = fields.get("api_key")
    key = api_key if isinstance(api_key, dict) else {}
    return WhoAmI(
        organizations=tuple(_organization(item) for item in _array(fields, "organizations")),
        email=_words(fields.get("email")) or "",
        role=_words(key.get("role")),
        key_description=_words(key.get("description")),
    )


def _organization(value: object) -> Organization:
    fields = _object(value, "organization")
    return Organization(_id(fields), _words(fields.get("name")) or "")


def _trade_item(value: object) -> TradeItem:
    fields = _object(value, "trade item")
    return TradeItem(
        gtin=_string(fields, "gtin"),
        product_name=_words(fields.get("product_name")) or "",
        owner_id=_words(fields.get("owner_id")),
        is_claimed=fields.get("is_claimed") is True,
    )


def _object(value: object, what: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise _NotUnderstoodError(f"{what} is missing")
    return value


def _array(fields: Mapping[str, object], name: str) -> list[object]:
    value = fields.get(name)
    if not isinstance(value, list):
        raise _NotUnderstoodError(f"'{name}' is missing")
    return value


def _string(fields: Mapping[str, object], name: str) -> str:
    """Kept as it is, for comparing; only halves of surrogate pairs, which no database takes, are replaced."""
    value = fields.get(name)
    if not isinstance(value, str):
        raise _NotUnderstoodError(f"'{name}' is missing")
    return value.encode("utf-8", "replace").decode()


def _id(fields: Mapping[str, object]) -> str:
    text = _string(fields, "id")
    if not is_identifier(text):
        raise _NotUnderstoodError("'id' is not a Closient id")
    return text


def _flag(fields: Mapping[str, object], name: str) -> bool:
    value = fields.get(name)
    if not isinstance(value, bool):
        raise _NotUnderstoodError(f"'{name}' is missing")
    return value


def _whole(fields: Mapping[str, object], name: str) -> int:
    value = fields.get(name)
    if type(value) is not int or value < 0:
        raise _NotUnderstoodError(f"'{name}' is missing")
    return value


def _web_address(value: object) -> str | None:
    """Only what a page may link to: no ``javascript:``, no white space or control characters, not endless."""
    if not isinstance(value, str) or not re.fullmatch(r"https?://[!-~]{1,2000}", value):
        return None
    return value


def _words(value: object) -> str | None:
    """A text that is only shown to people."""
    return plain(value) if isinstance(value, str) else None


# ---- Errors


_KINDS: Final[Mapping[int, tuple[type[ApiError], str, str]]] = {
    401: (
        KeyRefused,
        "Closient does not accept the API key",
        "If it was revoked, make a new one in Closient and put it in the key file.",
    ),
    403: (
        Forbidden,
        "Closient does not allow this with the API key",
        "Its role must be Owner, Manager or Editor, and the product must be the organization's own.",
    ),
    404: (UnknownProduct, "Closient does not know this product or image", ""),
}


def failure(status: int, headers: Mapping[str, str], body: bytes) -> ApiError:
    """The error that an answer other than the expected one stands for."""
    code, words = _envelope(body)
    said = f": {words}." if words else "."
    if status == 429:
        quota = heard(status, headers)
        waits = (quota.retry_after, quota.reset_seconds, _RETRY_UNSAID)
        return RateLimited(
            "The request limit of the API key is used up.",
            "Uploads go on by themselves when it is free again.",
            retry_after=next(wait for wait in waits if wait is not None),
        )
    if status in _KINDS:
        kind, title, hint = _KINDS[status]
        return kind(title + said, hint)
    if status == 413:
        title = f"The file is larger than Closient accepts{said}"
        return Refused(title, "Export the photo smaller.", status=status, code="too_large")
    if 400 <= status < 500:
        title = f"Closient refused the request ({status}){said}"
        return Refused(title, status=status, code=code or f"api_{status}")
    hint = "Check base_url in the configuration." if 300 <= status < 400 else ""
    return OutcomeUnknown(f"Closient answered with status {status}{said}", hint, status=status)


def _envelope(body: bytes) -> tuple[str | None, str]:
    """The reason code and the words of an error envelope, or nothing where there is none (a proxy's page)."""
    try:
        error = _object(_object(_json(body), "envelope").get("error"), "error")
    except _NotUnderstoodError:
        return None, ""
    code = re.sub(r"[^a-z0-9_]+", "_", (_words(error.get("code")) or "").lower())[:40].strip("_")
    details = error.get("details")
    listed = details if isinstance(details, list) else []
    parts = [_words(error.get("message")), *map(_detail, listed)]
    return f"api_{code}" if code else None, plain("; ".join(part.rstrip(".") for part in parts if part))


def _detail(value: object) -> str | None:
    """``{"field": "title", "message": "too long"}`` as ``title: too long``."""
    if not isinstance(value, dict):
        return None
    return ": ".join(filter(None, (_words(value.get("field")), _words(value.get("message")))))


def plain(text: str) -> str:
    """Foreign text made fit for a line of a log, a page or a terminal: bounded, printable, single-spaced."""
    cut = text[: TEXT_MAX * 4]
    line = " ".join("".join(char if char.isprintable() else " " for char in cut).split())
    return line if len(line) <= TEXT_MAX else line[: TEXT_MAX - 1] + "…"
