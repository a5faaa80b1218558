"""A guest for each file of tests. What goes into it is made once, as much as possible at the same time."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest

from folder_sync.sandbox.serving import running_sandbox
from tests.systemd import packages
from tests.systemd.debian import root_tree
from tests.systemd.guest import booted
from tests.systemd.machine import Machine


class Materials(NamedTuple):
    tree: Path
    exchange: Path
    """In the guest ``/exchange``: the package, ``later/`` one of a later version, ``checkout/`` and ``wheels/``."""
    package: Path


@pytest.fixture(scope="session")
def materials(tmp_path_factory: pytest.TempPathFactory) -> Materials:
    exchange, scratch = tmp_path_factory.mktemp("exchange"), tmp_path_factory.mktemp("scratch")
    exchange.chmod(0o755)

    with ThreadPoolExecutor() as pool:
        tree = pool.submit(root_tree)
        wheels = packages.wheels(exchange / "wheels")
        later = packages.later(packages.checkout(scratch / "later"))
        waiting = pool.submit(packages.package, later, wheels, exchange / "later", quickly=True)
        package = packages.package(packages.checkout(exchange / "checkout"), wheels, exchange)
        waiting.result()
        return Materials(tree.result(), exchange, package)


@pytest.fixture(scope="module")
def machine(materials: Materials, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    home = tmp_path_factory.mktemp("guest")
    with running_sandbox() as sandbox, booted(materials.tree, materials.exchange, home) as guest:
        yield Machine(guest, sandbox)
