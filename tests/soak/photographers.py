"""What the people in the studio do, and what should come of it."""

from __future__ import annotations

import hashlib
import itertools
import os
import random
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from folder_sync.photo import Format
from folder_sync.sandbox.drawing import photo_bytes
from tests.support.proof import Key, gtin14
from tests.support.studio import photo_data

PRODUCTS: Final = 24
HERO_PAUSE_SECONDS: Final = 1.0
"""Between two heroes of one product: which of them is the last must be beyond doubt."""
SLOW_PAUSE_SECONDS: Final = 0.4


def may_be_refused(gtin: str) -> bool:
    """Every other product is one whose uploads the server may refuse."""
    return int(gtin[:-1]) % 2 == 1


@dataclass(frozen=True, slots=True)
class Version:
    """One delivery of a photo. ``order``: counts up; of two heroes the later one has to win."""

    key: Key
    order: int


@dataclass(slots=True)
class _Slow:
    path: Path
    rest: list[bytes]
    version: Version
    next_at: float


@dataclass(frozen=True, slots=True)
class Agreed:
    """What those who work on the same products know of each other. ``delivered``: in order, by all of them."""

    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    delivered: list[Version] = field(default_factory=list)
    last_hero: dict[str, float] = field(default_factory=dict)


class Photographers:
    """``standing``: the photos in the folder now; ``wrong``: files that must be rejected, and with which code.

    ``products``: the number of the first of those that they photograph.
    """

    def __init__(
        self, folder: Path, staging: Path, chance: random.Random, agreed: Agreed | None = None, products: int = 0
    ) -> None:
        self.standing: dict[Path, Version] = {}
        self.wrong: dict[Path, str] = {}
        self.own: list[Version] = []
        self.renamed: set[Key] = set()
        self.done: dict[str, int] = {}
        self._folder = folder
        self._staging = staging
        self._chance = chance
        self._agreed = agreed or Agreed()
        self._numbers = self._agreed.numbers
        self._products = products
        self._slow: list[_Slow] = []
        self._acts: Mapping[Callable[[], None], int] = {
            self.deliver: 10,
            self.export_again: 4,
            self.rename: 2,
            self.give_another_title: 2,
            self.copy: 2,
            self.copy_and_give_another_title: 1,
            self.delete: 2,
            self.write_slowly: 2,
            self.deliver_something_wrong: 1,
        }

    @property
    def delivered(self) -> list[Version]:
        return self._agreed.delivered

    def act(self) -> None:
        act = self._chance.choices(list(self._acts), list(self._acts.values()))[0]
        self.done[act.__name__] = self.done.get(act.__name__, 0) + 1
        act()
        self.go_on_writing()

    def finish(self) -> None:
        while self._slow:
            self.go_on_writing()
            time.sleep(0.05)

    def deliver(self) -> None:
        name, data, version = self._photo()
        self._put(self._folder / name, data, version)

    def export_again(self) -> None:
        path = self._any()
        if path is None:
            return
        gtin, title, is_primary, _ = self.standing[path].key
        if is_primary and not self._hero_may_come(gtin):
            return
        data = self._data(Format.JPEG)
        if path.suffix == ".jpg":
            self._put(path, data, self._version(gtin, title, is_primary, data))

    def rename(self) -> None:
        """Another number: the same photo under the same label."""
        if (path := self._any()) is not None:
            gtin, title, is_primary, _ = self.standing[path].key
            self.renamed.add(self.standing[path].key)
            self._move(path, self._name(gtin, title, is_primary, path.suffix), self.standing[path])

    def give_another_title(self) -> None:
        path = self._any()
        if path is None:
            return
        gtin, _, is_primary, _ = self.standing[path].key
        if not is_primary or self._hero_may_come(gtin):
            self._give_another_title(path)

    def _give_another_title(self, path: Path) -> None:
        gtin, _, is_primary, sha256 = self.standing[path].key
        title = f"Renamed {next(self._numbers)}"
        version = self._new((gtin, title, is_primary, sha256))
        self._move(path, self._name(gtin, title, is_primary, path.suffix), version)

    def copy(self) -> None:
        if (path := self._any_to_copy()) is not None:
            version = self.standing[path]
            self._put(self._name_of_copy(path, version.key), path.read_bytes(), version)

    def copy_to(self, others: Photographers) -> None:
        """The same photo in the folder of others, of the same products."""
        if (path := self._any_to_copy()) is not None:
            version = self.standing[path]
            self._put(others._name_of_copy(path, version.key), path.read_bytes(), version, others)

    def _any_to_copy(self) -> Path | None:
        """Not a hero: a copy that outlives its original takes its place in the order. Nor what may be refused: a
        refused photo whose copy went, and was renamed, rightly goes when it is retried."""
        path = self._any()
        if path is None or self.standing[path].key[2] or may_be_refused(self.standing[path].key[0]):
            return None
        return path

    def _name_of_copy(self, path: Path, key: Key) -> Path:
        gtin, title, is_primary, _ = key
        return self._folder / "copies" / self._name(gtin, title, is_primary, path.suffix)

    def copy_and_give_another_title(self) -> None:
        """While it is copied still: the new title is uploaded before the copy is whole, which needs no upload."""
        if (path := self._any_to_copy()) is not None:
            version = self.standing[path]
            self._write_slowly(self._name_of_copy(path, version.key), path.read_bytes(), version)
            self._give_another_title(path)

    def delete(self) -> None:
        if (path := self._any()) is not None:
            path.unlink()
            del self.standing[path]

    def deliver_of(self, gtin: str) -> None:
        """A photo of this product, which may be none of theirs."""
        title, is_primary, data = "Late", False, self._data(Format.JPEG)
        name = self._name(gtin, title, is_primary, ".jpg")
        self._put(self._folder / name, data, self._version(gtin, title, is_primary, data))

    def write_slowly(self) -> None:
        name, data, version = self._photo()
        self._write_slowly(self._folder / name, data, version)

    def _write_slowly(self, path: Path, data: bytes, version: Version) -> None:
        path.parent.mkdir(exist_ok=True)
        third = len(data) // 3
        path.write_bytes(data[:third])
        rest = [data[third : 2 * third], data[2 * third :]]
        self._slow.append(_Slow(path, rest, version, time.monotonic() + SLOW_PAUSE_SECONDS))

    def go_on_writing(self) -> None:
        now = time.monotonic()
        for slow in [slow for slow in self._slow if slow.next_at <= now]:
            with slow.path.open("ab") as file:
                file.write(slow.rest.pop(0))
            slow.next_at = now + SLOW_PAUSE_SECONDS
            if not slow.rest:
                self._slow.remove(slow)
                self.standing[slow.path] = slow.version

    def deliver_something_wrong(self) -> None:
        number = next(self._numbers)
        gtin = self._product()
        jpeg = self._data(Format.JPEG)
        code, name, data = self._chance.choice(
            [
                ("bad_gtin", f"{gtin[:-1]}{(int(gtin[-1]) + 1) % 10}__{number}x.jpg", jpeg),
                ("bad_name", f"IMG_{number}.jpg", jpeg),
                ("unknown_flag", f"{gtin}__w{number}__primay.jpg", jpeg),
                ("wrong_format", f"{gtin}__w{number}.png", jpeg),
                ("truncated", f"{gtin}__w{number}.jpg", jpeg[: len(jpeg) // 2]),
                ("empty", f"{gtin}__w{number}.jpg", b""),
            ]
        )
        path = self._folder / name
        path.write_bytes(data)
        self.wrong[path] = code

    def _photo(self) -> tuple[str, bytes, Version]:
        gtin = self._product()
        is_primary = self._chance.random() < 0.2 and self._hero_may_come(gtin)
        title = self._chance.choice(["Front", "Back", "Detail", ""])
        format_ = self._chance.choice([Format.JPEG, Format.JPEG, *Format])
        data = self._data(format_)
        return self._name(gtin, title, is_primary, f".{format_}"), data, self._version(gtin, title, is_primary, data)

    def _product(self) -> str:
        return gtin14(self._products + self._chance.randrange(PRODUCTS))

    def _hero_may_come(self, gtin: str) -> bool:
        """A hero that was refused and is retried comes last: so none of what may be refused."""
        now = time.monotonic()
        if may_be_refused(gtin) or now - self._agreed.last_hero.get(gtin, 0.0) < HERO_PAUSE_SECONDS:
            return False
        self._agreed.last_hero[gtin] = now
        return True

    def _name(self, gtin: str, title: str, is_primary: bool, suffix: str) -> str:
        while True:
            parts = [gtin, title.replace(" ", "_"), *(["primary"] if is_primary else [])]
            name = "__".join([*parts, str(self._chance.randrange(1000))]) + suffix
            if not any((folder / name).exists() for folder in (self._folder, self._folder / "copies")):
                return name

    def _data(self, format_: Format) -> bytes:
        number = next(self._numbers)
        return photo_data(str(number)) if format_ is Format.JPEG else photo_bytes(format_, seed=number, width=48)

    def _version(self, gtin: str, title: str, is_primary: bool, data: bytes) -> Version:
        return self._new((gtin, title, is_primary, hashlib.sha256(data).hexdigest()))

    def _new(self, key: Key) -> Version:
        version = Version(key, next(self._numbers))
        self.own.append(version)
        self._agreed.delivered.append(version)
        return version

    def _any(self) -> Path | None:
        """One of the photos that are there; rather a young one, whose way may not be at its end."""
        paths = list(self.standing)
        return self._chance.choice(paths[-30:]) if paths else None

    def _put(self, path: Path, data: bytes, version: Version, whose: Photographers | None = None) -> None:
        path.parent.mkdir(exist_ok=True)
        staged = self._staging / "staged"
        staged.write_bytes(data)
        os.rename(staged, path)
        standing = (whose or self).standing
        standing.pop(path, None)
        standing[path] = version

    def _move(self, path: Path, name: str, version: Version) -> None:
        to = path.with_name(name)
        os.rename(path, to)
        del self.standing[path]
        self.standing[to] = version
