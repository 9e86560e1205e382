"""Faults: rules, switched on over HTTP, that make a server misbehave.

A rule names a route, a kind, how many matching calls to let pass (`skip`), how many to spoil
(`count`, 0 for all) and `params`. Kinds fall into three groups:

* before the work: the work is not done (`status`, `reset_before`, `redirect`, ...);
* after the work: it is done and the answer is spoiled (`error_after`, `lost_response`, ...);
* lists: the page itself is wrong (`stale_list`, `repeat_page`, ...).

``params: {"effect": true|false}`` overrides whether the work is done.
"""

from __future__ import annotations

import fnmatch
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

BEFORE = frozenset(
    [
        "status",
        "reset_before",
        "redirect",
        "html_login",
        "conflict",
        "gzip_bomb",
        "endless",
    ]
)
AFTER = frozenset(
    [
        "error_after",
        "lost_response",
        "hang_headers",
        "drip",
        "late",
        "truncate",
        "truncate_wrong_length",
        "wrong_content_type",
        "empty",
        "huge_headers",
        "close_idle",
    ]
)
LISTS = frozenset(["stale_list", "repeat_page", "duplicate_on_page", "empty_page"])
KINDS = BEFORE | AFTER | LISTS


class UnknownFault(ValueError):
    """The rule cannot be understood; the message says why."""


@dataclass
class Rule:
    """One fault; `hits` counts the calls it has spoiled, `memory` is what it keeps between them."""

    id: int
    route: str
    kind: str
    count: int = 1
    skip: int = 0
    params: dict[str, Any] = field(default_factory=dict)
    hits: int = 0
    memory: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def does_the_work(self) -> bool:
        """Whether the request takes effect although its answer is spoiled."""
        return bool(self.params.get("effect", self.kind not in BEFORE))

    def matches(self, method: str, template: str, path: str) -> bool:
        """Does the rule's route name this call?

        The route is ``METHOD /path`` or only ``/path``. ``*`` stands for anything; a route that
        ends in ``/`` or ``*`` matches every longer path; otherwise the whole path must agree,
        either as written in the request or as the route's template.
        """
        wanted_method, _, pattern = self.route.rpartition(" ")
        if wanted_method not in ("", "*", method):
            return False
        if pattern.endswith("/"):
            pattern += "*"
        return any(fnmatch.fnmatchcase(known, pattern) for known in (path, template))

    def seconds(self, default: float) -> float:
        """`params.seconds`, how long this fault waits or looks back."""
        return float(self.params.get("seconds", default))

    def as_json(self) -> dict[str, Any]:
        """The rule as the control API shows it."""
        shown = asdict(self)
        del shown["memory"]
        return shown


class Faults:
    """The rules in force, in the order they were set; the first that matches is used."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: list[Rule] = []
        self._last_id = 0

    def add(
        self,
        route: str,
        kind: str,
        count: int = 1,
        skip: int = 0,
        params: Mapping[str, Any] | None = None,
    ) -> Rule:
        """Switch a fault on; `count` 0 means until it is removed."""
        if kind not in KINDS:
            raise UnknownFault(f"no fault is called {kind!r}; known: {', '.join(sorted(KINDS))}")
        if count < 0 or skip < 0:
            raise UnknownFault("count and skip cannot be negative")
        with self._lock:
            self._last_id += 1
            rule = Rule(self._last_id, route, kind, count, skip, dict(params or {}))
            self._rules.append(rule)
        return rule

    def add_json(self, rule: object) -> Rule:
        """Switch on a fault described in JSON; raises `UnknownFault` for anything unclear."""
        if not isinstance(rule, dict) or not isinstance(rule.get("route"), str):
            raise UnknownFault("a fault is an object with a route and a kind")
        unknown = rule.keys() - {"route", "kind", "count", "skip", "params"}
        if unknown:
            raise UnknownFault(f"unknown members: {', '.join(sorted(unknown))}")
        count, skip, params = (
            rule.get("count", 1),
            rule.get("skip", 0),
            rule.get("params", {}),
        )
        if type(count) is not int or type(skip) is not int or not isinstance(params, dict):
            raise UnknownFault("count and skip are integers, params is an object")
        return self.add(rule["route"], str(rule.get("kind")), count, skip, params)

    def take(self, method: str, template: str, path: str) -> Rule | None:
        """The rule that spoils this call, if one does; it is counted as used."""
        with self._lock:
            for rule in self._rules:
                if not rule.matches(method, template, path):
                    continue
                if rule.skip:
                    rule.skip -= 1
                    continue
                if rule.count and rule.hits >= rule.count:
                    continue
                rule.hits += 1
                return rule
        return None

    def rules(self) -> list[Rule]:
        """All rules, also those that are used up."""
        with self._lock:
            return list(self._rules)

    def remove(self, rule_id: int) -> bool:
        """Switch one fault off; False when there is none with this id."""
        with self._lock:
            kept = [rule for rule in self._rules if rule.id != rule_id]
            found = len(kept) < len(self._rules)
            self._rules = kept
        return found

    def clear(self) -> None:
        """Switch all faults off."""
        with self._lock:
            self._rules = []
