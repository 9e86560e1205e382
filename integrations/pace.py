"""How long we wait, in one place; SYNC_TIME_SCALE shortens all of it together.

One scale for all keeps their order: a call ends (DEADLINE) before its outcome may be looked up
(SETTLE), and well before another worker may take the lane (LEASE).
"""

import random
from datetime import timedelta

from django.conf import settings

CONNECT_SECONDS = 5.0
READ_SECONDS = 60.0
DEADLINE_SECONDS = 65.0
SETTLE_SECONDS = 120.0
CONFIRM_SECONDS = 30.0
LEASE_SECONDS = 180.0
SLICE_SECONDS = 45.0
RATE_WINDOW_SECONDS = 300.0
BACK_OFF_FIRST_SECONDS = 5.0
BACK_OFF_LONGEST_SECONDS = 900.0
RETRY_AFTER_UNKNOWN_SECONDS = 30.0
RETRY_AFTER_LONGEST_SECONDS = 900.0


def scaled(seconds: float) -> float:
    """These seconds at this deployment's scale (1 in production)."""
    return seconds * float(settings.SYNC_TIME_SCALE)


def wait(seconds: float) -> timedelta:
    """The same as a duration."""
    return timedelta(seconds=scaled(seconds))


def back_off(failures: int) -> timedelta:
    """After the n-th failure in a row: doubling from 10 s to 15 min, spread out at random."""
    longest = min(BACK_OFF_LONGEST_SECONDS, BACK_OFF_FIRST_SECONDS * 2 ** min(max(failures, 1), 12))
    return wait(longest * random.uniform(0.5, 1.5))  # noqa: S311 - spreads load # nosec B311
