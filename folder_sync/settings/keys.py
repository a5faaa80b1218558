"""All keys there are, read from the model: what messages, environment variables and the reference go by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Final, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from folder_sync.settings.model import Settings
from folder_sync.settings.types import Expected

ENV_PREFIX: Final = "FOLDER_SYNC_"
CONFIG_VARIABLE: Final = "FOLDER_SYNC_CONFIG"

NAME: Final = "*"
"""Stands for the name of any account."""
NUMBER: Final = "#"
"""Stands for the place of any of several tables in a list, from 0."""

LISTS: Final = ("shots", "watch")
"""Tables that are written with two brackets on each side."""

Key = tuple[str, ...]
"""The way to a key: ``("log", "level")``, ``("accounts", "*", "key_file")``, ``("watch", "#", "path")``."""


@cache
def known() -> Mapping[Key, FieldInfo]:
    """Every key that holds a value, in the order of the model."""
    return dict(_walk(Settings, ()))


def sections() -> tuple[str, ...]:
    return tuple(Settings.model_fields)


def general(path: Sequence[str | int]) -> Key:
    """``path`` with the account's name or the place in a list replaced by what stands for any."""
    parts = [str(part) for part in path]
    match parts:
        case ["accounts", _, *rest]:
            return ("accounts", NAME, *rest)
        case [name, place, *rest] if name in LISTS and place.isdecimal():
            return (name, NUMBER, *rest)
    return tuple(parts)


def inside(table: Key) -> list[str]:
    """The names of the keys of ``table``; of ``()``, those of the tables."""
    return list(dict.fromkeys(key[len(table)] for key in known() if key[: len(table)] == table))


def variable(path: Sequence[str | int]) -> str:
    """The environment variable for the key at ``path``."""
    return ENV_PREFIX + "__".join(str(part) for part in path).upper().replace("-", "_")


def about(section: str) -> str:
    """What the section is for."""
    table, _ = _table(Settings.model_fields[section].annotation)
    return getattr(table, "__doc__", "") or ""


def expected(field: FieldInfo) -> str:
    """What the key takes, to follow "must be"."""
    for item in field.metadata:
        if isinstance(item, Expected):
            return item.phrase
    if get_origin(field.annotation) is Literal:
        *others, last = get_args(field.annotation)
        return f"{', '.join(others)} or {last}"
    if field.annotation is bool:
        return "true or false"
    return "text in quotes" if _table(field.annotation)[0] is None else "a table"


def _walk(model: type[BaseModel], prefix: Key) -> Iterator[tuple[Key, FieldInfo]]:
    for name, field in model.model_fields.items():
        table, stands_for = _table(field.annotation)
        if table is None:
            yield (*prefix, name), field
        else:
            yield from _walk(table, (*prefix, name, *stands_for))


def _table(annotation: object) -> tuple[type[BaseModel] | None, Key]:
    """The model behind a table, and what stands for one of several."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation, ()
    for container, stands_for in ((dict, NAME), (tuple, NUMBER)):
        if get_origin(annotation) is container:
            for argument in get_args(annotation):
                if isinstance(argument, type) and issubclass(argument, BaseModel):
                    return argument, (stands_for,)
    return None, ()
