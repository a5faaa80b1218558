"""Reading a body that a stranger sent: JSON, field by field, each of the kind that was promised."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Final

from folder_sync.closient.paths import is_identifier
from folder_sync.text import redact

TEXT_MAX: Final = 500
"""How much of the server's own words is passed on, in characters."""


class NotUnderstood(Exception):
    """The body is not of the documented shape; the text says where."""


def decoded(body: bytes) -> object:
    """One that names a field twice could be read either way: of two ids one would be another photo's."""
    try:
        return json.loads(body, object_pairs_hook=_once)
    except (ValueError, RecursionError) as exc:
        raise NotUnderstood("it is not JSON") from exc


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise NotUnderstood("a field is there twice")
    return fields


def mapping(value: object, what: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise NotUnderstood(f"{what} is missing")
    return value


def array(fields: Mapping[str, object], name: str) -> list[object]:
    value = fields.get(name)
    if not isinstance(value, list):
        raise NotUnderstood(f"'{name}' is missing")
    return value


def string(fields: Mapping[str, object], name: str) -> str:
    """Kept as it is, for comparing; only what no database takes is replaced: halves of surrogate pairs, and NUL."""
    value = fields.get(name)
    if not isinstance(value, str):
        raise NotUnderstood(f"'{name}' is missing")
    return value.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def identifier(fields: Mapping[str, object]) -> str:
    text = string(fields, "id")
    if not is_identifier(text):
        raise NotUnderstood("'id' is not a Closient id")
    return text


def flag(fields: Mapping[str, object], name: str) -> bool:
    value = fields.get(name)
    if not isinstance(value, bool):
        raise NotUnderstood(f"'{name}' is missing")
    return value


def web_address(value: object) -> str | None:
    """Only what a page may link to: no ``javascript:``, no white space or control characters, not endless, no key."""
    if not isinstance(value, str) or not re.fullmatch(r"https?://[!-~]{1,2000}", value):
        return None
    return value if redact(value) == value else None


def words(value: object) -> str | None:
    """A text that is only shown to people."""
    return plain(value) if isinstance(value, str) else None


def plain(text: str) -> str:
    """Foreign text made fit for a line of a log, a page or a terminal: bounded, printable, single-spaced, without keys
    (a server may repeat what it was sent)."""
    cut = text[: TEXT_MAX * 4]
    line = redact(" ".join("".join(char if char.isprintable() else " " for char in cut).split()))
    return line if len(line) <= TEXT_MAX else line[: TEXT_MAX - 1] + "…"
