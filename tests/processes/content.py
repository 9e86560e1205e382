"""What a POS holds, so that two of them can be compared: without ids, versions and moments.

An id stands for the thing it names, so it is replaced by that thing's name; what is left must be
the same however the POS got there.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from tests.sandbox.till import XSeriesSandbox

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_OF_THE_MOMENT = frozenset({"id", "version"})
_MOMENTS = ("_at", "_date")
_NAMES = ("sku", "reference", "name", "username")

Content = dict[str, list[str]]


def content_of(pos: XSeriesSandbox) -> Content:
    """Every document of the shop by kind, normalised and sorted."""
    documents = dict(_documents(pos))
    names = _names(documents)
    return {
        kind: sorted(json.dumps(_plain(row, names), sort_keys=True) for row in rows)
        for kind, rows in documents.items()
    }


def differences(calm: Content, other: Content) -> list[str]:
    """What one POS has and the other has not, in few lines."""
    found = []
    for kind in sorted(calm.keys() | other.keys()):
        before, after = Counter(calm.get(kind, [])), Counter(other.get(kind, []))
        found += [f"{kind} lost: {row[:300]}" for row in (before - after).elements()]
        found += [f"{kind} too many: {row[:300]}" for row in (after - before).elements()]
    return found[:40]


def effects_of(pos: XSeriesSandbox) -> Counter[str]:
    """How often each kind of thing happened in the POS since it was made."""
    ledger = pos.control("GET", f"/ledger?after={10**12}").json()
    assert ledger["effects"] == []
    return Counter(effect["kind"] for effect in pos.control("GET", "/ledger").json()["effects"])


def _documents(pos: XSeriesSandbox) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    prefix = f"{pos.prefix}."
    for kind in pos.control("GET", "/state").json():
        if kind.startswith(prefix):
            rows = pos.control("GET", f"/state/{kind}").json()["data"]
            yield kind.removeprefix(prefix), rows


def _names(documents: dict[str, list[dict[str, Any]]]) -> dict[str, str]:
    """What each id is called: a product by its SKU, everything else by its name."""
    names = {}
    for kind, rows in documents.items():
        for row in rows:
            name = next((str(row[key]) for key in _NAMES if row.get(key)), "")
            if row.get("id"):
                names[str(row["id"])] = f"<{kind} {name}>"
            if row.get("family_id"):
                names[str(row["family_id"])] = f"<family {row['name']}>"
    return names


def _plain(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {
            key: _plain(part, names)
            for key, part in value.items()
            if key not in _OF_THE_MOMENT and not _is_moment(key, part)
        }
    if isinstance(value, list):
        return [_plain(part, names) for part in value]
    if isinstance(value, str):
        return _ID.sub(lambda found: names.get(found[0], "<id>"), value)
    return value


def _is_moment(key: str, value: Any) -> bool:
    """`deleted_at: null` is a fact; when something was made or sent is not."""
    return key.endswith(_MOMENTS) and key != "due_at" and value is not None
