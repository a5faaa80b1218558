"""Such a day with several machines on one PostgreSQL, which ends with one of them switched off."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from folder_sync.photo import Record, State
from folder_sync.sandbox.ledger import Ledger
from folder_sync.store.photo_queries import PhotoQueries
from tests.soak.day import ON_ITS_WAY, TELL_SECONDS, live_until
from tests.soak.machine import IN_DOUBT, Machine, SharedFolder, two_accounts
from tests.soak.photographers import Photographers
from tests.soak.several_trouble import SeveralTrouble
from tests.soak.verdict import Verdict, judge_several
from tests.soak.ways import ways_of
from tests.support.hosts import Network
from tests.support.postgres import Server, new_schema
from tests.support.proof import gtin14, wide_sandbox
from tests.support.waiting import wait_for

PATIENCE_SECONDS: Final = 300.0
SETTLED_WITHIN_SECONDS: Final = 120.0
"""After a machine was switched off, others know what became of all that it was sending."""
LAST_PRODUCTS: Final = range(2_000, 2_003)


@dataclass(frozen=True, slots=True)
class Summary:
    """``taken_in``: how often the shared folder came to be each machine's to take in. ``settled_seconds``: how long it
    took others to settle what the machine that was switched off had sent; 0 where none was."""

    seed: int
    seconds: float
    machines: int
    delivered: int
    acts: Counter[str]
    troubles: Counter[str]
    ledger: Ledger
    verdict: Verdict
    taken_in: tuple[int, ...]
    settled_seconds: float

    @property
    def good(self) -> bool:
        return self.verdict.good and self.settled_seconds <= SETTLED_WITHIN_SECONDS


class _Day:
    def __init__(
        self,
        stack: ExitStack,
        home: Path,
        chance: random.Random,
        count: int,
        say: Callable[[str], None],
        network: Network | None,
        *,
        kill_seconds: float,
        database_seconds: float,
        long_seconds: float,
    ) -> None:
        self.begun = time.monotonic()
        self.chance = chance
        self.sandbox = stack.enter_context(wide_sandbox())
        self.database = Server(flushes=True, listens=network.database if network else "")
        stack.callback(self.database.stop)
        self.store = stack.enter_context(new_schema(self.database))
        self.accounts = two_accounts(self.sandbox)
        self.shared = SharedFolder(home / "shared", self.accounts[1], chance)
        self.machines: list[Machine] = []
        stack.callback(self.kill)
        for number in range(1, count + 1):
            ways = stack.enter_context(ways_of(network, self.database.folder, chance))
            name = f"studio{number}"
            self.machines.append(
                Machine(name, home / name, self.sandbox, self.store, ways, self.accounts, self.shared, chance)
            )
        self.groups = {
            account.name: [machine.people[account.name] for machine in self.machines] for account in self.accounts
        }
        self.groups[self.shared.account.name].append(self.shared.people)
        self.trouble = SeveralTrouble(
            self.machines,
            self.database,
            self.sandbox,
            self.accounts,
            self.shared,
            chance,
            kill_seconds=kill_seconds,
            database_seconds=database_seconds,
            long_seconds=long_seconds,
        )
        self._say = say
        self._told = self.begun

    @property
    def everybody(self) -> list[Photographers]:
        return [people for group in self.groups.values() for people in group]

    def kill(self) -> None:
        for machine in self.machines:
            machine.kill()

    def work(self) -> None:
        group = self.chance.choice(list(self.groups.values()))
        people = self.chance.choice(group)
        if self.chance.random() < 0.1:
            others = self.chance.choice(group)
            people.copy_to(others)
            people.done["copy_to"] = people.done.get("copy_to", 0) + (others is not people)
        else:
            people.act()
        for writers in self.everybody:
            writers.go_on_writing()

    def tell_in_time(self) -> None:
        now = time.monotonic()
        if now >= self._told + TELL_SECONDS:
            self._told = now
            met, stored = self.trouble.met, len(self.sandbox.ledger.stored)
            self._say(
                f"{now - self.begun:4.0f} s: {self.delivered} photos, {stored} stored, {met['kill']} kills of services,"
                f" {met['kill of the database']} of the database"
            )

    @property
    def delivered(self) -> int:
        return sum(len(account.agreed.delivered) for account in self.accounts)

    def records(self) -> list[Record]:
        with closing(self.store.open()) as database:
            return list(PhotoQueries(database).photos())

    def switch_off(self, machine: Machine) -> float:
        """In the middle of its uploads, for good: how long until others have settled them. Its own files wait."""
        gtins = [gtin14(number) for number in LAST_PRODUCTS]
        for gtin in gtins:
            self.sandbox.faults.add("stall", route="upload", gtin=gtin, seconds=30.0, stored=True)
            self.sandbox.faults.add("drop_before_body", route="list", gtin=gtin, count=None)
            machine.people["main"].deliver_of(gtin)
        stored = self.sandbox.ledger
        wait_for(lambda: {one.gtin for one in stored.stored} >= set(gtins), "its last photos are stored", 120.0)
        machine.kill()
        begun = time.monotonic()
        self.sandbox.faults.clear()
        assert self._doubts(machine) >= len(gtins)
        wait_for(lambda: self._doubts(machine) == 0, f"what {machine.name} was sending is settled", PATIENCE_SECONDS)
        return time.monotonic() - begun

    def _doubts(self, machine: Machine) -> int:
        return sum(one.watcher == machine.name and one.state in IN_DOUBT for one in self.records())

    def wait_until_settled(self) -> None:
        def settled() -> bool:
            records = self.records()
            known = {(record.path, record.sha256) for record in records}
            rejected = {record.path for record in records if record.state is State.REJECTED}
            return (
                not any(record.state in ON_ITS_WAY for record in records)
                and all(
                    (bytes(path), version.key[3]) in known
                    for people in self.everybody
                    for path, version in people.standing.items()
                )
                and all(bytes(path) in rejected for people in self.everybody for path in people.wrong)
            )

        try:
            wait_for(settled, "everything is settled", PATIENCE_SECONDS)
        except AssertionError as failure:
            on_its_way = [record for record in self.records() if record.state in ON_ITS_WAY]
            failure.add_note("\n".join(map(str, on_its_way[:20])))
            raise


def live(
    home: Path,
    seed: int,
    seconds: float,
    say: Callable[[str], None],
    machines: int,
    network: Network | None = None,
    *,
    kill_seconds: float = 6.5,
    database_seconds: float = 50.0,
    long_seconds: float = 60.0,
    to_the_end: bool = True,
) -> Summary:
    """As ``day.live``, with so many machines and two accounts on one database, and one folder that all machines have.

    ``network``: where each machine is a host of its own; else its way to the database leads through a proxy.

    ``to_the_end``: one of them is switched off then, and settled by others when its lease is over.
    """
    chance = random.Random(seed)
    with ExitStack() as stack:
        day = _Day(
            stack,
            home,
            chance,
            machines,
            say,
            network,
            kill_seconds=kill_seconds,
            database_seconds=database_seconds,
            long_seconds=long_seconds,
        )
        for machine in day.machines:
            machine.start()
        for machine in day.machines:
            wait_for(machine.is_at_work, "it works")
        # Until then what is in the shared folder is looked for in the catalogue first, and the proof would prove less.
        wait_for(lambda: day.store.ask("SELECT count(*) FROM adoption") == [(0,)], "the first pass is over")
        trouble = day.trouble
        happenings = (day.work, trouble.act_now_and_then, trouble.act_in_time, day.tell_in_time)
        live_until(time.monotonic() + seconds, chance, happenings)
        trouble.kill()
        trouble.kill_the_database()
        for people in day.everybody:
            people.finish()
        trouble.calm_down()
        settled_seconds = 0.0
        if to_the_end:
            say(f"{time.monotonic() - day.begun:4.0f} s: calm; then one of the machines is switched off")
            settled_seconds = day.switch_off(day.machines[-1])
            say(f"{time.monotonic() - day.begun:4.0f} s: others knew of its photos after {settled_seconds:.0f} s")
            day.machines[-1].start()
        day.wait_until_settled()
        for machine in day.machines:
            assert machine.studio.command("retry", "--all").returncode in (0, 1)
        day.wait_until_settled()
        verdict = judge_several(day.machines, day.shared, day.accounts, day.sandbox, day.records())
        taken_in = tuple(machine.taken_in for machine in day.machines)
        for machine in day.machines:
            assert machine.process is not None
            assert machine.process.end(signal.SIGTERM) == 0
        acts: Counter[str] = Counter()
        for people in day.everybody:
            acts.update(people.done)
        return Summary(
            seed,
            time.monotonic() - day.begun,
            machines,
            day.delivered,
            acts,
            trouble.met,
            day.sandbox.ledger,
            verdict,
            taken_in,
            settled_seconds,
        )
