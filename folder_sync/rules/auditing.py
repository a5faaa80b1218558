"""What differs between the records of a product and the list of its images. Words, not signs: who has to do what."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from folder_sync.photo import Image, Record, State
from folder_sync.rules.confirming import spelled
from folder_sync.text import display, path_text, quoted


class Kind(StrEnum):
    """The contract's."""

    MISSING = "missing"
    FOREIGN = "foreign"
    OTHER_HERO = "other_hero"
    OTHER_TITLE = "other_title"
    OTHER_BYTES = "other_bytes"
    TWICE = "twice"
    UNDELETED = "undeleted"


@dataclass(frozen=True, slots=True)
class Held:
    """A photo that had an image. ``is_hero``: its image is to be shown as the hero; ``to_delete``: the service is about
    to delete its image."""

    record: Record
    is_hero: bool = False
    to_delete: bool = False


@dataclass(frozen=True, slots=True)
class Difference:
    """``photo``: its id; None where no photo of ours is concerned. ``image_id``: None where there is no image."""

    kind: Kind
    photo: int | None
    image_id: str | None
    message: str


@dataclass(frozen=True, slots=True)
class Product:
    """All that had images, as it was before the list was asked for and after it: what moved meanwhile is not judged."""

    before: Sequence[Held]
    after: Sequence[Held]
    images: Sequence[Image]
    on_its_way: bool = False
    """A photo of the product was being sent, or is in doubt: an image that nobody holds may be its."""

    @property
    def held(self) -> list[Held]:
        return [held for held in self.after if held in self.before]

    @property
    def uploaded(self) -> list[Record]:
        return [held.record for held in self.held if held.record.state is State.UPLOADED]

    @property
    def unclaimed(self) -> list[Image]:
        """Images that no record holds."""
        if self.on_its_way:
            return []
        ours = {held.record.image_id for held in (*self.before, *self.after)}
        return [image for image in self.images if image.id not in ours]

    def image_of(self, record: Record) -> Image | None:
        return next((image for image in self.images if image.id == record.image_id), None)


NOBODY: Final[Mapping[str, Record]] = {}


def compare(
    product: Product,
    *,
    deletes_superseded: bool,
    twins: Mapping[str, Record] = NOBODY,
    spoilt: Collection[int] = (),
) -> list[Difference]:
    """``twins``: of images that no record holds, those with the bytes of a photo; ``spoilt``: the ids of photos in
    place of which the catalogue serves other bytes, although it serves what it was sent."""
    found = [*_of_uploaded(product, spoilt), *_hero(product)]
    found += [_twice(twins[image.id], image) if image.id in twins else _foreign(image) for image in product.unclaimed]
    if deletes_superseded:
        found += _undeleted(product)
    return found


def _of_uploaded(product: Product, spoilt: Collection[int]) -> list[Difference]:
    found = []
    for record in product.uploaded:
        image, name = product.image_of(record), _name(record)
        if image is None:
            message = f"The image of {name} is gone. If nobody deleted it on purpose, audit --mend sends it again."
            found.append(Difference(Kind.MISSING, record.id, record.image_id, message))
            continue
        if spelled(image.title) != spelled(record.title):
            message = f"{name} was sent as {quoted(record.title)}, and the catalogue shows {quoted(image.title)}."
            found.append(Difference(Kind.OTHER_TITLE, record.id, image.id, f"{message} Correct it where it is wrong."))
        if record.id in spoilt:
            message = f"The catalogue serves other bytes for {name} than were sent. Look at the picture there."
            found.append(Difference(Kind.OTHER_BYTES, record.id, image.id, message))
    return found


def _hero(product: Product) -> list[Difference]:
    hero = next((held.record for held in product.held if held.is_hero), None)
    if hero is None or product.on_its_way:
        return []
    shown = next((image for image in product.images if image.is_primary), None)
    if product.image_of(hero) is None or (shown is not None and shown.id == hero.image_id):
        return []
    instead = "no hero" if shown is None else f"the image {quoted(shown.title)}" if shown.title else "another image"
    message = (
        f"The hero delivered last is {_name(hero)}, and the catalogue shows {instead}. audit --mend sends it again."
    )
    return [Difference(Kind.OTHER_HERO, hero.id, None if shown is None else shown.id, message)]


def _foreign(image: Image) -> Difference:
    title = quoted(image.title) if image.title else "without a title"
    message = f"No photo here stands for the image {title}. If nobody put it there on purpose, delete it in Closient."
    return Difference(Kind.FOREIGN, None, image.id, message)


def _twice(record: Record, image: Image) -> Difference:
    message = f"{_name(record)} is in the catalogue twice. audit --mend deletes this second image of it."
    return Difference(Kind.TWICE, record.id, image.id, message)


def _undeleted(product: Product) -> list[Difference]:
    found = []
    for held in product.held:
        record = held.record
        if record.state is State.SUPERSEDED and not held.to_delete and product.image_of(record) is not None:
            message = f"The image of {_name(record)}, which was replaced, is still there. audit --mend deletes it."
            found.append(Difference(Kind.UNDELETED, record.id, record.image_id, message))
    return found


def _name(record: Record) -> str:
    return f'"{display(path_text(record.path.rpartition(b"/")[2]), 120)}"'
