"""OAuth 1.0a as NuORDER takes it: two signing styles, a fresh nonce each time, a learned clock.

Two styles are in use and both have working clients (public client sources, compared in
docs/nuorder.md): the standard one of RFC 5849, and NuORDER's own, which joins the parameters in a
fixed order without encoding and writes the digest in hex. The standard one is the default, since
it alone is known to work with query strings. Which one a portal accepts is found out once, when
the connection is tested, and remembered in `Connection.signing`.
"""

import hashlib
import hmac
import secrets
import string
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any

from oauthlib.oauth1 import Client as RfcSigner
from requests import PreparedRequest, Response
from requests.auth import AuthBase

RFC5849 = "rfc5849"
NUORDER = "nuorder"

# A clock further off than this is worth one more attempt (seconds). Theirs is unknown; 401s seen
# for less than this have another cause.
SKEW = 20
_NONCE_LETTERS = string.ascii_letters + string.digits


def new_nonce() -> str:
    """Sixteen letters and digits that nobody can foresee."""
    return "".join(secrets.choice(_NONCE_LETTERS) for _ in range(16))


@dataclass(frozen=True, slots=True)
class Keys:
    """The four secrets of a connection; the token pair is empty before the handshake."""

    consumer_key: str
    consumer_secret: str = field(repr=False)
    token: str = field(default="", repr=False)
    token_secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Handshake:
    """What only the two calls of the handshake carry."""

    callback: str = ""
    verifier: str = ""
    application: str = ""


@dataclass(frozen=True, slots=True)
class _Stamp:
    """What makes one attempt differ from the next."""

    timestamp: str
    nonce: str


class NuOrderAuth(AuthBase):
    """Signs each request anew and learns from each answer how far their clock is from ours.

    `clock` gives Unix seconds and `nonce` a fresh word; both are arguments so that a test can
    check a signature against a worked example. `offset` is in seconds, theirs minus ours.
    """

    def __init__(
        self,
        keys: Keys,
        *,
        signing: str = RFC5849,
        offset: int = 0,
        handshake: Handshake | None = None,
        clock: Callable[[], float] = time.time,
        nonce: Callable[[], str] = new_nonce,
    ) -> None:
        self.keys = keys
        self.signing = signing
        self.offset = offset
        self.handshake = handshake or Handshake()
        self._clock = clock
        self._nonce = nonce
        self._seen_offset: int | None = None

    def __call__(self, r: PreparedRequest) -> PreparedRequest:
        method, url = str(r.method or "GET").upper(), str(r.url or "")
        r.headers["Authorization"] = self.header(method, url)
        r.register_hook("response", self._notice_clock)  # type: ignore[no-untyped-call]
        return r

    def header(self, method: str, url: str) -> str:
        """The Authorization header for this method and exactly this URL."""
        stamp = _Stamp(str(int(self._clock()) + self.offset), self._nonce())
        style = _own_header if self.signing == NUORDER else _rfc_header
        header = style(self.keys, self.handshake, stamp, method=method, url=url)
        if self.handshake.application:
            # In the header only: it is no part of the signed text.
            header += f', application_name="{_quotable(self.handshake.application)}"'
        return header

    def correct_clock(self) -> bool:
        """Take over the offset seen last; True where it differs enough to explain a refusal."""
        seen = self._seen_offset
        if seen is None or abs(seen - self.offset) < SKEW:
            return False
        self.offset = seen
        return True

    def _notice_clock(self, response: Response, *_: Any, **__: Any) -> None:
        theirs = server_time(response.headers)
        if theirs is not None:
            self._seen_offset = round(theirs - self._clock())


def server_time(headers: Mapping[str, str]) -> float | None:
    """Their clock in Unix seconds, from `Request-Token` (milliseconds) or `Date`, if either."""
    token = headers.get("Request-Token", "")
    if token.isascii() and token.isdigit() and len(token) == 13:
        return int(token) / 1000
    try:
        return parsedate_to_datetime(headers.get("Date", "")).timestamp()
    except ValueError:
        return None


def _own_header(keys: Keys, handshake: Handshake, stamp: _Stamp, *, method: str, url: str) -> str:
    """NuORDER's own style: fixed order, nothing encoded, no & before the parameters, hex."""
    signed = [
        ("oauth_consumer_key", keys.consumer_key),
        ("oauth_token", keys.token),
        ("oauth_timestamp", stamp.timestamp),
        ("oauth_nonce", stamp.nonce),
        ("oauth_version", "1.0"),
        ("oauth_signature_method", "HMAC-SHA1"),
    ]
    extra = [
        (name, value)
        for name, value in (
            ("oauth_verifier", handshake.verifier),
            ("oauth_callback", handshake.callback),
        )
        if value
    ]
    text = f"{method}{url}?" + "&".join(f"{name}={value}" for name, value in signed + extra)
    key = f"{keys.consumer_secret}&{keys.token_secret}"
    digest = hmac.new(key.encode(), text.encode(), hashlib.sha1).hexdigest()
    fields = [*signed, *extra, ("oauth_signature", digest)]
    return "OAuth " + ", ".join(f'{name}="{_quotable(value)}"' for name, value in fields)


def _rfc_header(keys: Keys, handshake: Handshake, stamp: _Stamp, *, method: str, url: str) -> str:
    """RFC 5849 through oauthlib; a JSON body is no part of the signature."""
    signer = RfcSigner(
        keys.consumer_key,
        client_secret=keys.consumer_secret,
        resource_owner_key=keys.token or None,
        resource_owner_secret=keys.token_secret or None,
        callback_uri=handshake.callback or None,
        verifier=handshake.verifier or None,
        timestamp=stamp.timestamp,
        nonce=stamp.nonce,
    )
    _, headers, _ = signer.sign(url, http_method=method)  # type: ignore[arg-type]
    return str(headers["Authorization"])


def _quotable(text: str) -> str:
    """A value that cannot leave its quotes or its header line."""
    return "".join(c for c in text if c.isprintable() and c not in '"\\').strip()
