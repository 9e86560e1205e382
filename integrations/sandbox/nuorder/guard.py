"""The door: every call under /api is signed, fresh, known, and not one of too many at once."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass

from flask import Response, g, request

from integrations.sandbox.kit.clock import Clock
from integrations.sandbox.kit.store import Doc
from integrations.sandbox.kit.web import as_json
from integrations.sandbox.nuorder import signing
from integrations.sandbox.nuorder.vault import WINDOW_SECONDS, Nonces, Vault

CONCURRENT = 5
RETRY_SECONDS = 2


@dataclass
class Caller:
    """Whose call this is: the portal, and the token unless this is the handshake's first step."""

    portal: Doc
    params: dict[str, str]
    application: Doc | None = None
    """In the handshake: the application whose temporary token signed."""
    token: Doc | None = None


class Refused(Exception):
    """The call is turned away: status and the words of the answer."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def refusal(status: int, message: str) -> Response:
    """NuORDER's usual error body."""
    return as_json({"code": status, "message": message}, status)


def caller() -> Caller:
    """The caller of the current request, as the door established it."""
    found: Caller = g.caller
    return found


class Door:
    """Checks signatures of both styles, timestamps, nonces, tokens, and calls in flight."""

    def __init__(self, vault: Vault) -> None:
        self.vault = vault
        self.nonces = Nonces()
        self.clock = Clock()
        self.style_a_with_query = False
        """Let style A calls carry a query string (the real server answered 401)."""
        self.concurrent = CONCURRENT
        self._lock = threading.Lock()
        self._in_flight: Counter[str] = Counter()

    def reset(self) -> None:
        """As after a fresh start."""
        self.nonces.clear()
        self.style_a_with_query = False
        self.concurrent = CONCURRENT

    def check(self) -> Response | None:
        """None lets the call in; otherwise the answer that turns it away."""
        if not request.path.startswith("/api/"):
            return None
        try:
            g.caller = self._identify()
            self._enter(g.caller.portal["id"])
        except Refused as error:
            response = refusal(error.status, error.message)
            if error.status == 429:
                response.headers["Retry-After"] = str(RETRY_SECONDS)
            return response
        return None

    def leave(self) -> None:
        """The call is over: make room for the next."""
        portal_id = g.pop("entered", None)
        if portal_id is not None:
            with self._lock:
                self._in_flight[portal_id] -= 1

    def _enter(self, portal_id: str) -> None:
        with self._lock:
            if self._in_flight[portal_id] >= self.concurrent:
                raise Refused(429, "Too many requests")
            self._in_flight[portal_id] += 1
        g.entered = portal_id

    def _identify(self) -> Caller:
        header = request.headers.get("Authorization", "")
        params = signing.parse_authorization(header)
        if not params.get("oauth_consumer_key") or not params.get("oauth_signature"):
            raise Refused(401, "Missing OAuth parameters")
        portal = self.vault.portal_of_key(params["oauth_consumer_key"])
        if portal is None:
            raise Refused(401, "Invalid consumer key")
        found = self._with_token(portal, params)
        self._check_signature(found, header)
        self._check_fresh(params)
        return found

    def _with_token(self, portal: Doc, params: dict[str, str]) -> Caller:
        token = params.get("oauth_token", "")
        if request.path == "/api/initiate":
            return Caller(portal, params)
        if request.path == "/api/token":
            application = self.vault.by_temporary_token(portal["id"], token)
            if application is None:
                raise Refused(401, "Invalid request token")
            return Caller(portal, params, application=application)
        held = self.vault.token(portal["id"], token)
        if held is None:
            raise Refused(401, "Invalid access token")
        return Caller(portal, params, token=held)

    def _check_signature(self, found: Caller, header: str) -> None:
        secret = ""
        if found.application is not None:
            secret = found.application["temporary_secret"]
        elif found.token is not None:
            secret = found.token["secret"]
        keys = signing.Keys(
            found.portal["consumer_key"],
            found.portal["consumer_secret"],
            found.params.get("oauth_token", ""),
            secret,
        )
        if not self._signed(found.params, header, keys):
            raise Refused(401, "OAuth signature is not correct")

    def _signed(self, params: dict[str, str], header: str, keys: signing.Keys) -> bool:
        url = url_as_sent()
        if not signing.is_style_a(params):
            return signing.style_b_valid(request.method, url, header, keys)
        if "?" in url and not self.style_a_with_query:
            return False
        return signing.style_a_valid(request.method, url, params, keys)

    def _check_fresh(self, params: dict[str, str]) -> None:
        now = self.clock.seconds()
        stamp, nonce = params.get("oauth_timestamp", ""), params.get("oauth_nonce", "")
        if not (stamp.isascii() and stamp.isdigit()) or not nonce:
            raise Refused(401, "Invalid timestamp or nonce")
        if abs(now - int(stamp)) > WINDOW_SECONDS:
            raise Refused(401, "OAuth timestamp is outside of the accepted window")
        if not self.nonces.is_new(params["oauth_consumer_key"], nonce, int(stamp), now):
            raise Refused(401, "OAuth nonce was used before")


def url_as_sent() -> str:
    """The request's URL, byte for byte as the client wrote it: that is what was signed."""
    path: str = request.environ.get("REQUEST_URI") or request.full_path.rstrip("?")
    return f"{request.scheme}://{request.host}{path}"
