"""What is learnt of other machines' requests, look after look."""

from __future__ import annotations

from collections.abc import Mapping

from folder_sync.rules.quota import Elsewhere
from folder_sync.service.delivery.other_machines import LATE_SECONDS, OtherMachines
from folder_sync.store.quota import Ledger

WALL = 1_800_000_000.0


def ledger(times: int, used: Mapping[int, int], under_way: int = 0) -> Ledger:
    """``used``: by the second since ``WALL``, of another machine. Ours are never news."""
    rows = [("other", int(WALL) + second, number) for second, number in used.items()]
    ours = [("me", int(WALL) + second, 7) for second in used]
    return Ledger(sorted(rows + ours, key=lambda row: row[1]), {"me": 3, "other": under_way}, times)


def looking(first: Ledger) -> OtherMachines:
    others = OtherMachines("me")
    others.begin(first, WALL, 0.0)
    return others


def test_what_ended_since_ended_in_its_second() -> None:
    others = looking(ledger(5, {0: 3}, under_way=2))
    news = others.learn(ledger(9, {0: 4, 1: 2, 2: 1}, under_way=2), WALL + 2.5, 2.5)
    assert news == Elsewhere([(1.0, 1), (2.0, 2), (2.5, 1)], 2)
    assert others.times == 9
    assert others.learn(ledger(9, {0: 4, 1: 2, 2: 1}, under_way=2), WALL + 2.6, 2.6) == Elsewhere([], 2)


def test_what_was_there_at_the_first_look_is_counted_by_whoever_counts_from_there() -> None:
    others = OtherMachines("me")
    assert others.begin(ledger(5, {0: 3}, under_way=2), WALL, 0.0) == Elsewhere((), 2)


def test_when_the_clock_was_set_what_ended_did_so_just_now() -> None:
    """Of an hour that comes a second time nothing is counted twice, and nothing is missed in one that is left out."""
    others = looking(ledger(5, {0: 3}))
    back = ledger(7, {-3600: 50, -3599: 51, 0: 3}, under_way=1)
    assert others.learn(back, WALL - 3599, 1.0) == Elsewhere([(1.0, 1)], 1)
    ahead = ledger(8, {7200: 1, 7201: 1}, under_way=0)
    assert others.learn(ahead, WALL + 7201, 2.0) == Elsewhere([(2.0, 2)], 0)


def test_what_a_machine_counts_by_a_clock_that_was_set_already_is_not_missed() -> None:
    others = looking(ledger(5, {0: 3}))
    assert others.learn(ledger(6, {0: 3}), WALL + 1, 1.0) == Elsewhere([(1.0, 1)], 0)


def test_a_look_reaches_as_far_back_as_others_may_be_late() -> None:
    others = OtherMachines("me")
    assert others.since(WALL) == WALL - LATE_SECONDS
    others.begin(ledger(1, {}), WALL, 0.0)
    assert others.since(WALL + 100) == WALL - LATE_SECONDS
    late = ledger(2, {-25: 1})
    assert others.learn(late, WALL + 100, 100.0) == Elsewhere([(-24.0, 1)], 0)
