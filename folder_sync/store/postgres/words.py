"""What went wrong with PostgreSQL, as people are told it."""

from __future__ import annotations

import re
from typing import Final

import psycopg
from psycopg import errors

from folder_sync.errors import Outage, StoreBusy, StoreUnavailable, StoreUnreachable
from folder_sync.store.ports import Conflict, ConstraintBroken

_OF_THE_WORLD: Final = (
    psycopg.OperationalError,
    psycopg.InterfaceError,  # the connection was lost a moment ago
    errors.InsufficientPrivilege,
    errors.ReadOnlySqlTransaction,
    errors.IdleInTransactionSessionTimeout,
)

_REFUSED: Final = ("password authentication failed", "no pg_hba.conf entry", "no password supplied")
"""While connecting libpq gives no code, only words."""
_NOT_THERE: Final = re.compile(r'(database|role) ".*" does not exist')


class InWords:
    """A context in which an error of PostgreSQL becomes one of the store's own. Threads may share it.

    ``name``: of the database, as people know it, without a password.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._outage = Outage()

    def answered(self) -> None:
        """The server did: whatever is met later is another outage."""
        self._outage = Outage()

    def busy(self) -> StoreUnreachable:
        return StoreUnreachable(
            f"The database {self._name} has not ended yet what was begun before a connection was lost.",
            "It will within half a minute.",
            self._outage,
        )

    def __enter__(self) -> None:
        pass

    def __exit__(self, _type: object, error: BaseException | None, _traceback: object) -> None:
        if isinstance(error, psycopg.IntegrityError):
            is_conflict = isinstance(error, errors.UniqueViolation)
            raise (Conflict if is_conflict else ConstraintBroken)(_sentence(error)) from error
        if isinstance(error, _OF_THE_WORLD):
            raise _explain(self._name, error, self._outage) from error


def as_machine(name: str, machine: str) -> str:
    """The database, as one machine among several works on it."""
    return f'{name} as "{machine}"'


def none_yet(name: str) -> tuple[str, str]:
    return f"There are no records in {name}.", "They are made by the first `folder-sync run` or `sync`."


def _sentence(error: psycopg.Error) -> str:
    """One, without the full stop; of what libpq says at greater length, the reason."""
    if error.diag.message_primary:
        return error.diag.message_primary.rstrip(".")
    said = str(error).removeprefix("connection is bad: ")
    lines = [line.strip() for line in said.splitlines() if line.strip()] or [type(error).__name__]
    fatal = next((line for line in lines if "FATAL: " in line), lines[0])
    return fatal.partition("FATAL: ")[2].strip().rstrip(".") or fatal.rstrip(".")


def _explain(name: str, error: psycopg.Error, outage: Outage) -> StoreUnavailable:
    match error:
        case errors.DiskFull():
            return StoreUnavailable(f"The disk of the database {name} is full.", "Make room; nothing is forgotten.")
        case errors.LockNotAvailable() | errors.QueryCanceled() | errors.IdleInTransactionSessionTimeout():
            return StoreBusy(
                f"The database {name} does not answer in time.", "See what keeps it busy; this is tried again."
            )
        case errors.InsufficientPrivilege() | errors.ReadOnlySqlTransaction():
            return StoreUnavailable(
                f"The database {name} can't be written: {_sentence(error)}.", "Check the rights of its role."
            )
        case errors.InvalidPassword() | errors.InvalidAuthorizationSpecification():
            return _refused(name, error)
        case _ if any(sign in str(error) for sign in _REFUSED):
            return _refused(name, error)
        case _ if "unsupported startup parameter" in str(error):
            return StoreUnavailable(
                f"A pooler before the database {name} does not take all of store.url: {_sentence(error)}.",
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
                outage,
            )


def _refused(name: str, error: psycopg.Error) -> StoreUnavailable:
    return StoreUnavailable(
        f"The database {name} refuses this role: {_sentence(error)}.", "Check its password and pg_hba.conf."
    )
