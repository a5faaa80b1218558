"""Server-sent events, which say only that something changed. Watches the records only while somebody listens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Final

from anyio.to_thread import run_sync

from folder_sync.errors import StoreUnavailable

MOST_LISTENERS: Final = 64
LOOK_SECONDS: Final = 0.5
"""How often to ask the records whether another process wrote; it takes some microseconds."""

APART_SECONDS: Final = 2.0
"""At most one event in this time: a burst of uploads must not keep every page busy."""

COMMENT_SECONDS: Final = 15.0
"""Proxies cut silent connections."""


class Changes:
    """``version`` tells something else as soon as another process has written; it may raise StoreUnavailable.

    ``apart``: seconds between two events for one listener.
    """

    def __init__(self, version: Callable[[], int], apart: float = APART_SECONDS) -> None:
        self._version = version
        self._apart = apart
        self._looked = asyncio.Event()
        self._news = asyncio.Condition()
        self._ended = asyncio.Event()
        self._number = 0
        self._listeners = 0
        self._watcher: asyncio.Task[None] | None = None

    @property
    def listeners(self) -> int:
        return self._listeners

    @property
    def are_watched(self) -> bool:
        return self._watcher is not None

    @property
    def number(self) -> int:
        """Changes whenever a change is noticed."""
        return self._number

    @property
    def is_full(self) -> bool:
        return self._listeners >= MOST_LISTENERS

    async def listen(self) -> AsyncIterator[bytes]:
        """The events for one listener, until it disconnects: every change since the first words."""
        self._listeners += 1
        if self._watcher is None:
            self._looked.clear()
            self._number += 1  # while nobody listened, nobody looked
            self._watcher = asyncio.create_task(self._watch())
        try:
            await self._looked.wait()
            known = self._number
            yield b"retry: 3000\n\n"
            while not self._ended.is_set():
                if await self._changed_since(known):
                    known = self._number
                    yield b"event: change\ndata: {}\n\n"
                    await self._pause(self._apart)
                else:
                    yield b": still here\n\n"
        finally:
            self._listeners -= 1
            if self._listeners == 0 and self._watcher is not None:
                self._watcher.cancel()
                self._watcher = None

    async def end(self) -> None:
        """Dismiss all listeners, so that the server need not cut them off."""
        self._ended.set()
        async with self._news:
            self._news.notify_all()

    async def _changed_since(self, known: int) -> bool:
        try:
            async with asyncio.timeout(COMMENT_SECONDS), self._news:
                await self._news.wait_for(lambda: self._number != known or self._ended.is_set())
        except TimeoutError:
            return False
        return self._number != known

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._ended.wait()

    async def _watch(self) -> None:
        version: int | None = None
        while True:
            try:
                now: int | None = await run_sync(self._version)
            except StoreUnavailable:
                now = None
            if now != version and version is not None:
                async with self._news:
                    self._number += 1
                    self._news.notify_all()
            version = now if now is not None else -1
            self._looked.set()
            await asyncio.sleep(LOOK_SECONDS)
