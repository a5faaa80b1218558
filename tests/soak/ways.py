"""What lies between a machine and the others, to be cut: cables, or where no networks can be had, a proxy."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tests.support.hosts import Host, Network
from tests.support.postgres_proxy import postgres_proxy


class Way(Protocol):
    def cut(self) -> None: ...

    def mend(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Ways:
    """``database``: where that is, for this machine; ``ways``: by what they lead to; ``host``: None where it is none of
    its own, so that nothing can be hidden from it, and only the way to the database can be cut."""

    database: Path | str
    ways: Mapping[str, Way]
    host: Host | None = None

    @property
    def within(self) -> Sequence[str]:
        return self.host.within if self.host else ()


@contextmanager
def ways_of(network: Network | None, server: Path, chance: random.Random) -> Iterator[Ways]:
    """``server``: the folder of the database's socket."""
    if network is None:
        with postgres_proxy(server) as proxy:
            yield Ways(proxy.folder, {"database": proxy})
        return
    host = network.host(chance)
    try:
        yield Ways(network.database, host.cables, host)
    finally:
        host.end()
