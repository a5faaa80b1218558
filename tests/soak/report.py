"""The ledger of a day in words."""

from __future__ import annotations

from tests.soak.day import Summary

_MEBIBYTE = 1024 * 1024


def told(summary: Summary) -> str:
    verdict = summary.verdict
    lines = [
        f"seed {summary.seed}, {summary.seconds:.0f} s, {summary.kills} kills",
        "photographers: " + ", ".join(f"{count} {name}" for name, count in sorted(summary.acts.items())),
        "troubles: " + ", ".join(f"{count} {name}" for name, count in sorted(summary.troubles.items())),
        f"POSTs that arrived whole: {summary.posts}, stored: {summary.stored}",
        f"memory of the last process: {summary.first.memory / _MEBIBYTE:.1f} MiB at first,"
        f" {summary.last.memory / _MEBIBYTE:.1f} MiB at last; files: {summary.first.files}, {summary.last.files}",
        f"duplicates: {len(verdict.twice)}, lost: {len(verdict.lost)}, strange: {len(verdict.strange)},"
        f" wrong heroes: {len(verdict.heroes)}, unaccounted: {len(verdict.unaccounted)}",
    ]
    for found in (verdict.twice, verdict.lost, verdict.strange, verdict.heroes, verdict.unaccounted):
        lines += [f"  {one}" for one in found]
    return "\n".join(lines)
