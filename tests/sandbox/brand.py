"""A NuORDER sandbox seen from a test: Ana's calls as a buyer, and the brand's own acts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import requests
from requests_oauthlib import OAuth1

from integrations.sandbox.nuorder.signing import Keys, style_a_signature

TIMEOUT = 10


@dataclass
class Buyer:
    """One connection to one portal, signing as RFC 5849 asks."""

    url: str
    portal: str
    keys: Keys

    def call(self, method: str, path: str, **more: Any) -> requests.Response:
        keys = self.keys
        auth = OAuth1(keys.consumer_key, keys.consumer_secret, keys.token, keys.token_secret)
        return requests.request(
            method,
            self.url + path,
            auth=auth,
            timeout=TIMEOUT,
            **more,
        )

    def get(self, path: str) -> requests.Response:
        return self.call("GET", path)

    def put(self, path: str, body: object) -> requests.Response:
        return self.call("PUT", path, json=body)

    def post(self, path: str, body: object = None) -> requests.Response:
        return self.call("POST", path, json=body)


class NuOrderSandbox:
    """The server's control API and play forms, in words."""

    def __init__(self, url: str) -> None:
        self.url = url

    def control(self, path: str, body: object = None) -> Any:
        """POST to the control API; the answer's JSON."""
        answer = requests.post(f"{self.url}/_sandbox/{path}", json=body or {}, timeout=TIMEOUT)
        assert answer.ok, answer.text
        return answer.json()

    def look(self, path: str) -> Any:
        """GET from the control API."""
        return requests.get(f"{self.url}/_sandbox/{path}", timeout=TIMEOUT).json()

    def play(self, path: str, **form: object) -> requests.Response:
        """Post a form of the play page and ask for JSON."""
        return requests.post(
            f"{self.url}/_sandbox/play/{path}",
            data=form,
            headers={"Accept": "application/json"},
            timeout=TIMEOUT,
        )

    def connect(self, portal: str) -> Buyer:
        """Keys and a token without the handshake."""
        got = self.control(f"portals/{portal}/credentials")
        keys = Keys(got["consumer_key"], got["consumer_secret"], got["token"], got["token_secret"])
        return Buyer(self.url, portal, keys)

    def order(self, portal: str, **wish: object) -> dict[str, Any]:
        """The brand writes an order for the shop."""
        made: dict[str, Any] = self.control("orders", {"portal": portal, **wish})
        return made

    def effects(self, kind: str) -> list[dict[str, Any]]:
        return [e for e in self.look("ledger")["effects"] if e["kind"] == kind]


def signed_in_style_a(
    method: str, url: str, keys: Keys, *, timestamp: int, nonce: str, **more: str
) -> dict[str, str]:
    """Headers for NuORDER's own signing style; `more` are header parameters such as a verifier."""
    params = {
        "oauth_consumer_key": keys.consumer_key,
        "oauth_timestamp": str(timestamp),
        "oauth_nonce": nonce,
        "oauth_version": "1.0",
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_token": keys.token,
        **more,
    }
    params["oauth_signature"] = style_a_signature(method, url, params, keys)
    return {"Authorization": "OAuth " + ",".join(f'{k}="{v}"' for k, v in params.items())}
