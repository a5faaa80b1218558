"""What goes wrong where several machines share a database: theirs, its own, and what lies between."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

from folder_sync.sandbox.state import Sandbox
from folder_sync.store.postgres.lease import LEASE_SECONDS
from tests.soak.machine import Account, Machine
from tests.soak.server_trouble import ServerTrouble
from tests.support.postgres import Server
from tests.support.processes import hears_hup

_SKEWS: Final = (0.0, -7200.0, -300.0, 300.0, 7200.0)
LONG_SECONDS: Final = LEASE_SECONDS + 5.0
"""After so long a machine that is not heard of is taken for gone."""


class SeveralTrouble(ServerTrouble):
    """``kill_seconds`` and ``database_seconds``: between two kills of services, and of the database, on the average;
    ``long_seconds``: between two times that a machine is not heard of for longer than its lease."""

    def __init__(
        self,
        machines: Sequence[Machine],
        database: Server,
        sandbox: Sandbox,
        accounts: Sequence[Account],
        chance: random.Random,
        *,
        kill_seconds: float,
        database_seconds: float,
        long_seconds: float,
    ) -> None:
        super().__init__(sandbox, chance, [number for account in accounts for number in account.products])
        self._machines = machines
        self._database = database
        self._accounts = accounts
        self._busy: set[str] = set()
        self._acts: dict[Callable[[], None], int] = self.server_acts | {
            self.revoke_a_key: 1,
            self.reload: 1,
            self.halt: 2,
            self.cut_off: 2,
            self.set_a_clock: 1,
            self.set_the_servers_clock: 1,
        }
        self._in_time: dict[Callable[[], None], float] = {
            self.kill: kill_seconds,
            self.kill_the_database: database_seconds,
            self.be_away_for_long: long_seconds,
        }
        self._due = {act: self._moment(seconds) for act, seconds in self._in_time.items()}

    def act_now_and_then(self) -> None:
        """Raises AssertionError where a service has ended by itself."""
        for machine in self._machines:
            machine.assert_lives()
        self.set_right(time.monotonic())
        if self.chance.random() < 0.4:
            self.chance.choices(list(self._acts), list(self._acts.values()))[0]()

    def act_in_time(self) -> None:
        """At moments that have nothing to do with anything else."""
        for act, at in self._due.items():
            if time.monotonic() >= at:
                act()
                self._due[act] = self._moment(self._in_time[act])

    def _moment(self, seconds: float) -> float:
        return time.monotonic() + self.chance.expovariate(1 / seconds)

    def _one(self) -> Machine | None:
        """A machine that nothing is done to."""
        free = [machine for machine in self._machines if machine.name not in self._busy]
        return self.chance.choice(free) if free else None

    def _for(self, machine: Machine, seconds: float, right: Callable[[], None]) -> None:
        self._busy.add(machine.name)

        def done() -> None:
            right()
            self._busy.discard(machine.name)

        self._back.append((time.monotonic() + seconds, done))

    def kill(self) -> None:
        if (machine := self._one()) is not None:
            self.met["kill"] += 1
            machine.kill()
            self._for(machine, self.chance.choice((0.0, 0.0, 1.0, 3.0)), machine.start)

    def be_away_for_long(self) -> None:
        """Longer than its lease: killed, halted, or cut off from the database."""
        if (machine := self._one()) is not None:
            how = self.chance.choice(("killed", "halted", "cut off"))
            self.met[f"{how} for long"] += 1
            match how:
                case "killed":
                    machine.kill()
                    self._for(machine, LONG_SECONDS, machine.start)
                case "halted":
                    machine.signal(signal.SIGSTOP)
                    self._for(machine, LONG_SECONDS, lambda: machine.signal(signal.SIGCONT))
                case _:
                    machine.way.cut()
                    self._for(machine, LONG_SECONDS, machine.way.mend)

    def halt(self) -> None:
        if (machine := self._one()) is not None:
            self.met["halt"] += 1
            machine.signal(signal.SIGSTOP)
            self._for(machine, self.chance.uniform(0.5, 3.0), lambda: machine.signal(signal.SIGCONT))

    def cut_off(self) -> None:
        if (machine := self._one()) is not None:
            self.met["cut off the database"] += 1
            machine.way.cut()
            self._for(machine, self.chance.uniform(0.5, 3.0), machine.way.mend)

    def reload(self) -> None:
        machine = self._one()
        if machine is not None and machine.process is not None and hears_hup(machine.process.pid):
            self.met["reload"] += 1
            machine.signal(signal.SIGHUP)

    def kill_the_database(self) -> None:
        """Killed and started again, or halted with all that it is doing."""
        if self.chance.random() < 0.7:
            self.met["kill of the database"] += 1
            self._database.kill()
            time.sleep(self.chance.choice((0.0, 0.5, 2.0)))
            self._database.start()
        else:
            self.met["halt of the database"] += 1
            processes = [self._database.process.pid, *self._database.children()]
            for number in (signal.SIGSTOP, signal.SIGCONT):
                for process in processes:
                    with suppress(ProcessLookupError):
                        os.kill(process, number)
                if number is signal.SIGSTOP:
                    time.sleep(self.chance.uniform(0.5, 4.0))

    def revoke_a_key(self) -> None:
        self.met["key refused"] += 1
        key = self.chance.choice(self._accounts).key
        self.sandbox.revoke_key(key)
        self.later(lambda: self.sandbox.restore_key(key))

    def set_a_clock(self) -> None:
        self.met["clock jump"] += 1
        self.chance.choice(self._machines).clock.set(self.chance.choice(_SKEWS))

    def set_the_servers_clock(self) -> None:
        self.met["clock jump"] += 1
        self.sandbox.set_clock_skew(self.chance.choice(_SKEWS))
