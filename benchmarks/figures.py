"""What was measured: a figure beside its peer, as a row of the table and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Final

from rich.table import Table


@dataclass(frozen=True, slots=True)
class Figure:
    """``ours`` and ``theirs``: one sample a round, in ``unit``; none where the peer is not installed.

    ``aim``: what was hoped for, in words; ``most``: the same as a number that a quarter of the samples may exceed, and
    ``least_ratio``: as one that the ratio may not stay below.
    """

    name: str
    unit: str
    ours: Sequence[float]
    peer: str
    theirs: Sequence[float]
    aim: str
    most: float | None = None
    least_ratio: float | None = None

    @property
    def is_met(self) -> bool | None:
        """None where no number says so."""
        if self.most is not None:
            return (
                quantiles(self.ours, n=4, method="inclusive")[2] if len(self.ours) > 1 else self.ours[0]
            ) <= self.most
        return None if self.least_ratio is None or self.ratio is None else self.ratio >= self.least_ratio

    @property
    def ratio(self) -> float | None:
        """Ours in units of the peer's."""
        return median(self.ours) / median(self.theirs) if self.theirs and median(self.theirs) else None

    def as_json(self) -> dict[str, object]:
        return {
            "name": self.name,
            "unit": self.unit,
            "ours": _summary(self.ours),
            "peer": self.peer,
            "theirs": _summary(self.theirs) if self.theirs else None,
            "ratio": self.ratio,
            "aim": self.aim,
            "met": self.is_met,
        }


def _summary(samples: Sequence[float]) -> dict[str, object]:
    return {"median": median(samples), "samples": list(samples)}


_MET: Final = {None: "", True: "met", False: "[bold]missed[/bold]"}
_COLUMNS: Final = ("", "folder-sync", "peer", "ratio", "aim", "", "peer is")


def table(figures: Sequence[Figure]) -> Table:
    """Medians, and from the smallest to the largest sample."""
    sheet = Table(*_COLUMNS, title="Medians (smallest to largest)")
    for figure in figures:
        theirs = _range(figure.theirs, figure.unit) if figure.theirs else "not measured"
        ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
        sheet.add_row(
            figure.name, _range(figure.ours, figure.unit), theirs, ratio, figure.aim, _MET[figure.is_met], figure.peer
        )
    return sheet


def _range(samples: Sequence[float], unit: str) -> str:
    return f"{median(samples):.3g} {unit} ({min(samples):.3g} to {max(samples):.3g})"
