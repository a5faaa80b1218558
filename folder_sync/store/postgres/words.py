"""What went wrong with PostgreSQL, as people are told it."""

from __future__ import annotations

from typing import Final

import psycopg
from psycopg import errors

from folder_sync.errors import StoreUnavailable
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


class InWords:
    """A context in which an error of PostgreSQL becomes one of the store's own. Threads may share it.

    ``name``: of the database, as people know it, without a password.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> None:
        pass

    def __exit__(self, _type: object, error: BaseException | None, _traceback: object) -> None:
        if isinstance(error, psycopg.IntegrityError):
            is_conflict = isinstance(error, errors.UniqueViolation)
            raise (Conflict if is_conflict else ConstraintBroken)(_sentence(error)) from error
        if isinstance(error, _OF_THE_WORLD):
            raise StoreUnavailable(*_explain(self._name, error)) from error


def another_works(name: str) -> tuple[str, str]:
    return f"Another folder-sync works on {name} now.", "Stop one of the two."


def none_yet(name: str) -> tuple[str, str]:
    return f"There are no records in {name}.", "They are made by the first `folder-sync run` or `sync`."


def _sentence(error: psycopg.Error) -> str:
    """One, without the full stop; of what libpq says at greater length, the reason."""
    if error.diag.message_primary:
        return error.diag.message_primary.rstrip(".")
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    fatal = next((line for line in lines if "FATAL: " in line), lines[0])
    return fatal.partition("FATAL: ")[2].strip().rstrip(".") or fatal.rstrip(".")


def _explain(name: str, error: psycopg.Error) -> tuple[str, str]:
    match error:
        case errors.DiskFull():
            return f"The disk of the database {name} is full.", "Make room; nothing is forgotten."
        case errors.LockNotAvailable() | errors.QueryCanceled() | errors.IdleInTransactionSessionTimeout():
            return f"The database {name} does not answer in time.", "See what keeps it busy; this is tried again."
        case errors.InsufficientPrivilege() | errors.ReadOnlySqlTransaction():
            return f"The database {name} can't be written: {_sentence(error)}.", "Check the rights of its role."
        case errors.InvalidPassword() | errors.InvalidAuthorizationSpecification():
            return f"The database {name} refuses this role: {_sentence(error)}.", "Check its password and pg_hba.conf."
        case _ if any(sign in str(error) for sign in _REFUSED):
            return f"The database {name} refuses this role: {_sentence(error)}.", "Check its password and pg_hba.conf."
        case _:
            return f"The database {name} can't be reached: {_sentence(error)}.", "Check the server and the network."
