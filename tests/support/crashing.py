"""``python -m tests.support.crashing STEP MARKS COMMAND…``: the program, which dies of SIGKILL at a named step.

Each photo kills it once: ``MARKS`` is a folder in which the dead leave a mark under the photo's file name, so the next
start gets past this step with it. The hooks are put in from outside, around the functions where the step lies; the
program knows nothing of them.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import Any, Final

from folder_sync import cli
from folder_sync.closient.body import Body
from folder_sync.files import disposal
from folder_sync.photo import Record, State
from folder_sync.rules.outcome import Transition
from folder_sync.service.delivery.uploading import Uploader
from folder_sync.store import incoming
from folder_sync.store.places import Places
from folder_sync.store.ports import Parameters, Result, Transaction
from folder_sync.store.postgres.transaction import Transaction as PostgresTransaction
from folder_sync.store.queue import Queue
from folder_sync.store.recording import Place
from folder_sync.store.sqlite.opening import Opener

_MARKS = b""
_DYING: Final = Lock()

Hook = Callable[..., bytes | None]
"""Given the arguments of a call (and its result, where it is over): the path of the photo that has reached the step."""


def _die_once(path: bytes | None) -> None:
    """For each product's photo. One at a time: photos are looked into by several threads, and each death is of one."""
    if path is None or b"__" not in os.path.basename(path):
        return
    with _DYING:
        try:
            os.close(os.open(os.path.join(_MARKS, os.path.basename(path)), os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return
        os.kill(os.getpid(), signal.SIGKILL)


def _before(owner: Any, name: str, hook: Hook) -> None:
    original = getattr(owner, name)

    def wrapped(*arguments: Any, **named: Any) -> Any:
        _die_once(hook(*arguments, **named))
        return original(*arguments, **named)

    setattr(owner, name, wrapped)


def _after(owner: Any, name: str, hook: Hook) -> None:
    """``hook`` gets the result as its first argument."""
    original = getattr(owner, name)

    def wrapped(*arguments: Any, **named: Any) -> Any:
        result = original(*arguments, **named)
        _die_once(hook(result, *arguments, **named))
        return result

    setattr(owner, name, wrapped)


def _while_sending(*, last: bool) -> None:
    """After half of the body, or all of it, has gone out: the next piece is only asked for when the last is sent."""
    original = Body.__iter__

    def wrapped(body: Body) -> Iterator[bytes]:
        pieces = list(original(body))
        sent = b"".join(pieces)
        half = len(sent) // 2
        yield sent[:half]
        if not last:
            _die_once(body._file)
        yield sent[half:]
        if last:
            _die_once(body._file)

    Body.__iter__ = wrapped  # type: ignore[method-assign]


def _arriving(_: object, *arguments: Any, **__: Any) -> bytes:
    """``arrive`` and ``_write`` have one argument that is a place."""
    (place,) = [argument for argument in arguments if isinstance(argument, Place)]
    return place.path


def _photo(*arguments: Any, **_: Any) -> bytes:
    (photo,) = [argument for argument in arguments if isinstance(argument, Record)]
    return photo.path


def _within_the_step_to(state: State) -> None:
    """In the middle of the statement that makes a photo ``state``: written, and not committed."""
    original = Opener.to_work

    def die(folder: bytes, name: bytes) -> None:
        _die_once(os.path.join(folder, name))

    def opened(opener: Opener, path: Path) -> sqlite3.Connection:
        connection = original(opener, path)
        connection.create_function("die", 2, die)
        connection.execute(
            f"CREATE TEMP TRIGGER stepping AFTER UPDATE OF state ON photo WHEN NEW.state = '{state}'"
            " BEGIN SELECT die(NEW.folder, NEW.name); END"
        )
        return connection

    Opener.to_work = opened  # type: ignore[assignment,method-assign]
    _after(PostgresTransaction, "execute", _stepping_to(state))


def _stepping_to(state: State) -> Hook:
    """The same in PostgreSQL: where such a statement has changed a photo."""

    def stepped(done: Result, transaction: Transaction, sql: str, parameters: Parameters = ()) -> bytes | None:
        says = f"UPDATE photo SET state = '{state}'" in sql
        given = isinstance(parameters, Mapping) and parameters.get("to") is state
        if not done.rowcount or not (says or (given and sql.lstrip().startswith("UPDATE photo SET state = :to"))):
            return None
        ((folder, name),) = transaction.execute(
            "SELECT folder, name FROM photo WHERE state = :state ORDER BY changed_at DESC, id DESC LIMIT 1",
            {"state": state},
        ).rows
        return os.path.join(bytes(folder), bytes(name))

    return stepped


def _getting_its_id(_: Queue, photo: Record, transition: Transition, *__: Any, **___: Any) -> bytes | None:
    return photo.path if transition.to is State.UPLOADED else None


def _path(*arguments: Any) -> bytes:
    return next(argument for argument in arguments if isinstance(argument, bytes))


STEPS: Final[dict[str, Callable[[], None]]] = {
    "before the enqueue commit": lambda: _after(incoming, "write", _arriving),
    "after the enqueue commit": lambda: _after(incoming.Incoming, "arrive", _arriving),
    "before the claim commit": lambda: _within_the_step_to(State.UPLOADING),
    "after the claim commit": lambda: _before(Uploader, "upload", _photo),
    "in the middle of the body": lambda: _while_sending(last=False),
    "after the last byte": lambda: _while_sending(last=True),
    "before the image id is recorded": lambda: _before(Queue, "apply", _getting_its_id),
    "before the image id's commit": lambda: _within_the_step_to(State.UPLOADED),
    "after the image id is recorded": lambda: _before(Places, "put_away", _photo),
    "after the move is recorded": lambda: _before(disposal, "move", _path),
    "after the move": lambda: _after(disposal, "move", _path),
    "after the deletion is recorded": lambda: _before(disposal, "delete", _path),
    "after the deletion": lambda: _after(disposal, "delete", _path),
}


def main(arguments: Sequence[str]) -> None:
    global _MARKS  # noqa: PLW0603 -- of this process, which dies of it
    step, marks, *command = arguments
    _MARKS = os.fsencode(marks)
    STEPS[step]()
    cli.main(command)


if __name__ == "__main__":
    main(sys.argv[1:])
