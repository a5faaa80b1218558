"""Hypothesis profiles: the suite's is reproducible and moderate; HYPOTHESIS_PROFILE=thorough searches for longer."""

from __future__ import annotations

import os
import signal

from hypothesis import HealthCheck, settings

# A busy machine must not fail a test that is right: nothing here depends on how long an example takes.
_UNTIMED = (HealthCheck.too_slow, HealthCheck.data_too_large)

settings.register_profile("suite", deadline=None, derandomize=True, suppress_health_check=_UNTIMED)
settings.register_profile("thorough", deadline=None, max_examples=3000, suppress_health_check=_UNTIMED)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))

# A shell starts what runs in its background deaf to Ctrl-C, and so would be every program that is tried here.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
