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
from folder_sync.service.delivery.channel import Lane
from folder_sync.service.delivery.outcomes import Endings
from folder_sync.store.queue import Queue


class Sending:
    """``look_again`` is told every path whose file turned out to have changed."""

    def __init__(self, queue: Queue, endings: Endings, look_again: Callable[[bytes], None]) -> None:
        self._queue = queue
        self._endings = endings
        self._look_again = look_again

    def upload(self, lane: Lane, photo: Record) -> None:
        """The photo is `uploading`, durably; this is the one request that may make its image."""
        started = time.monotonic()
        self._queue.make_claims_durable()
        result = self._sent(lane, photo)
        now = self._endings.clock()
        member = self._is_member(lane) if isinstance(result, Forbidden) else None
        decision = outcome.decide(
            result,
            attempts=photo.attempts,
            now=now,
            u=self._endings.jitter(),
            policy=self._endings.policy,
            member=member,
        )
        self._answered(lane, result, decision, now)
        seconds = round(time.monotonic() - started, 3)
        self._endings.record(photo, decision.transition, now, whole_product=decision.whole_product, seconds=seconds)
        if isinstance(result, Image):
            # Asked before an answer is lost: then it is too late to learn what bytes tell.
            lane.comparing.learn(photo, result, eager=lambda: self._queue.is_looking(photo.account))
        if isinstance(result, FileChanged):
            if not result.asked:
                lane.governor.spare()
            self._look_again(photo.path)

    def _sent(self, lane: Lane, photo: Record) -> Image | FolderSyncError:
        label, format_ = photo.label, photo.format
        if label is None or format_ is None or photo.sha256 is None or lane.organization_id is None:
            raise AssertionError("the store lets no photo be claimed without these")
        content = Content(photo.size, photo.sha256, format_)
        try:
            return lane.client.upload(lane.organization_id, label, photo.path, content, format_.media_type)
        except FolderSyncError as error:
            return error
        except OSError as error:
            # Reading failed, so the last byte was not sent; intake looks again and says what it is.
            return FileChanged(f"The file can't be read any more: {error.strerror}.", asked=True)

    def _answered(self, lane: Lane, result: Image | FolderSyncError, decision: Decision, now: float) -> None:
        """What the outcome says about the lane, beside the photo."""
        if isinstance(result, OutcomeUnknown):
            lane.unanswered(result.title, now)
        elif not isinstance(result, (NotSent, FileChanged)):
            lane.reached()
        if isinstance(result, Image):
            lane.accepted()
        if decision.transition.to is State.WAITING and isinstance(result, Forbidden):
            lane.forbidden(now)
        if decision.pause is not None:
            lane.obey(decision.pause, now)

    def _is_member(self, lane: Lane) -> bool | None:
        try:
            lane.again()
            who = lane.client.whoami()
        except KeyRefused:
            return False
        except ApiError:
            return None
        return lane.organization_id in {organization.id for organization in who.organizations}
