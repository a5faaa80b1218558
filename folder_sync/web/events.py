"""Server-sent events, which say only that something changed. Watches the records only while somebody listens."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import Final

from anyio.to_thread import run_sync

from folder_sync.errors import StoreUnavailable
from folder_sync.store.ports import News

MOST_LISTENERS: Final = 64
LOOK_SECONDS: Final = 0.5
"""How often to ask the records whether another process wrote, while there is news of that, or none can be heard."""

COMING_SECONDS: Final = 0.1
"""After the first news: by then what was announced can mostly be read. Else the next look finds it."""

UNHEARD_SECONDS: Final = 5.0
"""How often to ask without news; and how long where none can be heard, before trying to hear again."""

APART_SECONDS: Final = 2.0
"""At most one event in this time: a burst of uploads must not keep every page busy."""

COMMENT_SECONDS: Final = 15.0
"""Proxies cut silent connections."""


class Changes:
    """``version`` tells something else as soon as there is something else to be seen, and ``news`` that another process
    may have written; they may raise StoreUnavailable.

    ``apart``: seconds between two events for one listener.
    """

    def __init__(
        self,
        version: Callable[[], object],
        news: Callable[[], AbstractContextManager[News]],
        apart: float = APART_SECONDS,
    ) -> None:
        self._version = version
        self._open_news = news
        self._apart = apart
        self._looked = asyncio.Event()
        self._told = asyncio.Condition()
        self._ended = asyncio.Event()
        self._number = 0
        self._listeners = 0
        self._watcher: asyncio.Task[None] | None = None

    @property
    def listeners(self) -> int:
        return self._listeners

    @property
    def are_watched(self) -> bool:
        """Whether a change is noticed within half a second."""
        return self._watcher is not None and self._looked.is_set()

    @property
    def number(self) -> int:
        """Changes whenever a change is noticed."""
        return self._number

    @property
    def is_full(self) -> bool:
        return self._listeners >= MOST_LISTENERS

    async def seen(self) -> int:
        """How far was looked, for ``listen``. To be waited for before a listener is answered at all: one that looks at
        its page once it is answered then misses no change after that.
        """
        self._begin()
        await self._looked.wait()
        return self._number

    async def listen(self, known: int) -> AsyncGenerator[bytes, None]:
        """The events for one listener, until it disconnects: every change since ``known`` was seen."""
        self._listeners += 1
        self._begin()
        try:
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

    def _begin(self) -> None:
        if self._watcher is None:
            self._looked.clear()
            self._watcher = asyncio.create_task(self._watch())

    async def end(self) -> None:
        """Dismiss all listeners, so that the server need not cut them off."""
        self._ended.set()
        async with self._told:
            self._told.notify_all()

    async def _changed_since(self, known: int) -> bool:
        try:
            async with asyncio.timeout(COMMENT_SECONDS), self._told:
                await self._told.wait_for(lambda: self._number != known or self._ended.is_set())
        except TimeoutError:
            return False
        return self._number != known

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._ended.wait()

    async def _watch(self) -> None:
        """Until nobody listens any more, which is noticed after a look."""
        version: object = _NOTHING
        is_followed = True
        try:
            while is_followed:
                with await self._news_of_the_store() as news:
                    deaf_until = time.monotonic() + UNHEARD_SECONDS
                    while is_followed and (_descriptor(news) is not None or time.monotonic() < deaf_until):
                        version = await self._look(version)
                        await _wait(news)
                        is_followed = self._listeners > 0
        finally:
            self._watcher = None

    async def _news_of_the_store(self) -> AbstractContextManager[News | None]:
        try:
            return await run_sync(self._open_news)
        except StoreUnavailable:
            return nullcontext()

    async def _look(self, before: object) -> object:
        try:
            now = await run_sync(self._version)
        except StoreUnavailable:
            now = None
        if now != before:  # as at the first look: while nobody listened, nobody looked
            async with self._told:
                self._number += 1
                self._told.notify_all()
        self._looked.set()
        return now


_NOTHING: Final = object()
"""Before the first look."""


def _descriptor(news: News | None) -> int | None:
    return None if news is None else news.descriptor


async def _wait(news: News | None) -> None:
    """Until the records are worth a look again."""
    descriptor = _descriptor(news)
    if news is None or descriptor is None or news.heard():
        await asyncio.sleep(LOOK_SECONDS)
    elif await _is_readable(descriptor):
        await asyncio.sleep(COMING_SECONDS)


async def _is_readable(descriptor: int) -> bool:
    """Within some seconds."""
    loop, readable = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(descriptor, readable.set)
    try:
        async with asyncio.timeout(UNHEARD_SECONDS):
            return await readable.wait()
    except TimeoutError:
        return False
    finally:
        loop.remove_reader(descriptor)
