"""What the records and the running service say of themselves, as far as checks need it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from folder_sync.errors import StoreUnavailable
from folder_sync.settings import Account
from folder_sync.store.ports import Store
from folder_sync.store.provenance import Provenance
from folder_sync.store.service_state import ServiceState, WatchStatus


@dataclass(frozen=True, slots=True)
class Known:
    """Ours: its process and how it watches each folder, where it runs; and which records it keeps, and whose.

    ``taken_in_by``: of each shared folder the machine that takes it in.
    """

    pid: int | None = None
    records: str | None = None
    watch_statuses: Mapping[bytes, WatchStatus] = field(default_factory=dict)
    organizations: Mapping[str, str] = field(default_factory=dict)
    taken_in_by: Mapping[str, str] = field(default_factory=dict)


def known(store: Store, accounts: Mapping[str, Account]) -> Known:
    """What is wrong with the database is found later."""
    try:
        pid = store.holder()
        database = store.open(read_only=True)
    except StoreUnavailable:
        return Known()
    try:
        state = ServiceState(database)
        statuses = state.watch_statuses() if pid is not None else []
        belongs = {name: state.organization(name, account.base_url) for name, account in accounts.items()}
        return Known(
            pid,
            Provenance(database).records,
            {status.folder: status for status in statuses},
            {name: organization for name, organization in belongs.items() if organization is not None},
            {folder: machine.name for machine in database.machines() for folder in machine.takes_in},
        )
    except StoreUnavailable:
        return Known(pid)
    finally:
        database.close()
