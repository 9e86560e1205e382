"""Dates of the world, all counted from one anchor day, and season names as brands write them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta


def season_label(anchor: date, back: int, words: str) -> str:
    """The season `back` seasons before the one being ordered at `anchor`, as a brand spells it."""
    half = anchor.year * 2 + (1 if anchor.month >= 7 else 0) + 1 - back
    year, autumn = divmod(half, 2)
    short = year % 100
    if words == "long":
        return f"{'Fall' if autumn else 'Spring'} {short:02d}"
    if words == "spr":
        return f"{'FALL' if autumn else 'SPR'}{short:02d}"
    return f"{'FW' if autumn else 'SS'}{short:02d}"


def instant(anchor: date, days: int, minutes: int = 0) -> datetime:
    """A moment `days` after the anchor's midnight UTC (negative: before)."""
    start = datetime(anchor.year, anchor.month, anchor.day, tzinfo=UTC)
    return start + timedelta(days=days, minutes=minutes)


def nuorder_time(moment: datetime) -> str:
    """ISO 8601 with milliseconds and `Z`, as NuORDER writes timestamps."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def nuorder_day(anchor: date, days: int) -> str:
    """A calendar date as NuORDER reads it out: midnight UTC."""
    return f"{(anchor + timedelta(days=days)).isoformat()}T00:00:00.000Z"


def xseries_time(moment: datetime) -> str:
    """ISO 8601 with `+00:00`, as X-Series writes timestamps in 2.0-style objects."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S+00:00")
