"""Somebody sets the machine's clock by hours, at any moment: nobody waits longer than was meant, nothing goes twice."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

from folder_sync.photo import State
from folder_sync.sandbox.state import Sandbox
from folder_sync.store.service_state import ServiceState
from folder_sync.store.sqlite.database import Database
from tests.support.proof import sent_again, take_up_work
from tests.support.shifted import MachineClock
from tests.support.studio import GTIN, Studio
from tests.support.waiting import wait_for

BACK: Final = -7200.0
AHEAD: Final = 7200.0


@dataclass(frozen=True, slots=True)
class Moment:
    """What the photo meets first, how it is known to be there, and what is fixed before the clock is set."""

    name: str
    reached: Callable[[Studio, Path], bool]
    fault: Mapping[str, Any] = field(default_factory=dict)
    unknown: bool = False


def _is(state: State) -> Callable[[Studio, Path], bool]:
    def reached(studio: Studio, path: Path) -> bool:
        record = studio.record(path)
        return record is not None and record.state is state and record.not_before is not None

    return reached


def _paused(scope: str) -> Callable[[Studio, Path], bool]:
    def reached(studio: Studio, _: Path) -> bool:
        database = Database(studio.database, create=False)
        try:
            return scope in {note.scope for note in ServiceState(database).pauses()}
        finally:
            database.close()

    return reached


MOMENTS: Final = (
    Moment("waiting for its product", _is(State.WAITING), unknown=True),
    Moment("queued after a refused connection", _is(State.QUEUED), {"kind": "drop_before_body"}),
    Moment("in doubt, stored", _is(State.UNCONFIRMED), {"kind": "drop_after_store"}),
    Moment("in doubt, never stored", _is(State.UNCONFIRMED), {"kind": "drop_after_body"}),
    Moment("refused", _paused("account:main"), {"kind": "status", "status": 401}),
)


@pytest.mark.parametrize(
    ("seconds", "stopped"),
    [(BACK, False), (BACK, True), (AHEAD, False)],
    ids=["back, while it runs", "back, while it is away", "ahead"],
)
@pytest.mark.parametrize("moment", MOMENTS, ids=lambda moment: moment.name)
def test_nobody_waits_for_a_clock(
    tmp_path: Path, sandbox: Sandbox, moment: Moment, seconds: float, *, stopped: bool
) -> None:
    studio = Studio(tmp_path, sandbox)
    waits = {"retry_base_seconds": 1.0, "retry_max_seconds": 1.0, "confirm_after_seconds": 0.5, "recheck_seconds": 1.0}
    studio.configure(account=f'organization_id = "{sandbox.organization_id}"', delivery=waits)
    take_up_work(studio)
    clock = MachineClock(tmp_path / "clock")
    by = ("tests.support.shifted", str(clock.file))
    if moment.unknown:
        sandbox.unknown_product(GTIN)
    if moment.fault:
        sandbox.faults.add(route="upload", **moment.fault)
    path = studio.export(f"{GTIN}__a.jpg")
    process = studio.start("run", by=by)
    try:
        wait_for(lambda: moment.reached(studio, path), moment.name)
        sandbox.known_product(GTIN)
        if stopped:
            assert process.end(signal.SIGTERM) == 0
        clock.set(seconds)
        if stopped:
            process = studio.start("run", by=by)
        record = studio.wait_for_state(path, State.UPLOADED)
        assert process.end(signal.SIGTERM) == 0
    finally:
        with process:
            pass
    assert [image.id for image in sandbox.images(GTIN)] == [record.image_id]
    assert sent_again(sandbox) == []
