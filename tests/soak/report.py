"""The ledger of a day in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from tests.soak import several
from tests.soak.day import Summary
from tests.soak.verdict import Verdict


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
    return _told(rows, _broken(verdict) | {"growth": burdens.growth}, summary.acts, troubles)


def told_of_several(summary: several.Summary) -> str:
    """The same of several machines."""
    verdict, ledger, troubles = summary.verdict, summary.ledger, summary.troubles
    stored = ledger.stored
    statuses = Counter(call.status for call in ledger.calls)
    long = [what for what in troubles if what.endswith("for long")]
    cut = [what for what in troubles if what.startswith("cut off the")]
    rows: list[tuple[str, object]] = [
        ("machines, seed, seconds", f"{summary.machines}, {summary.seed}, {summary.seconds:.0f}"),
        ("photos dropped", summary.delivered),
        ("POSTs that arrived whole", len(ledger.arrivals)),
        ("images stored", len(stored)),
        ("  of them with the answer lost", sum(arrival.status != 201 for arrival in stored)),
        ("adopted after a lost answer", verdict.adopted),
        ("kills of services (SIGKILL)", troubles["kill"]),
        ("kills, halts of the database", f"{troubles['kill of the database']}, {troubles['halt of the database']}"),
        ("without something for longer than the lease", sum(troubles[what] for what in long)),
        ("cables cut", sum(troubles[what] for what in cut)),
        ("shared folder: taken in by each", ", ".join(map(str, summary.taken_in))),
        ("clock jumps", troubles["clock jump"]),
        ("429s", statuses[429]),
        ("all requests", statuses.total()),
        ("switched off: settled by others in", f"{summary.settled_seconds:.0f} s"),
    ]
    return _told(rows, _broken(verdict), summary.acts, troubles)


def _broken(verdict: Verdict) -> dict[str, Sequence[object]]:
    return {
        "duplicates on the server": verdict.twice,
        "lost": verdict.lost,
        "unaccounted": verdict.unaccounted,
        "wrong heroes": verdict.heroes,
        "images nobody delivered": verdict.strange,
    }


def _told(
    rows: list[tuple[str, object]],
    broken: Mapping[str, Sequence[object]],
    acts: Mapping[str, int],
    troubles: Mapping[str, int],
) -> str:
    rows += [(promise, len(found)) for promise, found in broken.items()]
    lines = [f"{name:43} {value}" for name, value in rows]
    lines.append("photographers: " + ", ".join(f"{count} {name}" for name, count in sorted(acts.items())))
    lines.append("troubles: " + ", ".join(f"{count} {name}" for name, count in sorted(troubles.items())))
    lines += [f"  {promise}: {one}" for promise, found in broken.items() for one in found]
    return "\n".join(lines)
