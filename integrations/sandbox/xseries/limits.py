"""Fixed rate windows: so many calls each 5 minutes per shop and application."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from flask import g

from integrations.sandbox.kit.clock import Clock
from integrations.sandbox.kit.web import as_json
from integrations.sandbox.xseries.refusals import Refusal

WINDOW_SECONDS = 300
TOKEN_CALLS = 60  # the token endpoint's own limit; the real figure is not published


@dataclass
class _Window:
    ends: float
    used: int = 0


class Limiter:
    """Counts calls in fixed windows that start with the first call in them.

    `window` is the length in seconds (already scaled). The `limit` can be overruled for tests.
    """

    def __init__(self, window: float, clock: Clock) -> None:
        self.window = window
        self.overrule: int | None = None
        self._clock = clock
        self._lock = threading.Lock()
        self._windows: dict[str, _Window] = {}

    def clear(self) -> None:
        """Start all windows afresh and forget the overruled limit."""
        with self._lock:
            self._windows = {}
            self.overrule = None

    def spend(self, key: str, limit: Callable[[], int]) -> None:
        """Count one call; raises the 429 when the window is used up, which costs nothing."""
        allowed = limit() if self.overrule is None else self.overrule
        with self._lock:
            now = time.monotonic()
            window = self._windows.get(key)
            if window is None or window.ends <= now:
                window = self._windows[key] = _Window(now + self.window)
            wait = window.ends - now
            refused = window.used >= allowed
            if not refused:
                window.used += 1
            left = max(0, allowed - window.used)
        g.headers["X-RateLimit-Limit"] = str(allowed)
        g.headers["X-RateLimit-Remaining"] = str(left)
        g.headers["X-RateLimit-Reset"] = str(math.ceil(self._clock.seconds() + wait))
        if refused:
            raise self._too_many(wait)

    def _too_many(self, wait: float) -> Refusal:
        body = {"error": "Too Many Requests", "message": "Rate limiting enforced"}
        answer = as_json(body, 429)
        moment = math.ceil(self._clock.seconds() + wait)
        answer.headers["Retry-After"] = self._clock.http_date(moment - self._clock.seconds())
        return Refusal(answer)
