"""What ``/metrics`` says, as Prometheus reads it."""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client.parser import text_string_to_metric_families

Series = tuple[str, frozenset[tuple[str, str]]]


def series(text: str) -> dict[Series, float]:
    """(name, labels) → value. No series may be there twice, for Prometheus refuses all of such an answer."""
    found: dict[Series, float] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            key = (sample.name, frozenset(sample.labels.items()))
            assert key not in found, key
            found[key] = sample.value
    return found


def names(text: str) -> set[str]:
    return {name for name, _ in series(text)}


def value(found: Mapping[Series, float], name: str, /, **labels: str) -> float:
    return found[f"folder_sync_{name}", frozenset(labels.items())]
