"""Small questions and requests: whose key is this, is the product there now, take a replaced image away."""

from __future__ import annotations

from folder_sync.errors import ApiError, Forbidden, Refused, UnknownProduct
from folder_sync.photo import ReasonCode, Record
from folder_sync.rules import outcome
from folder_sync.rules.outcome import Pause, Scope
from folder_sync.service.delivery.channel import Lane
from folder_sync.service.delivery.outcomes import Endings, gtin_of, organization_of
from folder_sync.store.queue import Queue


class Asking:
    def __init__(self, queue: Queue, endings: Endings) -> None:
        self._queue = queue
        self._endings = endings

    def identify(self, lane: Lane) -> None:
        """whoami: is the key accepted, and whose is it?"""
        now = self._endings.clock()
        try:
            who = lane.client.whoami()
        except (Forbidden, Refused, UnknownProduct) as error:
            lane.obey(Pause(Scope.ACCOUNT, now, error.title), now)
            return
        except ApiError as error:
            self._endings.obey(lane, error, now)
            return
        lane.reached()
        ids = [organization.id for organization in who.organizations]
        if lane.organization_id in ids:
            lane.identified(lane.organization_id)
        elif lane.organization_id is None and len(ids) == 1:
            lane.identified(ids[0])
        else:
            lane.obey(Pause(Scope.ACCOUNT, now, _not_one(lane, len(ids))), now)

    def recheck(self, lane: Lane, photo: Record) -> None:
        """One look-up for all photos of a product that the catalogue did not know."""
        gtin = gtin_of(photo)
        try:
            if photo.reason is None or photo.reason.code == ReasonCode.UNKNOWN_PRODUCT:
                lane.client.trade_item(gtin)
        except UnknownProduct as error:
            self._endings.answered(lane, photo)
            now = self._endings.clock()
            decision = outcome.decide(error, attempts=photo.attempts, now=now, u=0.0, policy=self._endings.policy)
            self._queue.park_product(photo.account, gtin, decision.transition, now)
        except ApiError as error:
            self._endings.postponed(lane, photo, error)
        else:
            self._endings.answered(lane, photo)
            self._queue.release_product(photo.account, gtin, self._endings.clock(), "looked up again")

    def delete_image(self, lane: Lane, photo: Record) -> None:
        """Take a replaced image off the server: only one whose id this service recorded itself."""
        if photo.image_id is None:
            raise AssertionError("what was superseded had been uploaded")
        if not self._queue.begin_deleting(photo, self._endings.clock()):
            return
        try:
            lane.client.delete_image(organization_of(lane), gtin_of(photo), photo.image_id)
        except UnknownProduct:
            pass  # somebody was faster
        except Refused as error:
            self._endings.answered(lane, photo)
            self._queue.deleted(photo, self._endings.clock(), f"its image was not deleted: {error}")
            return
        except ApiError as error:
            self._endings.postponed(lane, photo, error)
            return
        self._endings.answered(lane, photo)
        self._queue.deleted(photo, self._endings.clock(), f"image {photo.image_id} deleted on the server")


def _not_one(lane: Lane, count: int) -> str:
    if lane.organization_id is not None:
        return f"The key does not belong to organization {lane.organization_id}."
    if count == 0:
        return "The key belongs to no organization."
    return f"The key belongs to {count} organizations: set organization_id for account {lane.account}."
