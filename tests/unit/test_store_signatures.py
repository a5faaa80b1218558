"""What the store is asked takes values and gives values. A callback would be run while the database is locked: one that
asked a share that did not answer once stopped everybody, and one that read from the database waited for itself."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from typing import Any, get_args, get_origin, get_type_hints

import pytest

import folder_sync.store

MODULES = [
    module.name for module in pkgutil.iter_modules(folder_sync.store.__path__, "folder_sync.store.") if not module.ispkg
]

WITHOUT_A_LOCK = {"Care.back_up"}
"""A copy is read by a connection of its own."""


def methods(module: str) -> Iterator[Any]:
    """The public ones of a module's classes."""
    for _, found in inspect.getmembers(importlib.import_module(module), inspect.isclass):
        if found.__module__ == module:
            functions = inspect.getmembers(found, inspect.isfunction)
            yield from (function for name, function in functions if not name.startswith("_") or name == "__init__")


def mentions_a_callable(hint: Any) -> bool:
    return get_origin(hint) is Callable or hint is Callable or any(map(mentions_a_callable, get_args(hint)))


def takes_a_callback(function: Any) -> bool:
    hints = {name: hint for name, hint in get_type_hints(function).items() if name != "return"}
    return any(map(mentions_a_callable, hints.values()))


@pytest.mark.parametrize("module", MODULES)
def test_no_callback_gets_into_the_store(module: str) -> None:
    found = {function.__qualname__ for function in methods(module) if takes_a_callback(function)}
    assert found <= WITHOUT_A_LOCK


def test_a_callback_would_be_seen() -> None:
    def optional(path: bytes, *, exists: Callable[[bytes], bool] | None = None) -> None: ...

    assert takes_a_callback(optional)
    assert len([function for module in MODULES for function in methods(module)]) > 50
