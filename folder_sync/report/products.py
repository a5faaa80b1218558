"""Products as people and programs are shown them: what each has, and what of the shot list is missing."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from folder_sync.files import products as products_file
from folder_sync.photo import Gtin14, State
from folder_sync.report.serialize import defused
from folder_sync.rules.names import products as listing
from folder_sync.rules.names.shots import Shot, Shots
from folder_sync.settings import Settings
from folder_sync.store.ports import Reader
from folder_sync.store.products import Product, Products, ShotPhoto

COLUMNS: Final = (
    "account",
    "gtin",
    "sku",
    "name",
    "listed",
    "has_primary",
    "queued",
    "waiting",
    "rejected",
    "uploaded",
    "shots",
    "missing",
    "complete",
)
"""In the order of the contract."""

_AT_ONCE: Final = 200

_BEST: Final = (
    State.UPLOADED,
    State.UPLOADING,
    State.UNCONFIRMED,
    State.QUEUED,
    State.WAITING,
    State.REJECTED,
    State.MISSING,
)
"""Where a shot has several photos, the one that has come furthest stands for it; among equals the newest."""


@dataclass(frozen=True, slots=True)
class TakenShot:
    """A shot of the list, and the photo that stands for it, if there is one."""

    shot: Shot
    photo: ShotPhoto | None

    @property
    def is_missing(self) -> bool:
        """It is required, and no photo of it is uploaded."""
        return self.shot.required and (self.photo is None or self.photo.state is not State.UPLOADED)


@dataclass(frozen=True, slots=True)
class Described:
    """``listed``: its line in the products file."""

    known: Product
    listed: listing.Listed | None = None
    shots: Sequence[TakenShot] = ()

    @property
    def missing(self) -> list[str]:
        """The names of required shots of which no photo is uploaded."""
        return [taken.shot.name for taken in self.shots if taken.is_missing]

    @property
    def is_complete(self) -> bool:
        """A product without a single image is not, whatever the list says."""
        return self.known.uploaded > 0 and not self.missing


class Listing:
    """A products file by GTIN; of two lines with one GTIN the first counts."""

    def __init__(self, lines: Sequence[listing.Listed] = ()) -> None:
        self.of: Mapping[str, listing.Listed] = {line.gtin: line for line in reversed(lines)}
        self.gtins: Sequence[Gtin14] = sorted(line.gtin for line in self.of.values())


class ProductReport:
    """Products of which photos are known, and those of the products file, which is read unless ``listing_`` is given.

    Raises ProductsUnreadable.
    """

    def __init__(self, database: Reader, settings: Settings, listing_: Listing | None = None) -> None:
        self._products = Products(database)
        self._listing = listing_ or read_listing(settings)
        self._shots = Shots(Shot(shot.name, tuple(shot.codes), shot.primary, shot.required) for shot in settings.shots)
        # A products file belongs to no account.
        self._account = next(iter(settings.accounts)) if len(settings.accounts) == 1 else ""

    def all(self, gtins: Collection[Gtin14] | None = None, after: str = "") -> Iterator[Described]:
        """In order of GTIN; only those after ``after``."""
        listed = self._listing.gtins if gtins is None else sorted(self._listing.of.keys() & set(gtins))
        missing = islice(listed, bisect_right(listed, after), None)
        following = next(missing, None)
        known = self._products.all(gtins, after)
        while some := list(islice(known, _AT_ONCE)):
            taken = self._taken({product.gtin for product in some})
            for product in some:
                while following is not None and following < product.gtin:
                    yield self._without_photos(following)
                    following = next(missing, None)
                if following == product.gtin:
                    following = next(missing, None)
                yield Described(product, self._listing.of.get(product.gtin), self._of(product, taken))
        while following is not None:
            yield self._without_photos(following)
            following = next(missing, None)

    def _without_photos(self, gtin: str) -> Described:
        line = self._listing.of[gtin]
        nothing = Product(self._account, line.gtin, has_primary=False, queued=0, waiting=0, rejected=0, uploaded=0)
        return Described(nothing, line, [TakenShot(shot, None) for shot in self._shots.all])

    def _taken(self, gtins: Collection[Gtin14]) -> dict[tuple[str, str, Shot], ShotPhoto]:
        """By account, GTIN and shot."""
        found: dict[tuple[str, str, Shot], ShotPhoto] = {}
        if not self._shots.all:
            return found
        for photo in self._products.photos(gtins):
            # Shots may have other names by now than when it was taken in.
            shot = (photo.shot and self._shots.of_title(photo.shot)) or self._shots.of_title(photo.title)
            if shot is None or photo.state not in _BEST:
                continue
            key = (photo.account, photo.gtin, shot)
            if key not in found or _BEST.index(photo.state) <= _BEST.index(found[key].state):
                found[key] = photo
        return found

    def _of(self, product: Product, taken: Mapping[tuple[str, str, Shot], ShotPhoto]) -> list[TakenShot]:
        return [TakenShot(shot, taken.get((product.account, product.gtin, shot))) for shot in self._shots.all]


def read_listing(settings: Settings) -> Listing:
    """Empty where no products file is configured. Raises ProductsUnreadable."""
    file = settings.catalogue.products_file
    return Listing(listing.parse(products_file.read(file)).listed) if file is not None else Listing()


def product(of: Product | Described) -> dict[str, Any]:
    """``products --format json``: one object. Of a bare ``Product`` neither list nor shots are known."""
    described = of if isinstance(of, Described) else Described(of)
    known, line = described.known, described.listed
    return {
        "account": known.account or None,
        "gtin": known.gtin,
        "sku": line.sku or None if line else None,
        "name": line.name or None if line else None,
        "listed": line is not None,
        "has_primary": known.has_primary,
        "queued": known.queued,
        "waiting": known.waiting,
        "rejected": known.rejected,
        "uploaded": known.uploaded,
        "shots": [
            {
                "name": taken.shot.name,
                "required": taken.shot.required,
                "state": taken.photo.state.value if taken.photo else None,
                "photo": taken.photo.id if taken.photo else None,
            }
            for taken in described.shots
        ],
        "missing": described.missing,
        "complete": described.is_complete,
    }


def flat(of: Product | Described) -> dict[str, Any]:
    """``products --format csv``: the same, lists joined; of a shot its name and the state of its photo."""
    row = product(of)
    row["shots"] = "; ".join(f"{shot['name']}: {shot['state'] or 'none'}" for shot in row["shots"])
    row["missing"] = "; ".join(row["missing"])
    return {name: defused(value) for name, value in row.items()}
