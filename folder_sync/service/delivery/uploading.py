"""Sends a photo: the one request that may make its image, and what follows from it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from folder_sync.closient.client import Instead
from folder_sync.errors import (
    FileChanged,
    FileUnreadable,
    FolderSyncError,
    Forbidden,
    Intermediary,
    NotSent,
    OutcomeUnknown,
    OutOfDate,
)
from folder_sync.files.pictures.converted_files import ConvertedFiles, Kept
from folder_sync.files.pictures.inspection import identify
from folder_sync.photo import Content, Image, Record, State
from folder_sync.rules import outcome
from folder_sync.rules.conversion import Recipe
from folder_sync.rules.outcome import Decision
from folder_sync.service.delivery.channel import Permit
from folder_sync.service.delivery.outcomes import OutcomeRecorder, is_member
from folder_sync.service.intake.inbox import Inboxes
from folder_sync.store.conversions import Conversions
from folder_sync.store.look_first import LookFirst
from folder_sync.store.queue import Queue


class Uploader:
    """Tells ``inboxes`` about files that turned out to have changed."""

    def __init__(
        self,
        queue: Queue,
        look_first: LookFirst,
        recorder: OutcomeRecorder,
        inboxes: Inboxes,
        *,
        converted: ConvertedFiles,
        conversions: Conversions,
        open_file: Callable[[bytes], int],
    ) -> None:
        self._converted = converted
        self._conversions = conversions
        self._open_file = open_file
        self._queue = queue
        self._look_first = look_first
        self._recorder = recorder
        self._inboxes = inboxes

    def upload(self, permit: Permit, photo: Record) -> None:
        """The photo is `uploading`, durably; this is the one request that may make its image."""
        channel = permit.channel
        started = time.monotonic()
        kept = self._kept(photo)
        if isinstance(kept, Kept):
            photo = self._going(photo, kept)
        self._queue.make_claims_durable()
        result = kept if isinstance(kept, FolderSyncError) else self._sent(permit, photo, kept)
        now = self._recorder.clock()
        member = is_member(permit) if isinstance(result, Forbidden) else None
        thing = photo.id, photo.sha256
        decision = outcome.decide(
            result,
            attempts=max(photo.attempts, self._recorder.vain.count(thing) + 1),
            now=now,
            u=self._recorder.jitter(),
            policy=self._recorder.policy,
            member=member,
        )
        seconds = round(time.monotonic() - started, 3)
        if decision.pause is not None:
            # Before the photo is back in the queue: another worker would send it at once.
            channel.obey(permit, decision.pause)
        # Before anything else is written: an image id that a full disk loses becomes a question.
        transition = outcome.remarked(decision.transition, photo)
        try:
            self._recorder.record(photo, transition, now, whole_product=decision.whole_product, seconds=seconds)
        except OutOfDate:
            result = OutcomeUnknown("Closient named the image of another photo of this product.")
            decision = outcome.decide(result, attempts=1, now=now, u=0.0, policy=self._recorder.policy)
            self._recorder.record(photo, decision.transition, now, seconds=seconds)
        if isinstance(result, Intermediary):
            self._recorder.refusals.refused(permit.channel, photo, result.status)
        if decision.transition.to is State.QUEUED:
            self._recorder.vain.failed(thing)
        elif decision.transition.to is not State.UNCONFIRMED:
            self._recorder.vain.worked(thing)
            self._recorder.refusals.forget(photo)
        tell_channel(permit, result, decision)
        if isinstance(result, Image):
            # Asked before an answer is lost: then it is too late to learn what bytes tell.
            is_awaited = partial(self._look_first.is_looking, photo.account)
            channel.fidelity.taken(photo, result, is_awaited=is_awaited)
        channel.fidelity.ended(photo, decision.transition.to, decision.transition.image)
        if isinstance(result, FileChanged):
            if not result.asked:
                channel.give_back(permit)
            self._inboxes.look_again(photo.path)

    def _kept(self, photo: Record) -> Kept | FolderSyncError | None:
        """What goes in its place, made again where that is lost; None: the photo itself goes."""
        recipe, sha256 = photo.details.recipe, photo.sha256
        if recipe is None or sha256 is None:
            return None
        try:
            if (kept := self._converted.find(sha256, recipe)) is not None:
                return kept
            with open(self._open_file(photo.path), "rb") as file:
                if identify(file).sha256 != sha256:
                    return FileChanged("The file has changed since it was queued.", "Nothing was uploaded.")
                made = self._converted.make(file, sha256, Recipe.read(recipe))
        except FolderSyncError as error:
            return error
        except OSError as error:
            return FileUnreadable(f"The file can't be converted: {error.strerror or error}.", "Check the disk.")
        return made if isinstance(made, Kept) else FileUnreadable(made.message)

    def _going(self, photo: Record, kept: Kept) -> Record:
        """Where it was made again it may have become other bytes, by another version of a library."""
        content = kept.converted.content
        if content.sha256 == photo.sent_sha256:
            return photo
        self._conversions.made_again(photo, content)
        details = replace(photo.details, sent_sha256=content.sha256, sent_size=content.size, sent_format=content.format)
        return replace(photo, details=details)

    def _sent(self, permit: Permit, photo: Record, kept: Kept | None) -> Image | FolderSyncError:
        channel, label, format_ = permit.channel, photo.label, photo.sent_format
        if label is None or format_ is None or photo.sent_sha256 is None or channel.organization_id is None:
            raise AssertionError("the store lets no photo be claimed without these")
        content = Content(photo.sent_size, photo.sent_sha256, format_)
        instead = None
        if kept is not None and photo.sha256 is not None:
            instead = Instead(kept.path, Content(photo.size, photo.sha256, photo.format))
        try:
            return channel.client.upload(
                channel.organization_id,
                label,
                photo.path,
                content,
                format_.media_type,
                photo.details.cuts,
                instead,
            )
        except FolderSyncError as error:
            return error
        except OSError as error:
            # Reading failed, so the last byte was not sent.
            return FileUnreadable(f"The file can't be read: {error.strerror}.", "Check the disk or the share.")


def tell_channel(permit: Permit, result: Image | FolderSyncError, decision: Decision) -> None:
    """What the outcome says about the channel, besides the photo."""
    channel = permit.channel
    if isinstance(result, Image):
        channel.accepted(permit)
    elif isinstance(result, (OutcomeUnknown, NotSent)) and decision.pause is None:
        if isinstance(result, NotSent):
            channel.settled(permit, stored=False)
        channel.upload_unanswered(permit, result.title)
    elif isinstance(result, Forbidden) and decision.transition.to is State.QUEUED and decision.pause is None:
        channel.unjudged(permit, result.title)
    elif decision.pause is None and not isinstance(result, (FileChanged, FileUnreadable)):
        channel.upload_judged(permit)
    if decision.transition.to is State.WAITING and isinstance(result, Forbidden):
        channel.forbidden(permit)
