"""Small questions and requests: whose key is this, is the product there now, take a replaced image away."""

from __future__ import annotations

from collections.abc import Sequence

from folder_sync.errors import (
    ApiError,
    Forbidden,
    KeyRefused,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    Refused,
    UnknownProduct,
)
from folder_sync.photo import Gtin14, ReasonCode, Record
from folder_sync.rules import outcome
from folder_sync.rules.outcome import DELETIONS_REFUSED, Pause, Scope
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
        except ApiError as error:
            self._not_identified(permit, error)
            return
        channel.reached(permit)
        ids = [organization.id for organization in who.organizations]
        if channel.organization_id in ids:
            channel.identified(permit, channel.organization_id)
        elif channel.organization_id is None and len(ids) == 1:
            channel.identified(permit, ids[0])
        else:
            channel.obey(permit, Pause(Scope.ACCOUNT, _not_one(channel, ids)))

    def _not_identified(self, permit: Permit, error: ApiError) -> None:
        """Where the organization is known, everything else continues while whoami can't be asked; otherwise nothing
        can.
        """
        channel = permit.channel
        if isinstance(error, (KeyRefused, Forbidden)):
            channel.obey(permit, Pause(Scope.ACCOUNT, error.title))
        elif channel.organization_id is not None:
            channel.not_identified(permit)
            self._recorder.obey(permit, error)
        elif isinstance(error, (NotSent, OutcomeUnknown)):
            channel.obey(permit, Pause(Scope.HOST, error.title))
        elif isinstance(error, RateLimited):
            self._recorder.obey(permit, error)
        else:
            channel.obey(permit, Pause(Scope.ACCOUNT, error.title))

    def recheck(self, permit: Permit, photo: Record) -> None:
        """One look-up for all photos of a product that the catalogue did not know. Never sooner than it has to be."""
        gtin = gtin_of(photo)
        if photo.reason is not None and photo.reason.code != ReasonCode.UNKNOWN_PRODUCT:
            # Somebody else's product: only an upload tells whether it still is.
            permit.channel.give_back(permit)
            self._queue.products.release(photo.account, gtin, self._recorder.clock(), "tried again")
            return
        try:
            permit.channel.client.trade_item(gtin)
        except UnknownProduct as error:
            self._recorder.answered(permit, photo)
            now = self._recorder.clock()
            decision = outcome.decide(error, attempts=photo.attempts, now=now, u=0.0, policy=self._recorder.policy)
            self._queue.products.park(photo.account, gtin, decision.transition, now)
        except ApiError as error:
            self._recorder.postponed(permit, photo, error, at_least=self._recorder.policy.recheck_seconds)
        else:
            self._recorder.answered(permit, photo)
            self._queue.products.release(photo.account, gtin, self._recorder.clock(), "looked up again")

    def delete_image(self, permit: Permit, photo: Record) -> None:
        """Take a replaced image off the server: only one whose id this service recorded itself."""
        if photo.image_id is None:
            raise AssertionError("what was superseded had been uploaded")
        if not self._queue.deletions.begin(photo, self._recorder.clock()):
            return
        try:
            self._delete(permit, gtin_of(photo), photo.image_id)
        except ApiError as error:
            later = self._recorder.policy.recheck_seconds if isinstance(error, UnknownProduct) else 0.0
            failures = self._recorder.postponed(permit, photo, error, at_least=later)
            if isinstance(error, (Refused, Forbidden, UnknownProduct)) and failures >= DELETIONS_REFUSED:
                self._queue.deletions.end(
                    photo, self._recorder.clock(), f"its image was not deleted: {error}", is_gone=False
                )
            return
        self._recorder.answered(permit, photo)
        self._queue.deletions.end(
            photo, self._recorder.clock(), f"image {photo.image_id} deleted on the server", is_gone=True
        )

    def _delete(self, permit: Permit, gtin: Gtin14, image_id: str) -> None:
        """Raises UnknownProduct where the catalogue does not know the product now: it may show the image again."""
        try:
            permit.channel.client.delete_image(organization_of(permit), gtin, image_id)
        except UnknownProduct:
            permit.channel.again(permit)
            permit.channel.client.trade_item(gtin)  # it is known, so the image is gone: somebody was faster


def _not_one(channel: Channel, ids: Sequence[str]) -> str:
    if not ids:
        return "The key belongs to no organization."
    if channel.organization_id is not None:
        return (
            f'The records of the account "{channel.account}" belong to organization {channel.organization_id}, '
            f"the key to {', '.join(ids)}. Use a key of {channel.organization_id}, or a new name for the account."
        )
    return f"The key belongs to {len(ids)} organizations: set organization_id for account {channel.account}."
