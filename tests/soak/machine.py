"""One of several machines: its folders, its photographers, its clock, its ways to the others, its service."""

from __future__ import annotations

import os
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from folder_sync.photo import State
from folder_sync.sandbox.state import Sandbox
from folder_sync.store.postgres.store import PostgresStore
from folder_sync.store.whose import shared_name
from tests.soak.photographers import PRODUCTS, Agreed, Photographers
from tests.soak.server_trouble import CONFIRM_SECONDS, READ_SECONDS
from tests.soak.ways import Ways
from tests.support.postgres import on_machine, place_of
from tests.support.proof import take_up_work
from tests.support.shifted import MachineClock
from tests.support.studio import Process, Studio

IN_DOUBT: Final = frozenset({State.UPLOADING, State.UNCONFIRMED})


@dataclass(frozen=True, slots=True)
class Account:
    """``first``: the number of the first of its products, which are no other account's."""

    name: str
    organization_id: str
    key: str
    first: int
    agreed: Agreed = field(default_factory=Agreed)

    @property
    def products(self) -> range:
        return range(self.first, self.first + PRODUCTS)


def two_accounts(sandbox: Sandbox) -> tuple[Account, Account]:
    another = sandbox.accounts.add_organization("Another Studio")
    return (
        Account("main", sandbox.organization_id, sandbox.key, 0),
        Account("second", another, sandbox.accounts.add_key(another), 1_000),
    )


class SharedFolder:
    """One that all machines have at the same path, with photographers of its own. ``watcher``: whose its photos are."""

    def __init__(self, home: Path, account: Account, chance: random.Random) -> None:
        home.mkdir()
        self.path = home / "nas"
        self.path.mkdir()
        self.account = account
        self.watcher = shared_name(os.fsencode(self.path))
        self.people = Photographers(self.path, home, chance, account.agreed, account.first)


class Machine:
    """``people``: of its own folders, by account. ``process``: None while it is switched off."""

    def __init__(
        self,
        name: str,
        home: Path,
        sandbox: Sandbox,
        store: PostgresStore,
        ways: Ways,
        accounts: tuple[Account, ...],
        shared: SharedFolder,
        chance: random.Random,
    ) -> None:
        home.mkdir()
        self.name = name
        self.ways = ways
        self.clock = MachineClock(home / "clock")
        self.process: Process | None = None
        records = on_machine(name, store, [os.fsencode(shared.path)])
        self.studio = Studio(home, sandbox, place_of(records, through=ways.database))
        self._configure(accounts, shared)
        take_up_work(self.studio)
        self.people: Mapping[str, Photographers] = {
            account.name: Photographers(self._folder(account), home, chance, account.agreed, account.first)
            for account in accounts
        }

    def _folder(self, account: Account) -> Path:
        return self.studio.folder if account.name == "main" else self.studio.home / account.name

    def _configure(self, accounts: tuple[Account, ...], shared: SharedFolder) -> None:
        main, *others = accounts
        account, watch = [f'organization_id = "{main.organization_id}"'], ['account = "main"']
        for other in others:
            folder, key_file = self._folder(other), self.studio.home / f"{other.name}.key"
            folder.mkdir()
            key_file.write_text(other.key)
            key_file.chmod(0o600)
            account += [
                f"[accounts.{other.name}]",
                f'base_url = "{self.studio.sandbox.url}"',
                f'key_file = "{key_file}"',
                f'organization_id = "{other.organization_id}"',
            ]
            watch += ["[[watch]]", f'path = "{folder}"', f'account = "{other.name}"']
        watch += ["[[watch]]", f'path = "{shared.path}"', f'account = "{shared.account.name}"', "shared = true"]
        self.studio.configure(
            account="\n".join(account),
            watch="\n".join(watch),
            intake={"incomplete_seconds": 3.0},
            delivery={
                "connect_seconds": 2.0,
                "read_seconds": READ_SECONDS,
                "confirm_after_seconds": CONFIRM_SECONDS,
                "recheck_seconds": 1.0,
                "retry_base_seconds": 0.05,
            },
            log={"level": "info", "format": "json"},
        )

    def start(self) -> None:
        by = ("tests.support.shifted", str(self.clock.file))
        self.process = self.studio.start("run", by=by, within=self.ways.within)

    def is_at_work(self) -> bool:
        return '"service_started"' in self.studio.told()

    @property
    def taken_in(self) -> int:
        """How often the shared folder came to be its to take in."""
        return self.studio.told().count('"shared_folder_taken_in"')

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def signal(self, number: int) -> None:
        if self.process is not None:
            self.process.send_signal(number)

    def assert_lives(self) -> None:
        """Unless it is switched off."""
        if self.process is not None and (ended := self.process.poll()) is not None:
            raise AssertionError(f"{self.name} ended by itself with {ended}: {self.studio.told()[-2000:]}")
