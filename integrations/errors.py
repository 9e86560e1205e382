"""What can go wrong when we speak to another company's API.

* RemoteError
  x NotSent         it never left this machine: safe to send again
  x RateLimited     they asked us to wait until a moment; nothing was done
  x Unknown         they may or may not have done it: look before sending again
  x Unreachable     a read failed (nobody answered, 5xx): try again later
  x Refused         they said no (4xx): the same request will fail again
    + Unauthorised  our credentials are spent: a person has to reconnect
    + Forbidden     a scope is missing
    + Missing       404: it is not there (any more)
    + Exists        409, or a 422 that says it exists
  x Unreadable      they answered, but not what their documentation says
"""

from datetime import datetime


class RemoteError(Exception):
    """`status`: the HTTP status, if there was one; `raw`: the start of the body, for engineers."""

    def __init__(self, message: str, *, status: int | None = None, raw: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.raw = raw[:2000]


class NotSent(RemoteError):
    """It never left this machine."""


class RateLimited(RemoteError):
    """They asked us to wait; `until` is by our clock, already clamped to sense."""

    def __init__(self, message: str, *, until: datetime, raw: str = "") -> None:
        super().__init__(message, status=429, raw=raw)
        self.until = until


class Unknown(RemoteError):
    """A write whose outcome is open."""


class Unreachable(RemoteError):
    """A read that failed and may be tried again."""


class Refused(RemoteError):
    """They said no."""


class Unauthorised(Refused):
    """Our credentials are spent."""


class Forbidden(Refused):
    """A scope or a permission is missing; `scope` names it when they said so."""


class Missing(Refused):
    """It is not there."""


class Exists(Refused):
    """There is one already."""


class Unreadable(RemoteError):
    """They answered something else than they document; never guessed at."""
