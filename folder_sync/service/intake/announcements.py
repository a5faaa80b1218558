"""One folder's place in the order in which the photos of a product are inspected."""

from __future__ import annotations

from collections.abc import Sequence

from folder_sync.photo import Fingerprint
from folder_sync.service.folders import Folder
from folder_sync.service.intake.inbox import Inboxes
from folder_sync.service.intake.per_product import PerProductQueue, Turn


class Announcements:
    """Announces the heroes of ``folder`` as soon as they are seen, so that later ones of their products, in whichever
    folder, wait for them. Belongs to the thread of that folder's intake.
    """

    def __init__(self, folder: Folder, per_product: PerProductQueue, inboxes: Inboxes) -> None:
        self._folder = folder
        self._per_product = per_product
        self._inboxes = inboxes
        self._announced: dict[bytes, Turn] = {}

    def seen(self, path: bytes, fingerprint: Fingerprint) -> None:
        """A file is there that may still be being written."""
        turn = self.turn(path, fingerprint)
        if turn is None:
            self.withdraw(path)
        elif self._note(turn):
            self._inboxes.tell(self._per_product.announce(turn))

    def _note(self, turn: Turn) -> bool:
        """Whether it is a hero, and from now on announced as this."""
        before = self._announced.get(turn.path)
        if before is not None and (not turn.is_hero or before.product != turn.product):
            self.withdraw(turn.path)  # under the product that its name meant before the products or shots changed
        if turn.is_hero:
            self._announced[turn.path] = turn
        return turn.is_hero

    def withdraw(self, path: bytes) -> None:
        """It is gone, or out of reach: nobody waits for it any more."""
        if (announced := self._announced.pop(path, None)) is not None:
            self._inboxes.tell(self._per_product.withdraw(announced.product, path))

    def turn(self, path: bytes, fingerprint: Fingerprint) -> Turn | None:
        """None where the name does not say which product it shows: then it has no place in any product's order."""
        names = self._folder.names
        product = names.product(path)
        if product is None:
            return None
        return Turn((self._folder.account, product), names.is_hero(path), self._folder, path, fingerprint)

    def take(self, turn: Turn) -> list[Turn]:
        """It is to be inspected. Returns whose turn it is now in this folder; other folders are told of theirs."""
        self._note(turn)
        return self._of_this_folder(self._per_product.take(turn))

    def end(self, turn: Turn, *, stays_announced: bool) -> list[Turn]:
        """It has been inspected. Returns as ``take``. ``stays_announced``: it comes once more before later heroes. So
        does a version of it that was seen meanwhile.
        """
        announced = self._announced.get(turn.path)
        is_newer = announced is not None and announced.fingerprint != turn.fingerprint
        if not stays_announced and not is_newer:
            self._announced.pop(turn.path, None)
        return self._of_this_folder(self._per_product.end(turn, stays_announced=stays_announced or is_newer))

    def looked_through(self) -> None:
        """Everything that stood in the folder at the start has been seen."""
        self._inboxes.tell(self._per_product.looked_through(self._folder.root))

    def _of_this_folder(self, turns: Sequence[Turn]) -> list[Turn]:
        """In their order, those of other folders told in between: this folder's own need no message."""
        own = []
        for turn in turns:
            if turn.folder is self._folder:
                own.append(turn)
            else:
                self._inboxes.tell([turn])
        return own
