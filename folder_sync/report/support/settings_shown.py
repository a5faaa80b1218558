"""The configuration as TOML, key by key. Keys not listed here are left out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from pydantic import BaseModel

from folder_sync.closient.addresses import is_loopback
from folder_sync.report.support.pseudonyms import Pseudonyms
from folder_sync.settings import Settings

PLAIN: Final = {
    "accounts": "requests_per_minute requests_per_day",
    "shots": "primary required",
    "watch": "recursive backend poll_seconds shared",
    "quality": "small min_pixels not_srgb not_white rotated has_location heavy heavy_megabytes animated other_barcode"
    " other_product",
    "convert": "max_pixels srgb jpeg_quality drop_location",
    "intake": "settle_seconds incomplete_seconds rescan_seconds max_megabytes",
    "delivery": "concurrency connect_seconds read_seconds retry_base_seconds retry_max_seconds confirm_after_seconds"
    " recheck_seconds shutdown_seconds",
    "after": "uploaded rejected superseded",
    "audit": "every_days quota_share",
    "web": "port thumbnail_megabytes",
    "notify": "quiet_seconds",
    "log": "level format",
}
"""Numbers, truth values, and words of which there is a fixed choice."""

Show = Callable[[Any, Pseudonyms], str | int]


def _is_there(value: object, _pseudonyms: Pseudonyms) -> str:
    return "given" if value else ""


def _count(values: Iterable[object], _pseudonyms: Pseudonyms) -> int:
    return len(list(values))


def _names(names: Iterable[str], _pseudonyms: Pseudonyms) -> str:
    return ", ".join(name if name in ("house", "gs1", "folder") else "template" for name in names)


def _host(host: str, pseudonyms: Pseudonyms) -> str:
    return "loopback" if is_loopback(host) else pseudonyms.of("host", host) or ""


def _kind_of_store(url: str, _pseudonyms: Pseudonyms) -> str:
    return next((kind for kind in ("sqlite", "postgresql") if url.startswith(f"{kind}:")), "")


OTHERS: Final[dict[str, dict[str, Show]]] = {
    "accounts": {
        "base_url": lambda url, pseudonyms: pseudonyms.of("host", url) or "",
        "organization_id": lambda id_, pseudonyms: pseudonyms.of("organization", id_) or "",
        "key_file": _is_there,
    },
    "catalogue": {"products_file": _is_there},
    "shots": {"name": lambda name, pseudonyms: pseudonyms.of("title", name) or "", "codes": _count},
    "watch": {
        "path": lambda path, pseudonyms: pseudonyms.folder(str(path)) or "",
        "account": lambda account, pseudonyms: pseudonyms.of("account", account) or "",
        "names": _names,
    },
    "convert": {"formats": lambda formats, _: ", ".join(formats)},  # of a fixed choice
    "intake": {"ignore": _count},
    "store": {
        "url": _kind_of_store,
        "password_file": _is_there,
        "machine": lambda machine, pseudonyms: pseudonyms.of("host", machine) or "",
    },
    "web": {
        "host": _host,
        "password_file": _is_there,
        "viewer_password_file": _is_there,
        "certificate_file": _is_there,
        "certificate_key_file": _is_there,
        "allowed_hosts": _count,
    },
    "notify": {"urls": _count},
}
"""Shown in place of texts. Of a list only the length is shown."""


def toml(settings: Settings, pseudonyms: Pseudonyms) -> str:
    return "\n".join(_lines(settings, pseudonyms)) + "\n"


def _lines(settings: Settings, pseudonyms: Pseudonyms) -> Iterator[str]:
    for section in type(settings).model_fields:
        value = getattr(settings, section)
        if isinstance(value, dict):
            for name, table in value.items():
                yield f"[{section}.{pseudonyms.of('account', name)}]"
                yield from _table(section, table, pseudonyms)
        elif isinstance(value, tuple):
            for table in value:
                yield f"[[{section}]]"
                yield from _table(section, table, pseudonyms)
        else:
            yield f"[{section}]"
            yield from _table(section, value, pseudonyms)


def _table(section: str, table: BaseModel, pseudonyms: Pseudonyms) -> Iterator[str]:
    plain, others = PLAIN.get(section, "").split(), OTHERS.get(section, {})
    for key in type(table).model_fields:
        value = getattr(table, key)
        if key in plain:
            yield f"{key} = {_literal(value)}"
        elif key in others:
            yield f"{key} = {_literal(others[key](value, pseudonyms))}"


def _literal(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'"{value}"' if isinstance(value, str) else str(value)
