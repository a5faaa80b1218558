"""Only the probe moves an open circuit breaker, whatever else ends meanwhile."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from folder_sync.rules.circuit_breaker import CircuitBreaker

NOW = 1_000.0


def doubling(failures: int) -> float:
    return 2.0**failures


def opened(times: int = 1) -> CircuitBreaker:
    breaker = CircuitBreaker()
    for _ in range(times):
        breaker = breaker.begun().failed(breaker.generation, NOW, doubling)
    return breaker


def test_closed_it_lets_everything_through() -> None:
    breaker = CircuitBreaker().begun().begun()
    assert breaker.delay(NOW) == 0
    assert not breaker.is_open
    assert not breaker.probing


def test_four_that_fail_in_one_instant_are_one_failure() -> None:
    breaker = CircuitBreaker()
    begun_in = [breaker.generation] * 4
    for generation in begun_in:
        breaker = breaker.failed(generation, NOW, doubling)
    assert breaker.failures == 1
    assert breaker.delay(NOW) == 2


def test_an_old_request_that_ends_lets_nobody_through_beside_the_probe() -> None:
    old = CircuitBreaker().generation
    breaker = opened().begun()
    assert breaker.delay(NOW + 2) == math.inf
    for ended in (breaker.released(old), breaker.succeeded(old), breaker.admitted(old)):
        assert ended.delay(NOW + 2) == math.inf
    assert breaker.failed(old, NOW, doubling).failures == 1


def test_each_probe_in_vain_doubles_the_wait_and_one_that_gets_through_ends_it() -> None:
    waits = [opened(times).delay(NOW) for times in (1, 2, 3)]
    assert waits == [2, 4, 8]
    breaker = opened(3).begun()
    breaker = breaker.succeeded(breaker.generation)
    assert breaker.delay(NOW) == 0
    assert breaker.failed(breaker.generation, NOW, doubling).delay(NOW) == 2  # a new row of failures


def test_a_probe_that_says_nothing_leaves_the_next_one_to_try() -> None:
    breaker = opened().begun()
    breaker = breaker.released(breaker.generation)
    assert breaker.delay(NOW + 2) == 0
    assert breaker.failures == 1


def test_a_probe_of_another_kind_opens_the_way_and_forgives_nothing() -> None:
    """whoami accepts a key that every upload is refused with: the pauses must grow all the same."""
    breaker = opened(2).begun()
    breaker = breaker.admitted(breaker.generation)
    assert breaker.delay(NOW) == 0
    assert breaker.failed(breaker.generation, NOW, doubling).delay(NOW) == 8
    forgiven = breaker.succeeded(breaker.generation)
    assert forgiven.failed(forgiven.generation, NOW, doubling).delay(NOW) == 2
    assert CircuitBreaker().admitted(0) == CircuitBreaker()


def test_so_many_in_a_row_are_tolerated() -> None:
    breaker = CircuitBreaker()
    for _ in range(2):
        breaker = breaker.failed(breaker.generation, NOW, doubling, tolerated=2)
    assert not breaker.is_open
    breaker = breaker.succeeded(breaker.generation)
    for _ in range(2):
        breaker = breaker.failed(breaker.generation, NOW, doubling, tolerated=2)
    assert not breaker.is_open
    assert breaker.failed(breaker.generation, NOW, doubling, tolerated=2).is_open


@given(
    st.lists(st.tuples(st.sampled_from(["begun", "failed", "succeeded", "admitted", "released"]), st.integers(0, 9)))
)
def test_whatever_ends_in_whatever_order_at_most_one_probe_is_out(steps: list[tuple[str, int]]) -> None:
    breaker = CircuitBreaker()
    under_way: list[int] = []
    probe: int | None = None  # its generation
    for step, which in steps:
        if step == "begun":
            if breaker.delay(NOW + 1e9) > 0:
                assert probe == breaker.generation
                continue
            breaker = breaker.begun()
            under_way.append(breaker.generation)
            if breaker.probing:
                assert probe is None
                probe = breaker.generation
        elif under_way:
            generation = under_way.pop(which % len(under_way))
            before = breaker
            match step:
                case "failed":
                    breaker = breaker.failed(generation, NOW, doubling)
                case "succeeded":
                    breaker = breaker.succeeded(generation)
                case "admitted":
                    breaker = breaker.admitted(generation)
                case _:
                    pass
            breaker = breaker.released(generation)
            if generation != before.generation:
                assert breaker == before
            elif generation == probe:
                probe = None
