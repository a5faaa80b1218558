"""All of a running sandbox in one object: what tests and the demo hold in their hands."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import get_args

from folder_sync.photo import Format
from folder_sync.sandbox.accounts import Accounts
from folder_sync.sandbox.catalogue import Catalogue, StoredImage
from folder_sync.sandbox.clock import Clock
from folder_sync.sandbox.ledger import Ledger
from folder_sync.sandbox.quota import Quota
from folder_sync.sandbox.rewriting import ImageUrls, Titles
from folder_sync.sandbox.script import Faults


@dataclass(frozen=True, slots=True)
class Sandbox:
    """Every part is thread-safe, and may be asked and changed while the server answers."""

    url: str
    """Without a slash at its end; the ``base_url`` of an account."""
    key: str
    """A key with the role Owner in ``organization_id``; more by ``accounts``."""
    organization_id: str
    clock: Clock
    accounts: Accounts
    catalogue: Catalogue
    quota: Quota
    faults: Faults
    ledger: Ledger

    def images(self, gtin: str) -> list[StoredImage]:
        """The images of a product of the first organization, as the API's list orders them."""
        return self.catalogue.images(self.organization_id, gtin)

    def put_image(
        self, gtin: str, data: bytes, title: str = "", *, is_primary: bool = False, priority: int = 0
    ) -> StoredImage:
        """Give a product of the first organization an image, without a request."""
        return self.catalogue.put(self.organization_id, gtin, data, title, is_primary=is_primary, priority=priority)

    # These changes last until they are undone; all of them can be scripted over HTTP too.

    def revoke_key(self, key: str | None = None) -> None:
        self.accounts.revoke(key or self.key)

    def restore_key(self, key: str | None = None) -> None:
        self.accounts.restore(key or self.key)

    def leave_organization(self, key: str | None = None, organization_id: str | None = None) -> None:
        """The key is accepted, but whoami no longer names the organization, whose calls are 403."""
        self.accounts.leave(key or self.key, organization_id or self.organization_id)

    def join_organization(self, key: str | None = None, organization_id: str | None = None) -> None:
        self.accounts.join(key or self.key, organization_id or self.organization_id)

    def change_organization(self, key: str | None = None, organization_id: str | None = None) -> None:
        """The key belongs to another organization alone from now on: to this, or to a new one."""
        self.accounts.move(key or self.key, organization_id or self.accounts.add_organization("Another Studio"))

    def unknown_product(self, gtin: str) -> None:
        """404 for this product, in every organization."""
        self.catalogue.mark_unknown(gtin)

    def known_product(self, gtin: str) -> None:
        self.catalogue.mark_known(gtin)

    def set_latency(self, seconds: float) -> None:
        """Delay every API request by so many seconds."""
        self.faults.latency = _duration(seconds)

    def set_clock_skew(self, seconds: float) -> None:
        """How far the server's clock is ahead."""
        self.clock.skew = float(seconds)

    def set_image_urls(self, mode: ImageUrls, *, format: str | None = None, from_now_on: bool = False) -> None:  # noqa: A002 - the API's word
        """What ``image_url`` leads to: for all images, or those of a format, or those yet to come."""
        if mode not in get_args(ImageUrls):
            raise ValueError(f"mode is one of {', '.join(get_args(ImageUrls))}.")
        if type(from_now_on) is not bool:
            raise TypeError("from_now_on is true or false.")
        self.catalogue.set_image_urls(mode, None if format is None else Format(format), from_now_on=from_now_on)

    def set_titles(self, mode: Titles) -> None:
        """How to store the titles of images that arrive from now on."""
        if mode not in get_args(Titles):
            raise ValueError(f"mode is one of {', '.join(get_args(Titles))}.")
        self.catalogue.titles = mode

    def set_list_lag(self, seconds: float) -> None:
        """Let lists lag by so many seconds: they show what was there then, deleted images included."""
        self.catalogue.list_lag = _duration(seconds)


def _duration(seconds: float) -> float:
    if not 0 <= float(seconds) < math.inf:
        raise ValueError("seconds can't be negative.")
    return float(seconds)
