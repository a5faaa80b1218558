"""One such day, from the first photo to the verdict."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from folder_sync.photo import State
from folder_sync.sandbox.ledger import Ledger
from tests.soak.burden import Burden, Burdens
from tests.soak.photographers import Photographers
from tests.soak.server_trouble import CONFIRM_SECONDS, READ_SECONDS
from tests.soak.trouble import Trouble
from tests.soak.verdict import Verdict, judge
from tests.support.proof import take_up_work, wide_sandbox
from tests.support.studio import Studio
from tests.support.waiting import wait_for

KILLS_UNTIL: Final = 0.75
"""In this share of the day processes are killed; the last one lives on, to show whether it grows."""
TELL_SECONDS: Final = 30.0
BREAK_SECONDS: Final = 0.2
"""At most, between two things that happen."""
PATIENCE_SECONDS: Final = 240.0
ON_ITS_WAY: Final = frozenset({State.QUEUED, State.UPLOADING, State.UNCONFIRMED, State.WAITING})


@dataclass(frozen=True, slots=True)
class Summary:
    """``burdens``: of the service's last process."""

    seed: int
    seconds: float
    delivered: int
    acts: dict[str, int]
    troubles: Counter[str]
    ledger: Ledger
    verdict: Verdict
    burdens: Burdens

    @property
    def good(self) -> bool:
        return self.verdict.good and not self.burdens.growth


def live(home: Path, seed: int, seconds: float, say: Callable[[str], None], superseded: str = "keep") -> Summary:
    """``home``: an empty folder; ``superseded``: as in ``[after]``. Raises AssertionError where the service ends by
    itself or does not settle."""
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
            after={"superseded": superseded},
            log={"level": "info", "format": "json"},
        )
        take_up_work(studio)
        people = Photographers(studio.folder, home, chance)
        trouble = Trouble(studio, chance)
        burdens = Burdens()
        begun = time.monotonic()
        every_day = (people.act, trouble.act_now_and_then, _Teller(say, begun, people, trouble).tell_in_time)
        try:
            live_until(begun + KILLS_UNTIL * seconds, chance, (*every_day, trouble.kill_in_time))
            trouble.kill()  # however short the day is, it has one
            burdens.begin()
            last = trouble.process.pid
            live_until(begun + seconds, chance, (*every_day, lambda: burdens.take_in_time(last)))
            people.finish()
            trouble.calm_down()
            _wait_until_settled(studio, people)
            assert studio.command("retry", "--all").returncode in (0, 1)
            _wait_until_settled(studio, people)
            verdict = judge(studio, people)
            assert trouble.process.end(signal.SIGTERM) == 0
        finally:
            with trouble.process:
                pass
        lasted = time.monotonic() - begun
        return Summary(seed, lasted, len(people.delivered), people.done, trouble.met, sandbox.ledger, verdict, burdens)


def live_until(end: float, chance: random.Random, happenings: Sequence[Callable[[], None]]) -> None:
    while time.monotonic() < end:
        for happening in happenings:
            happening()
        time.sleep(chance.uniform(0.0, BREAK_SECONDS))


class _Teller:
    def __init__(self, say: Callable[[str], None], begun: float, people: Photographers, trouble: Trouble) -> None:
        self._say = say
        self._begun = begun
        self._people = people
        self._trouble = trouble
        self._told = begun

    def tell_in_time(self) -> None:
        now = time.monotonic()
        if now < self._told + TELL_SECONDS:
            return
        self._told = now
        self._say(
            f"{now - self._begun:4.0f} s: {len(self._people.delivered)} photos, {self._trouble.stored} stored,"
            f" {self._trouble.kills} kills; the service has {Burden.of(self._trouble.process.pid)}"
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

    try:
        wait_for(settled, "everything is settled", PATIENCE_SECONDS)
    except AssertionError as failure:
        on_its_way = [record for record in studio.records() if record.state in ON_ITS_WAY]
        failure.add_note("\n".join(map(str, on_its_way[:20])))
        raise
