"""The records are dated by the database's clock, whatever people do to this machine's."""

from __future__ import annotations

import time
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from folder_sync.store.postgres.clock import NOW, Clock, boottime
from tests.support.postgres import emptied_schema


class Machine:
    """Its own clock, which only goes on."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_between_two_answers_this_machines_clock_goes_on() -> None:
    machine = Machine()
    clock = Clock(machine)
    clock.set(5_000.0, machine.now)
    assert clock() == 5_000.0
    machine.now += 7.5
    assert clock() == 5_007.5


def test_nobody_guesses_the_time() -> None:
    with pytest.raises(AssertionError):
        Clock(Machine())()


def test_a_slow_answer_does_not_make_it_jump() -> None:
    machine = Machine()
    clock = Clock(machine)
    clock.set(5_000.0, machine.now)
    machine.now += 10.0
    clock.set(5_004.0, begun=machine.now - 8.0)  # it was 5,002 when it was asked, and 5,010 when the answer came
    assert clock() == 5_010.0


@pytest.mark.parametrize("step", [-3_600.0, 86_400.0])
def test_a_step_of_the_databases_clock_is_followed(step: float) -> None:
    machine = Machine()
    clock = Clock(machine)
    clock.set(5_000.0, machine.now)
    machine.now += 5.0
    clock.set(5_005.0 + step, begun=machine.now - 0.25)
    assert clock() == pytest.approx(5_005.0 + step, abs=0.25)


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 10), st.floats(0, 1))))
def test_it_is_never_wrong_by_more_than_the_slowness_of_the_last_answer(
    asked: list[tuple[float, float, float]],
) -> None:
    """``asked``: after how many seconds, how long the answer took, and after which part of that the clock was read."""
    machine, offset = Machine(), 1_000_000.0
    clock = Clock(machine)
    clock.set(machine.now + offset, machine.now)
    for after, took, part in asked:
        begun = machine.now + after
        machine.now = begun + took
        clock.set(begun + took * part + offset, begun)
        assert clock() == pytest.approx(machine.now + offset, abs=took + 1e-6)


def test_it_is_asked_at_the_start_and_with_each_renewal(monkeypatch: pytest.MonkeyPatch) -> None:
    with emptied_schema() as place:
        ((before,),) = place.ask(f"SELECT {NOW}")
        monkeypatch.setattr(time, "time", lambda: 0.0)  # somebody set it to 1970
        with closing(place.open(create=True)) as database:
            assert database.clock() == pytest.approx(before, abs=600)
            database._clock.set(before - 7_200, begun=boottime())  # the server's was wrong then
            assert database.clock() == pytest.approx(before - 7_200, abs=600)
            database.lease.renew(1.0)
            assert database.clock() == pytest.approx(before, abs=600)


def test_who_only_looks_asks_for_it_whenever_it_asks_for_news() -> None:
    with emptied_schema() as place, closing(place.open(read_only=True)) as database:
        now = database.clock()
        database._clock.set(now + 86_400, begun=boottime())
        assert database.clock() > now + 80_000
        database.version()
        assert database.clock() == pytest.approx(now, abs=600)
