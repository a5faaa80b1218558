"""What many of these tests need."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from folder_sync.store.ports import Store
from tests.support.engines import ENGINES
from tests.support.shelf import Shelf


@pytest.fixture(params=ENGINES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with ENGINES[request.param](tmp_path) as store:
        yield store


@pytest.fixture
def shelf(store: Store) -> Iterator[Shelf]:
    shelf = Shelf(store)
    yield shelf
    shelf.db.close()


@pytest.fixture
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the tester's own configuration."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
