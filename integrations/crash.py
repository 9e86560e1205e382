"""Crash points: places where a test may kill the process, to prove that nothing is lost or doubled.

Outside the tests `crash_point` does nothing and cannot be told otherwise.
"""

import os
import signal

from django.conf import settings

_countdown: int | None = None
_passed: list[str] = []


def arm(count: int | None) -> None:
    """Tests only: die at the n-th crash point from here on; None: only count them."""
    global _countdown  # noqa: PLW0603 - one process, one countdown
    _countdown = count
    _passed.clear()


def passed() -> list[str]:
    """Tests only: the names of the points passed since `arm`."""
    return list(_passed)


def _maybe_die(name: str) -> None:
    global _countdown  # noqa: PLW0603
    _passed.append(name)
    if _countdown is None:
        return
    _countdown -= 1
    if _countdown <= 0:
        os.kill(os.getpid(), signal.SIGKILL)


def _pass(name: str) -> None:
    """In production a crash point is nothing."""


crash_point = _maybe_die if settings.TESTING else _pass
if settings.TESTING and os.environ.get("PO_SYNC_CRASH_AT", "").isdigit():
    arm(int(os.environ["PO_SYNC_CRASH_AT"]))
