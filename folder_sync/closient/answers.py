"""Answers (status, headers, body) as values. No I/O and no clock.

Whatever a server, or a proxy in front of it, says: a ``read_…`` function gives its value or raises an ApiError,
the one that ``failures`` names, or OutcomeUnknown for a body that is not of the documented shape.

Facts are from docs.closient.com: *Upload / List / Delete product image*, *Identify the authenticated caller*,
*Get trade item detail*.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from folder_sync.closient.failures import failure
from folder_sync.closient.fields import (
    NotUnderstood,
    array,
    decoded,
    flag,
    identifier,
    mapping,
    string,
    web_address,
    words,
)
from folder_sync.closient.times import iso_time
from folder_sync.errors import OutcomeUnknown
from folder_sync.photo import Image

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ImagePage:
    """Some of a product's images: primary first, then ascending priority, then newest. ``total``: how many there are
    on all pages; None where that is not said."""

    images: tuple[Image, ...]
    has_next: bool
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Organization:
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class WhoAmI:
    """``role``: the key's, None where the server does not name one."""

    organizations: tuple[Organization, ...]
    role: str | None


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


def read_trade_item(status: int, headers: Mapping[str, str], body: bytes) -> None:
    """That the catalogue knows the product is all that is asked; the answer has to be one, and not a proxy's page."""
    _read(200, status, headers, body, lambda value: string(mapping(value, "trade item"), "gtin"))


def read_deleted(status: int, headers: Mapping[str, str], body: bytes) -> None:
    if status != 204:
        raise failure(status, headers, body)


def _read(expected: int, status: int, headers: Mapping[str, str], body: bytes, build: Callable[[object], T]) -> T:
    if status != expected:
        raise failure(status, headers, body)
    try:
        return build(decoded(body))
    except NotUnderstood as exc:
        raise OutcomeUnknown(
            f"Closient answered {status}, but the answer can't be understood: {exc}.", status=status
        ) from exc


def _image(value: object) -> Image:
    fields = mapping(value, "image")
    created = iso_time(string(fields, "created"))
    if created is None:
        raise NotUnderstood("'created' is not a time")
    return Image(
        id=identifier(fields),
        title=string(fields, "title"),
        is_primary=flag(fields, "is_primary"),
        created=created,
        image_url=web_address(fields.get("image_url")),
    )


def _image_page(value: object) -> ImagePage:
    fields = mapping(value, "list of images")
    pagination = mapping(fields.get("pagination"), "'pagination'")
    total = pagination.get("total_count")
    return ImagePage(
        images=tuple(_image(item) for item in array(fields, "data")),
        has_next=flag(pagination, "has_next"),
        total=total if isinstance(total, int) else None,
    )


def _whoami(value: object) -> WhoAmI:
    fields = mapping(value, "whoami")
    api_key = fields.get("api_key")
    key = api_key if isinstance(api_key, dict) else {}
    return WhoAmI(
        organizations=tuple(_organization(item) for item in array(fields, "organizations")),
        role=words(key.get("role")),
    )


def _organization(value: object) -> Organization:
    fields = mapping(value, "organization")
    return Organization(identifier(fields), words(fields.get("name")) or "")
