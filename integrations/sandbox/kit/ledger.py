"""The ledger: every call that came in and every effect it had, in order, never altered.

Tests use it as the oracle: "exactly one product was created" is a count of effects, whatever
the client believes.
"""

from __future__ import annotations

import threading
from collections import Counter
from datetime import UTC, datetime

from integrations.sandbox.kit.store import Doc, Store

CALLS, EFFECTS = "calls", "effects"


class Ledger:
    """Append-only record of calls and effects, kept in the server's store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, int]] = Counter()
        self.recount()

    def recount(self) -> None:
        """Count again from the store; needed after the store was cleared."""
        calls = self._store.read(CALLS)
        with self._lock:
            self._counts = Counter((f"{c['method']} {c['route']}", c["status"]) for c in calls)

    def call(  # noqa: PLR0917 (one row of the ledger, read left to right)
        self,
        method: str,
        route_template: str,
        path: str,
        status: int,
        who: str,
        fault: str | None = None,
        ms: float = 0.0,
    ) -> None:
        """One HTTP request and its answer; `ms` is the time it took in milliseconds.

        `status` is what the server decided; with a delivery fault the client may never see it.
        """
        self._store.append(
            CALLS,
            {
                "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
                "method": method,
                "route": route_template,
                "path": path,
                "status": status,
                "who": who,
                "fault": fault,
                "ms": round(ms, 2),
            },
        )
        with self._lock:
            self._counts[f"{method} {route_template}", status] += 1

    def effect(self, kind: str, subject_id: str, **facts: object) -> None:
        """Something really changed, for example ``effect("brand_created", id, name="North")``.

        Call it inside the transaction of the change, so that both are kept or neither.
        """
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        self._store.append(EFFECTS, {"at": at, "kind": kind, "subject": subject_id, **facts})

    def calls(self, after: int = 0, latest: int | None = None) -> list[Doc]:
        """Calls numbered above `after`, oldest first; `latest` keeps only the last few."""
        return self._store.read(CALLS, after, latest)

    def effects(
        self, kind: str | None = None, after: int = 0, latest: int | None = None
    ) -> list[Doc]:
        """Effects numbered above `after`, oldest first, perhaps of one kind only."""
        found = self._store.read(EFFECTS, after, latest)
        return [effect for effect in found if kind is None or effect["kind"] == kind]

    def counts(self) -> dict[str, dict[str, int]]:
        """How often each endpoint gave each status: ``{"GET /brands": {"200": 3}}``."""
        with self._lock:
            counted = sorted(self._counts.items())
        table: dict[str, dict[str, int]] = {}
        for (endpoint, status), number in counted:
            table.setdefault(endpoint, {})[str(status)] = number
        return table
