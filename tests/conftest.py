"""Hypothesis profiles: the suite's is reproducible and moderate; HYPOTHESIS_PROFILE=thorough searches for longer.

And what a failing test shows: how things stood, and the ends of its logs.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, settings

# A busy machine must not fail a test that is right: nothing here depends on how long an example takes.
_UNTIMED = (HealthCheck.too_slow, HealthCheck.data_too_large)

settings.register_profile("suite", deadline=None, derandomize=True, suppress_health_check=_UNTIMED)
settings.register_profile("thorough", deadline=None, max_examples=3000, suppress_health_check=_UNTIMED)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))

# A shell starts what runs in its background deaf to Ctrl-C, and so would be every program that is tried here.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed:
        from tests.support import failing
        from tests.support.studio import Studio

        report.sections = [(title, failing.tail(text)) for title, text in report.sections]
        values = [getattr(value, "studio", value) for value in getattr(item, "funcargs", {}).values()]
        for studio in [value for value in values if isinstance(value, Studio)]:
            report.sections.append(("How things stood", failing.situation(studio)))
            if log := studio.told():
                report.sections.append(("The log of the program", failing.tail(log)))
    return report
