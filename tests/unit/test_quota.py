"""Counting requests against the windows of a key: used to the full, never overrun, whichever way the server counts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from folder_sync.rules.quota import ANSWER_SECONDS, MARGIN, PACED_LONG, PACED_SHORT, RESERVE, Meter, Meters, Window

MINUTE, DAY = Window(300, 60), Window(10_000, 86_400)
LENGTH = 60 * (1.0 + MARGIN)


def one(meter: Meter | Meters, now: float) -> None:
    """A request that is answered at once."""
    meter.begin(now)
    meter.end(now)


def spend_all(meter: Meter, now: float) -> None:
    for _ in range(meter.window.limit):
        one(meter, now)


def test_a_fresh_window_is_free() -> None:
    meter = Meter(MINUTE)
    assert (meter.delay(0.0), meter.remaining(0.0), meter.short(0.0)) == (0.0, 300, False)
    assert meter.standing(5.0).resets_at == 5.0


def test_a_request_takes_its_place_until_a_window_after_its_answer() -> None:
    meter = Meter(MINUTE)
    meter.begin(0.0)
    assert meter.remaining(1_000.0) == 299
    meter.end(1_000.0)
    assert meter.remaining(1_000.0 + LENGTH - 0.001) == 299
    assert meter.remaining(1_000.0 + LENGTH) == 300


def test_a_spent_window_waits_for_its_oldest_request() -> None:
    meter = Meter(MINUTE)
    spend_all(meter, 100.0)
    assert meter.delay(110.0) == pytest.approx(LENGTH - 10.0)
    assert meter.standing(110.0).resets_at == pytest.approx(100.0 + LENGTH)
    assert meter.delay(100.0 + LENGTH) == 0.0


def test_all_under_way_looks_again_soon() -> None:
    meter = Meter(Window(1, 60))
    meter.begin(0.0)
    assert meter.delay(0.0) == ANSWER_SECONDS


@pytest.mark.parametrize(("window", "share"), [(MINUTE, PACED_SHORT), (DAY, PACED_LONG)])
def test_the_rest_goes_at_the_pace_that_lasts(window: Window, share: float) -> None:
    meter = Meter(window)
    for _ in range(int((1.0 - share) * window.limit) - 1):
        one(meter, 0.0)
    assert not meter.short(0.0)
    one(meter, 0.0)
    assert meter.short(0.0)
    assert meter.delay(0.0) == pytest.approx(window.seconds * (1.0 + MARGIN) / window.limit)


def test_what_the_server_says_is_left_is_obeyed_until_it_resets() -> None:
    meter = Meter(MINUTE)
    meter.begin(0.0)
    meter.told(0.0, 0, 10.0)
    meter.end(0.0)
    assert meter.remaining(0.0) == 0
    assert meter.delay(0.0) == pytest.approx(10.0)
    assert meter.remaining(10.0) > 0


def test_what_is_sent_after_the_servers_word_counts_against_it() -> None:
    meter = Meter(MINUTE)
    meter.begin(0.0)
    meter.told(0.0, 150, 10.0)
    before = meter.remaining(0.0)
    meter.begin(0.0)
    assert meter.remaining(0.0) == before - 1


def test_what_the_server_misses_somebody_else_has_used_and_will_again() -> None:
    meter = Meter(MINUTE)
    meter.begin(0.0)
    meter.told(0.0, 199, 1.0)
    meter.end(0.0)
    reserve = int(RESERVE * 300) + 1
    assert meter.remaining(2.0) == 300 - 100 - 1 - reserve
    assert meter.remaining(LENGTH) == 300


def test_a_greedy_other_leaves_half() -> None:
    meter = Meter(MINUTE)
    meter.begin(0.0)
    meter.told(0.0, 0, 1.0)
    meter.end(0.0)
    assert meter.remaining(2.0) == 300 - 150 - 1 - int(RESERVE * 300) - 1


def test_what_the_server_counts_later_than_we_do_is_no_other_user() -> None:
    meter = Meter(MINUTE)
    for _ in range(4):
        meter.begin(0.0)
    meter.told(0.0, 299, 60.0)
    assert meter.remaining(0.0) == 296


def test_an_earlier_run_is_remembered() -> None:
    meters = Meters([MINUTE, DAY], [(0.0, 100), (30.0, 100)])
    assert [standing.remaining for standing in meters.standings(30.0)] == [100, 9_800]
    assert [standing.remaining for standing in meters.standings(LENGTH)] == [200, 9_800]


def test_the_tightest_window_decides() -> None:
    meters = Meters([MINUTE, Window(2, 3600)])
    one(meters, 0.0)
    one(meters, 0.0)
    assert meters.delay(0.0) == pytest.approx(3600 * (1.0 + MARGIN))
    assert meters.short(0.0)
    assert meters.windows == (MINUTE, Window(2, 3600))


def test_the_server_speaks_of_the_window_with_its_limit() -> None:
    meters = Meters([MINUTE, DAY])
    meters.begin(0.0)
    meters.told(0.0, 10_000, 50, None)
    meters.end(0.0)
    minute, day = meters.standings(0.0)
    assert (minute.remaining, day.remaining < 50) == (299, True)


def test_no_window_is_no_limit() -> None:
    meters = Meters([])
    assert (meters.delay(0.0), meters.short(0.0), meters.clears_in(0.0, 9)) == (0.0, False, 0.0)


@pytest.mark.parametrize(("backlog", "windows"), [(0, 0), (1, 1), (300, 1), (301, 2), (600, 2), (601, 3)])
def test_when_a_backlog_is_through(backlog: int, windows: int) -> None:
    meters = Meters([MINUTE])
    assert meters.clears_in(0.0, 300) == 0.0
    for _ in range(300):
        one(meters, 0.0)
    assert meters.clears_in(0.0, backlog) == pytest.approx(windows * LENGTH)


@pytest.mark.parametrize(("backlog", "windows"), [(300, 0), (301, 1), (600, 1), (601, 2), (1_032, 3)])
def test_when_a_backlog_is_through_that_finds_the_quota_unused(backlog: int, windows: int) -> None:
    """The first 300 go at once, and make room again only after a minute."""
    assert Meters([MINUTE]).clears_in(0.0, backlog) == pytest.approx(windows * LENGTH)


@given(
    st.integers(1, 8),
    st.lists(st.tuples(st.floats(0.0, 3.0), st.floats(0.0, 4.0)), max_size=80),
    st.floats(0.0, 20.0),
)
def test_no_stretch_of_a_window_ever_holds_more_than_its_limit(
    limit: int, requests: list[tuple[float, float]], phase: float
) -> None:
    """Fixed windows of any phase and sliding ones, whether the server counts a request's beginning or its end."""
    window = Window(limit, 10)
    meter = Meter(window)
    now = 0.0
    under_way: list[tuple[float, float]] = []
    counted: list[tuple[float, float]] = []
    for pause, takes in requests:
        now += pause
        while True:
            for end, begun in sorted(under_way):
                if end <= now:
                    meter.end(end)
                    counted.append((begun, end))
                    under_way.remove((end, begun))
            if (delay := meter.delay(now)) == 0.0:
                break
            now += delay
        meter.begin(now)
        under_way.append((now + takes, now))
    counted += [(begun, end) for end, begun in under_way]
    for moments in ([begun for begun, _ in counted], [end for _, end in counted]):
        for start in (*moments, phase, phase + 10.0):
            assert sum(start <= moment < start + window.seconds for moment in moments) <= limit
