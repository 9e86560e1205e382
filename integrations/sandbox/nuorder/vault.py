"""Who may call: consumer keys, pending applications, tokens, and the nonces already seen."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict

from integrations.sandbox.kit.store import Doc, Store

WINDOW_SECONDS = 300


class Vault:
    """Applications and tokens in the store; a token belongs to exactly one portal."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def portal_of_key(self, consumer_key: str) -> Doc | None:
        """The portal this consumer key belongs to, once its keys were generated."""
        found = self.store.find("portal", consumer_key=consumer_key)
        return found[0] if found and found[0]["keys_generated"] else None

    def begin(self, portal: Doc, name: str, callback: str) -> Doc:
        """A pending application with a temporary token, waiting for a person's approval."""
        application: Doc = {
            "id": secrets.token_hex(8),
            "portal": portal["id"],
            "name": name,
            "callback": callback,
            "state": "pending",
            "temporary_token": secrets.token_hex(8),
            "temporary_secret": secrets.token_hex(12),
            "verifier": None,
        }
        self._keep(application)
        return application

    def approve(self, application: Doc) -> str:
        """A person said yes: the verification code to copy."""
        if application["state"] == "pending":
            application["state"] = "approved"
            application["verifier"] = secrets.token_hex(8)
            self._keep(application)
        return str(application["verifier"])

    def exchange(self, application: Doc, verifier: str) -> Doc | None:
        """The permanent token for an approved application; None for a wrong or spent code."""
        if application["state"] != "approved" or application["verifier"] != verifier:
            return None
        application["state"] = "connected"
        self._keep(application)
        return self.issue(application["portal"], application["id"])

    def issue(self, portal_id: str, application_id: str | None) -> Doc:
        """A permanent token of this portal."""
        token: Doc = {
            "token": secrets.token_hex(12),
            "secret": secrets.token_hex(32),
            "portal": portal_id,
            "application": application_id,
            "revoked": False,
        }
        self.store.put("token", token["token"], token, portal=portal_id)
        return token

    def revoke(self, portal_id: str, application_id: str | None = None) -> int:
        """End a portal's tokens, or only those of one application; says how many."""
        ended = 0
        for token in self.store.find("token", portal=portal_id):
            if token["revoked"] or application_id not in (None, token["application"]):
                continue
            self.store.put("token", token["token"], token | {"revoked": True}, portal=portal_id)
            ended += 1
        for application in self.store.find("application", portal=portal_id):
            if application_id in (None, application["id"]):
                self._keep(application | {"state": "revoked"})
        return ended

    def application(self, portal_id: str, application_id: str) -> Doc | None:
        """One application of a portal."""
        found = self.store.get("application", application_id)
        return found if found and found["portal"] == portal_id else None

    def by_temporary_token(self, portal_id: str, token: str) -> Doc | None:
        """The application that was given this temporary token."""
        found = self.store.find("application", temporary_token=token)
        return found[0] if found and found[0]["portal"] == portal_id else None

    def token(self, portal_id: str, token: str) -> Doc | None:
        """A live permanent token of this portal."""
        found = self.store.get("token", token)
        return found if found and found["portal"] == portal_id and not found["revoked"] else None

    def _keep(self, application: Doc) -> None:
        self.store.put(
            "application",
            application["id"],
            application,
            portal=application["portal"],
            temporary_token=application["temporary_token"],
        )


class Nonces:
    """Remembers nonces for as long as their timestamps would still be accepted."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: OrderedDict[tuple[str, str, int], None] = OrderedDict()

    def clear(self) -> None:
        """Forget all of them."""
        with self._lock:
            self._seen.clear()

    def is_new(self, consumer_key: str, nonce: str, timestamp: int, now: float) -> bool:
        """Note the nonce; False when it was used before with this timestamp."""
        key = (consumer_key, nonce, timestamp)
        with self._lock:
            while self._seen and next(iter(self._seen))[2] < now - 2 * WINDOW_SECONDS:
                self._seen.popitem(last=False)
            if key in self._seen:
                return False
            self._seen[key] = None
        return True
