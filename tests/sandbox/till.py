"""A client of the sandbox X-Series for tests: plain requests, with a token and the controls."""

from __future__ import annotations

from typing import Any

import requests

from tests.sandbox.tiny import MAIN, SMALL

VERSION = "2026-07"


class XSeriesSandbox:
    """A running X-Series and a client that holds a token with every scope for one shop."""

    def __init__(self, url: str, prefix: str = MAIN) -> None:
        self.url = url
        self.prefix = prefix
        self.session = requests.Session()
        self.session.headers["User-Agent"] = "PO Sync tests"
        self.tokens = self.control("POST", "/tokens", {"shop": prefix}).json()
        self.session.headers["Authorization"] = f"Bearer {self.tokens['access_token']}"

    def other_shop(self) -> XSeriesSandbox:
        """A client of the same server for Cleo's shop."""
        return XSeriesSandbox(self.url, SMALL)

    def id(self, kind: str, number: int = 1) -> str:
        """The id of something in the tiny world."""
        return f"{self.prefix}-{kind}-{number}"

    def call(self, method: str, path: str, json: Any = None, **more: Any) -> requests.Response:
        """One API call; `path` begins after the version."""
        address = f"{self.url}/{self.prefix}/api/{more.pop('version', VERSION)}{path}"
        more.setdefault("timeout", 10)
        return self.session.request(method, address, json=json, allow_redirects=False, **more)

    def ok(self, method: str, path: str, json: Any = None, **more: Any) -> Any:
        """One API call that has to succeed; answers its JSON, None without a body."""
        answer = self.call(method, path, json, **more)
        assert answer.status_code < 300, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def control(self, method: str, path: str, json: Any = None) -> requests.Response:
        """One call of the control API."""
        return requests.request(method, f"{self.url}/_sandbox{path}", json=json, timeout=10)

    def play(self, path: str, **form: Any) -> Any:
        """Something done at the till."""
        answer = requests.post(
            f"{self.url}/_sandbox/play{path}",
            data={"shop": self.prefix, **form},
            headers={"Accept": "application/json"},
            timeout=10,
        )
        return answer.json()

    def fault(self, route: str, kind: str, **rule: Any) -> None:
        """Switch a fault on."""
        answer = self.control("POST", "/faults", {"route": route, "kind": kind, **rule})
        assert answer.status_code == 201, answer.text

    def effects(self, kind: str) -> list[dict[str, Any]]:
        """The effects of one kind that the ledger holds."""
        ledger = self.control("GET", "/ledger").json()
        return [effect for effect in ledger["effects"] if effect["kind"] == kind]

    def stock(self, product: str, outlet: str) -> Any:
        """The level of a product at an outlet, as the API tells it."""
        rows = self.ok("POST", "/inventory", {"product_id": product})
        return next(r["current_inventory_level"] for r in rows if r["outlet_id"] == outlet)
