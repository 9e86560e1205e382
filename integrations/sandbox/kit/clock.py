"""The server's own clock, which can be told to run ahead or behind."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime


class Clock:
    """Now, as this server believes it: real time plus an offset in seconds."""

    def __init__(self) -> None:
        self.offset_seconds = 0.0

    def now(self) -> datetime:
        """The time as an aware UTC datetime."""
        return datetime.now(UTC) + timedelta(seconds=self.offset_seconds)

    def seconds(self) -> float:
        """The time as unix seconds."""
        return time.time() + self.offset_seconds

    def http_date(self, ahead: float = 0.0) -> str:
        """The time, `ahead` seconds from now, as an RFC 1123 date for a header."""
        moment = self.now() + timedelta(seconds=ahead)
        return format_datetime(moment.replace(microsecond=0), usegmt=True)
