"""How X-Series is spoken to: version in the path, a live token, pages by version cursor.

The page walker keeps to what reliability asks of a change feed (B1 to B9): the cursor comes from
the answer, an empty page ends it, a cursor that does not rise is an alarm, and one bad row stops
nobody.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from urllib.parse import quote

from integrations.errors import Unauthorised, Unknown, Unreadable
from integrations.transport import Answer, Caller
from integrations.xseries.auth import Tokens
from integrations.xseries.records import Versioned

T = TypeVar("T", bound=Versioned)
logger = logging.getLogger(__name__)

# Dated versions live at least twelve months; an ended one is answered by the oldest that lives,
# silently, so the table is looked at when a year has passed (X-Series reference 1).
VERSION = "2026-07"
VERSIONS: Mapping[str, str] = {
    "brands": VERSION,
    "consignments": VERSION,
    "inventory": VERSION,
    "inventory_levels": VERSION,
    "outlets": VERSION,
    "product_categories": VERSION,
    "product_images": VERSION,
    "products": VERSION,  # deprecated until mid-2027; 2026-10 has product_families instead
    "registers": VERSION,
    "retailer": VERSION,
    "sales": VERSION,
    "search": VERSION,
    "stock_adjustments": VERSION,
    "suppliers": VERSION,
    "tags": VERSION,
    "taxes": VERSION,
    "user": VERSION,
    "users": VERSION,
    "variant_attributes": VERSION,
    "webhooks": VERSION,
}
PAGE = 1000
MOST_PAGES = 20_000


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Rows of one page of a feed, one a thing, and where the next page begins.

    `troubles` says in words which rows could not be read; `size` counts the rows as they came.
    """

    rows: list[T]
    cursor: int
    troubles: list[str] = field(default_factory=list)
    size: int = 0


def path_of(resource: str, *parts: str, version: str = "") -> str:
    """`/api/2026-07/brands/<id>`; ids are opaque and are quoted."""
    tail = "".join(f"/{quote(part, safe='')}" for part in parts)
    return f"/api/{version or VERSIONS[resource]}/{resource}{tail}"


class Api:
    """Calls with a live token; a 401 is tried once more with a fresh one (it did nothing)."""

    def __init__(self, caller: Caller, tokens: Tokens) -> None:
        self._caller = caller
        self._tokens = tokens

    def get(
        self,
        resource: str,
        *parts: str,
        params: Mapping[str, Any] | Sequence[tuple[str, str]] | None = None,
    ) -> Any:
        """The JSON of a read."""
        path = path_of(resource, *parts)
        return self._speak(lambda: self._caller.read("GET", path, params=params)).json()

    def ask(self, resource: str, question: Mapping[str, Any]) -> Any:
        """The JSON of a read that is made by POST."""
        path = path_of(resource)
        return self._speak(lambda: self._caller.read("POST", path, json=question)).json()

    def write(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        files: Any = None,
    ) -> Any:
        """One write; its JSON, None for an empty answer.

        Raises Unknown also where they said yes in words that cannot be read (A15, A16, A23).
        """
        answer = self._speak(lambda: self._caller.write(method, path, json=json, files=files))
        if not answer.body:
            return None
        with unknown_unless_read(answer.status):
            return answer.json()

    def _speak(self, call: Callable[[], Answer]) -> Answer:
        used = self._tokens.current()
        try:
            return call()
        except Unauthorised:
            self._tokens.replace(used)
            return call()

    # --- feeds ---------------------------------------------------------------------------

    def feed(
        self,
        resource: str,
        read: Callable[[object], T],
        *,
        after: int = 0,
        size: int = PAGE,
        params: Mapping[str, Any] | None = None,
    ) -> Iterator[Page[T]]:
        """Pages of everything that changed after a version, oldest change first."""

        def ask(cursor: int) -> Any:
            return self.get(resource, params={"after": cursor, "page_size": size, **(params or {})})

        return walk(ask, read, after=after, what=resource)

    def bare_feed(
        self,
        resource: str,
        read: Callable[[object], T],
        *,
        after: int = 0,
        size: int = PAGE,
    ) -> Iterator[Page[T]]:
        """The same for lists that are asked by POST and answer a bare array."""

        def ask(cursor: int) -> Any:
            question = {"after": cursor, "size": size, "sort_direction": "asc"}
            return self.ask(resource, question | {"include_deleted": True})

        return walk(ask, read, after=after, what=resource)


def walk(
    ask: Callable[[int], Any], read: Callable[[object], T], *, after: int, what: str
) -> Iterator[Page[T]]:
    """Ask page after page until an empty one; raises Unreadable where the cursor stands still."""
    cursor = after
    for _ in range(MOST_PAGES):
        rows, highest = _opened(ask(cursor), what)
        if not rows:
            return
        if highest <= cursor:
            logger.error("xseries.feed_stands_still", extra={"feed": what, "cursor": cursor})
            raise Unreadable(
                f"X-Series repeats a page of {what}: it goes on after {cursor} with {highest}."
            )
        yield page_of(rows, read, highest, what)
        cursor = highest
    raise Unreadable(f"X-Series lists {what} without an end.")


def _opened(payload: Any, what: str) -> tuple[list[Any], int]:
    """The rows of an envelope or a bare array, and the highest version in it."""
    envelope = payload if isinstance(payload, dict) else {"data": payload}
    rows = envelope.get("data")
    if not isinstance(rows, list):
        raise Unreadable(f"X-Series answered {what} without a list of them.")
    version = envelope.get("version")
    highest = version.get("max") if isinstance(version, dict) else None
    if not isinstance(highest, int):
        versions = [row.get("version") for row in rows if isinstance(row, dict)]
        highest = max((one for one in versions if isinstance(one, int)), default=0)
    return rows, highest


def page_of(rows: Sequence[object], read: Callable[[object], T], cursor: int, what: str) -> Page[T]:
    """Read the rows: a thing that is there twice counts in its newest version (B1, B2)."""
    newest: dict[str, T] = {}
    troubles: list[str] = []
    for row in rows:
        try:
            found = read(row)
        except Unreadable as error:
            troubles.append(str(error))
            continue
        known = newest.get(found.remote_id)
        if known is None or known.version <= found.version:
            newest[found.remote_id] = found
    if troubles:
        logger.warning("xseries.unreadable_rows", extra={"feed": what, "rows": troubles[:5]})
    return Page(list(newest.values()), cursor, troubles, len(rows))


class unknown_unless_read:  # noqa: N801 - reads as a statement
    """What they said to a write cannot be read: then its outcome is open, not refused."""

    def __init__(self, status: int | None = None) -> None:
        self._status = status

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, Unreadable):
            raise Unknown(
                f"Whether it was done is not known: {error}",
                status=error.status or self._status,
                raw=error.raw,
            ) from error


def data_of(payload: Any) -> Any:
    """What is in the envelope, or the payload itself where there is none."""
    return payload["data"] if isinstance(payload, dict) and "data" in payload else payload


def id_of(payload: Any) -> str:
    """The id a create answered: a bare text, or a member of an object. Raises Unknown."""
    found = data_of(payload)
    if isinstance(found, dict):
        found = found.get("id")
    if not isinstance(found, str) or not found:
        raise Unknown("Whether it was done is not known: they answered without an id.")
    return found
