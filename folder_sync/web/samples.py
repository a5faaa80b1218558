"""Metrics as Prometheus reads them, from plain mappings of the values of labels."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate, count
from pathlib import PurePath

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

Samples = Mapping[tuple[str, ...], float | None]
"""Values of labels → value; None is left out. A mapping, for Prometheus takes no series twice."""


def folder_labels(paths: Iterable[str]) -> dict[str, str]:
    """Path → label: a folder's own name, for a label holds no path; with a number where several have that name."""
    labels: dict[str, str] = {}
    for path in dict.fromkeys(paths):
        name = PurePath(path).name or path
        numbered = (name if number == 1 else f"{name} ({number})" for number in count(1))
        taken = frozenset(labels.values())
        labels[path] = next(label for label in numbered if label not in taken)
    return labels


def histogram(
    name: str,
    says: str,
    labels: Sequence[str],
    durations: Sequence[float],
    always: Iterable[tuple[str, ...]],
    rows: Iterable[tuple[tuple[str, ...], float, int, float]],
) -> Metric:
    """``rows``: values of the labels, duration, how many, seconds together."""
    numbers: dict[tuple[str, ...], Counter[float]] = {values: Counter() for values in always}
    sums: dict[tuple[str, ...], float] = {}
    for values, within, number, seconds in rows:
        numbers.setdefault(values, Counter())[within] += number
        sums[values] = sums.get(values, 0.0) + seconds
    family = HistogramMetricFamily(f"folder_sync_{name}", says, labels=labels)
    for values, counted in numbers.items():
        upto = accumulate(counted[duration] for duration in (*durations, math.inf))
        bounds = (*(str(duration) for duration in durations), "+Inf")
        family.add_metric(values, list(zip(bounds, upto, strict=True)), sums.get(values, 0.0))
    return family


def gauge(name: str, says: str, value: float | None) -> Metric:
    return gauges(name, says, (), {(): value})


def gauges(name: str, says: str, labels: Sequence[str], samples: Samples) -> Metric:
    return _filled(GaugeMetricFamily(f"folder_sync_{name}", says, labels=labels), samples)


def counters(name: str, says: str, labels: Sequence[str], samples: Samples) -> Metric:
    return _filled(CounterMetricFamily(f"folder_sync_{name}", says, labels=labels), samples)


def _filled(family: GaugeMetricFamily | CounterMetricFamily, samples: Samples) -> Metric:
    for labels, value in samples.items():
        if value is not None:
            family.add_metric(labels, float(value))
    return family
