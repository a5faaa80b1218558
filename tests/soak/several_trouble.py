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
from folder_sync.store.postgres.workers import LEASE_SECONDS
from tests.soak.machine import Account, Machine, SharedFolder
from tests.soak.server_trouble import ServerTrouble
from tests.support.postgres import Server
from tests.support.processes import hears_hup

_SKEWS: Final = (0.0, -7200.0, -300.0, 300.0, 7200.0)
LONG_SECONDS: Final = LEASE_SECONDS + 5.0
"""After so long a machine that is not heard from is taken for gone."""


class SeveralTrouble(ServerTrouble):
    """``kill_seconds`` and ``database_seconds``: between two kills of services, and of the database, on the average;
    ``long_seconds``: between two times that a machine lacks something for longer than its lease."""

    def __init__(
        self,
        machines: Sequence[Machine],
        database: Server,
        sandbox: Sandbox,
        accounts: Sequence[Account],
        shared: SharedFolder,
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
        self._shared = shared
        self._busy: set[str] = set()
        self._acts: dict[Callable[[], None], int] = self.server_acts | {
            self.revoke_a_key: 1,
            self.reload: 1,
            self.halt: 2,
            self.cut_off: 2,
            self.unmount: 1,
            self.set_a_clock: 1,
            self.set_the_servers_clock: 1,
        }
        self._in_time: dict[Callable[[], None], float] = {
            self.kill: kill_seconds,
            self.kill_the_database: database_seconds,
            self.halt_the_database: 3 * database_seconds,
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
        """At times when it is cut off: what it gave its kernel to send may still come when it is no longer."""
        if (machine := self._one()) is not None:
            self.met["kill"] += 1
            seconds = self.chance.choice((0.0, 0.0, 1.0, 3.0))
            is_cut_off = self.chance.random() < 0.2
            mend = self._cut(machine) if is_cut_off else _nothing
            machine.kill()

            def right() -> None:
                mend()
                machine.start()

            self._for(machine, max(seconds, 0.5) if is_cut_off else seconds, right)

    def be_away_for_long(self) -> None:
        """Longer than its lease: killed, halted, cut off, or without the shared folder. One that is halted is at times
        cut off, too: its kernel has what it was sending, and there is no service that gives it up."""
        if (machine := self._one()) is not None:
            hows = ("killed", "halted", "cut off", *(["unmounted"] if machine.ways.host else []))
            how = self.chance.choice(hows)
            self.met[f"{how} for long"] += 1
            match how:
                case "killed":
                    machine.kill()
                    self._for(machine, LONG_SECONDS, machine.start)
                case "halted":
                    mend = self._cut(machine) if self.chance.random() < 0.5 else _nothing
                    machine.signal(signal.SIGSTOP)

                    def right() -> None:
                        mend()
                        machine.signal(signal.SIGCONT)

                    self._for(machine, LONG_SECONDS, right)
                case "cut off":
                    self._for(machine, LONG_SECONDS, self._cut(machine))
                case _:
                    self._hide(machine, LONG_SECONDS)

    def halt(self) -> None:
        if (machine := self._one()) is not None:
            self.met["halt"] += 1
            machine.signal(signal.SIGSTOP)
            self._for(machine, self.chance.uniform(0.5, 3.0), lambda: machine.signal(signal.SIGCONT))

    def cut_off(self) -> None:
        if (machine := self._one()) is not None:
            self._for(machine, self.chance.uniform(0.5, 3.0), self._cut(machine))

    def _cut(self, machine: Machine) -> Callable[[], None]:
        """From the database, the server, or both. What sets it right."""
        names = list(machine.ways.ways)
        lost = self.chance.choice([*([name] for name in names), names])
        self.met[f"cut off the {' and the '.join(lost)}"] += 1
        ways = [machine.ways.ways[name] for name in lost]
        for way in ways:
            way.cut()

        def mend() -> None:
            for way in ways:
                way.mend()

        return mend

    def unmount(self) -> None:
        """The shared folder is not there any more on one machine."""
        machine = self._one()
        if machine is not None and machine.ways.host is not None:
            self.met["unmounted"] += 1
            self._hide(machine, self.chance.uniform(0.5, 3.0))

    def _hide(self, machine: Machine, seconds: float) -> None:
        if (host := machine.ways.host) is not None:
            host.hide(self._shared.path)
            self._for(machine, seconds, lambda: host.show(self._shared.path))

    def reload(self) -> None:
        machine = self._one()
        if machine is not None and machine.process is not None and hears_hup(machine.process.pid):
            self.met["reload"] += 1
            machine.signal(signal.SIGHUP)

    def kill_the_database(self) -> None:
        self.met["kill of the database"] += 1
        self._database.kill()
        time.sleep(self.chance.choice((0.0, 0.5, 2.0)))
        self._database.start()

    def halt_the_database(self) -> None:
        """With all that it is doing."""
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


def _nothing() -> None:
    """There is nothing to set right."""
