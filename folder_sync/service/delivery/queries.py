"""Small questions and requests: whose key is this, is the product there now, take a replaced image away."""

from __future__ import annotations

from folder_sync.errors import ApiError, Forbidden, Refused, UnknownProduct
from folder_sync.photo import ReasonCode, Record
from folder_sync.rules import outcome
from folder_sync.rules.outcome import Pause, Scope
from folder_sync.service.delivery.channel import Channel
from folder_sync.service.delivery.outcomes import OutcomeRecorder, gtin_of, organization_of
from folder_sync.store.queue import Queue


class Queries:
    def __init__(self, queue: Queue, recorder: OutcomeRecorder) -> None:
        self._queue = queue
        self._recorder = recorder

    def identify(self, channel: Channel) -> None:
        """whoami: is the key accepted, and whose is it?"""
        now = self._recorder.clock()
        try:
            who = channel.client.whoami()
        except (Forbidden, Refused, UnknownProduct) as error:
            channel.obey(Pause(Scope.ACCOUNT, now, error.title), now)
            return
        except ApiError as error:
            self._recorder.obey(channel, error, now)
            return
        channel.reached()
        ids = [organization.id for organization in who.organizations]
        if channel.organization_id in ids:
            channel.identified(channel.organization_id)
        elif channel.organization_id is None and len(ids) == 1:
            channel.identified(ids[0])
        else:
            channel.obey(Pause(Scope.ACCOUNT, now, _not_one(channel, len(ids))), now)

    def recheck(self, channel: Channel, photo: Record) -> None:
        """One look-up for all photos of a product that the catalogue did not know."""
        gtin = gtin_of(photo)
        try:
            if photo.reason is None or photo.reason.code == ReasonCode.UNKNOWN_PRODUCT:
                channel.client.trade_item(gtin)
        except UnknownProduct as error:
            self._recorder.answered(channel, photo)
            now = self._recorder.clock()
            decision = outcome.decide(error, attempts=photo.attempts, now=now, u=0.0, policy=self._recorder.policy)
            self._queue.park_product(photo.account, gtin, decision.transition, now)
        except ApiError as error:
            self._recorder.postponed(channel, photo, error)
        else:
            self._recorder.answered(channel, photo)
            self._queue.release_product(photo.account, gtin, self._recorder.clock(), "looked up again")

    def delete_image(self, channel: Channel, photo: Record) -> None:
        """Take a replaced image off the server: only one whose id this service recorded itself."""
        if photo.image_id is None:
            raise AssertionError("what was superseded had been uploaded")
        if not self._queue.begin_deleting(photo, self._recorder.clock()):
            return
        try:
            channel.client.delete_image(organization_of(channel), gtin_of(photo), photo.image_id)
        except UnknownProduct:
            pass  # somebody was faster
        except Refused as error:
            self._recorder.answered(channel, photo)
            self._queue.deleted(photo, self._recorder.clock(), f"its image was not deleted: {error}", is_gone=False)
            return
        except ApiError as error:
            self._recorder.postponed(channel, photo, error)
            return
        self._recorder.answered(channel, photo)
        self._queue.deleted(
            photo, self._recorder.clock(), f"image {photo.image_id} deleted on the server", is_gone=True
        )


def _not_one(channel: Channel, count: int) -> str:
    if channel.organization_id is not None:
        return f"The key does not belong to organization {channel.organization_id}."
    if count == 0:
        return "The key belongs to no organization."
    return f"The key belongs to {count} organizations: set organization_id for account {channel.account}."
