"""The ledger of a day in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tests.soak.day import Summary


def told(summary: Summary) -> str:
    """A line for each promise, whether it was kept or not, and what was broken."""
    verdict, ledger, burdens, troubles = summary.verdict, summary.ledger, summary.burdens, summary.troubles
    stored = ledger.stored
    statuses = Counter(call.status for call in ledger.calls)
    rows: list[tuple[str, object]] = [
        ("seed, seconds", f"{summary.seed}, {summary.seconds:.0f}"),
        ("photos dropped", summary.delivered),
        ("POSTs that arrived whole", len(ledger.arrivals)),
        ("images stored", len(stored)),
        ("  of them with the answer lost", sum(arrival.status != 201 for arrival in stored)),
        ("images deleted again", len([call for call in ledger.calls if (call.method, call.status) == ("DELETE", 204)])),
        ("adopted after a lost answer", verdict.adopted),
        ("kills (SIGKILL)", troubles["kill"]),
        ("clock jumps", troubles["clock jump"]),
        ("key changes", troubles["key change"]),
        ("429s", statuses[429]),
        ("all requests", statuses.total()),
        ("memory, files: first tenth", burdens.first_tenth),
        ("memory, files: last tenth", burdens.last_tenth),
    ]
    broken: dict[str, Sequence[object]] = {
        "duplicates on the server": verdict.twice,
        "lost": verdict.lost,
        "unaccounted": verdict.unaccounted,
        "wrong heroes": verdict.heroes,
        "images nobody delivered": verdict.strange,
        "growth": burdens.growth,
    }
    rows += [(promise, len(found)) for promise, found in broken.items()]
    lines = [f"{name:34} {value}" for name, value in rows]
    lines.append("photographers: " + ", ".join(f"{count} {name}" for name, count in sorted(summary.acts.items())))
    lines.append("troubles: " + ", ".join(f"{count} {name}" for name, count in sorted(troubles.items())))
    lines += [f"  {promise}: {one}" for promise, found in broken.items() for one in found]
    return "\n".join(lines)
