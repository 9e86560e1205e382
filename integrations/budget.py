"""The call budget of a connection: what they advertise, what is left, when to wait.

Counters sit on the lane, since only its holder calls. Five per cent of the advertised limit stay
in reserve for what a person asked for; nobody sleeps here: a used-up budget is `RateLimited`
until the window ends, and the engine parks the lane.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from django.db.models import F
from django.utils import timezone

from integrations import pace
from integrations.errors import RateLimited
from integrations.models import Lane

RESERVE_SHARE = 0.05
_may_use_reserve: ContextVar[bool] = ContextVar("may_use_reserve", default=False)


@contextmanager
def reserve_open(opened: bool) -> Iterator[None]:
    """Inside, calls may use the reserve: for work a person is waiting for."""
    token = _may_use_reserve.set(opened)
    try:
        yield
    finally:
        _may_use_reserve.reset(token)


def http_date(text: str) -> datetime | None:
    """An RFC 1123 date; without a zone it is GMT. None when it is something else."""
    try:
        moment = parsedate_to_datetime(text.strip())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def wait_asked(headers: Mapping[str, str]) -> timedelta:
    """How long `Retry-After` asks us to wait: 1 s to 15 min, whatever it says.

    Seconds (NuORDER) or an HTTP date (X-Series), which is read against the server's own `Date`,
    so that a skewed clock on either side does no harm. Missing or garbage: 30 s.
    """
    text = headers.get("Retry-After", "").strip()
    seconds = _seconds_asked(text, headers.get("Date", ""))
    if seconds is None:
        return pace.wait(pace.RETRY_AFTER_UNKNOWN_SECONDS)
    shortest, longest = pace.scaled(1), pace.scaled(pace.RETRY_AFTER_LONGEST_SECONDS)
    return timedelta(seconds=min(max(seconds, shortest), longest))


def _seconds_asked(text: str, date: str) -> float | None:
    if text.lstrip("+-").isascii() and text.lstrip("+-").isdigit() and len(text) < 20:
        return float(text)
    until = http_date(text) if text else None
    if until is None:
        return None
    now = http_date(date) or timezone.now()
    return (until - now).total_seconds()


def _whole_number(text: str | None) -> int | None:
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


@dataclass
class Tally:
    """What happened to the budget since the lane's row was last written."""

    calls: int = 0
    limit: int | None = None
    left: int | None = None
    window_ends: datetime | None = None
    paused_until: datetime | None = None

    def note(self, headers: Mapping[str, str]) -> None:
        """Count one answered call and learn from its headers."""
        self.calls += 1
        limit = _whole_number(headers.get("X-RateLimit-Limit"))
        left = _whole_number(headers.get("X-RateLimit-Remaining"))
        if limit is not None:
            self.limit = limit
        if left is not None:
            self.left = left
            self.window_ends = _reset_of(headers) or self.window_ends


def _reset_of(headers: Mapping[str, str]) -> datetime | None:
    """`X-RateLimit-Reset`: seconds to go or a Unix moment; None when it is missing or absurd."""
    number = _whole_number(headers.get("X-RateLimit-Reset"))
    if number is None:
        moment = http_date(headers.get("X-RateLimit-Reset", ""))
    elif number > 1_000_000_000:
        moment = datetime.fromtimestamp(number, UTC)
    else:
        moment = timezone.now() + timedelta(seconds=number)
    longest = timezone.now() + pace.wait(pace.RETRY_AFTER_LONGEST_SECONDS)
    return min(moment, longest) if moment else None


def spend(connection_id: int, tally: Tally) -> None:
    """Write a tally to the lane's row, in one statement, and empty it."""
    if not tally.calls and tally.paused_until is None:
        return
    changes: dict[str, Any] = {
        "calls": F("calls") + tally.calls,
        # When they do not say what is left, we count down ourselves (unknown stays unknown).
        "budget_left": F("budget_left") - tally.calls if tally.left is None else tally.left,
    }
    if tally.limit is not None:
        changes["budget_limit"] = tally.limit
    if tally.window_ends is not None:
        changes["budget_window_ends"] = tally.window_ends
    if tally.paused_until is not None:
        changes["paused_until"] = tally.paused_until
    Lane.objects.filter(connection_id=connection_id).update(**changes)
    tally.calls, tally.paused_until, tally.left, tally.window_ends = 0, None, None, None


def ask_leave(connection_id: int) -> None:
    """Before a call: raises RateLimited when we were told to wait or the window is used up."""
    lane = Lane.objects.filter(connection_id=connection_id).first()
    if lane is None:
        return
    now = timezone.now()
    if lane.paused_until is not None and lane.paused_until > now:
        raise RateLimited("They asked us to slow down.", until=lane.paused_until)
    if lane.budget_limit is None:
        return
    left = lane.budget_limit if lane.budget_left is None else lane.budget_left
    if lane.budget_window_ends is None or lane.budget_window_ends <= now:
        fresh = left if lane.budget_window_ends is None else lane.budget_limit
        Lane.objects.filter(pk=lane.pk).update(
            budget_left=fresh, budget_window_ends=now + pace.wait(pace.RATE_WINDOW_SECONDS)
        )
        return
    reserve = 0 if _may_use_reserve.get() else int(lane.budget_limit * RESERVE_SHARE)
    if left <= reserve:
        raise RateLimited(
            "The calls allowed in these five minutes are used up.", until=lane.budget_window_ends
        )
