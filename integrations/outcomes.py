"""What an answer means: one table from status and method to our errors (write protocol 3.2).

A read that failed may be repeated; a write whose outcome is open may not, until somebody looked.
That is the whole difference between the two columns.
"""

import json
import re
from collections.abc import Mapping
from http import HTTPStatus

from django.utils import timezone

from integrations.budget import wait_asked
from integrations.errors import (
    Exists,
    Forbidden,
    Missing,
    RateLimited,
    Refused,
    RemoteError,
    Unauthorised,
    Unknown,
    Unreachable,
    Unreadable,
)

_SAYS_EXISTS = re.compile(r"already (exists|in use|taken|used)|must be unique|duplicate", re.I)
_SCOPE = re.compile(r"\b[a-z_]+:(?:read|write)(?::[a-z_]+)?\b")


def error_of(
    status: int, headers: Mapping[str, str], body: bytes, *, writing: bool
) -> RemoteError | None:
    """The error this answer is, None for a 2xx."""
    if 200 <= status < 300:
        return None
    raw = body[:2000].decode("utf-8", "replace")
    said = what_they_said(raw)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        until = timezone.now() + wait_asked(headers)
        return RateLimited("They asked us to slow down (429).", until=until, raw=raw)
    if status < 400 or status >= 500 or status == HTTPStatus.REQUEST_TIMEOUT:
        return _open_or_down(status, headers, raw, said, writing=writing)
    kind, text = _refusal(status, raw, said)
    return kind(text, status=status, raw=raw)


def _refusal(status: int, raw: str, said: str) -> tuple[type[Refused], str]:
    """Which kind of no, and the sentence for it."""
    if status == HTTPStatus.UNAUTHORIZED:
        return Unauthorised, _sentence("They do not accept our credentials (401).", said)
    if status == HTTPStatus.FORBIDDEN:
        scopes = ", ".join(dict.fromkeys(_SCOPE.findall(raw)))
        missing = f" The permission “{scopes}” is missing." if scopes else ""
        return Forbidden, _sentence(f"They do not allow this (403).{missing}", said)
    if status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
        return Missing, _sentence(f"It is not there ({status}).", said)
    if status == HTTPStatus.CONFLICT or (
        status in (HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.BAD_REQUEST)
        and _SAYS_EXISTS.search(raw)
    ):
        return Exists, _sentence(f"They say there is one already ({status}).", said)
    return Refused, _sentence(f"They refused it ({status}).", said)


def _open_or_down(
    status: int, headers: Mapping[str, str], raw: str, said: str, *, writing: bool
) -> RemoteError:
    """3xx, 408, 5xx: for a write the outcome is open; a read may simply be repeated."""
    if writing:
        text = f"They answered {status}: whether it was done is not known."
        return Unknown(_sentence(text, said), status=status, raw=raw)
    if status < 400:
        return Unreadable(f"They sent us elsewhere ({status}).", status=status, raw=raw)
    if status == HTTPStatus.SERVICE_UNAVAILABLE and headers.get("Retry-After"):
        until = timezone.now() + wait_asked(headers)
        return RateLimited("They are not available and asked us to wait (503).", until=until)
    return Unreachable(
        _sentence(f"They have trouble of their own ({status}).", said), status=status, raw=raw
    )


def _sentence(ours: str, theirs: str) -> str:
    return f"{ours} Their words: “{theirs}”" if theirs else ours


def what_they_said(raw: str) -> str:
    """The sentence for people inside an error body, "" where there is none to be found."""
    text = raw.strip()
    if text.startswith("<"):
        return ""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return text[:300]
    return " ".join(_sentences(found))[:300]


def _sentences(found: object) -> list[str]:
    if isinstance(found, str):
        return [found]
    if isinstance(found, list):
        return [text for one in found[:5] for text in _sentences(one)]
    if isinstance(found, dict):
        for name in ("message", "error_description", "details", "errors", "error"):
            if found.get(name):
                return _sentences(found[name])
        return [f"{name}: {' '.join(_sentences(one))}" for name, one in list(found.items())[:5]]
    return [str(found)] if found is not None else []
