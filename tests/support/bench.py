"""A channel to nowhere, whose clocks are the test's: for what is decided without a request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from folder_sync.closient.client import Client
from folder_sync.closient.fetching import Fetcher
from folder_sync.closient.keys import parse_key
from folder_sync.rules.outcome import Policy
from folder_sync.rules.quota import Window
from folder_sync.sandbox.codes import make_id, make_key
from folder_sync.service.delivery.channel import Channel
from folder_sync.service.delivery.progress import Progress
from folder_sync.service.delivery.rate_limiter import RateLimiter
from folder_sync.store.ports import Database
from folder_sync.store.quota import QuotaBook
from folder_sync.store.seen_images import SeenImages
from folder_sync.store.service_state import ServiceState

NOWHERE: Final = "http://127.0.0.1:9"
NOW: Final = 1_800_000_000.0


def bench_channel(
    database: Database,
    *windows: Window,
    policy: Policy,
    organization_id: str | None = make_id(),
    monotonic: Callable[[], float] = lambda: 0.0,
) -> Channel:
    """Without jitter; its wall clock stands at ``NOW``. Where the organization is known, whoami has named it."""
    channel = Channel(
        "main",
        NOWHERE,
        connect=lambda on_heard: Client(
            NOWHERE, parse_key(make_key()), connect_seconds=1.0, read_seconds=1.0, on_heard=on_heard
        ),
        rate_limiter=RateLimiter(
            "main", QuotaBook(database), windows or (Window(300, 60),), wall=lambda: NOW, clock=monotonic
        ),
        fetcher=Fetcher(NOWHERE, connect_seconds=1.0, read_seconds=1.0),
        service_state=ServiceState(database),
        seen_images=SeenImages(database),
        policy=policy,
        organization_id=organization_id,
        progress=Progress(),
        clock=lambda: NOW,
        monotonic=monotonic,
        jitter=lambda: 0.0,
    )
    if organization_id is not None and (permit := channel.begin()) is not None:
        channel.identified(permit, organization_id)
        channel.give_back(permit)
    return channel
