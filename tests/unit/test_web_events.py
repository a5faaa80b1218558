"""Who follows the page hears of a change, and the records are asked when there is news of one, not again and again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, aclosing

import pytest

from folder_sync.errors import StoreUnavailable
from folder_sync.store.ports import News
from folder_sync.web import events
from folder_sync.web.events import Changes
from tests.support.engines import ON_SQLITE
from tests.support.shelf import GTIN, Shelf
from tests.support.waiting import wait_for

NEVER = 100_000.0
CHANGE = b"event: change\ndata: {}\n\n"


async def change(listener: AsyncIterator[bytes]) -> bytes:
    """On a busy machine a comment may come before."""
    return await anext(words async for words in listener if words.startswith(b"event"))


def told(shelf: Shelf, news: Callable[[], AbstractContextManager[News]]) -> list[bytes]:
    """What one listener is told after another process has written."""

    async def listen() -> list[bytes]:
        reader = shelf.db.store.open(read_only=True)
        try:
            changes = Changes(reader.version, news, apart=0.0)
            async with aclosing(changes.listen(await changes.seen())) as listener:
                first = await anext(listener)
                shelf.add(f"{GTIN}__Front.jpg", "A")
                return [first, await change(listener)]
        finally:
            reader.close()

    return asyncio.run(listen())


def test_the_store_tells_that_there_is_something_to_look_for(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "UNHEARD_SECONDS", NEVER)
    assert told(shelf, shelf.db.store.news) == [b"retry: 3000\n\n", CHANGE]


@ON_SQLITE
def test_where_nothing_can_be_heard_the_store_is_asked(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "UNHEARD_SECONDS", NEVER)

    def deaf() -> AbstractContextManager[News]:
        raise StoreUnavailable("The server does not answer.")

    assert told(shelf, deaf)[1] == CHANGE


@ON_SQLITE
def test_what_no_news_tells_of_is_found_by_and_by(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """Here what is seen changes without a word of the store, as a count that took a while does."""
    monkeypatch.setattr(events, "UNHEARD_SECONDS", 0.05)

    async def listen() -> bytes:
        numbers = iter(range(1_000_000))
        changes = Changes(lambda: next(numbers), shelf.db.store.news, apart=0.0)
        async with aclosing(changes.listen(await changes.seen())) as listener:
            await anext(listener)
            return await change(listener)

    assert asyncio.run(listen()) == CHANGE


def test_who_begins_to_listen_late_misses_nothing(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody listens until a stream is read, so that nobody may look meanwhile."""
    monkeypatch.setattr(events, "UNHEARD_SECONDS", 0.05)

    async def listen() -> bytes:
        reader = shelf.db.store.open(read_only=True)
        changes = Changes(reader.version, shelf.db.store.news, apart=0.0)
        try:
            known = await changes.seen()
            await asyncio.to_thread(wait_for, lambda: not changes.are_watched, "nobody looks any more")
            shelf.add(f"{GTIN}__Front.jpg", "A")
            async with aclosing(changes.listen(known)) as listener:
                return await change(listener)
        finally:
            reader.close()

    assert asyncio.run(listen()) == CHANGE
