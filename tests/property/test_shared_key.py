"""Machines that share a key never overrun it, whichever way the server counts, and leave nothing of it unused."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from folder_sync.rules.quota import Window
from folder_sync.sandbox.quota import Algorithm
from tests.support.shared_key import START, SharedKey

algorithms = st.sampled_from(get_args(Algorithm))


@settings(max_examples=30, deadline=None)
@given(
    window=st.builds(Window, st.integers(2, 40), st.integers(4, 20)),
    algorithm=algorithms,
    seed=st.integers(0, 1_000_000),
    latest=st.floats(0.01, 8.0),
    joins=st.lists(st.tuples(st.floats(0.0, 15.0), st.integers(1, 4), st.floats(0.0, 20.0)), min_size=2, max_size=3),
    step=st.sampled_from([0.0, 0.0, 3_600.0, -3_600.0, -40.0]),
)
def test_they_never_overrun_it(
    window: Window,
    algorithm: Algorithm,
    seed: int,
    latest: float,
    joins: list[tuple[float, int, float]],
    step: float,
) -> None:
    """Requests may take longer than a window; machines come later, or rest; the database's clock is set meanwhile."""
    key = SharedKey(window, algorithm, Random(seed), latest)
    for number, (after, workers, rest) in enumerate(joins):
        key.run(after)
        key.join(f"set {number}", workers, rest=rest)
    key.run(15.0)
    key.step = step
    key.run(30.0)
    assert key.refused == 0
    assert key.taken


@pytest.mark.parametrize("algorithm", get_args(Algorithm))
def test_they_use_it_up_and_each_has_its_share(algorithm: Algorithm) -> None:
    key = SharedKey(Window(300, 60), algorithm, Random(1), latest=0.3)
    for name in ("a", "b", "c"):
        key.join(name, 4)
    key.run(60)  # in which a burst is right
    before = len(key.taken)
    key.run(240)
    assert key.refused == 0
    assert len(key.taken) - before >= 0.98 * 4 * 300
    shares = Counter(name for _, name in key.taken[before:])
    assert min(shares.values()) > 0.2 * sum(shares.values())
    assert key.taken[0][0] < START + 1
