"""What went wrong with PostgreSQL, as people are told it."""

from __future__ import annotations

import re
from typing import Final

import psycopg
from psycopg import errors

from folder_sync.errors import Outage, StoreUnavailable, StoreUnreachable
from folder_sync.store.outages import Outages
from folder_sync.store.ports import Conflict, ConstraintBroken

_OF_THE_WORLD: Final = (
    psycopg.OperationalError,
    psycopg.InterfaceError,  # the connection was lost a moment ago
    errors.InsufficientPrivilege,
    errors.ReadOnlySqlTransaction,
    errors.IdleInTransactionSessionTimeout,
)

_WHERE: Final = re.compile(r"^(connection is bad|connection failed|consuming input failed|sending query failed): ")
"""What psycopg was doing."""
_STANDBY: Final = ("session is read-only", "server is in hot standby mode")
"""What libpq says of each that it may not take (target_session_attrs)."""
_WITHOUT: Final = "no password supplied"
_REFUSED: Final = ("password authentication failed", "no pg_hba.conf entry", _WITHOUT)
"""While connecting libpq gives no code, only words."""
_NOT_THERE: Final = re.compile(r'(database|role) ".*" does not exist')


class InWords:
    """A context in which an error of PostgreSQL becomes one of the store's own. Threads may share it.

    ``name``: of the database, as people know it, without a password.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._outage = Outage()
        self._outages = Outages()

    def answered(self) -> None:
        """The server did: whatever is met later is another outage."""
        self._outage = Outage()

    def busy(self) -> StoreUnreachable:
        return StoreUnreachable(
            f"The database {self._name} has not finished yet what was under way when a connection was lost.",
            "It will within half a minute.",
            self._outage,
        )

    def standby(self) -> StoreUnreachable:
        return StoreUnreachable(
            f"The database {self._name} is on a standby server, which can't be written to.",
            "store.url has to lead to the primary (docs/postgresql.md, Failover).",
            self._outage,
        )

    def __enter__(self) -> None:
        pass

    def __exit__(self, _type: object, error: BaseException | None, _traceback: object) -> None:
        if isinstance(error, psycopg.IntegrityError):
            is_conflict = isinstance(error, errors.UniqueViolation)
            raise (Conflict if is_conflict else ConstraintBroken)(_sentence(error)) from error
        if isinstance(error, _OF_THE_WORLD):
            found = self._explain(error)
            found.outage = found.outage or self._outages.of(found.title)
            raise found from error

    def _explain(self, error: psycopg.Error) -> StoreUnavailable:
        name = self._name
        match error:
            case errors.DiskFull():
                return StoreUnreachable(
                    f"The disk of the database {name} is full.",
                    "Make room on the database's machine; nothing is forgotten.",
                )
            case errors.LockNotAvailable() | errors.QueryCanceled() | errors.IdleInTransactionSessionTimeout():
                return StoreUnreachable(
                    f"The database {name} does not answer in time.",
                    "See what keeps it busy; this is tried again.",
                )
            case errors.InsufficientPrivilege() | errors.ReadOnlySqlTransaction():
                return StoreUnavailable(
                    f"The database {name} can't be written: {_sentence(error)}.", "Check the rights of its role."
                )
            case errors.InvalidPassword() | errors.InvalidAuthorizationSpecification():
                return _refused(name, error)
            case _ if any(sign in str(error) for sign in _REFUSED):
                return _refused(name, error)
            case _ if any(sign in str(error) for sign in _STANDBY):
                return StoreUnreachable(
                    f"The database {name} can't be written: none of its servers that answer is the primary.",
                    "Promote one; folder-sync goes on by itself.",
                    self._outage,
                )
            case _ if "unsupported startup parameter" in str(error):
                return StoreUnavailable(
                    f"A pooler in front of the database {name} does not accept all of store.url: {_sentence(error)}.",
                    "Leave that out, as docs/postgresql.md says of poolers.",
                )
            case _ if _NOT_THERE.search(str(error)):
                return StoreUnavailable(
                    f"The database {name} is not there: {_sentence(error)}.", "Make it, as docs/postgresql.md says."
                )
            case _:
                return StoreUnreachable(
                    f"The database {name} can't be reached: {_sentence(error)}.",
                    "Check the server and the network.",
                    self._outage,
                )


def as_machine(name: str, machine: str) -> str:
    """The database, as one machine among several works on it."""
    return f'{name} as "{machine}"'


def none_yet(name: str) -> tuple[str, str]:
    return f"There are no records in {name}.", "They are made by the first `folder-sync run` or `sync`."


def _sentence(error: psycopg.Error) -> str:
    """One, without the full stop; of what libpq says at greater length, the reason."""
    if error.diag.message_primary:
        return error.diag.message_primary.rstrip(".")
    said = _WHERE.sub("", str(error))
    lines = [line.strip() for line in said.splitlines() if line.strip()] or [type(error).__name__]
    fatal = next((line for line in lines if "FATAL: " in line), lines[0])
    return fatal.partition("FATAL: ")[2].strip().rstrip(".") or fatal.rstrip(".")


def _refused(name: str, error: psycopg.Error) -> StoreUnavailable:
    if _WITHOUT in str(error):
        return StoreUnavailable(
            f"The database {name} asks for a password, and none is known.",
            "Name the file that holds it in store.password_file, or give a systemd credential named store.password.",
        )
    return StoreUnavailable(
        f"The database {name} refuses this role: {_sentence(error)}.", "Check its password and pg_hba.conf."
    )
