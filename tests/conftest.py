"""The same examples in every run, however slow the machine is: no test depends on luck or on time."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile(
    "rumorsim", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("rumorsim")
