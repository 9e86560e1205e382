"""Speaking HTTP for one connection: deadlines, size caps, trusted addresses, one error tree.

Nothing here repeats a write. `read` may be repeated by whoever calls it; after `write` raised
`Unknown`, only the journal decides, and only after looking (integrations/journal.py).
"""

import hashlib
import json as jsonlib
import threading
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from django.conf import settings
from django.db import connection as database
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError

from integrations import budget, pace
from integrations.addresses import AddressRefused, checked_url, is_trusted, origin_of
from integrations.errors import (
    NotSent,
    RateLimited,
    RemoteError,
    Unknown,
    Unreachable,
    Unreadable,
)
from integrations.models import Connection
from integrations.outcomes import error_of
from integrations.wire import Clock, WatchedAdapter, timed

MOST_BYTES = 20 * 1024 * 1024
MOST_REDIRECTS = 3
_PIECE = 64 * 1024

# Everything a socket, TLS, HTTP parsing or decompression can raise.
_FAILURES = (requests.RequestException, HTTPError, OSError, ValueError)

Params = Mapping[str, Any] | Sequence[tuple[str, str]] | None


@dataclass(frozen=True, slots=True)
class Answer:
    """A 2xx answer, read to its end."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body; numbers with a point are Decimal. Raises Unreadable for anything not JSON."""
        return read_json(self.body, status=self.status)


@dataclass(frozen=True, slots=True)
class Wire:
    """The last answer of this task, for the journal: status and a digest of the body."""

    status: int
    digest: str


last_answer: ContextVar[Wire | None] = ContextVar("last_answer", default=None)


def read_json(body: bytes, *, status: int | None = None) -> Any:
    """Strict JSON: no NaN or Infinity, no integers of 4,300 digits, no bottomless nesting.

    Lone surrogates are kept as they come; the border decides what to do with odd text.
    """
    raw = body[:2000].decode("utf-8", "replace")
    try:
        text = body.decode("utf-8-sig")
        return jsonlib.loads(text, parse_float=Decimal, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        what = "a web page" if body.lstrip()[:1] == b"<" else "nothing" if not body else "no JSON"
        raise Unreadable(
            f"They answered {what} where JSON was expected ({type(error).__name__}).",
            status=status,
            raw=raw,
        ) from error


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a number")


class Caller:
    """Speaks for one connection.

    `before_call` runs before each call in the thread that made the caller (a job passes
    `job.keep_going`, which renews the lease). Reads may also be made from helper threads; they
    touch no database there, and their counts are written with the next call or `close()`.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        base_url: str,
        auth: AuthBase | None,
        before_call: Callable[[], None] | None = None,
    ) -> None:
        self._connection_id = connection.pk
        self._base = _checked(base_url).rstrip("/")
        self._auth = auth
        self._before_call = before_call
        self._thread = threading.get_ident()
        self._tally = budget.Tally()
        self._lock = threading.Lock()
        self._session = _session()

    def read(self, method: str, path: str, *, params: Params = None, json: Any = None) -> Answer:
        """Ask something; safe to repeat.

        Raises RateLimited, Unauthorised, Forbidden, Missing, Refused, Unreachable, Unreadable.
        """
        self._begin()
        url = self._base + _path(path)
        with timed(pace.scaled(pace.DEADLINE_SECONDS)) as clock:
            for _ in range(MOST_REDIRECTS + 1):
                answer = self._exchange(clock, method, url, False, params=params, json=json)
                location = answer.headers.get("Location", "")
                if not (300 <= answer.status < 400 and location):
                    return self._finish(answer, writing=False)
                url, params = _followed(url, location, answer.status), None
            raise Unreadable("They sent us round in circles.", status=answer.status)

    def write(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        data: Mapping[str, str] | None = None,
        files: Any = None,
    ) -> Answer:
        """Tell something, exactly once; never repeated and never redirected here.

        Raises NotSent, RateLimited, Unauthorised, Forbidden, Missing, Exists, Refused, Unknown.
        """
        if threading.get_ident() != self._thread:
            raise RuntimeError("Writes are made by the thread that holds the lane.")
        self._begin()
        url = self._base + _path(path)
        with timed(pace.scaled(pace.DEADLINE_SECONDS)) as clock:
            answer = self._exchange(clock, method, url, True, json=json, data=data, files=files)
        return self._finish(answer, writing=True)

    def close(self) -> None:
        """Let go of the sockets and write what is left of the counts."""
        self._session.close()
        if threading.get_ident() == self._thread:
            self._write_tally()

    def __enter__(self) -> "Caller":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- one exchange --------------------------------------------------------------------

    def _begin(self) -> None:
        if threading.get_ident() != self._thread:
            return
        if any(not getattr(block, "_from_testcase", False) for block in database.atomic_blocks):
            raise RuntimeError("No call inside a transaction: it would be held open across HTTP.")
        if self._before_call is not None:
            self._before_call()
        budget.ask_leave(self._connection_id)

    def _exchange(
        self,
        clock: Clock,
        method: str,
        url: str,
        writing: bool,
        *,
        params: Params = None,
        json: Any = None,
        data: Mapping[str, str] | None = None,
        files: Any = None,
    ) -> Answer:
        """Send one request and read its answer to the end; failures become ours."""
        body = data if json is None else _json_body(json)
        try:
            response = self._session.request(
                method,
                url,
                auth=self._auth,
                params=params,
                data=body,
                files=files,
                headers={} if json is None else {"Content-Type": "application/json"},
                allow_redirects=False,
                stream=True,
                timeout=_timeout(),
            )
        except _FAILURES as error:
            raise _failure(clock, error, writing=writing) from error
        try:
            with response:
                content = _read_to_end(response, clock)
        except _FAILURES as error:
            self._count(response.headers)
            raise _failure(clock, error, writing=writing, status=response.status_code) from error
        self._count(response.headers)
        return Answer(response.status_code, response.headers, content)

    def _finish(self, answer: Answer, *, writing: bool) -> Answer:
        last_answer.set(Wire(answer.status, hashlib.sha256(answer.body).hexdigest()))
        error = error_of(answer.status, answer.headers, answer.body, writing=writing)
        if isinstance(error, RateLimited):
            with self._lock:
                self._tally.paused_until = error.until
        if threading.get_ident() == self._thread:
            self._write_tally()
        if error is not None:
            raise error
        return answer

    def _count(self, headers: Mapping[str, str]) -> None:
        with self._lock:
            self._tally.note(headers)

    def _write_tally(self) -> None:
        with self._lock:
            budget.spend(self._connection_id, self._tally)


def _session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # no proxies and no .netrc from the environment
    session.headers.update({"User-Agent": settings.USER_AGENT, "Accept": "application/json"})
    adapter = WatchedAdapter()
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def _checked(url: str) -> str:
    try:
        return checked_url(url)
    except AddressRefused as error:
        raise NotSent(str(error)) from error


def _path(path: str) -> str:
    """Only paths: an absolute address in a payload never decides where credentials go."""
    if not path.startswith("/") or path.startswith("//") or "\\" in path:
        raise ValueError(f"{path!r} is not a path")
    return path


def _followed(url: str, location: str, status: int) -> str:
    """Where a read may go on: same host, https (or the same trusted origin)."""
    target = urljoin(url, location)
    try:
        if origin_of(target) == origin_of(url) and (
            urlsplit(target).scheme == "https" or is_trusted(target)
        ):
            return checked_url(target)
    except (AddressRefused, ValueError):
        pass
    raise Unreadable("They sent us to another address, which we do not follow.", status=status)


def _timeout() -> tuple[float, float]:
    whole = pace.scaled(pace.DEADLINE_SECONDS)
    return min(pace.CONNECT_SECONDS, whole), min(pace.READ_SECONDS, whole)


def _json_body(json: Any) -> bytes:
    """JSON as it goes out; NaN and unknown types are mistakes of ours and raise here."""
    return jsonlib.dumps(json, allow_nan=False).encode()


def _read_to_end(response: requests.Response, clock: Clock) -> bytes:
    """The decompressed body, at most MOST_BYTES; raises _TooBig, or an OSError when cut short."""
    pieces: list[bytes] = []
    size = 0
    while piece := response.raw.read(_PIECE, decode_content=True):
        size += len(piece)
        if size > MOST_BYTES:
            raise _TooBig(f"more than {MOST_BYTES // 2**20} MiB")
        pieces.append(piece)
    if clock.expired:
        raise OSError("the answer did not end in time")
    return b"".join(pieces)


class _TooBig(ValueError):
    """The body is larger than anything they have reason to send."""


def _failure(
    clock: Clock, error: Exception, *, writing: bool, status: int | None = None
) -> RemoteError:
    """Our error for a failed exchange; what decides is whether a byte of the request has left."""
    why = _why(clock, error)
    if not writing:
        kind = Unreadable if isinstance(error, _TooBig) else Unreachable
        return kind(f"No usable answer: {why}.", status=status)
    if clock.touched:
        return Unknown(f"Whether it was done is not known: {why}.", status=status)
    return NotSent(f"It was not sent: {why}.")


def _why(clock: Clock, error: Exception) -> str:
    """A few words for people; the whole error stays in the log's traceback."""
    if clock.expired:
        return "they took too long"
    text = str(error)
    for sign, words in (
        ("CERTIFICATE", "their security certificate is not valid (TLS)"),
        ("SSL", "the secure connection failed (TLS)"),
        ("NameResolution", "their name was not found (DNS)"),
        ("refused", "nobody answers at their address"),
        ("public address", "their name leads to an address we do not speak to"),
        ("timed out", "they did not answer in time"),
        ("reset", "they hung up"),
        ("more than", "the answer is far too large"),
    ):
        if sign in text:
            return words
    return f"the connection broke ({type(error).__name__})"
