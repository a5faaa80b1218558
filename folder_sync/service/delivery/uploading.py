"""Sending a photo: the one request that may make its image, and what comes of it."""

from __future__ import annotations

import time
from collections.abc import Callable

from folder_sync.errors import (
    ApiError,
    FileChanged,
    FolderSyncError,
    Forbidden,
    KeyRefused,
    NotSent,
    OutcomeUnknown,
)
from folder_sync.photo import Content, Image, Record, State
from folder_sync.rules import outcome
from folder_sync.rules.outcome import Decision
from folder_sync.service.delivery.channel import Channel
from folder_sync.service.delivery.outcomes import OutcomeRecorder
from folder_sync.store.queue import Queue


class Uploader:
    """``look_again`` is told every path whose file turned out to have changed."""

    def __init__(self, queue: Queue, recorder: OutcomeRecorder, look_again: Callable[[bytes], None]) -> None:
        self._queue = queue
        self._recorder = recorder
        self._look_again = look_again

    def upload(self, channel: Channel, photo: Record) -> None:
        """The photo is `uploading`, durably; this is the one request that may make its image."""
        started = time.monotonic()
        self._queue.make_claims_durable()
        result = self._sent(channel, photo)
        now = self._recorder.clock()
        member = self._is_member(channel) if isinstance(result, Forbidden) else None
        decision = outcome.decide(
            result,
            attempts=photo.attempts,
            now=now,
            u=self._recorder.jitter(),
            policy=self._recorder.policy,
            member=member,
        )
        self._answered(channel, result, decision, now)
        seconds = round(time.monotonic() - started, 3)
        self._recorder.record(photo, decision.transition, now, whole_product=decision.whole_product, seconds=seconds)
        if isinstance(result, Image):
            # Asked before an answer is lost: then it is too late to learn what bytes tell.
            channel.fidelity.learn(photo, result, eager=lambda: self._queue.is_looking(photo.account))
        if isinstance(result, FileChanged):
            if not result.asked:
                channel.rate_limiter.spare()
            self._look_again(photo.path)

    def _sent(self, channel: Channel, photo: Record) -> Image | FolderSyncError:
        label, format_ = photo.label, photo.format
        if label is None or format_ is None or photo.sha256 is None or channel.organization_id is None:
            raise AssertionError("the store lets no photo be claimed without these")
        content = Content(photo.size, photo.sha256, format_)
        try:
            return channel.client.upload(channel.organization_id, label, photo.path, content, format_.media_type)
        except FolderSyncError as error:
            return error
        except OSError as error:
            # Reading failed, so the last byte was not sent; intake looks again and says what it is.
            return FileChanged(f"The file can't be read any more: {error.strerror}.", asked=True)

    def _answered(self, channel: Channel, result: Image | FolderSyncError, decision: Decision, now: float) -> None:
        """What the outcome says about the lane, beside the photo."""
        if isinstance(result, OutcomeUnknown):
            channel.unanswered(result.title, now)
        elif not isinstance(result, (NotSent, FileChanged)):
            channel.reached()
        if isinstance(result, Image):
            channel.accepted()
        if decision.transition.to is State.WAITING and isinstance(result, Forbidden):
            channel.forbidden(now)
        if decision.pause is not None:
            channel.obey(decision.pause, now)

    def _is_member(self, channel: Channel) -> bool | None:
        try:
            channel.again()
            who = channel.client.whoami()
        except KeyRefused:
            return False
        except ApiError:
            return None
        return channel.organization_id in {organization.id for organization in who.organizations}
