"""The products file while the service runs: when it changes, photos that were rejected because of it are judged
again; and at the start so are those that were rejected for other settings of ``[quality]``.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import structlog

from folder_sync.errors import ProductsUnreadable
from folder_sync.files import products as products_file
from folder_sync.files.timeouts import ANSWER_SECONDS, call_with_timeout
from folder_sync.photo import ReasonCode
from folder_sync.rules.names import products
from folder_sync.rules.names.meaning import Named, Rejected
from folder_sync.rules.quality import NOTHING_SAID, Code, Policy
from folder_sync.service.folders import Folder
from folder_sync.service.housekeeping import GivenUp
from folder_sync.service.intake.inbox import Inboxes
from folder_sync.store.expected_files import ExpectedFiles

log = structlog.get_logger()

LOOK_SECONDS: Final = 2.0
"""How often to look whether the file has changed."""

SILENT_SECONDS: Final = 60.0
"""How long until a share that did not answer is asked again: each question leaves a thread behind."""

_SAYS_MORE: Final = frozenset({ReasonCode.BAD_NAME, ReasonCode.UNKNOWN_SKU, ReasonCode.UNKNOWN_SHOT})
"""For these the message, too, depends on products and shots."""


class Catalogue:
    """A chore of the housekeeping. ``path``: of the products file, None where there is none."""

    def __init__(
        self,
        path: Path | None,
        folders: Sequence[Folder],
        expected: ExpectedFiles,
        inboxes: Inboxes,
        quality: Policy = NOTHING_SAID,
        *,
        look_seconds: float = LOOK_SECONDS,
        answer_seconds: float = ANSWER_SECONDS,
    ) -> None:
        self._path = path
        self._folders = list(folders)
        self._expected = expected
        self._inboxes = inboxes
        self._quality = quality
        self._look_seconds = look_seconds
        self._answer_seconds = answer_seconds
        self._read: products_file.Version | None = None
        self._seen: products_file.Version | None = None
        self._told = ""
        self._look_at = time.monotonic() + self._look_seconds
        self._is_new = True

    def load(self) -> None:
        """Before the first photo is judged. Waits only a moment for a share that does not answer."""
        if self._path is not None:
            self._take(self._path)

    @property
    def due(self) -> bool:
        """Names may mean something else than before the start."""
        return self._is_new

    def do(self, given_up: GivenUp) -> None:
        if self._is_new:
            self._judge_anew(given_up)
            for path, code in self._expected.refused_for(tuple(Code)):
                if self._quality.may_let_pass(code):
                    self._inboxes.look_again(path)
            self._is_new = False
        if self._path is None or time.monotonic() < self._look_at:
            return
        self._look_at = time.monotonic() + self._look_seconds
        if self._has_changed(self._path) and self._take(self._path):
            self._judge_anew(given_up)

    def _has_changed(self, path: Path) -> bool:
        """Whether it has changed, and not again since the last look: it may still be being written. While it is away,
        what it said last holds.
        """
        before = self._seen
        try:
            self._seen = call_with_timeout(lambda: products_file.version(path), self._answer_seconds)
        except TimeoutError:
            self._is_silent(path)
            return False
        return self._seen is not None and self._seen != self._read and self._seen == before

    def _take(self, path: Path) -> bool:
        try:
            version, text = call_with_timeout(
                lambda: (products_file.version(path), products_file.read(path)), self._answer_seconds
            )
        except TimeoutError:
            self._is_silent(path)
            return False
        except ProductsUnreadable as error:
            self._read = self._seen  # until it changes again
            self._tell(str(error))
            return False
        known = products.parse(text)
        self._read = version
        for folder in self._folders:
            folder.names.take(known)
        self._told = ""
        log.info("products_read", products=len(known.listed), unusable=len(known.problems))
        for problem in known.problems[:3]:
            log.warning("product_unusable", line=problem.line, reason=problem.message)
        return True

    def _judge_anew(self, given_up: GivenUp) -> None:
        """Photos whose names were rejected, and are read differently now."""
        for path, reason in self._expected.refused_by_name():
            folder = next((folder for folder in self._folders if folder.holds(path)), None)
            if folder is None:
                continue
            if given_up():
                return
            match folder.names.understand(path):
                case Named():
                    self._inboxes.look_again(path)
                case Rejected(now) if now.code != reason.code or (now != reason and now.code in _SAYS_MORE):
                    self._inboxes.look_again(path)

    def _is_silent(self, path: Path) -> None:
        self._look_at = time.monotonic() + SILENT_SECONDS
        self._tell(f"The products file {path} does not answer.")

    def _tell(self, reason: str) -> None:
        if reason != self._told:
            self._told = reason
            log.warning("products_unreadable", reason=reason)
