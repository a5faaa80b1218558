"""How the names in one watched folder are read right now: the products that they refer to may change."""

from __future__ import annotations

import os

from folder_sync.photo import Format, Gtin14, Label
from folder_sync.rules.names.convention import HOUSE
from folder_sync.rules.names.meaning import Named, Rejected, Understanding
from folder_sync.rules.names.naming import Naming
from folder_sync.rules.names.products import Products


class Names:
    """``root``: the watched folder. May be asked on any thread."""

    def __init__(self, root: bytes = b"", naming: Naming = HOUSE) -> None:
        self._prefix = len(root.rstrip(b"/")) + 1 if root else 0
        self._naming = naming

    def take(self, products: Products) -> None:
        """From now on."""
        self._naming = Naming(self._naming.entries, self._naming.shots, products, self._naming.converts)

    @property
    def naming(self) -> Naming:
        return self._naming

    def understand(self, path: bytes) -> Understanding:
        """``path``: of a file below the root."""
        return self._naming.understand(self._below(path))

    def label(self, path: bytes) -> Label | None:
        """What a file's name says about it; None where it is not understood."""
        understood = self.understand(path)
        return understood.label if isinstance(understood, Named) else None

    def is_hero(self, path: bytes) -> bool:
        label = self.label(path)
        return label is not None and label.is_primary

    def product(self, path: bytes) -> Gtin14 | None:
        """For a copy that a computer made, too: what it is depends on the photos that came before it."""
        match self.understand(path):
            case Named(label) | Rejected(copy_of=Label() as label):
                return label.gtin
        return None

    def by_bytes(self, path: bytes, found: Format) -> Understanding:
        return self._naming.by_bytes(self._below(path), found)

    def _below(self, path: bytes) -> str:
        return os.fsdecode(path[self._prefix :] if self._prefix else os.path.basename(path))
