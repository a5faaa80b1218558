"""Small questions and requests: whose key is this, is the product there now, take a replaced image away."""

from __future__ import annotations

from folder_sync.errors import ApiError, Forbidden, Refused, UnknownProduct
from folder_sync.photo import ReasonCode, Record
from folder_sync.rules import outcome
from folder_sync.rules.outcome import Pause, Scope
from folder_sync.service.delivery.channel import Channel, Permit
from folder_sync.service.delivery.outcomes import OutcomeRecorder, gtin_of, organization_of
from folder_sync.store.queue import Queue


class Queries:
    def __init__(self, queue: Queue, recorder: OutcomeRecorder) -> None:
        self._queue = queue
        self._recorder = recorder

    def identify(self, permit: Permit) -> None:
        """whoami: is the key accepted, and whose is it?"""
        channel = permit.channel
        try:
            who = channel.client.whoami()
        except (Forbidden, Refused, UnknownProduct) as error:
            channel.obey(permit, Pause(Scope.ACCOUNT, error.title))
            return
        except ApiError as error:
            self._recorder.obey(permit, error)
            return
        channel.reached(permit)
        ids = [organization.id for organization in who.organizations]
        if channel.organization_id in ids:
            channel.identified(permit, channel.organization_id)
        elif channel.organization_id is None and len(ids) == 1:
            channel.identified(permit, ids[0])
        else:
            channel.obey(permit, Pause(Scope.ACCOUNT, _not_one(channel, len(ids))))

    def recheck(self, permit: Permit, photo: Record) -> None:
        """One look-up for all photos of a product that the catalogue did not know."""
        gtin = gtin_of(photo)
        try:
            if photo.reason is None or photo.reason.code == ReasonCode.UNKNOWN_PRODUCT:
                permit.channel.client.trade_item(gtin)
        except UnknownProduct as error:
            self._recorder.answered(permit, photo)
            now = self._recorder.clock()
            decision = outcome.decide(error, attempts=photo.attempts, now=now, u=0.0, policy=self._recorder.policy)
            self._queue.park_product(photo.account, gtin, decision.transition, now)
        except ApiError as error:
            self._recorder.postponed(permit, photo, error)
        else:
            self._recorder.answered(permit, photo)
            self._queue.release_product(photo.account, gtin, self._recorder.clock(), "looked up again")

    def delete_image(self, permit: Permit, photo: Record) -> None:
        """Take a replaced image off the server: only one whose id this service recorded itself."""
        if photo.image_id is None:
            raise AssertionError("what was superseded had been uploaded")
        if not self._queue.begin_deleting(photo, self._recorder.clock()):
            return
        try:
            permit.channel.client.delete_image(organization_of(permit), gtin_of(photo), photo.image_id)
        except UnknownProduct:
            pass  # somebody was faster
        except Refused as error:
            self._recorder.answered(permit, photo)
            self._queue.deleted(photo, self._recorder.clock(), f"its image was not deleted: {error}", is_gone=False)
            return
        except ApiError as error:
            self._recorder.postponed(permit, photo, error)
            return
        self._recorder.answered(permit, photo)
        self._queue.deleted(
            photo, self._recorder.clock(), f"image {photo.image_id} deleted on the server", is_gone=True
        )


def _not_one(channel: Channel, count: int) -> str:
    if channel.organization_id is not None:
        return f"The key does not belong to organization {channel.organization_id}."
    if count == 0:
        return "The key belongs to no organization."
    return f"The key belongs to {count} organizations: set organization_id for account {channel.account}."
