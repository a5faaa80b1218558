"""Which version runs."""

from __future__ import annotations

import importlib.metadata

import pytest

from folder_sync.version import program_version


def test_a_checkout_that_was_never_installed_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(_: str) -> str:
        raise importlib.metadata.PackageNotFoundError

    monkeypatch.setattr(importlib.metadata, "version", version)
    assert program_version.__wrapped__() == "0"
