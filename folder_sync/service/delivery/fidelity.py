"""What one account's catalogue makes of what it is sent: the bytes it serves, of each format, and its titles."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from folder_sync.closient.fetching import Fetcher
from folder_sync.photo import Format, Image, Record, State
from folder_sync.rules.confirming import Bytes, Server, spelled
from folder_sync.store.seen_images import SeenImages, Served
from folder_sync.store.service_state import ServiceState

GOOD_FOR_SECONDS: Final = 86_400.0
"""Servers change: how long what they were seen to do is believed."""

TRY_AGAIN_SECONDS: Final = 3600.0
"""How long nobody tries to learn once more where the bytes can't be fetched: that may cost a time-out each time."""

TESTS: Final = 3
"""How many photos of a format are sent, one after the other, to learn how it is served, before that is given up."""

TEST_SECONDS: Final = 60.0
"""How long such a photo may take before another one is sent."""

TEST_LOOKS: Final = 5
TEST_LOOK_SECONDS: Final = 2.0
"""How often its image is looked at, and after how long at first: a server may take a while before it serves what it has
taken, and show something else until then.
"""


@dataclass(slots=True)
class _Test:
    """A photo that was sent to learn from it, or from which something may be learned just as well.

    ``image``: once it is taken. ``at``: when its image is looked at next; until then, when it is given up."""

    photo: Record
    at: float
    image: Image | None = None
    looks: int = 0


class Fidelity:
    """Thread-safe: at worst something is written or learned twice."""

    def __init__(
        self,
        account: str,
        base_url: str,
        fetcher: Fetcher,
        service_state: ServiceState,
        seen_images: SeenImages,
        *,
        first_look_seconds: float = TEST_LOOK_SECONDS,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._account = account
        self._base_url = base_url
        self._fetcher = fetcher
        self._service_state = service_state
        self._seen_images = seen_images
        self._first_look_seconds = first_look_seconds
        self._clock = clock
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._keeps_titles = service_state.keeps_titles(account)
        self._seen: dict[Format, tuple[bool, float]] = {}
        self._tried: dict[Format, float] = {}
        self._contradicted: set[Format] = set()
        self._tests: dict[Format, _Test] = {}
        self._failed_tests: Counter[Format] = Counter()
        self._news: set[Format] = set()
        for format_, same, at in service_state.serves_unchanged(account, base_url):
            age = max(clock() - at, 0.0)
            self._seen[format_] = same, monotonic() - age

    def server(self, photo: Record, skew: float) -> Server:
        return Server(self.serves_unchanged(photo), skew, self._keeps_titles)

    def look(self, image: Image, photo: Record, most: int, *, anew: bool = False, is_patient: bool = True) -> Bytes:
        """How the bytes of an image compare with a photo's. Read once and kept; ``anew``: read again all the same.

        At most ``most`` bytes are read of it, which are at least the photo's. Equal bytes teach. What is served for
        another image too may be a placeholder: ``is_patient`` takes it for bytes that can't be fetched yet.
        """
        if image.image_url is None:
            return Bytes.NOWHERE
        served = self._seen_images.served(self._account, image.id)
        if served is None or not photo.may_have_sent(served.sha256):
            too_few = served is not None and served.sha256 is None and served.size < photo.most_bytes
            if served is None or anew or too_few or (is_patient and self._is_shared(image, served)):
                served = self._fetch(image.id, image.image_url, photo, most)
            if served is None:
                return Bytes.UNREAD
            if not photo.may_have_sent(served.sha256):
                return Bytes.UNREAD if is_patient and self._is_shared(image, served) else Bytes.OTHERS
        self._saw(photo, same=True)
        return Bytes.OURS

    def _is_shared(self, image: Image, served: Served) -> bool:
        return self._seen_images.is_shared(self._account, image.id, served)

    def serves_unchanged(self, photo: Record) -> bool | None:
        """Whether the server was seen to serve photos of this format byte for byte, or not to; None: not known now.

        Of each format by itself, for a server may re-encode JPEG and leave PNG alone.
        """
        seen = self._seen.get(photo.sent_format) if photo.sent_format else None
        if seen is None or self._monotonic() - seen[1] > GOOD_FOR_SECONDS:
            return None
        return seen[0]

    def contradicted(self, photo: Record) -> None:
        """An image that should be this photo is served with other bytes: the next upload has to tell anew."""
        if photo.sent_format is not None:
            self._contradicted.add(photo.sent_format)

    def taken(self, photo: Record, image: Image, *, is_awaited: Callable[[], bool]) -> None:
        """Learn from a photo that the server has just taken. ``is_awaited``: whether others wait for the answer; asked
        only where that matters, for it asks the records."""
        if self._keeps_titles and spelled(image.title) != spelled(photo.title):
            self._keeps_titles = False
            self._service_state.set_titles_change(self._account)
        format_, now = photo.sent_format, self._monotonic()
        if format_ is None or image.image_url is None:
            return
        if format_ in self._contradicted:
            self._contradicted.discard(format_)
        elif self.serves_unchanged(photo) is not None or (
            now - self._tried.get(format_, -TRY_AGAIN_SECONDS) < TRY_AGAIN_SECONDS and not is_awaited()
        ):
            return
        self._tried[format_] = now
        if self.look(image, photo, photo.most_bytes, anew=True) is Bytes.OTHERS:
            with self._lock:  # look again later: a placeholder may stand there for a while
                self._tests.setdefault(format_, _Test(photo, now + self._first_look_seconds, image))

    def _fetch(self, image_id: str, url: str, photo: Record, most: int) -> Served | None:
        fetched = self._fetcher.read(url, most)
        if fetched is None or not (fetched.is_whole or photo.may_have_sent(fetched.sha256)):
            return None
        served = Served(fetched.sha256, fetched.size)
        self._seen_images.remember(self._account, image_id, served)
        return served

    def _saw(self, photo: Record, *, same: bool) -> None:
        if photo.sent_format is None:
            return
        if self.serves_unchanged(photo) is not same:
            self._seen[photo.sent_format] = same, self._monotonic()
            self._service_state.set_serves_unchanged(
                self._account, self._base_url, photo.sent_format, self._clock(), same=same
            )
        with self._lock:
            if self._tests.pop(photo.sent_format, None) is not None:
                self._news.add(photo.sent_format)

    # Tests: a photo is sent to learn what bytes that differ mean, while others like it wait.

    def may_test(self, photo: Record) -> bool:
        """Whether a test may still tell how this photo's format is served."""
        return photo.sent_format in self._tests or (
            photo.sent_format is not None and self._failed_tests[photo.sent_format] < TESTS
        )

    def begin_test(self, photo: Record) -> bool:
        """Whether this photo is to be sent as one: one of each format at a time."""
        with self._lock:
            if (
                photo.sent_format is None
                or photo.sent_format in self._tests
                or self._failed_tests[photo.sent_format] >= TESTS
            ):
                return False
            self._tests[photo.sent_format] = _Test(photo, self._monotonic() + TEST_SECONDS)
            return True

    def ended(self, photo: Record, to: State, image: Image | None) -> None:
        """An upload ended. If it was a test whose image tells nothing yet, the service looks at that again."""
        with self._lock:
            test = self._tests.get(photo.sent_format) if photo.sent_format else None
            if test is None or test.photo.id != photo.id or to is State.QUEUED:
                return
            if image is not None and image.image_url is not None:
                test.image, test.at = image, self._monotonic() + self._first_look_seconds
            else:
                self._fail(test)

    def test_to_look_at(self) -> Record | None:
        """The photo of a test whose image is to be looked at now."""
        with self._lock:
            now = self._monotonic()
            for test in list(self._tests.values()):
                if test.at <= now and test.image is None:
                    self._fail(test)
                elif test.at <= now:
                    return test.photo
        return None

    def look_at_test(self, photo: Record) -> None:
        test = self._tests.get(photo.sent_format) if photo.sent_format else None
        if test is None or test.image is None:
            return
        found = self.look(test.image, test.photo, test.photo.most_bytes, anew=True)
        with self._lock:
            test.looks += 1
            test.at = self._monotonic() + self._first_look_seconds * 2.0**test.looks
            if found is not Bytes.OURS and found is not Bytes.OTHERS and test.looks >= TEST_LOOKS:
                self._fail(test)
        if found is Bytes.OTHERS and test.looks >= TEST_LOOKS:
            self._saw(test.photo, same=False)

    def seconds_to_look(self) -> float | None:
        """Until something is to be done about a test."""
        with self._lock:
            return min((max(test.at - self._monotonic(), 0.0) for test in self._tests.values()), default=None)

    def take_news(self) -> frozenset[Format]:
        """The formats of which a test ended, one way or the other, since this was last asked."""
        with self._lock:
            news, self._news = frozenset(self._news), set()
            return news

    def _fail(self, test: _Test) -> None:
        if test.photo.sent_format is not None:
            self._tests.pop(test.photo.sent_format, None)
            self._failed_tests[test.photo.sent_format] += 1
            self._news.add(test.photo.sent_format)
