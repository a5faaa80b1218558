"""One such day, from the first photo to the verdict."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.processes import memory
from folder_sync.photo import State
from tests.soak.photographers import Photographers
from tests.soak.trouble import CONFIRM_SECONDS, READ_SECONDS, Trouble
from tests.soak.verdict import Verdict, judge
from tests.support.proof import take_up_work, wide_sandbox
from tests.support.studio import Studio
from tests.support.waiting import wait_for

KILLS_UNTIL: Final = 0.6
"""In this share of the day processes are killed; the last one lives on, to show whether it grows."""
PATIENCE_SECONDS: Final = 120.0
ON_ITS_WAY: Final = frozenset({State.QUEUED, State.UPLOADING, State.UNCONFIRMED, State.WAITING})


@dataclass(frozen=True, slots=True)
class Burden:
    """What the service's process holds: resident bytes, and open files."""

    memory: int
    files: int

    @classmethod
    def of(cls, pid: int) -> Burden:
        return cls(memory(pid), len(list(Path(f"/proc/{pid}/fd").iterdir())))


@dataclass(frozen=True, slots=True)
class Summary:
    """``first`` and ``last``: of the service's last process, soon after its start and at the end."""

    seed: int
    seconds: float
    acts: dict[str, int]
    troubles: Counter[str]
    kills: int
    posts: int
    stored: int
    verdict: Verdict
    first: Burden
    last: Burden


def live(home: Path, seed: int, seconds: float, say: Callable[[str], None]) -> Summary:
    """``home``: an empty folder. Raises AssertionError where the service ends by itself or does not settle."""
    chance = random.Random(seed)
    with wide_sandbox() as sandbox:
        studio = Studio(home, sandbox)
        studio.configure(
            account=f'organization_id = "{sandbox.organization_id}"',
            intake={"incomplete_seconds": 3.0},
            delivery={
                "read_seconds": READ_SECONDS,
                "confirm_after_seconds": CONFIRM_SECONDS,
                "recheck_seconds": 1.0,
                "retry_base_seconds": 0.05,
            },
            log={"level": "info", "format": "json"},
        )
        take_up_work(studio)
        people = Photographers(studio.folder, home, chance)
        trouble = Trouble(studio, chance, clock=seed % 2 == 0)
        last_one = with_it = None
        try:
            begun = time.monotonic()
            told = begun
            while (now := time.monotonic()) < begun + seconds:
                people.act()
                killing = now < begun + KILLS_UNTIL * seconds
                if last_one is None and not killing:
                    trouble.kill()  # at the latest: however short the day is, it has one
                    last_one = trouble.process
                if chance.random() < 0.5:
                    trouble.act(kill=killing)
                assert not trouble.ended(), f"the service ended by itself: {studio.told()[-2000:]}"
                if with_it is None and now > begun + (KILLS_UNTIL + 0.1) * seconds:
                    with_it = Burden.of(trouble.process.pid)
                if now > told + 60:
                    told = now
                    say(f"{now - begun:.0f} s: {len(people.delivered)} photos, {trouble.kills} kills")
                time.sleep(chance.uniform(0.0, 0.3))
            people.finish()
            trouble.calm_down()
            _wait_until_settled(studio, people)
            assert studio.command("retry", "--all").returncode in (0, 1)
            _wait_until_settled(studio, people)
            last = Burden.of(trouble.process.pid)
            verdict = judge(studio, people)
            assert trouble.process.end(signal.SIGTERM) == 0
        finally:
            with trouble.process:
                pass
        ledger = sandbox.ledger
        return Summary(
            seed,
            time.monotonic() - begun,
            people.done,
            trouble.met,
            trouble.kills,
            len(ledger.arrivals),
            len(ledger.stored),
            verdict,
            with_it or last,
            last,
        )


def _wait_until_settled(studio: Studio, people: Photographers) -> None:
    def settled() -> bool:
        records = studio.records()
        known = {(record.path, record.sha256) for record in records}
        rejected = {record.path for record in records if record.state is State.REJECTED}
        return (
            not any(record.state in ON_ITS_WAY for record in records)
            and all((bytes(path), version.key[3]) in known for path, version in people.standing.items())
            and all(bytes(path) in rejected for path in people.wrong)
        )

    wait_for(settled, "everything is settled", PATIENCE_SECONDS)
