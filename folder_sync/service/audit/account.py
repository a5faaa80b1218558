"""Holding the catalogue against the records: a product at a time, with what the uploads leave of the key's quota."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Final

from folder_sync.closient.answers import ImagePage
from folder_sync.closient.client import Client
from folder_sync.closient.fetching import Fetched, Fetcher
from folder_sync.closient.listing import all_images
from folder_sync.errors import ApiError, FolderSyncError, KeyRefused, RateLimited, UnknownProduct
from folder_sync.photo import Format, Gtin14, Image, Record, State
from folder_sync.rules.auditing import Product, compare
from folder_sync.service.audit.spare import SHORT_SECONDS, Spare
from folder_sync.service.audit.summary import AuditSummary
from folder_sync.store.audit import Audits

PATIENCE_SECONDS: Final = 90.0
"""An audit waits for the next minute's quota, not for the next day's."""

IN_A_ROW: Final = 3
"""After this many failures in a row the audit stops: the other products would fail, too."""


class AccountAudit:
    """One account's audit. ``wait``: sleeps for so many seconds. ``unchanged``: the formats of which photos are served
    as they were sent; ``asks_whose_key``: nobody else has asked that yet."""

    def __init__(
        self,
        account: str,
        organization_id: str,
        client: Client,
        fetcher: Fetcher,
        spare: Spare,
        audits: Audits,
        *,
        unchanged: Collection[Format],
        deletes_superseded: bool,
        asks_whose_key: bool,
        clock: Callable[[], float] = time.time,
        wait: Callable[[float], object] = time.sleep,
    ) -> None:
        self.account = account
        self._organization_id = organization_id
        self._client = client
        self._spare = spare
        self._audits = audits
        self._fetcher = fetcher
        self._unchanged = unchanged
        self._deletes_superseded = deletes_superseded
        self._asks_whose_key = asks_whose_key
        self._clock = clock
        self._wait = wait
        self._since: float | None = None
        self._gtins: Sequence[Gtin14] = ()

    def close(self) -> None:
        self._client.close()
        self._fetcher.close()

    def prepare(self, gtins: Collection[Gtin14] | None) -> tuple[int, float]:
        """How many products there are to be asked for, and in about how many seconds that can be done. ``gtins``: only
        these; else a pass over all begins, or one that was broken off goes on."""
        if gtins is None:
            self._since = self._audits.begin(self.account, self._clock())
            count = self._audits.left(self.account, self._since)
        else:
            self._since, self._gtins = (
                None,
                [gtin for gtin in sorted(gtins) if self._audits.is_uploaded(self.account, gtin)],
            )
            count = len(self._gtins)
        return count, self._spare.seconds_for(count) if count else 0.0

    def run(self, summary: AuditSummary, step: Callable[[], None]) -> None:
        """After ``prepare``. ``step``: called after each product."""
        since = self._since
        products: Iterable[Gtin14] = self._gtins if since is None else self._audits.to_ask(self.account, since)
        vain, why = 0, ""
        if not self._is_ours(summary):
            return
        for gtin in products:
            try:
                summary.asked += self._product(gtin, summary, thoroughly=since is None)
            except _OutOfTurn as error:
                summary.stopped.append(str(error))
                break
            except ApiError as error:
                vain, summary.failed, why = vain + 1, True, str(error)
                if vain == IN_A_ROW or isinstance(error, (RateLimited, KeyRefused)):
                    summary.stopped.append(str(error))
                    break
            else:
                vain = 0
            step()
        else:
            if why:
                summary.stopped.append(why)
            elif since is not None:
                self._audits.finish(self.account, self._clock())

    def _is_ours(self, summary: AuditSummary) -> bool:
        """Whether the key belongs to the records' organization: with that of another one all would be missing."""
        if not (self._asks_whose_key and summary.products):
            return True
        try:
            self._await_turn()
            try:
                who = self._client.whoami()
            finally:
                self._spare.done()
        except _OutOfTurn as error:
            summary.stopped.append(str(error))
            return False
        except ApiError as error:
            summary.failed = True
            summary.stopped.append(str(error))
            return False
        ids = [organization.id for organization in who.organizations]
        if self._organization_id in ids:
            return True
        summary.failed = True
        summary.stopped.append(
            f'The records of the account "{self.account}" belong to organization {self._organization_id}, the key to'
            f" {', '.join(ids) or 'none'}. Use a key of {self._organization_id}."
        )
        return False

    def _product(self, gtin: Gtin14, summary: AuditSummary, *, thoroughly: bool) -> bool:
        """Returns True. A product of which nothing is uploaded any more needs no question."""
        before, was_on_its_way = self._audits.held(self.account, gtin), self._audits.is_on_its_way(self.account, gtin)
        if not any(held.record.state is State.UPLOADED for held in before):
            self._audits.forget(self.account, gtin)
            return True
        try:
            images = self._images(gtin)
        except UnknownProduct:  # with its images
            images = []
        is_on_its_way = was_on_its_way or self._audits.is_on_its_way(self.account, gtin)
        product = Product(before, self._audits.held(self.account, gtin), images, is_on_its_way)
        differences = compare(
            product,
            deletes_superseded=self._deletes_superseded,
            twins=self._twins(product),
            spoilt=self._spoilt(product, thoroughly=thoroughly),
        )
        self._audits.conclude(self.account, gtin, self._clock(), differences)
        summary.checked += len(images)
        return True

    def _images(self, gtin: Gtin14) -> list[Image]:
        def ask(page: int) -> ImagePage:
            self._await_turn()
            try:
                return self._client.images(self._organization_id, gtin, page)
            finally:
                self._spare.done()

        return all_images(ask)

    def _await_turn(self) -> None:
        """Raises _OutOfTurn where it would take too long."""
        waited = 0.0
        while (delay := self._spare.delay()) > 0 or not self._spare.take():
            pause = min(max(delay, 0.05), SHORT_SECONDS)
            if max(waited + pause, delay) > PATIENCE_SECONDS:
                raise _OutOfTurn(
                    f"What audits may use of the quota of {self.account} is used up, or photos need it.",
                    "The next audit goes on from here.",
                )
            self._wait(pause)
            waited += pause

    def _twins(self, product: Product) -> dict[str, Record]:
        """The unclaimed images that hold the bytes of a photo."""
        records = [record for record in product.uploaded if record.sent_format in self._unchanged]
        if not records:
            return {}
        found, most = {}, max(record.most_bytes for record in records)
        for image in product.unclaimed:
            fetched = self._fetched(image, most)
            for record in records:
                if fetched is not None and record.may_have_sent(fetched.sha256):
                    found[image.id] = record
                    break
        return found

    def _spoilt(self, product: Product, *, thoroughly: bool) -> list[int]:
        """Bytes are a sample, another one at each pass: all of them would be the whole catalogue."""
        records = [record for record in product.uploaded if record.sent_format in self._unchanged]
        if not thoroughly and records:
            day = int(self._clock() // 86_400)
            records = [records[day % len(records)]]
        found = []
        for record in records:
            image = product.image_of(record)
            fetched = None if image is None else self._fetched(image, record.most_bytes)
            if fetched is not None and fetched.is_whole and not record.may_have_sent(fetched.sha256):
                found.append(record.id)
        return found

    def _fetched(self, image: Image, most: int) -> Fetched | None:
        """None where it can't be fetched now."""
        return None if image.image_url is None else self._fetcher.read(image.image_url, most)


class _OutOfTurn(FolderSyncError):
    pass
