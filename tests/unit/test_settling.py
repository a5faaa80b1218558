"""A photo is handed out when it was still for long enough, and is never lost on the way."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from folder_sync.photo import Fingerprint
from folder_sync.rules.settling import LONGEST_PARKED_SECONDS, LONGEST_POSTPONEMENT_SECONDS, Gate

SETTLE = 1.0
INCOMPLETE = 120.0
PATH = b"/export/00012345678905.jpg"


def version(number: int) -> Fingerprint:
    return Fingerprint(number, number, number)


@pytest.fixture
def gate() -> Gate:
    return Gate(SETTLE, INCOMPLETE)


def test_a_scanned_file_is_due_once_it_was_still_for_the_settle_time(gate: Gate) -> None:
    assert not gate.observe(PATH, version(1), 100.0)
    assert gate.next_due() == 101.0
    assert gate.due(100.999) == []
    assert gate.due(101.0) == [PATH]
    assert gate.confirm(PATH, version(1), 101.0)


def test_a_path_is_handed_out_once(gate: Gate) -> None:
    gate.observe(PATH, version(1), 0.0)
    assert gate.due(1.0) == [PATH]
    assert gate.due(500.0) == []
    assert gate.next_due() is None


def test_seeing_the_same_again_does_not_restart_the_clock(gate: Gate) -> None:
    gate.observe(PATH, version(1), 0.0)
    assert not gate.observe(PATH, version(1), 0.9)
    assert gate.due(1.0) == [PATH]
    gate.observe(PATH, version(1), 1.1)
    assert gate.due(9.0) == []


def test_a_change_restarts_the_clock(gate: Gate) -> None:
    gate.observe(PATH, version(1), 0.0)
    gate.observe(PATH, version(2), 0.9)
    assert gate.due(1.8) == []
    assert gate.next_due() == 1.9
    assert gate.due(1.9) == [PATH]


def test_an_event_asks_for_a_look_and_the_closing_starts_the_clock(gate: Gate) -> None:
    assert gate.observe(PATH, None, 0.0)
    gate.observe(PATH, version(1), 0.0)
    assert gate.observe(PATH, None, 5.0), "closed: what was seen before it is worth nothing"
    gate.observe(PATH, version(2), 5.0)
    assert gate.due(5.99) == []
    assert gate.due(6.0) == [PATH]
    assert gate.confirm(PATH, version(2), 6.0)


def test_an_event_without_a_change_restarts_the_clock_too(gate: Gate) -> None:
    gate.observe(PATH, version(1), 0.0)
    gate.observe(PATH, None, 0.5)
    gate.observe(PATH, version(1), 0.5)
    assert gate.due(1.4) == []
    assert gate.due(1.5) == [PATH]


def test_a_writer_that_nobody_announces_is_caught_by_comparing(gate: Gate) -> None:
    gate.observe(PATH, None, 0.0)
    gate.observe(PATH, version(1), 0.0)
    assert gate.due(1.0) == [PATH]
    assert not gate.confirm(PATH, version(2), 1.0)
    assert gate.due(1.9) == []
    assert gate.due(2.0) == [PATH]
    assert gate.confirm(PATH, version(2), 2.0)


def test_without_a_look_there_is_nothing_to_compare_and_the_first_one_starts_the_clock(gate: Gate) -> None:
    gate.observe(PATH, None, 0.0)
    assert gate.due(1.0) == [PATH]
    assert not gate.confirm(PATH, version(1), 1.0)
    assert gate.due(2.0) == [PATH]
    assert gate.confirm(PATH, version(1), 2.0)


def test_an_event_while_the_file_is_handed_out_is_not_lost(gate: Gate) -> None:
    gate.observe(PATH, version(1), 0.0)
    gate.due(1.0)
    gate.observe(PATH, None, 1.1)
    gate.observe(PATH, version(1), 1.1)
    assert not gate.confirm(PATH, version(1), 1.2)
    gate.done(PATH, 0.0)
    assert gate.paths() == [PATH]
    assert gate.due(2.0) == []
    assert gate.due(2.1) == [PATH]


def test_done_ends_it_and_a_later_event_begins_anew(gate: Gate) -> None:
    gate.observe(PATH, version(1), 0.0)
    gate.due(1.0)
    gate.done(PATH, 0.0)
    assert len(gate) == 0
    gate.done(PATH, 0.0)
    assert gate.observe(PATH, None, 2.0)
    assert gate.next_due() == 3.0


def test_a_file_that_ends_too_early_is_offered_at_growing_intervals_until_the_deadline(gate: Gate) -> None:
    gate.observe(PATH, version(1), 0.0)
    offered = []
    while (now := gate.next_due()) is not None:
        assert gate.due(now) == [PATH]
        assert gate.confirm(PATH, version(1), now)
        offered.append(now)
        if not gate.incomplete(PATH, now):
            break
    assert offered == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, INCOMPLETE]
    assert gate.next_due() is None


def test_a_path_can_be_asked_to_be_still_for_longer() -> None:
    gate = Gate(SETTLE, 8.0)
    gate.observe(PATH, version(1), 0.0)
    assert gate.due(SETTLE) == [PATH]
    assert gate.confirm(PATH, version(1), SETTLE)
    assert not gate.was_still(PATH, 5.0, SETTLE)
    assert gate.hold(PATH, 5.0, SETTLE)
    assert gate.hold(PATH, 5.0, SETTLE)  # which changes nothing more
    assert (gate.due(4.9), gate.next_due()) == ([], 5.0)
    assert gate.due(5.0) == [PATH]
    assert gate.was_still(PATH, 5.0, 5.0)
    assert not gate.hold(PATH, 5.0, 5.0)
    assert gate.next_due() is None
    assert not gate.hold(b"/never/seen", 5.0, 5.0)


def test_a_file_that_grows_gets_the_whole_time_again_and_is_offered_soon(gate: Gate) -> None:
    gate.observe(PATH, version(1), 0.0)
    for now in (1.0, 2.0, 4.0, 8.0, 16.0):
        gate.due(now)
        assert gate.incomplete(PATH, now)
    assert gate.next_due() == 32.0
    gate.observe(PATH, version(2), 20.0)
    assert gate.due(21.0) == [PATH]
    assert gate.incomplete(PATH, 21.0)
    assert gate.next_due() == 22.0
    gate.due(100.0)
    assert gate.incomplete(PATH, 139.9)
    gate.due(140.0)
    assert not gate.incomplete(PATH, 140.0)


def test_a_long_wait_cut_short_by_a_change_does_not_hide_behind_others(gate: Gate) -> None:
    gate.observe(PATH, version(1), 0.0)
    for now in (1.0, 2.0, 4.0, 8.0, 16.0):
        gate.due(now)
        gate.incomplete(PATH, now)
    gate.observe(b"other", version(1), 19.5)
    gate.observe(PATH, version(2), 19.0)
    assert gate.next_due() == 20.0
    assert gate.due(20.0) == [PATH]


def test_incomplete_leaves_alone_what_changed_meanwhile(gate: Gate) -> None:
    gate.observe(PATH, version(1), 0.0)
    gate.due(1.0)
    gate.observe(PATH, version(2), 500.0)
    assert gate.incomplete(PATH, 500.1)
    assert gate.next_due() == 501.0


def test_what_the_gate_does_not_know_is_taken_in_rather_than_dropped(gate: Gate) -> None:
    assert gate.incomplete(PATH, 0.0)
    assert gate.due(1.0) == [PATH]
    gate.forget(PATH)
    assert not gate.confirm(PATH, version(1), 2.0)
    assert gate.due(3.0) == [PATH]


def test_forgotten_paths_are_not_offered(gate: Gate) -> None:
    for path in (PATH, b"kept"):
        gate.observe(path, version(1), 0.0)
    gate.forget(PATH)
    gate.forget(PATH)
    assert PATH not in gate
    assert b"kept" in gate
    assert gate.paths() == [b"kept"]
    assert gate.due(1.0) == [b"kept"]


def test_a_path_forgotten_and_seen_again_is_offered_once_on_its_own_time(gate: Gate) -> None:
    gate.observe(PATH, version(1), 0.0)
    gate.forget(PATH)
    gate.observe(PATH, version(1), 0.5)
    assert gate.due(1.4) == []
    assert gate.due(9.0) == [PATH]
    gate.observe(PATH, version(2), 10.0)
    gate.forget(PATH)
    gate.observe(PATH, version(2), 10.0)
    assert gate.due(11.0) == [PATH]


def test_paths_that_come_and_go_leave_nothing_behind(gate: Gate) -> None:
    for number in range(100):
        gate.observe(PATH, version(1), float(number))
        gate.forget(PATH)
    gate.observe(PATH, version(1), 100.0)
    assert gate.next_due() == 101.0
    assert len(gate._heap) == 1


def test_photos_due_at_the_same_time_come_in_the_order_of_arrival(gate: Gate) -> None:
    gate.observe(b"z", None, 0.0)
    gate.observe(b"a", None, 0.1)
    gate.observe(b"m", version(1), 0.5)
    gate.observe(b"a", version(1), 0.5)
    gate.observe(b"z", version(1), 0.5)
    assert gate.due(10.0) == [b"z", b"a", b"m"]


def test_due_comes_in_the_order_of_becoming_due(gate: Gate) -> None:
    gate.observe(b"first", version(1), 0.0)
    gate.observe(b"second", version(1), 0.1)
    gate.observe(b"first", version(2), 0.2)
    assert gate.due(10.0) == [b"second", b"first"]


def test_ten_thousand_photos_written_in_pieces_keep_one_heap_item_each(gate: Gate) -> None:
    paths = [b"%d" % number for number in range(10_000)]
    for piece in range(5):
        for path in paths:
            gate.observe(path, None, piece / 10)
    assert len(gate._heap) == len(gate) == 10_000
    assert gate.next_due() == 1.4
    assert gate.due(1.4) == paths


@dataclass
class Expected:
    """Of one path: what was seen of it, since when it counts as still, and since when size and time are the same."""

    seen: Fingerprint | None
    since: float
    data: tuple[int, int] | None
    data_since: float
    restless: bool = False
    handed_out: bool = False


class GateAgainstAModel(RuleBasedStateMachine):
    """Any order of calls: handed out only after stillness, never forgotten, and next_due tells the truth."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = Gate(SETTLE, 8.0)
        self.now = 0.0
        self.model: dict[bytes, Expected] = {}

    paths = st.sampled_from([b"a", b"b", b"c"])
    versions = st.builds(lambda data, changed: Fingerprint(data, data, changed), st.integers(1, 2), st.integers(1, 2))

    def seen(self, path: bytes, seen: Fingerprint) -> None:
        """What a look at the path is to do."""
        expected, data = self.model.get(path), (seen.size, seen.mtime_ns)
        if expected is None:
            self.model[path] = Expected(seen, self.now, data, self.now)
        elif expected.seen == seen:
            pass
        elif expected.data != data:
            self.model[path] = Expected(seen, self.now, data, self.now)
        elif self.now >= expected.data_since + 8.0:  # nothing but its attributes for so long
            self.model[path] = Expected(seen, expected.data_since, data, expected.data_since, restless=True)
        else:
            self.model[path] = Expected(seen, self.now, data, expected.data_since)

    @rule(seconds=st.sampled_from([0.0, 0.25, 0.5, 1.0, 3.0, 9.0]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule(path=paths)
    def event(self, path: bytes) -> None:
        assert self.gate.observe(path, None, self.now)
        known = self.model.get(path, Expected(None, self.now, None, self.now))
        self.model[path] = Expected(None, self.now, known.data, known.data_since)

    @rule(path=paths, seen=versions)
    def scan(self, path: bytes, seen: Fingerprint) -> None:
        assert not self.gate.observe(path, seen, self.now)
        self.seen(path, seen)

    @rule(seen=versions, outcome=st.sampled_from(["done", "hold", "incomplete", "nothing"]))
    def take(self, seen: Fingerprint, outcome: str) -> None:
        ready = self.gate.due(self.now)
        assert len(set(ready)) == len(ready)
        for path in ready:
            expected = self.model[path]
            assert not expected.handed_out
            assert self.now - expected.since >= SETTLE
            expected.handed_out = True
            same_data = expected.data == (seen.size, seen.mtime_ns)
            good = expected.seen == seen or (expected.restless and same_data)
            assert self.gate.confirm(path, seen, self.now) == good
            if not good:
                self.seen(path, seen)
                continue
            expected.seen = seen
            if outcome == "done":
                self.gate.done(path, 0.0)
                del self.model[path]
            elif outcome == "hold":
                held = self.gate.hold(path, 4.0, self.now)
                assert held == (self.now - expected.since < 4.0)
                expected.handed_out = not held
            elif outcome == "incomplete":
                kept = self.gate.incomplete(path, self.now)
                assert kept == (self.now - expected.since < 8.0)
                expected.handed_out = not kept

    @rule(path=paths)
    def gone(self, path: bytes) -> None:
        self.gate.forget(path)
        self.model.pop(path, None)

    @invariant()
    def nothing_is_forgotten(self) -> None:
        assert set(self.gate.paths()) == set(self.model)
        waits = [path for path, expected in self.model.items() if not expected.handed_out]
        assert (self.gate.next_due() is not None) == bool(waits)

    def teardown(self) -> None:
        waits = {path for path, expected in self.model.items() if not expected.handed_out}
        assert set(self.gate.due(self.now + 8.0)) == waits


TestGateAgainstAModel = GateAgainstAModel.TestCase
TestGateAgainstAModel.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)


def test_what_can_not_be_told_yet_is_offered_at_growing_intervals(gate: Gate) -> None:
    """Each offer costs a reading of the whole photo, and a doubt may stay until a person decides."""
    gate.observe(PATH, version(1), 0.0)
    now, waits = 0.0, []
    for _ in range(8):
        due = gate.next_due()
        assert due is not None
        waits.append(due - now)
        now = due
        assert gate.due(now) == [PATH]
        assert gate.confirm(PATH, version(1), now)
        gate.postpone(PATH, now)
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_POSTPONEMENT_SECONDS
    gate.observe(PATH, None, now)  # it was written to: then it is as good as new
    assert gate.next_due() == now + waits[0]
    gate.postpone(PATH, now)  # not handed out, so nobody can have looked at it
    assert gate.next_due() == now + waits[0]


def test_what_was_forgotten_and_can_not_be_told_is_looked_at_again(gate: Gate) -> None:
    gate.postpone(PATH, 5.0)
    assert gate.paths() == [PATH]


def test_what_fails_again_and_again_is_offered_until_the_deadline(gate: Gate) -> None:
    gate.observe(PATH, version(1), 0.0)
    now, offers = 0.0, []
    while True:
        due = gate.next_due()
        assert due is not None
        now = due
        offers.append(now)
        assert gate.due(now) == [PATH]
        if not gate.failing(PATH, now):
            break
    assert [later - earlier for earlier, later in pairwise(offers)][:3] == [1.0, 2.0, 4.0]
    assert offers[-1] == offers[0] + INCOMPLETE
    assert gate.next_due() is None
    assert len(gate) == 1


def test_what_is_parked_is_waited_for_by_nobody_and_offered_ever_less_often(gate: Gate) -> None:
    gate.observe(PATH, version(1), 0.0)
    now, waits = 1.0, []
    for _ in range(15):
        assert gate.due(now) == [PATH]
        gate.park(PATH, now)
        assert gate.is_parked(PATH)
        assert (len(gate), gate.paths()) == (0, [PATH])
        due = gate.next_due()
        assert due is not None
        waits.append(due - now)
        now = due
    assert waits[:4] == [1.0, 2.0, 4.0, 8.0]
    assert waits[-1] == LONGEST_PARKED_SECONDS
    gate.park(PATH, now)  # not handed out
    assert gate.next_due() == now


@pytest.mark.parametrize("end", ["changed", "dealt with", "gone"])
def test_until_it_changes_or_is_dealt_with(gate: Gate, end: str) -> None:
    gate.observe(PATH, version(1), 0.0)
    gate.due(1.0)
    gate.park(PATH, 1.0)
    assert not gate.observe(PATH, version(1), 1.5)  # nothing new
    assert len(gate) == 0
    if end == "changed":
        gate.observe(PATH, version(2), 1.5)
        assert (len(gate), gate.next_due()) == (1, 2.5)
        assert not gate.is_parked(PATH)
    elif end == "dealt with":
        gate.due(2.0)
        gate.done(PATH, 0.0)
        assert (len(gate), gate.paths()) == (0, [])
    else:
        gate.forget(PATH)
        gate.observe(PATH, version(1), 3.0)
        assert len(gate) == 1


def test_a_failure_of_what_changed_meanwhile_counts_for_nothing(gate: Gate) -> None:
    assert gate.failing(PATH, 0.0)  # not known
    assert gate.paths() == [PATH]
    gate.observe(PATH, version(1), 1.0)
    assert gate.failing(PATH, 500.0)  # not handed out
    assert gate.next_due() == 2.0


def touched(number: int) -> Fingerprint:
    """Nothing but its attributes was changed."""
    return Fingerprint(5, 5, number)


def test_what_never_rests_but_for_its_data_is_handed_out_in_the_end(gate: Gate) -> None:
    now, number = 0.0, 0
    gate.observe(PATH, touched(number), now)
    while not gate.due(now):
        assert now < INCOMPLETE + SETTLE
        now, number = now + 0.4, number + 1
        gate.observe(PATH, touched(number), now)
    assert now >= INCOMPLETE
    assert gate.is_restless(PATH)
    assert gate.confirm(PATH, touched(number + 1), now)  # touched again since
    assert gate.was_still(PATH, INCOMPLETE, now)
    assert not gate.observe(PATH, touched(number + 2), now + 0.1)
    gate.done(PATH, now + 0.2)
    for _ in range(200):  # it is known now, and not read again for every touch
        now, number = now + 0.4, number + 1
        gate.observe(PATH, touched(number + 2), now)
        assert gate.due(now) == [] or now > INCOMPLETE * 1.5


def test_data_that_changes_begins_anew(gate: Gate) -> None:
    gate.observe(PATH, touched(1), 0.0)
    gate.observe(PATH, version(7), INCOMPLETE + 5.0)
    assert gate.next_due() == INCOMPLETE + 5.0 + SETTLE
    gate.observe(PATH, Fingerprint(7, 7, 8), INCOMPLETE + 5.5)
    assert gate.next_due() == INCOMPLETE + 5.5 + SETTLE
    assert not gate.is_restless(PATH)
    assert gate.due(INCOMPLETE + 5.5 + SETTLE) == [PATH]
    assert not gate.confirm(PATH, Fingerprint(7, 7, 9), INCOMPLETE + 5.5 + SETTLE)
